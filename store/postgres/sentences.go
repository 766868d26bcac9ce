package postgres

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lib/pq"

	"vitrine/store"
)

// serverRule says what an error of the server or of a pooler means. sentence may have one %s, for the name in the
// server's text. cure is what puts it right; {role}, {database} and {name} stand in it for what DATABASE_URL and the
// server's text name.
type serverRule struct {
	code     string // SQLSTATE (PostgreSQL manual, appendix A), or how it begins; "" for any
	text     string // what stands in the message; "" for any. Servers that speak another language have the code alone
	class    store.Class
	sentence string
	cure     string
}

// serverRules are in order: the first that fits is meant.
var serverRules = []serverRule{
	// What PgBouncer says, under 08P01 or a code of its own.
	{"", "no more connections allowed", store.TooManyConnections,
		"the pooler in front of the database takes no more clients: raise its max_client_conn", ""},
	{"", "query_wait_timeout", store.TooManyConnections,
		"the pooler had no connection to the server in time (query_wait_timeout): " +
			"is it paused, is its default_pool_size too small, or is the server behind it down?", ""},
	{"", "no such database", store.Auth,
		"the pooler knows no database of the name in DATABASE_URL: add " +
			"it to [databases] of pgbouncer.ini, or correct the name", ""},
	{"08P01", "no such user", store.Auth,
		"the pooler knows no user of the name in DATABASE_URL: add it to the pooler's user list, or correct the name", ""},
	{"08P01", "authentication failed", store.Auth, "the pooler refused user name or password of DATABASE_URL", ""},
	{"", "server login", store.ConnectRefused,
		"the pooler answers, but cannot sign in to the database server behind it: " +
			"is that one up, and does it take the pooler's user?", ""},
	{"", "cannot connect to server", store.ConnectRefused,
		"the pooler answers, but cannot reach the database server behind it: is that one up?", ""},
	{"08P01", "unsupported startup parameter", store.Other,
		"the pooler refuses a startup parameter: name it in ignore_startup_parameters of pgbouncer.ini", ""},
	{"08P01", "", store.Other, "the server or its connection pooler refused the connection's protocol", ""},

	{"28P01", "", store.Auth,
		"the server refused user name or password of DATABASE_URL; " +
			"special characters in the password must be percent-encoded", ""},
	{"28", "pg_hba.conf rejects", store.Auth,
		"a reject line of the server's pg_hba.conf turns this user away: " +
			"put a line that lets it in from this machine before that one", "host {database} {role} all scram-sha-256"},
	{"28", "no encryption", store.Auth,
		noEntry + ", at least not without TLS: add sslmode=require to DATABASE_URL, or a line to that file",
		"host {database} {role} all scram-sha-256"},
	{"28", "SSL off", store.Auth,
		noEntry + ", at least not without TLS: add sslmode=require to DATABASE_URL, or a line to that file",
		"host {database} {role} all scram-sha-256"},
	{"28", "no pg_hba.conf entry", store.Auth,
		noEntry + ": add a line to that file", "host {database} {role} all scram-sha-256"},
	{"28", "does not exist", store.Auth,
		"the server has no role with the user name in DATABASE_URL: correct the name, or create the role",
		"CREATE ROLE {role} LOGIN PASSWORD 'choose-one';"},
	{"28", "not permitted to log in", store.Auth, "the role in DATABASE_URL may not log in", "ALTER ROLE {role} LOGIN;"},
	{"28", "Peer authentication", store.Auth,
		"the server's socket takes a user only from the system's user of the same name (peer): " +
			"connect over TCP with a host name and a password, or run as that user", ""},
	{"28", "client certificate", store.Auth,
		"the server wants a client certificate: give sslcert= and sslkey= in DATABASE_URL", ""},
	{"28", "expired", store.Auth,
		"the access token that serves as password has expired: put a new " +
			"one into DATABASE_URL_FILE, which is read at each connect", ""},
	{"28", "credentials", store.Auth,
		"the proxy before the database has no credentials for this user: give it the role's secret", ""},
	{"28", "", store.Auth, "the server refused to sign this user in", ""},
	{"3D", "", store.Auth,
		"the server has no database with the name in DATABASE_URL: correct the name after the last /, or create it",
		"CREATE DATABASE {database};"},

	{"53300", "for role", store.TooManyConnections,
		"the CONNECTION LIMIT of the role in DATABASE_URL is used up: raise it, or lower DATABASE_POOL_MAX",
		"ALTER ROLE {role} CONNECTION LIMIT -1;"},
	{"53300", "for database", store.TooManyConnections,
		"the CONNECTION LIMIT of the database is used up: raise it, or lower what its clients take",
		"ALTER DATABASE {database} CONNECTION LIMIT -1;"},
	{"53300", "", store.TooManyConnections,
		"the database server has no connection left: all of its max_connections are taken. " +
			"Lower what its clients take (DATABASE_POOL_MAX here), or put PgBouncer in between", ""},
	{"53100", "", store.Other, "the disk of the database server is full: make room there", ""},
	{"53200", "", store.Other, "the database server is out of memory", ""},
	{"53", "", store.Other, "the database server is short of resources", ""},
	{"55000", "not currently accepting connections", store.ConnectRefused,
		"the database takes no connections (ALLOW_CONNECTIONS is false)",
		"ALTER DATABASE {database} WITH ALLOW_CONNECTIONS true;"},
	{"55000", "has not been populated", store.SchemaMismatch,
		"the materialized view %s is empty, since it was never filled", "REFRESH MATERIALIZED VIEW {name};"},
	{"57P03", "starting up", store.ConnectRefused, "the database server is starting up and takes no connections yet", ""},
	{"57P03", "", store.ConnectRefused,
		"the database server is starting up or shutting down and takes no connections yet", ""},
	{"57P", "", store.Network,
		"the database server ended the connection; it is shutting down, or an administrator ended it", ""},
	{"57014", "statement timeout", store.QueryTimeout,
		"the server's statement_timeout ended the query before DATABASE_QUERY_TIMEOUT did: " +
			"raise it for the role in DATABASE_URL", "ALTER ROLE {role} SET statement_timeout = {timeout};"},
	{"57014", "user request", store.QueryTimeout,
		"somebody cancelled the query on the server; the next try may succeed", ""},
	{"57014", "", store.QueryTimeout,
		"the server ended the query: its statement_timeout is too short, or somebody cancelled it", ""},
	{"55P03", "", store.QueryTimeout,
		"the query waited for a lock, such as a migration's, for longer than the server's lock_timeout", ""},
	{"40001", "recovery", store.Other,
		"the standby ended the query to go on with its replication; the next try may succeed. " +
			"Where that happens often, set hot_standby_feedback on it", "ALTER SYSTEM SET hot_standby_feedback = on;"},
	{"40", "", store.Other,
		"the server gave the query up because of a conflict with other work; the next try may succeed", ""},
	{"08", "", store.Network, "the connection to the database was lost", ""},
	{"25P03", "", store.Network, "the database server ended an idle connection", ""},
	{"25", "", store.SchemaMismatch, "the database takes no writes here", ""},

	{"42501", "for database", store.Auth,
		"the role in DATABASE_URL may not connect to this database", "GRANT CONNECT ON DATABASE {database} TO {role};"},
	{"42501", "for schema", store.SchemaMismatch,
		"the role in DATABASE_URL may not use the schema %s", "GRANT USAGE ON SCHEMA {name} TO {role};"},
	{"42501", "", store.SchemaMismatch, "the role in DATABASE_URL may not read the table or view %s",
		"GRANT SELECT ON {name} TO {role};"},
	{"42P01", "", store.SchemaMismatch, "there is no table %s, which the page needs", ""},
	{"42703", "", store.SchemaMismatch, "there is no column %s, which the page needs", ""},
	{"42", "", store.SchemaMismatch,
		"the database does not understand the query: the shop's tables are not what was expected", ""},
	{"3F", "", store.SchemaMismatch, "there is no schema %s", ""},
	{"22", "", store.SchemaMismatch, "the shop's data is not of the kind that was expected", ""},
}

const noEntry = "no line of the server's pg_hba.conf lets this user in from this machine"

// explainServer says what a server's or pooler's error means.
func (db *DB) explainServer(e *pq.Error) *store.Error {
	for _, r := range serverRules {
		if !strings.HasPrefix(string(e.Code), r.code) || !strings.Contains(e.Message, r.text) {
			continue
		}
		name := nameIn(e.Message)
		sentence := r.sentence
		if strings.Contains(sentence, "%s") {
			sentence = fmt.Sprintf(sentence, orSomething(name))
		}
		return &store.Error{Class: r.class, Sentence: sentence, Cure: db.cure(r.cure, name)}
	}
	return &store.Error{Class: store.Other, Sentence: fmt.Sprintf("the database answered with error %s (%s); the "+
		"original message is in the log and in `vitrine check`", e.Code, strings.ReplaceAll(e.Code.Name(), "_", " "))}
}

// cure fills in a rule's cure; "" where the name that it needs is not known.
func (db *DB) cure(cure, name string) string {
	if strings.Contains(cure, "{name}") && name == "" {
		return ""
	}
	user, _ := db.target.login()
	return strings.NewReplacer("{role}", pq.QuoteIdentifier(user), "{database}", pq.QuoteIdentifier(db.target.dbname),
		"{name}", name,
		"{timeout}", fmt.Sprint(db.opt.QueryTimeout.Milliseconds())).Replace(cure)
}

var (
	quotedName = regexp.MustCompile(`["“«„]([^"”»“\x00-\x1f]{1,128})["”»“]`)
	deniedName = regexp.MustCompile(`permission denied for \w+(?: \w+)? (\S+)$`)
)

// nameIn is what a server's message names, as SQL: what stands in quotes, or at the end of a refusal; "" for nothing.
func nameIn(message string) string {
	m := quotedName.FindStringSubmatch(message)
	if m == nil {
		if m = deniedName.FindStringSubmatch(message); m == nil {
			return ""
		}
	}
	parts := strings.Split(m[1], ".")
	for i, p := range parts {
		parts[i] = pq.QuoteIdentifier(p)
	}
	return strings.Join(parts, ".")
}

// orSomething stands in for a name that is not known.
func orSomething(name string) string {
	if name == "" {
		return "that the query names"
	}
	return name
}
