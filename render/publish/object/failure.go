package object

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"

	"vitrine/store"
)

// failure is an error of class upload, whose sentence says what to do.
func (b *Bucket) failure(op string, err error) error {
	if _, known := errors.AsType[*store.Error](err); known {
		return err
	}
	return &store.Error{Class: store.Upload, Sentence: "the page is not in the object storage: " + b.sentence(err),
		Err: fmt.Errorf("%s in %s: %w", op, b.to, err)}
}

// MayPass reports whether a failure may be gone at the next try: no answer, or one that says so. A refusal needs
// people.
func MayPass(err error) bool {
	code := answerOf(err).StatusCode
	if purge, ok := errors.AsType[answered](err); ok {
		code = int(purge)
	}
	return code < 400 || code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout
}

// reason finds out why HEAD was refused: its answer has no body, so the object is requested with GET.
func (b *Bucket) reason(ctx context.Context, file string, err error) error {
	if code := answerOf(err).StatusCode; code < 400 || code > 499 {
		return err
	}
	body, _, _, better := minio.Core{Client: b.client}.GetObject(ctx, b.name, b.key(file), minio.GetObjectOptions{})
	if better == nil {
		body.Close()
		return err
	}
	return better
}

// answerOf is what the storage answered; the zero value where it did not.
func answerOf(err error) (answer minio.ErrorResponse) {
	_ = errors.As(err, &answer)
	return answer
}

func (b *Bucket) sentence(err error) string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var certificate x509.HostnameError
	var slow net.Error
	switch {
	case answerOf(err).Code != "":
		return b.answered(answerOf(err))
	case errors.Is(err, errChanged):
		return "somebody else keeps changing it, or the storage says so without need (409, 412); it is tried again"
	case errors.Is(err, errNoKey):
		return "there is no access key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, since neither Amazon's shared " +
			"files (~/.aws) nor a role of this machine has one"
	case errors.As(err, &dns):
		return "the name of its server cannot be resolved (AWS_ENDPOINT_URL, AWS_REGION)"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at its address (AWS_ENDPOINT_URL)"
	case errors.As(err, &authority), errors.As(err, &certificate):
		return "its certificate is not one that this machine trusts for that name (SSL_CERT_FILE)"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "it does not answer in time"
	case strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "its server does not speak TLS: AWS_ENDPOINT_URL should begin with http://"
	}
	return "the connection failed; the log has the cause"
}

func (b *Bucket) answered(answer minio.ErrorResponse) string {
	switch answer.Code {
	case minio.NoSuchBucket:
		return "there is no bucket " + b.name + ": make it, or put PUBLISH_TO right"
	case "InvalidAccessKeyId":
		return "it does not know this key: put AWS_ACCESS_KEY_ID right"
	case "SignatureDoesNotMatch":
		return "the secret does not belong to the key: put AWS_SECRET_ACCESS_KEY right"
	case "ExpiredToken", "InvalidToken", "ExpiredTokenException":
		return "the session is over: renew the key with its AWS_SESSION_TOKEN"
	case "RequestTimeTooSkewed":
		return "the clock of this machine is wrong by many minutes: set it (NTP)"
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidRegion":
		if answer.Region != "" {
			return "the bucket is in another region: set AWS_REGION=" + answer.Region
		}
		return "the bucket is in another region: put AWS_REGION right"
	}
	switch answer.StatusCode {
	case http.StatusForbidden, http.StatusUnauthorized:
		return "it denies access: the key needs s3:GetObject, s3:PutObject and s3:ListBucket (without which what is not " +
			"there is denied, too) on " + b.to
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "it asks for fewer requests for the moment; it is tried again"
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return "it is out of order for the moment; it is tried again"
	}
	return fmt.Sprintf("it answers %d; the log has the cause", answer.StatusCode)
}
