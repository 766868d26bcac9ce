package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"go.uber.org/goleak"

	"vitrine/store"
	"vitrine/store/storetest"
)

// slack is how much later than its deadline an operation may end here (I7): milliseconds are enough on a free machine,
// and without the deadline it would be twenty seconds, a minute or for ever.
const slack = 5 * time.Second

// short are options with a pool of one and deadlines that a busy machine keeps; a test of a deadline shortens that.
func short(url string) Options {
	explicit := map[string]bool{}
	for _, v := range []string{"POOL_MAX", "CONNECTION_TIMEOUT", "ACQUIRE_TIMEOUT", "QUERY_TIMEOUT"} {
		explicit["DATABASE_"+v] = true
	}
	return Options{URL: store.Secret(url), PoolMin: 1, PoolMax: 1, ConnectTimeout: 10 * time.Second,
		AcquireTimeout: 10 * time.Second, QueryTimeout: time.Second, Explicit: explicit}
}

// TestMain sees to it that no goroutine is left.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("vitrine/store/storetest.(*Wire).forward"),
		goleak.IgnoreAnyFunction("vitrine/store/storetest.(*Wire).accept"))
}

// open opens a database for a test, which closes it at the end and sees to it that no connection is left.
func open(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		db.dial.mu.Lock() // lib/pq closes the connection of a cancel request in its own time
		defer db.dial.mu.Unlock()
		if len(db.dial.wires)+len(db.dial.wireOf) > 0 {
			t.Errorf("connections left: %d, %d", len(db.dial.wires), len(db.dial.wireOf))
		}
	})
	return db
}

// ask runs one query that gives one text.
func ask(ctx context.Context, db *DB, query string, args ...any) (answer string, err error) {
	_, err = db.read(ctx, "test query", func(ctx context.Context, c *sqlx.Conn) error {
		return c.GetContext(ctx, &answer, query, args...)
	})
	return answer, err
}

// stream reads many rows, as the catalogue does.
func stream(ctx context.Context, db *DB, n int) (rows []string, err error) {
	_, err = db.read(ctx, "test rows", func(ctx context.Context, c *sqlx.Conn) error {
		rows = nil
		return c.SelectContext(ctx, &rows, "SELECT repeat('x', 100) FROM generate_series(1, $1)", n)
	})
	return rows, err
}

// mustFail checks class, deadline, and that the error shows no secret.
func mustFail(t *testing.T, want store.Class, limit time.Duration, do func() error) *store.Error {
	t.Helper()
	start := time.Now()
	err := do()
	took := time.Since(start)
	var e *store.Error
	if !errors.As(err, &e) {
		t.Fatalf("not a classed error: %v", err)
	}
	if e.Class != want {
		t.Errorf("class %s, want %s: %v", e.Class, want, e)
	}
	if limit > 0 && took > limit+slack {
		t.Errorf("took %s, the deadline is %s", took, limit)
	}
	if len(e.Sentence) < 20 || strings.Contains(strings.ToLower(e.Sentence), "canary") ||
		strings.Contains(e.Sentence, "pq:") {
		t.Errorf("not a sentence to show: %q", e.Sentence)
	}
	if strings.Contains(e.Error(), "canarypass") || strings.Contains(e.Error(), storetest.Password) {
		t.Errorf("the password is in %q", e)
	}
	return e
}

// failAsking demands that a query fails; see mustFail.
func failAsking(ctx context.Context, t *testing.T, db *DB, query string, want store.Class,
	limit time.Duration) *store.Error {
	t.Helper()
	return mustFail(t, want, limit, func() error { _, err := ask(ctx, db, query); return err })
}

// mustWork waits for the database to answer again, and returns how long that took.
func mustWork(t *testing.T, db *DB, within time.Duration) time.Duration {
	t.Helper()
	start := time.Now()
	for {
		_, err := ask(t.Context(), db, "SELECT 'ok'")
		if err == nil {
			return time.Since(start)
		}
		if time.Since(start) > within {
			t.Fatalf("still fails after %s: %v", within, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Each real cause of a failed connection has its class, ends at its deadline, and says nothing secret.
func TestConnectFailures(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := port.Addr().String()
	port.Close()
	frozen := storetest.Proxy(t, pg.Addr())
	frozen.Freeze()
	drip := storetest.Proxy(t, pg.Addr())
	drip.Drip(200 * time.Millisecond)
	hole := storetest.BlackHole(t)
	const connect = 700 * time.Millisecond
	auth := "canaryuser:canarypass@"
	super := storetest.Superuser + ":" + storetest.Password + "@"
	for _, c := range []struct {
		name, url string
		class     store.Class
		says      string
	}{
		{"refused", "postgres://" + auth + closed + "/canarydb", store.ConnectRefused, "nothing listens"},
		{"no socket", "postgres://" + auth + "localhost/canarydb?host=/canary", store.ConnectRefused, "socket"},
		{"name unknown", "postgres://" + auth + "canaryhost.invalid/canarydb", store.DNS, "resolved"},
		{"SYN black hole", "postgres://" + auth + hole + "/canarydb", store.ConnectTimeout,
			"(DATABASE_CONNECTION_TIMEOUT=700)"},
		{"accepted, then silent", "postgres://" + auth + frozen.Addr() + "/canarydb", store.ConnectTimeout, "did not answer"},
		{"one byte at a time", "postgres://" + super + drip.Addr() + "/postgres", store.ConnectTimeout, "did not answer"},
		{"two silent hosts", "postgres://" + auth + hole + "," + frozen.Addr() + "/canarydb", store.ConnectTimeout,
			"did not answer"},
		{"wrong password", "postgres://" + storetest.Superuser + ":canarypass@" + pg.Addr() + "/postgres", store.Auth,
			"password"},
		{"unknown user", "postgres://" + auth + pg.Addr() + "/canarydb", store.Auth, "password"},
		{"unknown database", "postgres://" + super + pg.Addr() + "/canarydb", store.Auth, "no database"},
		{"TLS not offered", "postgres://" + super + pg.Addr() + "/postgres?sslmode=require", store.TLS, "does not offer it"},
		{"TLS straight away", "postgres://" + super + pg.Addr() + "/postgres?sslnegotiation=direct", store.TLS,
			"PostgreSQL 17"},
		{"no standby", "postgres://" + super + pg.Addr() + "/postgres?target_session_attrs=standby", store.ConnectRefused,
			"target_session_attrs"},
		{"silent, then refused", "postgres://" + auth + frozen.Addr() + "," + closed + "/canarydb", store.ConnectRefused,
			"nothing listens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := short(c.url)
			limit := o.ConnectTimeout
			if c.class == store.ConnectTimeout || strings.HasPrefix(c.name, "silent") {
				o.ConnectTimeout, limit = connect, connect
			}
			db := open(t, o)
			e := failAsking(t.Context(), t, db, "SELECT 'x'", c.class, limit)
			if !strings.Contains(e.Sentence, c.says) {
				t.Errorf("%q does not say %q", e.Sentence, c.says)
			}
			if h := db.Health(); h.Status != "fail" || h.ErrorClass != c.class || h.Queries.Failed != 1 || h.CheckedAt == nil {
				t.Errorf("health: %+v", h)
			}
		})
	}
}

// The operation's own context ends a connecting that could still take long, whatever the network does.
func TestContextEndsConnecting(t *testing.T) {
	pg := storetest.Server(t)
	frozen := storetest.Proxy(t, pg.Addr())
	frozen.Freeze()
	for name, addr := range map[string]string{"black hole": storetest.BlackHole(t), "silent": frozen.Addr()} {
		t.Run(name, func(t *testing.T) {
			o := short("postgres://u:p@" + addr + "/d")
			o.ConnectTimeout, o.AcquireTimeout = 20*time.Second, 20*time.Second
			db := open(t, o)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			failAsking(ctx, t, db, "SELECT 'x'", store.ConnectTimeout, 300*time.Millisecond)
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
			failAsking(ctx, t, db, "SELECT 'x'", store.Shutdown, 300*time.Millisecond)
		})
	}
}

// TLS: with it, without it, with a certificate that is right, of an unknown authority, or made out to another name.
func TestTLS(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	root := pg.EnableTLS(t, "localhost")
	base := "postgres://" + storetest.Superuser + ":" + storetest.Password + "@"
	byName, byAddr := fmt.Sprintf("localhost:%d/postgres?", pg.Port), fmt.Sprintf("127.0.0.1:%d/postgres?", pg.Port)
	const encrypted = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
	for _, c := range []struct {
		url, want string
		class     store.Class
		says      string
	}{
		{url: byName, want: "true"},
		{url: byName + "sslmode=prefer", want: "true"},
		{url: byName + "sslmode=disable", want: "false"},
		{url: byName + "sslmode=allow", want: "false"},
		{url: byAddr + "sslmode=require", want: "true"},
		{url: byAddr + "sslmode=require&sslaccept=accept_invalid_certs", want: "true"},
		{url: byName + "sslmode=verify-full&sslrootcert=" + root, want: "true"},
		{url: byName + "sslmode=require&sslaccept=strict&sslcert=" + root, want: "true"},
		{url: byAddr + "sslmode=verify-ca&sslrootcert=" + root, want: "true"},
		{url: byAddr + "sslmode=verify-full&sslrootcert=" + root, class: store.TLS, says: "another name"},
		{url: byName + "sslmode=verify-full", class: store.TLS, says: "authority"},
		{url: byName + "sslaccept=strict", class: store.TLS, says: "authority"},
	} {
		db := open(t, short(base+c.url))
		if c.class != "" {
			e := failAsking(t.Context(), t, db, encrypted, c.class, 0)
			if !strings.Contains(e.Sentence, c.says) {
				t.Errorf("%s: %q does not say %q", c.url, e.Sentence, c.says)
			}
		} else if got, err := ask(t.Context(), db, encrypted); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.url, got, err)
		}
	}

	pg.SetHBA(t, "hostssl all all 0.0.0.0/0 scram-sha-256", "hostssl all all ::/0 scram-sha-256")
	db := open(t, short(base+byName+"sslmode=disable"))
	e := failAsking(t.Context(), t, db, encrypted, store.Auth, 0)
	if !strings.Contains(e.Sentence, "sslmode=require") {
		t.Errorf("%q does not say what to do", e.Sentence)
	}
	if got, err := ask(t.Context(), open(t, short(base+byName+"sslmode=allow")), encrypted); err != nil || got != "true" {
		t.Errorf("allow: %q, %v", got, err)
	}
	pg.SetHBA(t, "hostnossl all all 0.0.0.0/0 scram-sha-256", "hostnossl all all ::/0 scram-sha-256")
	if got, err := ask(t.Context(), open(t, short(base+byName)), encrypted); err != nil || got != "false" {
		t.Errorf("prefer, where only plain connections are let in: %q, %v", got, err)
	}
}

// Causes of a failed query have their class and end at their deadline; TestServerSentencesAreCured has the others.
func TestQueryFailures(t *testing.T) {
	url := storetest.Server(t).NewDatabase(t)
	limit := short("").QueryTimeout
	for _, c := range []struct {
		name, query string
		class       store.Class
		says        string
	}{
		{"too slow", "SELECT pg_sleep(30)::text", store.QueryTimeout, "longer than 1s (DATABASE_QUERY_TIMEOUT=1000)"},
		{"syntax", "SELECT canary canary canary", store.SchemaMismatch, "does not understand"},
		{"bad value", "SELECT 'canary'::int::text", store.SchemaMismatch, "data"},
		{"raised", "DO $$BEGIN RAISE EXCEPTION '" + storetest.Password + "'; END$$", store.Other, "P0001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t, short(url))
			e := failAsking(t.Context(), t, db, c.query, c.class, limit)
			if !strings.Contains(e.Sentence, c.says) {
				t.Errorf("%q does not say %q", e.Sentence, c.says)
			}
			mustWork(t, db, 10*time.Second)
		})
	}
	t.Run("time for the whole is up", func(t *testing.T) {
		db := open(t, short(url))
		mustWork(t, db, 10*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		e := failAsking(ctx, t, db, "SELECT pg_sleep(0.4)::text", store.QueryTimeout, 200*time.Millisecond)
		if strings.Contains(e.Sentence, "DATABASE_QUERY_TIMEOUT") {
			t.Errorf("not this limit: %s", e.Sentence)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		db := open(t, short(url))
		mustWork(t, db, 10*time.Second)
		total := db.Health().Queries.Total
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		failAsking(ctx, t, db, "SELECT pg_sleep(30)::text", store.Shutdown, 100*time.Millisecond)
		if h := db.Health(); h.Queries.Total != total {
			t.Errorf("a caller who gave up counts as an operation: %+v", h.Queries)
		}
	})
}

// A network that goes silent, at once, in the middle of a result, or down to a byte now and then, ends the query at its
// deadline; with a pool of one the next query works as soon as the network does.
func TestFrozenNetwork(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	for _, c := range []struct {
		name  string
		spoil func(*storetest.Wire)
	}{
		{"silent at once", func(w *storetest.Wire) { w.Freeze() }},
		{"silent in the middle", func(w *storetest.Wire) { w.FreezeAfter(20000) }},
		{"one byte at a time", func(w *storetest.Wire) { w.Drip(50 * time.Millisecond) }},
	} {
		for _, budget := range []string{"query timeout", "the caller's deadline"} {
			t.Run(c.name+", "+budget, func(t *testing.T) {
				w := storetest.Proxy(t, pg.Addr())
				o := short(w.URL(t, pg.AdminURL()))
				ctx, limit := t.Context(), o.QueryTimeout
				if budget != "query timeout" {
					o.QueryTimeout, limit = 20*time.Second, 400*time.Millisecond
				}
				db := open(t, o)
				mustWork(t, db, 10*time.Second)
				c.spoil(w)
				if o.QueryTimeout > limit {
					limited, cancel := context.WithTimeout(ctx, limit)
					defer cancel()
					ctx = limited
				}
				mustFail(t, store.QueryTimeout, limit, func() error { _, err := stream(ctx, db, 1000); return err })
				if s := db.current().Stats(); s.InUse != 0 {
					t.Errorf("%d connections are still in use", s.InUse)
				}
				w.Thaw()
				if took := mustWork(t, db, 10*time.Second); took > slack {
					t.Errorf("worked again only after %s", took)
				}
			})
		}
	}
}

// A frozen network does not keep a closing program.
func TestCloseWhileFrozen(t *testing.T) {
	pg := storetest.Server(t)
	w := storetest.Proxy(t, pg.Addr())
	o := short(w.URL(t, pg.AdminURL()))
	o.QueryTimeout, o.ConnectTimeout, o.AcquireTimeout, o.PoolMax = time.Minute, time.Minute, time.Minute, 2
	db := open(t, o)
	mustWork(t, db, 10*time.Second)
	w.Freeze()
	var asking sync.WaitGroup
	for range 3 { // one waits for an answer, one connects, one waits for a connection
		asking.Go(func() {
			if _, err := ask(t.Context(), db, "SELECT 'x'"); store.ClassOf(err) != store.Shutdown {
				t.Errorf("class %s: %v", store.ClassOf(err), err)
			}
		})
	}
	for db.current().Stats().WaitCount == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	start := time.Now()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > slack {
		t.Errorf("closing took %s", took)
	}
	asking.Wait()
	if _, err := ask(t.Context(), db, "SELECT 'x'"); store.ClassOf(err) != store.Shutdown {
		t.Errorf("after Close: %v", err)
	}
}

// The pool's limit and timeout are told when no connection comes free.
func TestAcquireTimeout(t *testing.T) {
	pg := storetest.Server(t)
	o := short(pg.AdminURL())
	o.QueryTimeout, o.AcquireTimeout = 20*time.Second, 2*time.Second
	db := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	busy := make(chan error, 1)
	started := make(chan bool)
	go func() {
		_, err := db.read(ctx, "long", func(ctx context.Context, c *sqlx.Conn) error {
			close(started)
			_, err := c.ExecContext(ctx, "SELECT pg_sleep(30)")
			return err
		})
		busy <- err
	}()
	select {
	case <-started:
	case err := <-busy:
		t.Fatal(err)
	}
	e := failAsking(t.Context(), t, db, "SELECT 'x'", store.AcquireTimeout, o.AcquireTimeout)
	if !strings.Contains(e.Sentence, "DATABASE_POOL_MAX=1, DATABASE_ACQUIRE_TIMEOUT=2000") {
		t.Error(e.Sentence)
	}
	cancel()
	if err := <-busy; store.ClassOf(err) != store.Shutdown {
		t.Error(err)
	}
	mustWork(t, db, 10*time.Second)
}

// Whoever waits for a connection that is being made in vain is told of the network, not of a full pool.
func TestAcquireWhileConnecting(t *testing.T) {
	w := storetest.Proxy(t, storetest.Server(t).Addr())
	w.Freeze()
	o := short(w.URL(t, storetest.Server(t).AdminURL()))
	o.ConnectTimeout, o.AcquireTimeout = time.Minute, time.Second
	db := open(t, o)
	go func() { _, _ = db.current().Connx(t.Context()) }()
	for db.dial.opening.Load() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	e := failAsking(t.Context(), t, db, "SELECT 'x'", store.ConnectTimeout, o.AcquireTimeout)
	if !strings.Contains(e.Sentence, "did not answer within 1s (DATABASE_ACQUIRE_TIMEOUT=1000)") {
		t.Error(e.Sentence)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := ask(ctx, db, "SELECT 'x'")
	if s := store.Sentence(err); !strings.Contains(s, "the time for the whole operation was up") {
		t.Error(s)
	}
}

// A slow query is counted and logged, with its name and figures and without its text.
func TestSlowQuery(t *testing.T) {
	pg := storetest.Server(t)
	var log bytes.Buffer
	o := short(pg.AdminURL())
	o.SlowQuery, o.Log = 50*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	db := open(t, o)
	for _, q := range []string{"SELECT 'quick'", "SELECT pg_sleep(0.1)::text"} {
		if _, err := ask(t.Context(), db, q); err != nil {
			t.Fatal(err)
		}
	}
	if q := db.Health().Queries; q.Slow != 1 || q.Total != 2 || q.OK != 2 || q.SlowestMS < 100 {
		t.Errorf("%+v", q)
	}
	n := strings.Count(log.String(), "level=WARN msg=\"slow query\"")
	if n != 1 || strings.Contains(log.String(), "pg_sleep") {
		t.Errorf("log: %s", &log)
	}
}
