package postgres

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
)

const (
	opProbe    = "probe"
	probeLimit = 2 * time.Second
	probePause = time.Second
)

// probeCall is a probe under way; done closes when its outcome is in Health.
type probeCall struct{ done chan struct{} }

// Probe asks the database whether it answers and returns the health that follows. All callers share one probe, and there is at most
// one a second whatever the answer, so that outsiders cannot exhaust anything with it. While every connection is in use it asks
// nothing: the refresh that uses them will tell. It returns within 2 s, or when ctx ends, with what is known then.
func (db *DB) Probe(ctx context.Context) store.Health {
	if call := db.joinProbe(time.Now()); call != nil {
		select {
		case <-call.done:
		case <-ctx.Done():
		}
	}
	return db.Health()
}

// joinProbe returns the probe under way, or begins one; nil where the last outcome must do.
func (db *DB) joinProbe(now time.Time) *probeCall {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.probe != nil {
		return db.probe
	}
	if db.closed || now.Sub(db.probed) < probePause || db.pool.Stats().InUse >= db.opt.PoolMax {
		return nil
	}
	call := &probeCall{done: make(chan struct{})}
	db.probe, db.probed = call, now
	db.active.Add(1)
	go func() {
		defer db.active.Done()
		db.ask()
		db.mu.Lock()
		db.probe = nil
		db.mu.Unlock()
		close(call.done)
	}()
	return call
}

// ask sends the probe. SELECT 1 would stay green on a primary that was demoted, so PostgreSQL is asked for its role.
func (db *DB) ask() {
	ctx, cancel := context.WithTimeout(db.ctx, probeLimit)
	defer cancel()
	var role string
	_, err := db.read(ctx, opProbe, func(ctx context.Context, c *sqlx.Conn) (err error) {
		role, err = db.askRole(ctx, c)
		return err
	})
	if err == nil {
		db.setRole(role)
	}
}

// learnRole asks for the role where it is not known, on the first refresh and after failures. The rows are there already, so an error is no failure.
func (db *DB) learnRole(ctx context.Context, c *sqlx.Conn) {
	db.mu.Lock()
	known := db.last.role != ""
	db.mu.Unlock()
	if known {
		return
	}
	if role, err := db.askRole(ctx, c); err == nil {
		db.setRole(role)
	}
}

func (db *DB) setRole(role string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.last.role = role
}

func (db *DB) askRole(ctx context.Context, c *sqlx.Conn) (string, error) {
	var standby bool
	err := c.GetContext(ctx, &standby, "SELECT pg_catalog.pg_is_in_recovery()")
	if standby {
		return "standby", err
	}
	return "primary", err
}
