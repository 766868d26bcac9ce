package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"vitrine/store"
	"vitrine/store/storetest"
)

// canaryRole makes a role with a database of its own, which has a table gems, on pg; it returns the role's DATABASE_URL
// and the superuser's for that database.
func canaryRole(t *testing.T, pg *storetest.PG, options string) (role, reader, super string) {
	t.Helper()
	super = pg.NewDatabase(t)
	u, err := url.Parse(super)
	if err != nil {
		t.Fatal(err)
	}
	role = "canary_" + strings.TrimPrefix(u.Path, "/")
	storetest.Exec(t, super, "CREATE ROLE "+role+" PASSWORD 'canarypass' "+options, "CREATE TABLE gems (id int)",
		"GRANT SELECT ON gems TO "+role)
	t.Cleanup(func() { storetest.Exec(t, super, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	u.User = url.UserPassword(role, "canarypass")
	return role, u.String(), super
}

// What a real server refuses has a sentence that is true: what it says to do is done word for word, and the same pool
// works. No sentence names host, database or user; a cure does, for the terminal.
func TestServerSentencesAreCured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options string // of CREATE ROLE
		fault   []string
		query   string // instead of SELECT 'x'
		cure    string // where the sentence alone says what to do
		class   store.Class
		says    string
	}{
		{name: "may not log in", options: "NOLOGIN", class: store.Auth, says: "may not log in"},
		{name: "password", fault: []string{"ALTER ROLE {role} PASSWORD 'another'"}, class: store.Auth,
			says: "refused user name or password", cure: "ALTER ROLE {role} PASSWORD 'canarypass'"},
		{name: "no table", query: "SELECT count(*)::text FROM pearls", class: store.SchemaMismatch,
			says: `no table "pearls"`, cure: "CREATE TABLE pearls (); GRANT SELECT ON pearls TO {role}"},
		{name: "no column", query: "SELECT max(\"carat\")::text || 'x' FROM gems", class: store.SchemaMismatch,
			says: `no column "carat"`, cure: "ALTER TABLE gems ADD carat text; INSERT INTO gems (carat) VALUES ('1')"},
		{name: "no CONNECT", fault: []string{"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC"}, class: store.Auth,
			says: "may not connect"},
		{name: "role's limit", options: "LOGIN CONNECTION LIMIT 0", class: store.TooManyConnections,
			says: "CONNECTION LIMIT of the role"},
		{name: "database's limit", fault: []string{"ALTER DATABASE {database} CONNECTION LIMIT 0"},
			class: store.TooManyConnections,
			says:  "CONNECTION LIMIT of the database"},
		{name: "closed database", fault: []string{"ALTER DATABASE {database} WITH ALLOW_CONNECTIONS false"},
			class: store.ConnectRefused,
			says:  "ALLOW_CONNECTIONS"},
		{name: "statement_timeout", fault: []string{"ALTER ROLE {role} SET statement_timeout = 50"},
			query: "SELECT pg_sleep(0.3)::text",
			class: store.QueryTimeout, says: "statement_timeout ended the query"},
		{name: "no SELECT", fault: []string{"REVOKE SELECT ON gems FROM {role}"}, query: "SELECT count(*)::text FROM gems",
			class: store.SchemaMismatch, says: `may not read the table or view "gems"`},
		{name: "no USAGE", fault: []string{`CREATE SCHEMA "Attic"`, `CREATE TABLE "Attic".gems (id int)`,
			`GRANT SELECT ON "Attic".gems TO {role}`},
			query: `SELECT count(*)::text FROM "Attic".gems`, class: store.SchemaMismatch, says: `may not use the schema "Attic"`},
		{name: "view never filled", fault: []string{"CREATE MATERIALIZED VIEW shelf AS SELECT 1 WITH NO DATA",
			"GRANT SELECT ON shelf TO {role}"},
			query: "SELECT count(*)::text FROM shelf", class: store.SchemaMismatch, says: `materialized view "shelf" is empty`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pg := storetest.Server(t)
			role, reader, super := canaryRole(t, pg, cmp.Or(c.options, "LOGIN"))
			fill := strings.NewReplacer("{role}", role, "{database}", strings.TrimPrefix(role, "canary_"))
			for _, statement := range c.fault {
				where := super
				if strings.HasPrefix(statement, "ALTER DATABASE") {
					where = pg.AdminURL()
				}
				storetest.Exec(t, where, fill.Replace(statement))
			}
			query := cmp.Or(c.query, "SELECT 'x'")
			db := open(t, short(reader))
			e := mustFail(t, c.class, 0, func() error { _, err := ask(t.Context(), db, query); return err })
			if !strings.Contains(e.Sentence, c.says) {
				t.Fatalf("%q does not say %q", e.Sentence, c.says)
			}
			where, cure := super, cmp.Or(e.Cure, fill.Replace(c.cure))
			if strings.HasPrefix(cure, "ALTER DATABASE") {
				where = pg.AdminURL()
			}
			storetest.Exec(t, where, strings.Split(cure, "; ")...)
			if _, err := ask(t.Context(), db, query); err != nil {
				t.Errorf("after %s: %v", cure, err)
			}
		})
	}
}

// What stands before a server says no in words of its own, and each is understood and cured.
func TestGateKeeperSentences(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	role, reader, super := canaryRole(t, pg, "LOGIN")
	fail := func(t *testing.T, db *DB, class store.Class, says string) *store.Error {
		t.Helper()
		e := mustFail(t, class, 0, func() error { _, err := ask(t.Context(), db, "SELECT 'x'"); return err })
		if !strings.Contains(e.Sentence, says) {
			t.Fatalf("%q does not say %q", e.Sentence, says)
		}
		return e
	}
	db := open(t, short(reader))
	pg.SetHBA(t, "host all postgres all scram-sha-256")
	e := fail(t, db, store.Auth, "no line of the server's pg_hba.conf")
	pg.SetHBA(t, "host all postgres all scram-sha-256", e.Cure)
	mustWork(t, db, 20*time.Second)

	reject := "host all " + role + " all reject"
	pg.SetHBA(t, reject)
	e = fail(t, db, store.Auth, "a reject line")
	pg.SetHBA(t, "host all postgres all scram-sha-256", e.Cure, reject)
	mustWork(t, db, 20*time.Second)

	pg.SetHBA(t, "host all all all trust")
	u, err := url.Parse(super)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("canarynobody")
	stranger := open(t, short(u.String()))
	e = fail(t, stranger, store.Auth, "no role with the user name")
	storetest.Exec(t, super, e.Cure)
	mustWork(t, stranger, 20*time.Second)

	u.Path = "/canaryshop"
	nowhere := open(t, short(u.String()))
	e = fail(t, nowhere, store.Auth, "no database")
	storetest.Exec(t, pg.AdminURL(), e.Cure)
	mustWork(t, nowhere, 20*time.Second)
}

// A pooler's limits are its own, not the server's.
func TestPoolerSentences(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	super := pg.NewDatabase(t)
	through := storetest.Rehost(t, super, storetest.Bouncer(t, pg, "session", "max_client_conn=1", "query_wait_timeout=1"))
	hog := storetest.Open(t, through)
	held, err := hog.Conn(t.Context())
	for end := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		held, err = hog.Conn(t.Context()) // the pooler still counts the connection that saw whether it is up
	}
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, short(through))
	once := func() error { _, err := ask(t.Context(), db, "SELECT 'x'"); return err }
	if e := mustFail(t, store.TooManyConnections, 0, once); !strings.Contains(e.Sentence, "max_client_conn") {
		t.Errorf("%q", e.Sentence)
	}
	held.Close()
	hog.Close()
	mustWork(t, db, 20*time.Second)

	busy := storetest.Rehost(t, super, storetest.Bouncer(t, pg, "transaction", "default_pool_size=1",
		"query_wait_timeout=1"))
	tx, err := storetest.Open(t, busy).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := short(busy)
	o.QueryTimeout = 20 * time.Second
	db = open(t, o)
	if e := mustFail(t, store.TooManyConnections, 0, once); !strings.Contains(e.Sentence, "query_wait_timeout") {
		t.Errorf("%q", e.Sentence)
	}
	stranger := open(t, short(strings.Replace(busy, storetest.Password, "canarypass", 1)))
	e := mustFail(t, store.Auth, 0, func() error { _, err := ask(t.Context(), stranger, "SELECT 'x'"); return err })
	if !strings.Contains(e.Sentence, "the pooler refused user name or password") {
		t.Errorf("%q", e.Sentence)
	}
	_ = tx.Rollback() // the pooler's one connection is free again
	mustWork(t, db, 20*time.Second)

	fresh := storetest.Rehost(t, super, storetest.Bouncer(t, pg, "transaction", "server_login_retry=1",
		"query_wait_timeout=2"))
	pg.Stop(t)
	db = open(t, short(fresh))
	err = once() // which of its timeouts the pooler names depends on the moment
	if s := store.Sentence(err); !strings.Contains(s, "behind it") || strings.Contains(s, "max_connections") {
		t.Errorf("%v", err)
	}
	pg.Start(t)
	mustWork(t, db, 30*time.Second)
}

// A lock is told as a lock, with the session that holds it, and not as a missing index.
func TestLockIsNoMissingIndex(t *testing.T) {
	t.Parallel()
	super := prismaShop(t, "arabic_text_category")
	db := openShop(t, super, func(o *Options) { o.QueryTimeout = 2 * time.Second })
	readShop(t, db)
	tx, err := storetest.Open(t, super).BeginTx(t.Context(), &sql.TxOptions{})
	if err == nil {
		_, err = tx.Exec(`LOCK TABLE "Product" IN ACCESS EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = db.Categories(t.Context(), nil)
	if s := store.Sentence(err); store.ClassOf(err) != store.QueryTimeout || !strings.Contains(s, `"Product"`) ||
		!strings.Contains(s, "holds a lock") || strings.Contains(s, "index") {
		t.Errorf("%v", err)
	}
	if h := db.Health(); h.Status != "fail" || h.ErrorClass != store.QueryTimeout || h.Queries.Total != 2 {
		t.Errorf("looking for the lock counts: %+v", h)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	readShop(t, db)
}

// What ends a query on the server is told, and the next one works.
func TestEndedOnTheServer(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	lock, err := storetest.Open(t, url).Conn(t.Context())
	if err == nil {
		_, err = lock.ExecContext(t.Context(), "SELECT pg_advisory_lock(1)")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		class store.Class
		says  string
	}{
		{"SELECT pg_terminate_backend(pg_backend_pid())::text", store.Network, "an administrator ended it"},
		{"SELECT (pg_cancel_backend(pg_backend_pid()), pg_sleep(1))::text", store.QueryTimeout,
			"somebody cancelled the query"},
		{"SELECT pg_advisory_lock(1)::text", store.QueryTimeout, "the server's lock_timeout"},
	} {
		db := open(t, short(url))
		_, err := db.read(t.Context(), "test query", func(ctx context.Context, conn *sqlx.Conn) error {
			if _, err := conn.ExecContext(ctx, "SET lock_timeout = 50"); err != nil {
				return err
			}
			_, err := conn.ExecContext(ctx, c.query)
			return err
		})
		if s := store.Sentence(err); store.ClassOf(err) != c.class || !strings.Contains(s, c.says) {
			t.Errorf("%v", err)
		}
		mustWork(t, db, 20*time.Second)
	}
}

// A query that takes too long on a small table is no matter of an index, whether the planner knows the table or not.
func TestSmallTableIsNoMissingIndex(t *testing.T) {
	t.Parallel()
	for _, figures := range []string{"", "ANALYZE"} {
		t.Run(figures, func(t *testing.T) {
			t.Parallel()
			super := prismaShop(t, "arabic_text_category")
			storetest.Exec(t, super, figures)
			wire := storetest.Proxy(t, strings.Split(strings.SplitAfter(super, "@")[1], "/")[0])
			db := openShop(t, wire.URL(t, super), func(o *Options) { o.QueryTimeout = time.Second })
			readShop(t, db)
			wire.Freeze()
			time.AfterFunc(2*time.Second, wire.Thaw) // so that the database can be asked why
			_, _, err := db.Categories(t.Context(), nil)
			if s := store.Sentence(err); store.ClassOf(err) != store.QueryTimeout || strings.Contains(s, "index") {
				t.Errorf("%v", err)
			}
		})
	}
}

// Rows that row level security hides are no empty shop.
func TestRowSecurityIsNamed(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	role, reader, super := canaryRole(t, pg, "LOGIN")
	storetest.Exec(t, super, "CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, price "+
		"numeric NOT NULL)",
		"INSERT INTO products VALUES (1, 'Lamp', 'lamp', 10)", "GRANT SELECT ON products TO "+
			role, "ALTER TABLE products ENABLE ROW LEVEL SECURITY")
	db := openShop(t, reader)
	_, _, err := db.Categories(t.Context(), nil)
	if s := store.Sentence(err); store.ClassOf(err) != store.SchemaMismatch || !strings.Contains(s,
		"row level security") || !strings.Contains(s, "products") {
		t.Fatalf("%v", err)
	}
	storetest.Exec(t, super, store.CureOf(err))
	if got := readShop(t, db); got.Products() != 1 {
		t.Errorf("after %s: %+v", store.CureOf(err), got)
	}
}

// A schema that is not there is told as such.
func TestMissingSchemaIsNamed(t *testing.T) {
	t.Parallel()
	super := storetest.Server(t).NewDatabase(t)
	db := openShop(t, super+"?schema=nosuch")
	_, _, err := db.Categories(t.Context(), nil)
	if s := store.Sentence(err); !strings.Contains(s, `no schema "nosuch"`) {
		t.Fatalf("%v", err)
	}
	storetest.Exec(t, super, "CREATE SCHEMA nosuch", "CREATE TABLE nosuch.products (id int PRIMARY KEY, name text, slug "+
		"text, price numeric)",
		"INSERT INTO nosuch.products VALUES (1, 'Lamp', 'lamp', 10)")
	if got := readShop(t, db); got.Products() != 1 {
		t.Errorf("%+v", got)
	}
}

// What no server here says, by code and text: class, and what the sentence must and must not blame.
func TestSentencesByText(t *testing.T) {
	t.Parallel()
	db := open(t, short("postgres://canaryuser:canarypass@canaryhost/canarydb"))
	for _, c := range []struct {
		code, text string
		class      store.Class
		says, not  string
	}{
		{"28000", `Peer authentication failed for user "canaryuser"`, store.Auth, "peer", "pg_hba"},
		{"28000", "The access token has expired", store.Auth, "access token", "pg_hba"},
		{"28000", "This RDS proxy has no credentials for the role canaryuser", store.Auth, "credentials", "pg_hba"},
		{"28000", "connection requires a valid client certificate", store.Auth, "sslcert", "pg_hba"},
		{"28000", "ein Server, der Deutsch spricht", store.Auth, "refused", "pg_hba"},
		{"53100", "could not extend file", store.Other, "disk of the database server", ""},
		{"53200", "out of memory", store.Other, "memory", ""},
		{"53300", "sorry, too many clients already", store.TooManyConnections, "max_connections", "CONNECTION LIMIT"},
		{"57014", "canceling statement due to user request", store.QueryTimeout, "cancelled", "statement_timeout"},
		{"57014", "canceling statement due to statement timeout", store.QueryTimeout, "statement_timeout", "cancelled"},
		{"55P03", "canceling statement due to lock timeout", store.QueryTimeout, "lock", "index"},
		{"40001", "canceling statement due to conflict with recovery", store.Other, "standby", ""},
		{"42P01", `relation "gems" does not exist`, store.SchemaMismatch, `"gems"`, ""},
		{"42703", `column p.price does not exist`, store.SchemaMismatch, "column", ""},
		{"57P01", "terminating connection due to administrator command", store.Network, "administrator", ""},
		{"57P03", "the database system is starting up", store.ConnectRefused, "starting up", "shutting down"},
		{"08P01", "unsupported startup parameter: search_path", store.Other, "ignore_startup_parameters", ""},
		{"08P01", "query_wait_timeout", store.TooManyConnections, "default_pool_size", "max_connections"},
		{"08P01", "no such user: canaryuser", store.Auth, "user list", ""},
		{"08P01", "server login has been failing, try again later (server_login_retry)", store.ConnectRefused, "behind it",
			"max_connections"},
		{"XX000", "cache lookup failed for relation 4711", store.Other, "XX000", "4711"},
	} {
		e := db.explainServer(&pq.Error{Code: pqerror.Code(c.code), Message: c.text})
		if e.Class != c.class || !strings.Contains(e.Sentence, c.says) || c.not != "" && strings.Contains(e.Sentence,
			c.not) ||
			strings.Contains(strings.ToLower(e.Sentence), "canary") {
			t.Errorf("%s %s: %s, %q", c.code, c.text, e.Class, e.Sentence)
		}
	}
	dial := func(addr string, errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.ParseIP(addr), Port: 5432}, Err: errno}
	}
	for _, c := range []struct {
		err       error
		class     store.Class
		says, not string
	}{
		{dial("2001:db8::1", syscall.ENETUNREACH), store.Network, "IPv6", ""},
		{dial("192.0.2.1", syscall.EHOSTUNREACH), store.Network, "no way", "IPv6"},
		{errors.New("pq: unknown authentication response: 7"), store.Auth, "scram-sha-256", ""},
		{errors.New("something else"), store.Other, "vitrine check", ""},
	} {
		if e := db.explainCause(c.err); e.Class != c.class || !strings.Contains(e.Sentence, c.says) || c.not != "" &&
			strings.Contains(e.Sentence, c.not) {
			t.Errorf("%v: %s, %q", c.err, e.Class, e.Sentence)
		}
	}
	seen := map[string]bool{}
	for _, r := range serverRules {
		if key := fmt.Sprint(r.code, "|", r.text); seen[key] || len(r.sentence) > 240 {
			t.Errorf("%s stands twice, or its sentence is over two lines", key)
		} else {
			seen[key] = true
		}
	}
}
