package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"

	"vitrine/store"
)

// phase is where an operation failed.
type phase int

const (
	phaseAcquire phase = iota
	phaseQuery
)

const sentenceShutdown = "the program is stopping"

// said is an error in our words, without its cause.
func said(class store.Class, sentence string) *store.Error {
	return &store.Error{Class: class, Sentence: sentence}
}

// classify turns an error into an *Error: a class, a sentence of ours, and the cause with operation and without the
// password. ctx is the operation's, as its caller gave it.
func (db *DB) classify(ctx context.Context, op string, ph phase, err error) error {
	e := db.explain(ctx, ph, err)
	var own *store.Error
	if errors.As(err, &own) {
		err = own.Err
	}
	if err != nil {
		err = &scrubbed{text: op + ": " + db.scrub(err.Error()), cause: err}
	}
	return &store.Error{Class: e.Class, Sentence: e.Sentence, Cure: e.Cure, Err: err}
}

// explain finds class and sentence: first what ended the operation from outside, then what the database or network
// said.
func (db *DB) explain(ctx context.Context, ph phase, err error) *store.Error {
	var own *store.Error
	var connecting *connectError
	var limit *limitError
	switch {
	case errors.As(err, &own) && own.Class != "":
		return own
	case errors.Is(ctx.Err(), context.Canceled), isPoolClosed(err):
		return said(store.Shutdown, sentenceShutdown)
	case errors.As(err, &connecting):
		return db.explainConnect(ctx, connecting)
	case ph == phaseAcquire && isTimeout(err) && db.dial.opening.Load() > 0: // what it waited for is a connection in the making
		return db.unanswered(ctx, db.opt.AcquireTimeout)
	case ph == phaseAcquire && isTimeout(err):
		return said(store.AcquireTimeout, fmt.Sprintf("timed out waiting for a free database connection; all %d of the "+
			"pool were in use (DATABASE_POOL_MAX=%[1]d, %[2]s)", db.opt.PoolMax, limitOf(ctx, acquireLimit, db.opt.AcquireTimeout)))
	case errors.As(err, &limit):
		return said(store.QueryTimeout, fmt.Sprintf("the query took longer than %s (DATABASE_QUERY_TIMEOUT=%d)",
			db.opt.QueryTimeout, db.opt.QueryTimeout.Milliseconds()))
	case ctx.Err() != nil:
		return said(store.QueryTimeout, "the query was still running when the time for the whole operation was up")
	case isDeadline(err):
		return said(store.QueryTimeout, "the database went silent while it was answering")
	}
	return db.explainCause(err)
}

// worth orders the classes of the hosts' errors by how much they tell: what a server said, before what the network
// said.
var worth = []store.Class{store.Auth, store.TLS, store.TooManyConnections, store.SchemaMismatch, store.Network,
	store.ConnectRefused,
	store.DNS, store.Other, store.ConnectTimeout}

// explainConnect picks, among the errors of the hosts, the one that says most.
func (db *DB) explainConnect(ctx context.Context, e *connectError) *store.Error {
	best := said(store.ConnectTimeout, "")
	rank := len(worth)
	for _, err := range e.errs {
		one := db.explainCause(err)
		if one.Class != store.DNS && (isTimeout(err) || strings.Contains(err.Error(), "i/o timeout")) {
			one.Class = store.ConnectTimeout // lib/pq gives the failure of a write as mere text
		}
		if i := slices.Index(worth, one.Class); i >= 0 && i < rank {
			best, rank = one, i
		}
	}
	switch {
	case best.Class == store.Network && db.target.tls.negotiation == pq.SSLNegotiationDirect:
		return said(store.TLS, "the server does not take TLS straight "+
			"away (sslnegotiation=direct), which PostgreSQL 17 and later do")
	case best.Class == store.ConnectTimeout:
		return db.unanswered(ctx, e.took)
	}
	return best
}

// unanswered is the error of a connect that had no answer for so long.
func (db *DB) unanswered(ctx context.Context, took time.Duration) *store.Error {
	took = took.Round(100 * time.Millisecond)
	limit := limitOf(ctx, "DATABASE_CONNECTION_TIMEOUT", db.opt.ConnectTimeout)
	if db.opt.AcquireTimeout < db.opt.ConnectTimeout && took >= db.opt.AcquireTimeout {
		limit = limitOf(ctx, acquireLimit, db.opt.AcquireTimeout)
	}
	return said(store.ConnectTimeout, fmt.Sprintf("the database did not answer within %s (%s). "+
		"Is the address in DATABASE_URL right, and does a firewall let this machine through?", took, limit))
}

const acquireLimit = "DATABASE_ACQUIRE_TIMEOUT"

// limitOf names what ended the wait for a connection: a variable, unless the operation's own time was up first.
func limitOf(ctx context.Context, variable string, limit time.Duration) string {
	if ctx.Err() != nil {
		return "the time for the whole operation was up"
	}
	return fmt.Sprintf("%s=%d", variable, limit.Milliseconds())
}

// explainCause classes what the server, the driver or the network said.
func (db *DB) explainCause(err error) *store.Error {
	var last *ended
	var server *pq.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, errNotPostgres):
		return said(store.ConnectRefused, "what answers at the address in DATABASE_URL is not PostgreSQL. "+
			"Is the port right, and does a proxy between say that the database is down?")
	case errors.Is(err, errAnswerSize):
		return said(store.Other, "the database's answer is larger than "+
			"64 MB. Do the shop's rows hold whole pictures or documents?")
	case errors.As(err, &last):
		return db.explainServer(last.server)
	case errors.As(err, &server):
		return db.explainServer(server)
	case errors.As(err, &dns):
		return said(store.DNS, "the host name in DATABASE_URL cannot be resolved. "+
			"Is it spelt right, and does name resolution work on this machine?")
	case errors.Is(err, pq.ErrSSLNotSupported):
		return said(store.TLS, "DATABASE_URL asks for TLS, but the server "+
			"does not offer it. Turn it on there, or use sslmode=prefer")
	case isTLS(err):
		return said(store.TLS, explainTLS(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return said(store.ConnectRefused, "nothing listens at the address "+
			"in DATABASE_URL. Is the database running, and is the port right?")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return said(store.Network, explainUnreachable(err))
	case errors.Is(err, fs.ErrNotExist):
		return said(store.ConnectRefused, "there is no database socket in the folder that DATABASE_URL names. "+
			"Is the database running, and are folder and port right?")
	case errors.Is(err, fs.ErrPermission):
		return said(store.Auth, "this program may not use the database's socket or its key file. Check the permissions")
	case isStale(err):
		return said(store.Network, "the database closed the connection, or the network cut it")
	case isTimeout(err):
		return said(store.Network, "the network to the database is silent")
	}
	return explainText(err)
}

// explainText classes the errors that lib/pq and the network stack give as mere text.
func explainText(err error) *store.Error {
	text := err.Error()
	has := func(s string) bool { return strings.Contains(text, s) }
	var op *net.OpError
	switch {
	case has("hot standby mode"), has("session is read-only"), has("session is not read-only"):
		return said(store.ConnectRefused, "no server of DATABASE_URL is in the state that its target_session_attrs asks for")
	case has("could not fork"), has("server error: "):
		return said(store.TooManyConnections, "the database server cannot start another connection; it is short of resources")
	case has("unknown authentication response"), has("SCRAM"), has("no password"), has("unexpected password"):
		return said(store.Auth, "the server asks for a way of signing in that does not work here. "+
			"Give the user a password with scram-sha-256")
	case has("sslcert"), has("sslrootcert"), has("private key"), has("PEM"), has("has group or world access"):
		return said(store.TLS, "a certificate or key file that DATABASE_URL names cannot be used. "+
			"Check that it is PEM, and that only its owner may read the key")
	case errors.As(err, &op), has("connection reset by peer"), has("broken pipe"):
		return said(store.Network, "the network to the database failed")
	}
	return said(store.Other, "the database operation failed for an unknown reason; the original message is in the log "+
		"and in `vitrine check`")
}

// explainUnreachable tells a machine without IPv6 from a network that is down.
func explainUnreachable(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		if tcp, ok := op.Addr.(*net.TCPAddr); ok && tcp.IP.To4() == nil {
			return "the database has an IPv6 address, and this machine has no " +
				"way to it: use the IPv4 address, or a pooler's, in DATABASE_URL"
		}
	}
	return "this machine has no way to the database's address: is the network, or the VPN to it, up?"
}

func explainTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that is not trusted here. Give its root certificate " +
			"with sslrootcert="
	case errors.As(err, &name):
		return "the server's certificate is made out to another name than the host in DATABASE_URL. Use that name, or " +
			"sslmode=verify-ca"
	case errors.As(err, &invalid):
		if invalid.Reason == x509.Expired {
			return "the server's certificate is not valid now: it has expired, or a clock is wrong"
		}
		return "the server's certificate is not valid"
	}
	return "the TLS handshake with the database failed. Do server and " +
		"sslmode agree, and does the server want a client certificate?"
}

func isX509(err error) bool {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid)
}

// isDeadline tells that one of our deadlines ended it, isTimeout that any timeout did.
func isDeadline(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return isDeadline(err) || errors.As(err, &timeout) && timeout.Timeout()
}

// scrubbed is an error whose text has lost its secrets; its cause is for errors.As, not for printing.
type scrubbed struct {
	text  string
	cause error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.cause }

// scrub takes the password out of a text.
func (db *DB) scrub(text string) string {
	for _, s := range db.target.secrets() {
		text = strings.ReplaceAll(text, s, "[hidden]")
	}
	return text
}
