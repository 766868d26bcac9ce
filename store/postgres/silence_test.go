package postgres

import (
	"fmt"
	"testing"
	"time"

	"vitrine/store"
	"vitrine/store/storetest"
)

// patient are options with the deadlines that nobody has set, which are far longer than a page may stay old.
func patient(url string, poolMax int) Options {
	o := short(url)
	o.PoolMax, o.ConnectTimeout, o.AcquireTimeout, o.QueryTimeout = poolMax, 30*time.Second, 30*time.Second, 10*time.Second
	return o
}

// rest makes the pool's connections look as if they had been idle since the last refresh.
func rest(db *DB) {
	db.dial.mu.Lock()
	defer db.dial.mu.Unlock()
	for _, w := range db.dial.wires {
		w.mu.Lock()
		w.used = w.used.Add(-5 * time.Minute)
		w.mu.Unlock()
	}
}

// Pooled connections that a router has forgotten cost a refresh seconds, not its query deadline each, and no failure.
func TestForgottenConnections(t *testing.T) {
	t.Parallel()
	w := storetest.Proxy(t, storetest.Server(t).Addr())
	for _, size := range []int{1, 5} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			db := open(t, patient(w.URL(t, storetest.Server(t).AdminURL()), size))
			fillPool(t, db, size)
			rest(db)
			w.Lose()
			start := time.Now()
			if _, err := ask(t.Context(), db, "SELECT 'x'"); err != nil {
				t.Errorf("it fails: %v", err)
			}
			if took := time.Since(start); took > recoveryLimit {
				t.Errorf("it took %s", took)
			}
			if h := db.Health(); h.Queries.Failed != 0 || h.Pool.Open != 1 {
				t.Errorf("%+v", h)
			}
		})
	}
}

// recoveryLimit is how soon after the network is back a page must be there (I8), which leaves room for the rest of a
// refresh.
const recoveryLimit = 6 * time.Second

// A connection that was begun while the network swallowed everything does not hold up the page until its deadline when
// the network is back.
func TestSwallowedWhileConnecting(t *testing.T) {
	t.Parallel()
	w := storetest.Proxy(t, storetest.Server(t).Addr())
	db := open(t, patient(w.URL(t, storetest.Server(t).AdminURL()), 1))
	w.Freeze()
	answer := make(chan error, 1)
	go func() {
		_, err := ask(t.Context(), db, "SELECT 'x'")
		answer <- err
	}()
	for w.Dials() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.Lose()
	w.Thaw()
	start := time.Now()
	if err := <-answer; err != nil {
		t.Errorf("it fails: %v", err)
	}
	if took := time.Since(start); took > recoveryLimit {
		t.Errorf("it took %s", took)
	}
	if h := db.Health(); h.Pool.Open != 1 || h.Queries.Failed != 0 {
		t.Errorf("%+v", h)
	}
}

// A first host that takes connections and says nothing leaves the second one time enough.
func TestSilentFirstHost(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	silent := storetest.Proxy(t, pg.Addr())
	silent.Freeze()
	db := open(t,
		patient("postgres://"+storetest.Superuser+":"+storetest.Password+"@"+silent.Addr()+","+pg.Addr()+"/postgres", 1))
	if took := mustWork(t, db, 0); took > recoveryLimit {
		t.Errorf("it took %s", took)
	}
}

// What a session was given when it began goes with it when it has failed: a setting of the role that was put right
// counts at the next try.
func TestFailureEndsTheSession(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	storetest.Exec(t, pg.AdminURL(), "CREATE ROLE hasty LOGIN PASSWORD 'x'",
		"ALTER ROLE hasty SET statement_timeout = 100")
	db := open(t, patient("postgres://hasty:x@"+pg.Addr()+"/postgres", 1))
	const slow = "SELECT 'x' FROM pg_sleep(0.3)"
	failAsking(t.Context(), t, db, slow, store.QueryTimeout, 0)
	storetest.Exec(t, pg.AdminURL(), "ALTER ROLE hasty RESET statement_timeout")
	if _, err := ask(t.Context(), db, slow); err != nil {
		t.Errorf("after it was put right: %v", err)
	}
}
