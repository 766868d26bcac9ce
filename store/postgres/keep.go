package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// The minimum of open connections is looked after every keepEvery; after a failure to open one only every keepPause.
const (
	keepEvery = time.Second
	keepPause = 5 * time.Second
)

// keep holds PoolMin connections open until Close: those that their server or the network ended, that came of age or
// went with a pool are replaced. It asks the server nothing, so that a database which sleeps while nobody needs it can.
// While operations fail it waits: they are what finds out that the database is back.
func (db *DB) keep() {
	defer db.active.Done()
	for wait := keepEvery; ; {
		pool := db.current()
		if db.dial.closeLost() {
			closeIdle(pool, db.opt.PoolMax)
		}
		if db.works() && pool.Stats().OpenConnections < db.opt.PoolMin {
			if wait = keepEvery; db.warm(db.ctx, pool) != nil {
				wait = keepPause
			}
		}
		select {
		case <-db.ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// works reports whether the last operation succeeded.
func (db *DB) works() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.last.class == ""
}

// warm opens PoolMin connections, and leaves them idle in the pool.
func (db *DB) warm(ctx context.Context, pool *sqlx.DB) error {
	var held []*sqlx.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for range db.opt.PoolMin {
		c, _, err := db.acquire(ctx, pool)
		if err != nil {
			return err
		}
		held = append(held, c)
	}
	return nil
}

// closeIdle closes the idle connections of a pool, which may have maxIdle of them.
func closeIdle(pool *sqlx.DB, maxIdle int) {
	pool.SetMaxIdleConns(0)
	pool.SetMaxIdleConns(maxIdle)
}

// closeLost closes the idle connections that the other side has ended, and reports whether there were any.
func (c *connector) closeLost() bool {
	c.mu.Lock()
	wires := slices.Clone(c.wires)
	c.mu.Unlock()
	lost := false
	for _, w := range wires {
		lost = w.closeLost() || lost
	}
	return lost
}

// closeLost closes the connection if it is idle and not silent: a server that has not been asked says something only in
// order to end it.
func (w *wire) closeLost() bool {
	w.mu.Lock() // nobody begins to use it meanwhile
	defer w.mu.Unlock()
	if !w.armed || w.busy {
		return false
	}
	if err := w.await(time.Millisecond); err == nil && len(w.ahead) == 0 {
		_ = w.Conn.SetReadDeadline(time.Time{})
		return false
	}
	_ = w.Conn.Close()
	return true
}
