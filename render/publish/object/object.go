// Package object keeps the homepage in S3-compatible storage, where a CDN fetches it: it knows buckets.
//
// A [Bucket] is one place PUBLISH_TO=s3://bucket/prefix. [Bucket.Publish] puts a page there unless one that must not be
// replaced is up: newer data, or the page of a program with other settings. Many publishers may do so at once, without
// a leader: each write depends on what was seen before it (If-Match, If-None-Match), and an [Edition] is kept with the
// page, as metadata, for the others to compare theirs with.
package object

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"vitrine/store"
)

// Options say where a page goes, and by which right.
type Options struct {
	// To is PUBLISH_TO: s3://bucket or s3://bucket/prefix.
	To string
	// Endpoint is the address of the storage, as in https://storage.example; empty for Amazon's own.
	Endpoint string
	// Region is that of the bucket; where it is empty Amazon is asked for it.
	Region string
	// PathStyle is true for addresses of the form endpoint/bucket, false for bucket.endpoint (as strconv.ParseBool has
	// them); empty for what suits the endpoint.
	PathStyle string
	// KeyID, Secret and Session are the access key. Where there is none, Amazon's shared files and the role of the
	// machine or container give one.
	KeyID, Secret, Session store.Secret
	// PurgeURL is called after a new page is up, unless it is empty; PurgeToken is its token. See parsePurge.
	PurgeURL, PurgeToken store.Secret
	// PageURL is where visitors see the page.
	PageURL string
	Log     *slog.Logger
}

// OptionError is a variable that cannot be used, and what would be right.
type OptionError struct{ Variable, Right string }

func (e *OptionError) Error() string { return e.Variable + " " + e.Right }

// Bucket is where the page goes. Publish and SaveStatus are for one goroutine at a time.
type Bucket struct {
	to           string
	client       *minio.Client
	transport    *http.Transport
	name, prefix string
	purger       *purger
	log          *slog.Logger

	lastETag      string      // of the page that this machine published last
	saved         sync.Map    // ETags of the small files that are known to be up, by name
	probed        bool        // unconditional is known
	unconditional atomic.Bool // the storage does not look at conditions
	purgeDue      bool        // a new page is up that no cache was told of
}

// Limits of a connection to the storage, so that one that went silent leaves time for another try; and of each question
// for the role of this machine, which machines elsewhere leave unanswered.
const (
	dialTimeout   = 3 * time.Second
	headerTimeout = 4 * time.Second
	roleTimeout   = 2 * time.Second
)

// Open prepares the storage; it does no I/O. The error is an *OptionError.
func Open(o Options) (*Bucket, error) {
	name, prefix, err := parseTo(o.To)
	if err != nil {
		return nil, err
	}
	host, secure, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	lookup, err := parsePathStyle(o.PathStyle)
	if err != nil {
		return nil, err
	}
	if o.Region == "" && o.Endpoint != "" {
		o.Region = "us-east-1" // what storage elsewhere takes for "any"
	}
	if (o.KeyID == "") != (o.Secret == "") {
		return nil, &OptionError{"AWS_ACCESS_KEY_ID", "and AWS_SECRET_ACCESS_KEY are given together or not at all"}
	}
	transport := newTransport()
	client, err := minio.New(host, &minio.Options{Secure: secure, Region: o.Region, BucketLookup: lookup,
		Creds: o.credentials(), Transport: transport, MaxRetries: 1})
	if err != nil {
		return nil, &OptionError{"AWS_ENDPOINT_URL", "should be the storage's address, as in https://storage.example"}
	}
	purger, err := parsePurge(o, transport)
	if err != nil {
		return nil, err
	}
	return &Bucket{to: strings.TrimSuffix("s3://"+name+"/"+prefix, "/"), client: client, transport: transport,
		name: name, prefix: prefix, purger: purger, log: o.Log}, nil
}

// parseTo splits PUBLISH_TO; the prefix ends in a slash or is empty.
func parseTo(to string) (bucket, prefix string, err error) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "s3" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		s3utils.CheckValidBucketNameStrict(u.Host) != nil {
		return "", "", &OptionError{"PUBLISH_TO", "should be s3://bucket or s3://bucket/prefix"}
	}
	if prefix = strings.Trim(u.Path, "/"); prefix != "" {
		prefix += "/"
	}
	return u.Host, prefix, nil
}

func parseEndpoint(address string) (host string, secure bool, err error) {
	if address == "" {
		return "s3.amazonaws.com", true, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil ||
		u.Scheme != "http" && u.Scheme != "https" {
		return "", false, &OptionError{"AWS_ENDPOINT_URL", "should be the storage's address, as in https://storage.example"}
	}
	return u.Host, u.Scheme == "https", nil
}

func parsePathStyle(text string) (minio.BucketLookupType, error) {
	if text == "" {
		return minio.BucketLookupAuto, nil
	}
	path, err := strconv.ParseBool(strings.TrimSpace(text))
	switch {
	case err != nil:
		return 0, &OptionError{"AWS_S3_FORCE_PATH_STYLE", "should be true or false"}
	case path:
		return minio.BucketLookupPath, nil
	}
	return minio.BucketLookupDNS, nil
}

// credentials are the access key that was given, else what Amazon's programs would find on this machine.
func (o Options) credentials() *credentials.Credentials {
	if o.KeyID != "" {
		return credentials.NewStaticV4(o.KeyID.Reveal(), o.Secret.Reveal(), o.Session.Reveal())
	}
	role := &credentials.IAM{Client: &http.Client{Timeout: roleTimeout}}
	return credentials.New(machineKey{&credentials.Chain{
		Providers: []credentials.Provider{&credentials.FileAWSCredentials{}, role}}})
}

// errNoKey says that neither settings, shared files nor a role give an access key.
var errNoKey = errors.New("no access key")

// machineKey is a chain of places that fails with errNoKey where none has a key; by itself a chain signs nothing then,
// and the storage would say that it denies access.
type machineKey struct{ *credentials.Chain }

func (k machineKey) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	v, err := k.Chain.RetrieveWithCredContext(c)
	if err == nil && v.AccessKeyID == "" {
		err = errNoKey
	}
	return v, err
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   assetsAtOnce,
		DisableCompression:    true,
	}
}

// Close lets go of idle connections. A nil bucket has none.
func (b *Bucket) Close() {
	if b != nil {
		b.transport.CloseIdleConnections()
	}
}

// String is s3://bucket/prefix.
func (b *Bucket) String() string { return b.to }

// SetLast names the page that this machine published last; it may replace that one whatever its settings are now.
func (b *Bucket) SetLast(etag string) { b.lastETag = etag }

// Notices are sentences that people should read.
func (b *Bucket) Notices() []string {
	if b != nil && b.unconditional.Load() {
		return []string{fmt.Sprintf("the storage of %s does not know conditional writes (If-Match): let one instance alone "+
			"publish there, since two at once could put an older page over a newer one", b.to)}
	}
	return nil
}

// key is the name in the bucket of a file below the prefix.
func (b *Bucket) key(file string) string { return b.prefix + file }
