package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/storetest"
)

// A hundred callers at once cost one query, with a pool of one; within the second nobody causes another, whatever the
// answer was.
func TestProbeIsShared(t *testing.T) {
	pg := storetest.Server(t)
	w := storetest.Proxy(t, pg.Addr())
	db := open(t, short(w.URL(t, pg.AdminURL())))
	if h := db.Health(); h.Status != "unknown" || h.CheckedAt != nil || h.Kind != "postgres" {
		t.Errorf("before the first contact: %+v", h)
	}
	burst := func(status string) {
		t.Helper()
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if h := db.Probe(t.Context()); h.Status != status {
					t.Errorf("%+v", h)
				}
			})
		}
		callers.Wait()
	}
	burst("pass")
	if h := db.Health(); h.Queries.Total != 1 || h.Role != "primary" || h.CheckedAt == nil || h.ResponseTimeMS <= 0 ||
		h.Pool.WaitCount != 0 {
		t.Errorf("%+v", h)
	}
	db.lastProbeWas(0)
	burst("pass")
	if n := db.Health().Queries.Total; n != 1 {
		t.Errorf("%d queries within a second", n)
	}
	db.lastProbeWas(probePause)
	w.Freeze()
	start := time.Now()
	burst("fail")
	if took := time.Since(start); took > probeLimit+slack {
		t.Errorf("the probe took %s", took)
	}
	w.Thaw()
	db.lastProbeWas(0)
	if h := db.Probe(t.Context()); h.Queries.Total != 2 {
		t.Errorf("a failed probe was repeated within a second: %+v", h)
	}
	db.lastProbeWas(probePause)
	if h := db.Probe(t.Context()); h.Status != "pass" || h.ErrorClass != "" {
		t.Errorf("after the thaw: %+v", h)
	}
}

// lastProbeWas makes the last probe as old as d.
func (db *DB) lastProbeWas(d time.Duration) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.probed = time.Now().Add(-d)
}

// While a refresh has the only connection, a probe answers at once from the last outcome, and does not stand in the
// next refresh's way.
func TestProbeLeavesThePoolToRefreshes(t *testing.T) {
	pg := storetest.Server(t)
	o := short(pg.AdminURL())
	o.QueryTimeout = 20 * time.Second
	db := open(t, o)
	mustWork(t, db, 10*time.Second)
	_, err := db.read(t.Context(), "refresh", func(ctx context.Context, c *sqlx.Conn) error {
		db.lastProbeWas(time.Hour)
		if h := db.Probe(ctx); h.Status != "pass" || h.Pool.InUse != 1 || h.Queries.Total != 1 {
			t.Errorf("%+v", h)
		}
		return nil
	})
	if h := db.Health(); err != nil || h.Pool.WaitCount != 0 || h.ActiveConnections != 1 {
		t.Errorf("%v, %+v", err, h)
	}
}

// A caller who leaves does not take the others' probe along.
func TestProbeOutlivesItsCaller(t *testing.T) {
	pg := storetest.Server(t)
	w := storetest.Proxy(t, pg.Addr())
	db := open(t, short(w.URL(t, pg.AdminURL())))
	mustWork(t, db, 10*time.Second)
	w.Freeze()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	db.Probe(ctx)
	answer := make(chan store.Health)
	go func() { answer <- db.Probe(context.Background()) }()
	w.Thaw()
	if h := <-answer; h.Status != "pass" || h.Role != "primary" {
		t.Errorf("%+v", h)
	}
}

// A standby is seen, and is no failure.
func TestProbeSeesStandby(t *testing.T) {
	pg := storetest.Private(t)
	pg.Demote(t)
	db := open(t, short(pg.AdminURL()))
	if h := db.Probe(t.Context()); h.Status != "pass" || h.Role != "standby" {
		t.Errorf("%+v", h)
	}
	db = open(t, short(pg.AdminURL()+"?target_session_attrs=standby"))
	mustWork(t, db, 10*time.Second)
	db = open(t, short(pg.AdminURL()+"?target_session_attrs=prefer-standby"))
	mustWork(t, db, 10*time.Second)
	db = open(t, short(pg.AdminURL()+"?target_session_attrs=primary"))
	mustFail(t, store.ConnectRefused, 0, func() error { _, err := ask(t.Context(), db, "SELECT 'x'"); return err })
}

// The role stands in Health after a refresh, with no probe, and again after a failure in which it may have changed.
func TestRefreshTellsRole(t *testing.T) {
	pg := storetest.Private(t)
	ourSchema(t, pg.AdminURL())
	db := openShop(t, pg.AdminURL())
	for _, role := range []string{"primary", "standby"} {
		readShop(t, db)
		if got := db.Health().Role; got != role {
			t.Errorf("%q, want %q", got, role)
		}
		pg.Stop(t)
		if _, _, err := db.Categories(t.Context(), nil); err == nil || db.Health().Role != "" {
			t.Errorf("down: %v, role %q", err, db.Health().Role)
		}
		pg.Demote(t)
	}
}

// Nothing of the address reaches what people see, and the password not even the log (I10).
func TestSecretsStayInside(t *testing.T) {
	pg := storetest.Server(t)
	storetest.Exec(t, pg.AdminURL(), "CREATE ROLE canaryuser LOGIN PASSWORD 'canary@pass'")
	t.Cleanup(func() { storetest.Exec(t, pg.AdminURL(), "DROP ROLE canaryuser") })
	for _, url := range []string{
		"postgres://canaryuser:canary%40pass@" + pg.Addr() + "/canarydb?canaryparameter=1&options=canary",
		"postgres://canaryuser:canary%40wrong@" + pg.Addr() + "/postgres",
		"postgres://canaryuser:canary%40pass@canaryhost.invalid/canarydb",
		"postgres://canaryuser:canary%40pass@" + pg.Addr() + "/postgres",
	} {
		db := open(t, short(url))
		h := db.Probe(t.Context())
		_, err := ask(t.Context(), db, "SELECT name::text FROM gems WHERE 'canary@pass' = 'canary@pass'::int")
		shown, _ := json.Marshal(h)
		for _, text := range []string{string(shown), store.Sentence(err), fmt.Sprint(db.Source()),
			strings.Join(db.Notices(), " ")} {
			if strings.Contains(strings.ReplaceAll(text, "canaryparameter", ""), "canary") {
				t.Errorf("%s: %s", url, text)
			}
		}
		if err == nil || strings.Contains(err.Error(), "canary@pass") || strings.Contains(err.Error(), "canary%40") {
			t.Errorf("the log would have the password: %v", err)
		}
	}
}
