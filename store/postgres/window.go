package postgres

import (
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
)

// The failure window: of the last windowSize operations, failures of at least resetShare, among at least resetLeast,
// make the pool anew; then not again for resetPause.
const (
	windowSize = 20
	resetLeast = 5
	resetShare = 0.5
	resetPause = 30 * time.Second
)

// window holds the outcomes of the last operations.
type window struct {
	failed [windowSize]bool
	n      int // operations ever
}

func (w *window) add(failed bool) {
	w.failed[w.n%windowSize] = failed
	w.n++
}

// size is how many outcomes it holds, rate the failed part of them; 0 while there are none.
func (w *window) size() int { return min(w.n, windowSize) }

func (w *window) rate() float64 {
	if w.n == 0 {
		return 0
	}
	bad := 0
	for _, failed := range w.failed[:w.size()] {
		if failed {
			bad++
		}
	}
	return float64(bad) / float64(w.size())
}

// outcome is the last contact with the database.
type outcome struct {
	at    time.Time // zero before the first
	took  time.Duration
	class store.Class // "" for success
	role  string
	// replayAge is that of a standby in milliseconds, nil where it has replayed nothing.
	replayAge *float64
}

// record counts a finished operation; it may make the pool anew. A caller that gave up says nothing about the database.
func (db *DB) record(o *operation, took time.Duration, err error) {
	class := store.ClassOf(err)
	if class == store.Shutdown {
		return
	}
	if err == nil {
		took = o.cost.Query
	}
	slow := o.cost.Query >= db.opt.SlowQuery
	if slow {
		db.log.Warn("slow query", "operation", o.op, "ms", o.cost.Query.Milliseconds(), "limit_ms",
			db.opt.SlowQuery.Milliseconds())
	}
	if err == nil && db.opt.PoolMin > 0 {
		db.keeper.Do(func() {
			db.active.Add(1)
			go db.keep()
		})
	}
	db.mu.Lock()
	db.count(o, took, class, slow)
	old := db.swap(time.Now())
	db.mu.Unlock()
	if old != nil {
		db.log.Warn("pool opened anew after many failures", "error_class", class, "failure_rate", db.Health().FailureRate)
		// Idle connections close now, those in use when their operation ends. It may wait for a dead network, so nobody
		// waits for it but Close.
		go func() {
			defer db.active.Done()
			_ = old.Close()
		}()
	}
}

// count enters an outcome into counters, window and last contact; db.mu is held.
func (db *DB) count(o *operation, took time.Duration, class store.Class, slow bool) {
	db.counts.Total++
	if class == "" {
		db.counts.OK++
	} else {
		db.counts.Failed++
		db.last.role, db.last.replayAge = "", nil // a failure may be a failover
	}
	if slow {
		db.counts.Slow++
	}
	db.counts.SlowestMS = max(db.counts.SlowestMS, store.Milliseconds(o.cost.Query))
	if class == store.TooManyConnections && db.letGo != nil {
		db.letGo(errLetGo)
	}
	db.window.add(class != "")
	db.last.at, db.last.took, db.last.class = time.Now().UTC(), took, class
	if o.op != opProbe {
		db.peak = o.cost.InUse
	}
}

// swap puts a new pool in the place of one whose operations keep failing, and returns the old one for closing; nil
// where there is no need. The old one's counters stay. db.mu is held; db.active is one up for the closing.
func (db *DB) swap(now time.Time) *sqlx.DB {
	justWorked := db.last.class == "" // nothing is stuck
	if db.closed || justWorked || db.window.size() < resetLeast || db.window.rate() < resetShare ||
		now.Sub(db.resetAt) < resetPause {
		return nil
	}
	old := db.pool
	db.pool, db.resetAt = db.open(), now
	db.resets++
	db.retired = append(db.retired, old)
	db.active.Add(1)
	return old
}

// poolStats sums the counters of all pools there have been; sizes are those of today. Of a pool that was swapped out
// only the counters stay once its last connection is closed. db.mu is held.
func (db *DB) poolStats() store.PoolStats {
	db.retired = slices.DeleteFunc(db.retired, func(p *sqlx.DB) bool {
		empty := p.Stats().OpenConnections == 0
		if empty {
			addCounters(&db.past, p)
		}
		return empty
	})
	s := db.past
	for _, p := range append([]*sqlx.DB{db.pool}, db.retired...) {
		addCounters(&s, p)
		st := p.Stats()
		s.Open += st.OpenConnections
		s.InUse += st.InUse
		s.Idle += st.Idle
	}
	s.Min, s.Max, s.Resets = db.opt.PoolMin, db.opt.PoolMax, db.resets
	return s
}

func addCounters(s *store.PoolStats, p *sqlx.DB) {
	st := p.Stats()
	s.WaitCount += st.WaitCount
	s.WaitMS += store.Milliseconds(st.WaitDuration)
	s.ClosedIdle += st.MaxIdleClosed + st.MaxIdleTimeClosed
	s.ClosedLifetime += st.MaxLifetimeClosed
}

// Health tells what is known of the database, without asking it.
func (db *DB) Health() store.Health {
	db.mu.Lock()
	defer db.mu.Unlock()
	h := store.Health{
		Kind: "postgres", Status: "unknown", Role: db.last.role, ReplayAgeMS: db.last.replayAge,
		ErrorClass: db.last.class, ResponseTimeMS: store.Milliseconds(db.last.took),
		ActiveConnections: db.peak, FailureRate: db.window.rate(), Queries: db.counts, Pool: db.poolStats(),
		Listener: db.listener,
	}
	if at := db.last.at; !at.IsZero() {
		h.CheckedAt, h.Status = &at, "pass"
		if db.last.class != "" {
			h.Status = "fail"
		}
	}
	return h
}
