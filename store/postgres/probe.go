package postgres

import (
	"cmp"
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

const (
	opProbe    = "probe"
	probeLimit = 2 * time.Second
	probePause = time.Second
)

// Probe asks the database whether it answers and returns the health that follows. All callers share one probe, and
// there is at most one a second whatever the answer, so that outsiders cannot exhaust anything with it. While every
// connection is in use it asks nothing: the refresh that uses them will tell. It returns within 2 s, or when ctx ends,
// with what is known then.
func (db *DB) Probe(ctx context.Context) store.Health {
	if done := db.joinProbe(time.Now()); done != nil {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	return db.Health()
}

// joinProbe returns the probe under way, or begins one; nil where the last outcome must do.
func (db *DB) joinProbe(now time.Time) (done chan struct{}) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.probe != nil {
		return db.probe
	}
	if db.closed || now.Sub(db.probed) < probePause || db.pool.Stats().InUse >= db.opt.PoolMax {
		return nil
	}
	done = make(chan struct{})
	db.probe, db.probed = done, now
	db.active.Add(1)
	go func() {
		defer db.active.Done()
		db.ask()
		db.mu.Lock()
		db.probe = nil
		db.mu.Unlock()
		close(done)
	}()
	return done
}

// ask sends the probe. SELECT 1 would stay green on a primary that was demoted, so PostgreSQL is asked for its role.
func (db *DB) ask() {
	ctx, cancel := context.WithTimeout(db.ctx, probeLimit)
	defer cancel()
	var s serverState
	_, err := db.read(ctx, opProbe, func(ctx context.Context, c *sqlx.Conn) error {
		return c.GetContext(ctx, &s.Standby, "SELECT pg_catalog.pg_is_in_recovery()")
	})
	if err == nil {
		db.setRole(s)
	}
}

// setRole keeps what a server has just said of itself; a probe does not ask for the replay age.
func (db *DB) setRole(s serverState) {
	role := "primary"
	if s.Standby {
		role = "standby"
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.last.role = role
	if !s.Standby || s.ReplayAgeMS != nil {
		db.last.replayAge = s.ReplayAgeMS
	}
}

// leaveStandby lets the connections go where a standby has answered in a primary's place: the next refresh tries the
// hosts in their order again, and finds the primary once it is back.
func (db *DB) leaveStandby(c *sqlx.Conn) {
	db.mu.Lock()
	standby := db.last.role == "standby"
	db.mu.Unlock()
	anyServer := cmp.Or(db.target.session, pq.TargetSessionAttrsAny) == pq.TargetSessionAttrsAny
	if standby && anyServer && len(db.target.hosts) > 1 {
		discard(c)
		closeIdle(db.current(), db.opt.PoolMax)
	}
}
