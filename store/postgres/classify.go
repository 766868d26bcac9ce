package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
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

// classify turns an error into an *Error: a class, a sentence of ours, and the cause with operation and without the password. ctx is the
// operation's, as its caller gave it.
func (db *DB) classify(ctx context.Context, op string, ph phase, err error) error {
	class, sentence := db.explain(ctx, ph, err)
	var own *store.Error
	if errors.As(err, &own) {
		err = own.Err
	}
	if err != nil {
		err = &scrubbed{text: op + ": " + db.scrub(err.Error()), cause: err}
	}
	return &store.Error{Class: class, Sentence: sentence, Err: err}
}

// explain finds class and sentence: first what ended the operation from outside, then what the database or network said.
func (db *DB) explain(ctx context.Context, ph phase, err error) (store.Class, string) {
	var own *store.Error
	var connecting *connectError
	var limit *limitError
	switch {
	case errors.As(err, &own) && own.Class != "":
		return own.Class, own.Sentence
	case errors.Is(ctx.Err(), context.Canceled), isPoolClosed(err):
		return store.Shutdown, sentenceShutdown
	case errors.As(err, &connecting):
		return db.explainConnect(connecting)
	case ph == phaseAcquire && isTimeout(err):
		return store.AcquireTimeout, fmt.Sprintf("timed out waiting for a free database connection; all %d of the pool were in use "+
			"(DATABASE_POOL_MAX=%d, DATABASE_ACQUIRE_TIMEOUT=%d)", db.opt.PoolMax, db.opt.PoolMax, db.opt.AcquireTimeout.Milliseconds())
	case errors.As(err, &limit):
		return store.QueryTimeout, fmt.Sprintf("the query took longer than %s (DATABASE_QUERY_TIMEOUT=%d)", db.opt.QueryTimeout, db.opt.QueryTimeout.Milliseconds())
	case ctx.Err() != nil:
		return store.QueryTimeout, "the query was still running when the time for the whole operation was up"
	case isDeadline(err):
		return store.QueryTimeout, "the database went silent while it was answering"
	}
	return explainCause(err)
}

// explainConnect picks, among the errors of the hosts, the one that says most: what a server said, before what the network said.
func (db *DB) explainConnect(e *connectError) (store.Class, string) {
	worth := []store.Class{store.Auth, store.TLS, store.TooManyConnections, store.SchemaMismatch, store.Network, store.ConnectRefused, store.DNS, store.Other, store.ConnectTimeout}
	best, sentence := store.ConnectTimeout, ""
	rank := len(worth)
	for _, err := range e.errs {
		class, s := explainCause(err)
		if class != store.DNS && (isTimeout(err) || strings.Contains(err.Error(), "i/o timeout")) {
			class = store.ConnectTimeout // lib/pq gives the failure of a write as mere text
		}
		for i, c := range worth {
			if c == class && i < rank {
				best, sentence, rank = class, s, i
			}
		}
	}
	if best == store.Network && db.target.tls.negotiation == pq.SSLNegotiationDirect {
		return store.TLS, "the server does not take TLS straight away (sslnegotiation=direct), which PostgreSQL 17 and later do"
	}
	if best == store.ConnectTimeout {
		sentence = fmt.Sprintf("the database did not answer within %s (DATABASE_CONNECTION_TIMEOUT=%d). Is the address in DATABASE_URL right, "+
			"and does a firewall let this machine through?", e.took.Round(100*time.Millisecond), db.opt.ConnectTimeout.Milliseconds())
	}
	return best, sentence
}

// explainCause classes what the server, the driver or the network said.
func explainCause(err error) (store.Class, string) {
	var server *pq.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, errNotPostgres):
		return store.ConnectRefused, "what answers at the address in DATABASE_URL is not PostgreSQL. Is the port right, and does a proxy between say that the database is down?"
	case errors.Is(err, errAnswerSize):
		return store.Other, "the database's answer is larger than 64 MB. Do the shop's rows hold whole pictures or documents?"
	case errors.As(err, &server):
		return explainServer(server)
	case errors.As(err, &dns):
		return store.DNS, "the host name in DATABASE_URL cannot be resolved. Is it spelt right, and does name resolution work on this machine?"
	case errors.Is(err, pq.ErrSSLNotSupported):
		return store.TLS, "DATABASE_URL asks for TLS, but the server does not offer it. Turn it on there, or use sslmode=prefer"
	case isTLS(err):
		return store.TLS, explainTLS(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return store.ConnectRefused, "nothing listens at the address in DATABASE_URL. Is the database running, and is the port right?"
	case errors.Is(err, fs.ErrNotExist):
		return store.ConnectRefused, "there is no database socket in the folder that DATABASE_URL names. Is the database running, and are folder and port right?"
	case errors.Is(err, fs.ErrPermission):
		return store.Auth, "this program may not use the database's socket or its key file. Check the permissions"
	case isStale(err):
		return store.Network, "the database closed the connection, or the network cut it"
	case isTimeout(err):
		return store.Network, "the network to the database is silent"
	}
	return explainText(err)
}

// explainText classes the errors that lib/pq and the network stack give as mere text.
func explainText(err error) (store.Class, string) {
	text := err.Error()
	has := func(s string) bool { return strings.Contains(text, s) }
	var op *net.OpError
	switch {
	case has("hot standby mode"), has("session is read-only"), has("session is not read-only"):
		return store.ConnectRefused, "no server of DATABASE_URL is in the state that its target_session_attrs asks for"
	case has("could not fork"), has("server error: "):
		return store.TooManyConnections, "the database server cannot start another connection; it is short of resources"
	case has("unknown authentication response"), has("SCRAM"), has("no password"), has("unexpected password"):
		return store.Auth, "the server asks for a way of signing in that does not work here. Give the user a password with scram-sha-256"
	case has("sslcert"), has("sslrootcert"), has("private key"), has("PEM"), has("has group or world access"):
		return store.TLS, "a certificate or key file that DATABASE_URL names cannot be used. Check that it is PEM, and that only its owner may read the key"
	case errors.As(err, &op), has("connection reset by peer"), has("broken pipe"):
		return store.Network, "the network to the database failed"
	}
	return store.Other, "the database operation failed unexpectedly; the log has the details"
}

func explainTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that is not trusted here. Give its root certificate with sslrootcert="
	case errors.As(err, &name):
		return "the server's certificate is made out to another name than the host in DATABASE_URL. Use that name, or sslmode=verify-ca"
	case errors.As(err, &invalid):
		return "the server's certificate is not valid; it may have expired"
	}
	return "the TLS handshake with the database failed. Do server and sslmode agree, and does the server want a client certificate?"
}

// serverSentences are keyed by SQLSTATE (PostgreSQL manual, appendix A): first the whole code, then its class of two letters.
var serverSentences = map[string]struct {
	class    store.Class
	sentence string
}{
	"28P01": {store.Auth, "the server refused user name or password of DATABASE_URL; special characters in the password must be percent-encoded"},
	"28000": {store.Auth, "the server does not let this user in from this machine (pg_hba.conf); where it demands TLS, add sslmode=require to DATABASE_URL"},
	"28":    {store.Auth, "the server refused to sign this user in"},
	"3D000": {store.Auth, "the server has no database with the name that DATABASE_URL gives"},
	"3D":    {store.Auth, "the server has no database with the name that DATABASE_URL gives"},
	"53300": {store.TooManyConnections, "the database server has no connection left. Raise its max_connections, or lower what its clients take (DATABASE_POOL_MAX here)"},
	"53":    {store.Other, "the database server is short of memory, disk or other resources"},
	"57P03": {store.ConnectRefused, "the database server is starting up or shutting down and takes no connections yet"},
	"57P":   {store.Network, "the database server ended the connection; it is shutting down, or an administrator ended it"},
	"57014": {store.QueryTimeout, "the database server ended the query; its own statement_timeout is shorter than DATABASE_QUERY_TIMEOUT, or someone cancelled it"},
	"55P03": {store.QueryTimeout, "the query waited too long for a lock, perhaps that of a migration"},
	"40":    {store.Other, "the server gave the query up because of a conflict with other work; the next try may succeed"},
	"08P01": {store.Other, "the server or its connection pooler refused the connection's protocol"},
	"08":    {store.Network, "the connection to the database was lost"},
	"25P03": {store.Network, "the database server ended an idle connection"},
	"25":    {store.SchemaMismatch, "the database takes no writes here"},
	"42501": {store.SchemaMismatch, "the database user may not read the shop's tables. GRANT SELECT on them, and USAGE on their schema"},
	"42P01": {store.SchemaMismatch, "a table that the page needs is not there"},
	"42703": {store.SchemaMismatch, "a column that the page needs is not there"},
	"42":    {store.SchemaMismatch, "the database does not understand the query: the shop's tables are not what was expected"},
	"3F":    {store.SchemaMismatch, "the schema that DATABASE_URL names is not there"},
	"22":    {store.SchemaMismatch, "the shop's data is not of the kind that was expected"},
}

// bouncerTexts are what PgBouncer says under the one code 08P01, with the code that PostgreSQL would have used.
var bouncerTexts = map[string]string{
	"no more connections allowed": "53300",
	"no such database":            "3D000",
	"no such user":                "28P01",
	"authentication failed":       "28P01",
	"cannot connect to server":    "57P03",
	"server login":                "57P03",
	"query_wait_timeout":          "53300",
}

func explainServer(e *pq.Error) (store.Class, string) {
	code := string(e.Code)
	for text, meaning := range bouncerTexts {
		if code == "08P01" && strings.Contains(e.Message, text) {
			code = meaning
		}
	}
	for _, n := range []int{5, 3, 2} {
		if len(code) >= n {
			if s, ok := serverSentences[code[:n]]; ok {
				return s.class, s.sentence
			}
		}
	}
	return store.Other, "the database answered with an error; the log has the details"
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
