package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/storetest"
)

// fillPool opens n connections of the pool and leaves them idle.
func fillPool(t *testing.T, db *DB, n int) {
	t.Helper()
	db.opt.PoolMin = n
	if err := db.warm(t.Context(), db.current()); err != nil {
		t.Fatal(err)
	}
	if s := db.current().Stats(); s.Idle != n {
		t.Fatalf("%d idle connections, want %d", s.Idle, n)
	}
}

// Connections that died in the pool cost no failure, however many there are: after a restart, a crash,
// pg_terminate_backend, a reset or an orderly end by something between.
func TestStaleConnectionsCostNothing(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	w := storetest.Proxy(t, pg.Addr())
	for _, c := range []struct {
		name  string
		spoil func()
	}{
		{"restart", func() { pg.Restart(t) }},
		{"crash", func() { pg.Kill(t); pg.Start(t) }},
		{"terminated", func() {
			storetest.Exec(t, pg.AdminURL(), "SELECT pg_terminate_backend(pid) "+
				"FROM pg_stat_activity WHERE application_name = 'vitrine'")
		}},
		{"reset", w.RST},
		{"ended", w.CloseAll},
	} {
		for _, size := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s, %d", c.name, size), func(t *testing.T) {
				o := short(w.URL(t, pg.AdminURL()))
				o.PoolMax, o.QueryTimeout = size, 5*time.Second
				db := open(t, o)
				fillPool(t, db, size)
				c.spoil()
				if rows, err := stream(t.Context(), db, 100); err != nil || len(rows) != 100 {
					t.Errorf("%d rows, %v", len(rows), err)
				}
				if h := db.Health(); h.Queries.Failed != 0 || h.FailureRate != 0 {
					t.Errorf("%+v", h)
				}
			})
		}
	}
}

// A backend that is ended in the middle of a result costs a repeat, and no row comes twice or is missing; a query whose
// backend dies every time is given up soon.
func TestTerminatedWhileAnswering(t *testing.T) {
	pg := storetest.Server(t)
	url := pg.AdminURL()
	o := short(url)
	o.QueryTimeout, o.PoolMax = 20*time.Second, 10
	db := open(t, o)
	kill := storetest.Open(t, url)
	attempts := 0
	var got []int
	var again time.Time
	cost, err := db.read(t.Context(), "numbers", func(ctx context.Context, c *sqlx.Conn) error {
		attempts++
		again = time.Now()
		got = nil
		var pid int
		if err := c.GetContext(ctx, &pid, "SELECT pg_backend_pid()"); err != nil {
			return err
		}
		rows, err := c.QueryxContext(ctx, "SELECT n, repeat('x', 10000) FROM generate_series(1, 5000) n")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			var x string
			if err := rows.Scan(&n, &x); err != nil {
				return err
			}
			if got = append(got, n); n == 10 && attempts == 1 {
				if _, err := kill.Exec("SELECT pg_terminate_backend($1)", pid); err != nil {
					t.Error(err)
				}
			}
		}
		return rows.Err()
	})
	if err != nil || attempts != 2 || len(got) != 5000 || got[4999] != 5000 {
		t.Errorf("%d attempts, %d rows, %v", attempts, len(got), err)
	}
	if h := db.Health(); cost.SentAt.IsZero() || !cost.SentAt.Before(again) || cost.InUse != 1 || cost.Acquire <= 0 ||
		cost.Query <= 0 || h.Queries.Total != 1 || h.Queries.OK != 1 {
		t.Errorf("cost %+v, %+v", cost, h.Queries)
	}

	attempts = 0
	mustFail(t, store.Network, 0, func() error {
		_, err := db.read(t.Context(), "suicide", func(ctx context.Context, c *sqlx.Conn) error {
			attempts++
			_, err := c.ExecContext(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		})
		return err
	})
	if attempts > 3 {
		t.Errorf("a query that kills its backend was sent %d times", attempts)
	}
	mustWork(t, db, 10*time.Second)
}

// A server that is down fails at once with its class, and works as soon as it is back.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	o := short(pg.AdminURL())
	db := open(t, o)
	mustWork(t, db, 10*time.Second)
	pg.Stop(t)
	failAsking(t.Context(), t, db, "SELECT 'x'", store.ConnectRefused, time.Second)
	pg.Start(t)
	if _, err := ask(t.Context(), db, "SELECT 'x'"); err != nil {
		t.Errorf("the first query after the start: %v", err)
	}
}

// A password that is changed in the server and in DATABASE_URL_FILE costs nothing; one that is changed there only, one
// failure at most.
func TestRotatedPassword(t *testing.T) {
	pg := storetest.Private(t)
	storetest.Exec(t, pg.AdminURL(), "CREATE ROLE canaryuser LOGIN PASSWORD 'canarypass1'")
	url := func(password string) string {
		return "postgres://canaryuser:" + password + "@" + pg.Addr() + "/postgres"
	}
	file := url("canarypass1")
	o := short(file)
	o.Reread = func() (store.Secret, error) { return store.Secret(file), nil }
	db := open(t, o)
	mustWork(t, db, 10*time.Second)
	rotate := func(password string) {
		storetest.Exec(t, pg.AdminURL(), "ALTER ROLE canaryuser PASSWORD '"+password+"'",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vitrine'")
	}
	rotate("canarypass2")
	failAsking(t.Context(), t, db, "SELECT 'x'", store.Auth, 0)
	file = url("canarypass2")
	mustWork(t, db, 0)
	for _, broken := range []string{"", "nonsense", "postgres://canaryuser:canarypass3@elsewhere/postgres"} {
		file = broken
		rotate("canarypass2")
		mustWork(t, db, 0) // the login read before stays
	}
	if got := db.scrub("canarypass1 canarypass2 canarypass3"); got != "[hidden] [hidden] canarypass3" {
		t.Errorf("scrubbed: %s", got)
	}
}

// With several hosts the next one is used when the first dies or is not what target_session_attrs asks for.
func TestSeveralHosts(t *testing.T) {
	t.Parallel()
	one, two := storetest.Private(t), storetest.Private(t)
	storetest.Exec(t, one.AdminURL(), "CREATE TABLE which AS SELECT 'one' AS name")
	storetest.Exec(t, two.AdminURL(), "CREATE TABLE which AS SELECT 'two' AS name")
	o := short(fmt.Sprintf("postgres://%s:%s@%s,%s/postgres", storetest.Superuser, storetest.Password, one.Addr(),
		two.Addr()))
	db := open(t, o)
	where := func() string {
		t.Helper()
		name, err := ask(t.Context(), db, "SELECT name FROM which")
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if got := where(); got != "one" {
		t.Errorf("connected to %s first", got)
	}
	one.Stop(t)
	if got := where(); got != "two" {
		t.Errorf("after the first died: %s", got)
	}

	storetest.Exec(t, two.AdminURL(), "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	one.Start(t)
	o.URL = store.Secret(strings.Replace(o.URL.Reveal(), one.Addr()+","+two.Addr(), two.Addr()+","+one.Addr(),
		1) + "?target_session_attrs=read-write")
	db = open(t, o)
	if got := where(); got != "one" {
		t.Errorf("read-write: %s", got)
	}
}

// Many failures make the pool anew: it then works although the old one is stuck, no counter is lost, and it happens
// once in 30 s.
func TestPoolReset(t *testing.T) {
	pg := storetest.Server(t)
	o := short(pg.AdminURL())
	o.PoolMax, o.QueryTimeout = 2, 30*time.Second
	db := open(t, o)
	fillPool(t, db, 2)
	db.opt.AcquireTimeout = 100 * time.Millisecond
	// Both connections are held, as if they were stuck in a read that nothing ends.
	stuck, stop := context.WithCancel(t.Context())
	var holding sync.WaitGroup
	ready := make(chan bool)
	for range 2 {
		holding.Go(func() {
			_, _ = db.read(stuck, "stuck", func(ctx context.Context, c *sqlx.Conn) error {
				ready <- true
				<-ctx.Done()
				return ctx.Err()
			})
		})
		<-ready
	}
	defer holding.Wait()
	defer stop()
	old := db.current()
	for n := range resetLeast {
		if db.current() != old {
			t.Fatalf("swapped after %d failures", n)
		}
		_, err := ask(t.Context(), db, "SELECT 'x'")
		if store.ClassOf(err) != store.AcquireTimeout {
			t.Fatal(err)
		}
	}
	before := db.Health()
	if before.Pool.Resets != 1 || before.Pool.WaitCount < resetLeast || before.Pool.InUse != 2 || before.FailureRate != 1 {
		t.Errorf("%+v", before)
	}
	db.opt.AcquireTimeout = 10 * time.Second
	start := time.Now()
	if _, err := ask(t.Context(), db, "SELECT 'x'"); err != nil {
		t.Errorf("the new pool: %v", err)
	}
	t.Logf("the new pool answered after %s", time.Since(start))
	stop()
	holding.Wait()
	for db.Health().Pool.InUse > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	after := db.Health()
	if after.Pool.WaitCount < before.Pool.WaitCount || after.Pool.WaitMS < before.Pool.WaitMS ||
		after.Queries.Failed != before.Queries.Failed || len(db.retired) != 0 {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	// The window is still full of failures; the pause keeps the new pool.
	current := db.current()
	db.mu.Lock()
	db.last.class = store.Network
	if db.swap(db.resetAt.Add(resetPause-time.Millisecond)) != nil {
		t.Error("swapped within the pause")
	}
	db.mu.Unlock()
	if db.current() != current {
		t.Error("swapped")
	}
}

// Whoever waits for a connection of a pool that is swapped gets one of the new pool.
func TestPoolResetKeepsWaiters(t *testing.T) {
	pg := storetest.Server(t)
	o := short(pg.AdminURL())
	o.QueryTimeout = 30 * time.Second
	db := open(t, o)
	hold, release := context.WithCancel(t.Context())
	held := make(chan bool)
	var working sync.WaitGroup
	working.Go(func() {
		_, _ = db.read(hold, "hold", func(ctx context.Context,
			_ *sqlx.Conn) error {
			close(held)
			<-ctx.Done()
			return ctx.Err()
		})
	})
	<-held
	answer := make(chan error, 1)
	working.Go(func() { _, err := ask(t.Context(), db, "SELECT 'x'"); answer <- err })
	for db.current().Stats().WaitCount == 0 {
		time.Sleep(time.Millisecond)
	}
	db.mu.Lock()
	for range resetLeast {
		db.window.add(true)
	}
	db.last.class = store.Network
	old := db.swap(time.Now())
	db.mu.Unlock()
	if old == nil {
		t.Fatal("no swap")
	}
	old.Close()
	db.active.Done()
	if err := <-answer; err != nil {
		t.Errorf("the waiter got %v", err)
	}
	release()
	working.Wait()
}

// backends are the process ids of our connections as the server sees them.
func backends(t *testing.T, url string) string {
	t.Helper()
	return storetest.Value(t, url, "SELECT coalesce(string_agg(pid::text, ' ' ORDER BY pid), '') FROM "+
		"pg_stat_activity WHERE application_name = 'vitrine' AND state = 'idle'")
}

// DATABASE_POOL_MIN connections are open and idle: after the first answer, after their server ended them, after a
// restart, a reset, and after they came of age.
func TestPoolMin(t *testing.T) {
	pg := storetest.Private(t)
	o := short(pg.AdminURL())
	o.PoolMin, o.PoolMax = 3, 5
	db := open(t, o)
	mustWork(t, db, 10*time.Second)
	var last string
	settle := func(step string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			got := backends(t, pg.AdminURL())
			if pids := strings.Fields(got); len(pids) == 3 && !slices.Contains(pids, last) {
				last = pids[0]
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: connections %q, want 3, none of them %s", step, got, last)
			}
		}
	}
	settle("after the first answer")
	storetest.Exec(t, pg.AdminURL(), "SELECT pg_terminate_backend(pid) "+
		"FROM pg_stat_activity WHERE application_name = 'vitrine'")
	settle("after they were ended")
	pg.Restart(t)
	settle("after a restart")
	db.mu.Lock()
	db.pool, db.retired = db.open(), append(db.retired, db.pool)
	db.mu.Unlock()
	db.retired[0].Close()
	settle("after a reset")
	db.mu.Lock()
	db.lifetime = 2 * time.Second
	db.pool, db.retired = db.open(), append(db.retired, db.pool)
	db.mu.Unlock()
	db.retired[1].Close()
	settle("young")
	settle("old")
	if h := db.Health(); h.Pool.ClosedLifetime == 0 || h.Queries.Total != 1 || h.Queries.Failed != 0 {
		t.Errorf("%+v", h)
	}
}

// A server that takes long to connect to is waited for, however many connects failed before.
func TestSlowAfterRefused(t *testing.T) {
	pg := storetest.Server(t)
	w := storetest.Proxy(t, "127.0.0.1:1")                   // resets every connection
	o := short(w.URL(t, pg.AdminURL()) + "?sslmode=disable") // so that one connect is one connection
	o.ConnectTimeout, o.AcquireTimeout = 8*time.Second, 8*time.Second
	db := open(t, o)
	for range 3 {
		if _, err := ask(t.Context(), db, "SELECT 'x'"); err == nil {
			t.Fatal("connected to nothing")
		}
	}
	w.SetTarget(pg.Addr())
	w.Hold(secondTry + time.Second)
	if took := mustWork(t, db, 0); took > o.ConnectTimeout {
		t.Errorf("connected after %s", took)
	}
}
