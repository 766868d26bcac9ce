package postgres

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/storetest"
)

// listening runs Listen on the channel shop for the test's life. What it returns waits until changed has been called
// since it was last asked.
func listening(t *testing.T, db *DB) (changed func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	calls, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- db.Listen(ctx, "shop", func() {
			select {
			case calls <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("listen: %v", err)
		}
	})
	return func() {
		t.Helper()
		select {
		case <-calls:
		case <-time.After(30 * time.Second):
			t.Fatalf("nothing heard; %+v, %v", db.Health().Listener, db.Notices())
		}
	}
}

// untilListener waits for a state of the listener, and returns it.
func untilListener(t *testing.T, db *DB, state string) store.ListenerState {
	t.Helper()
	for range 3000 {
		if l := db.Health().Listener; l != nil && l.State == state {
			return *l
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never %s: %+v, %v", state, db.Health().Listener, db.Notices())
	return store.ListenerState{}
}

// A notification arrives; a lost connection is made again by itself, and what happened meanwhile is looked for.
func TestListen(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	db := open(t, short(url))
	changed := listening(t, db)
	changed()
	since := untilListener(t, db, store.Listening).Since
	storetest.Exec(t, url, "NOTIFY shop")
	changed()
	for range 3 {
		storetest.Exec(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "+
			"'vitrine listener' AND datname = current_database()")
		changed() // by the reconnect
		storetest.Exec(t, url, "NOTIFY shop")
		changed()
	}
	if l := untilListener(t, db, store.Listening); !l.Since.After(since) || len(db.Notices()) > 0 {
		t.Errorf("since %v, was %v; %v", l.Since, since, db.Notices())
	}
}

// What looks after idle connections leaves the listener's alone.
func TestListenBesideIdleConnections(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	db := open(t, short(url))
	changed := listening(t, db)
	changed()
	since := untilListener(t, db, store.Listening).Since
	for range 3 {
		db.dial.closeLost()
		storetest.Exec(t, url, "NOTIFY shop")
		changed()
	}
	if l := untilListener(t, db, store.Listening); l.Since != since {
		t.Errorf("listening since %v, was %v; %v", l.Since, since, db.Notices())
	}
}

// A flood that nobody takes quickly loses neither the connection nor the ping.
func TestListenFlood(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	db := open(t, short(url))
	db.ping = 10 * time.Millisecond
	changed := listening(t, db)
	changed()
	since := untilListener(t, db, store.Listening).Since
	storetest.Exec(t, url, "SELECT count(pg_notify('shop', n::text)) FROM generate_series(1, 20000) n")
	changed()
	storetest.Exec(t, url, "NOTIFY shop")
	changed()
	if l := untilListener(t, db, store.Listening); l.Since != since {
		t.Errorf("listening since %v, was %v", l.Since, since)
	}
}

// A wire that went silent is noticed, told, and replaced.
func TestListenOnSilentNetwork(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	wire := storetest.Proxy(t, strings.Split(strings.SplitAfter(url, "@")[1], "/")[0])
	db := open(t, short(wire.URL(t, url)))
	db.ping = 50 * time.Millisecond
	changed := listening(t, db)
	changed()
	wire.Freeze()
	untilListener(t, db, store.ListenerDown)
	if !slices.ContainsFunc(db.Notices(), func(n string) bool { return strings.HasPrefix(n, "NOTIFY_CHANNEL: ") }) {
		t.Errorf("notices: %v", db.Notices())
	}
	storetest.Exec(t, url, "NOTIFY shop") // which nobody hears
	wire.Lose()
	wire.Thaw()
	changed()
	untilListener(t, db, store.Listening)
}

// Where the server has too many connections the listener's goes first, so that the refresh has one.
func TestListenLetsGo(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t, "max_connections=6", "superuser_reserved_connections=0", "max_wal_senders=0",
		"autovacuum=off")
	url := pg.AdminURL()
	db := open(t, short(url))
	listening(t, db)()
	hog := sqlx.NewDb(storetest.Open(t, url), "postgres")
	first, err := hog.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = hog.Connx(t.Context())
	}
	if _, err := first.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "+
		"application_name = 'vitrine'"); err != nil {
		t.Fatal(err)
	}
	for { // the place of the pool's connection
		if _, err := hog.Connx(t.Context()); err == nil {
			break
		}
	}
	e := failAsking(t.Context(), t, db, "SELECT 'x'", store.TooManyConnections, 0)
	if !strings.Contains(e.Sentence, "max_connections") {
		t.Errorf("%q", e.Sentence)
	}
	untilListener(t, db, store.ListenerDown)
	mustWork(t, db, 20*time.Second)
}

// Behind a pooler that hands each statement to another server connection it says that nothing can arrive.
func TestListenThroughPgBouncer(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"session": store.Listening, "transaction": store.ListenerDown,
		"statement": store.ListenerDown} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			pg := storetest.Server(t)
			url := pg.NewDatabase(t)
			db := open(t, short(storetest.Rehost(t, url, storetest.Bouncer(t, pg, mode, "default_pool_size=5"))))
			changed := listening(t, db)
			untilListener(t, db, want)
			told := slices.ContainsFunc(db.Notices(), func(n string) bool {
				return strings.Contains(n, "a pooler in transaction or statement mode")
			})
			if told != (want == store.ListenerDown) {
				t.Errorf("notices: %v", db.Notices())
			}
			if want == store.Listening {
				changed()
				storetest.Exec(t, url, "NOTIFY shop")
				changed()
			}
		})
	}
}

// What check tries is what the server does: a notification comes through, or the sentence says why not.
func TestTryListen(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	if err := open(t, short(url)).TryListen(t.Context(), "shop"); err != nil {
		t.Error(err)
	}
	through := storetest.Rehost(t, url, storetest.Bouncer(t, pg, "transaction", "default_pool_size=5"))
	err := open(t, short(through)).TryListen(t.Context(), "shop")
	if s := store.Sentence(err); !strings.Contains(s, "a pooler in transaction or statement mode") {
		t.Errorf("%v", err)
	}
}
