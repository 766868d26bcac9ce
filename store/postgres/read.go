package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

// freshRepeats is how often an operation is repeated that failed on a connection which was made for it: such a failure
// is not that of a stale connection, and a query that kills its server must not do so once per connection of the pool.
const freshRepeats = 1

// A pooled connection that was idle for idleLimit is asked whether it still answers before an operation trusts it, and
// has checkLimit for that: a silent one would cost the operation its whole deadline.
const (
	idleLimit  = time.Second
	checkLimit = 2 * time.Second
)

// operation is one read on its way: what is asked, and what it has cost so far.
type operation struct {
	op   string
	fn   func(context.Context, *sqlx.Conn) error
	cost store.Cost
}

// read runs fn on one connection, acquired under AcquireTimeout, within QueryTimeout. It is the one way to ask the
// database something: deadlines hold on a dead network; a failure of the connection itself repeats the whole of fn,
// which must only read and must start anew each time, on another connection; the outcome is counted, and many failures
// make the pool anew.
//
// The cost says when fn first ran. The error is a classed *Error; one that fn returns keeps its class.
func (db *DB) read(ctx context.Context, op string, fn func(context.Context, *sqlx.Conn) error) (store.Cost, error) {
	ctx, done, err := db.enter(ctx)
	if err != nil {
		return store.Cost{}, err
	}
	defer done()
	o := &operation{op: op, fn: fn}
	start := time.Now()
	err = db.repeat(ctx, o)
	db.record(o, time.Since(start), err)
	return o.cost, err
}

// aside is read for a look at why an operation failed: it counts for nothing, so that the failure stays the last word.
func (db *DB) aside(ctx context.Context, op string, fn func(context.Context, *sqlx.Conn) error) error {
	ctx, done, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	return db.repeat(ctx, &operation{op: op, fn: fn})
}

// once runs fn on one connection without a query deadline and without repeating it: for the setup commands, whose
// statements write and may take hours. ctx ends it. The error is a classed *Error.
func (db *DB) once(ctx context.Context, op string, fn func(ctx context.Context, c *sqlx.Conn) error) error {
	ctx, done, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	c, w, err := db.acquire(ctx, db.current())
	if err != nil {
		return db.classify(ctx, op, phaseAcquire, err)
	}
	defer c.Close()
	if w != nil {
		defer w.begin(ctx, 0)()
	}
	if err := fn(ctx, c); err != nil {
		return db.classify(ctx, op, phaseQuery, err)
	}
	return nil
}

// enter joins ctx with the life of the DB. done must be called at the end.
func (db *DB) enter(ctx context.Context) (_ context.Context, done func(), err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil, nil, &store.Error{Class: store.Shutdown, Sentence: sentenceShutdown, Err: sql.ErrConnDone}
	}
	db.active.Add(1)
	joined, cancel := context.WithCancel(ctx)
	unjoin := context.AfterFunc(db.ctx, cancel)
	return joined, func() {
		unjoin()
		cancel()
		db.active.Done()
	}, nil
}

// repeat tries the operation, and again where a stale connection was at fault: at most once per connection that the
// pool can hold, and once more.
func (db *DB) repeat(ctx context.Context, o *operation) error {
	fresh := 0
	for n := 0; ; n++ {
		pool := db.current()
		pooled, phase, err := db.try(ctx, pool, o)
		if err == nil {
			return nil
		}
		if isPoolClosed(err) && pool != db.current() {
			continue // the pool was swapped while we waited; that was no attempt
		}
		if !pooled {
			fresh++
		}
		if n > db.opt.PoolMax || fresh > freshRepeats || phase == phaseAcquire || ctx.Err() != nil || !isStale(err) {
			return db.classify(ctx, o.op, phase, err)
		}
	}
}

// try runs the operation once. pooled tells whether the connection was there before, and may have died since.
func (db *DB) try(ctx context.Context, pool *sqlx.DB, o *operation) (pooled bool, phase phase, err error) {
	waits, start := pool.Stats().WaitCount, time.Now()
	c, w, err := db.acquire(ctx, pool)
	o.cost.Acquire += time.Since(start)
	defer func() { o.cost.WaitCount += pool.Stats().WaitCount - waits }()
	if err != nil {
		return false, phaseAcquire, err
	}
	defer c.Close()
	o.cost.InUse = max(o.cost.InUse, pool.Stats().InUse)

	limited, cancel := context.WithTimeout(ctx, db.opt.QueryTimeout)
	defer cancel()
	if w != nil {
		defer func() {
			if err != nil {
				err = w.why(err)
				discard(c)
			}
		}()
		if pooled = w.olderThan(start); pooled && w.idle() > idleLimit {
			if err := check(limited, c, w); err != nil {
				closeIdle(pool, db.opt.PoolMax) // they need not be found out one by one
				return true, phaseQuery, err
			}
		}
		defer w.begin(limited, db.opt.QueryTimeout+time.Second)()
	}
	start = time.Now()
	if o.cost.SentAt.IsZero() {
		o.cost.SentAt = start
	}
	err = o.fn(limited, c)
	o.cost.Query = time.Since(start)
	o.cost.InUse = max(o.cost.InUse, pool.Stats().InUse)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = &limitError{err}
	}
	return pooled, phaseQuery, err
}

// acquire takes a connection out of the pool, or makes one, within AcquireTimeout.
func (db *DB) acquire(ctx context.Context, pool *sqlx.DB) (*sqlx.Conn, *wire, error) {
	limited, cancel := context.WithTimeout(ctx, db.opt.AcquireTimeout)
	defer cancel()
	c, err := pool.Connx(limited)
	if err != nil {
		return nil, nil, err
	}
	var w *wire
	if err := c.Raw(func(conn any) error { w = db.dial.wireFor(conn); return nil }); err != nil {
		c.Close()
		return nil, nil, err
	}
	return c, w, nil
}

// check asks a connection for a sign of life. The error is a *silentError.
func check(ctx context.Context, c *sqlx.Conn, w *wire) error {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	defer w.begin(ctx, checkLimit)()
	if err := c.PingContext(ctx); err != nil {
		return &silentError{err}
	}
	return nil
}

// discard keeps a connection from going back to the pool. After a failure nobody knows what its session is worth: it
// may be half dead, or have settings that were put right since.
func discard(c *sqlx.Conn) { _ = c.Raw(func(any) error { return driver.ErrBadConn }) }

// silentError marks an error as that of a pooled connection that no longer answers, before anything was asked of it.
type silentError struct{ error }

func (e *silentError) Unwrap() error { return e.error }

// limitError marks an error as the consequence of the query deadline, whatever it looks like.
type limitError struct{ error }

func (e *limitError) Unwrap() error { return e.error }

func isPoolClosed(err error) bool {
	return err != nil && strings.Contains(err.Error(), "sql: database is closed")
}

// isStale tells a failure of the connection from one of the statement: what a dead pooled connection answers.
func isStale(err error) bool {
	var server *pq.Error
	var silent *silentError
	switch {
	case errors.As(err, &silent):
		return true
	case errors.As(err, &server):
		code := string(server.Code)
		connection, shutdown := strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P")
		return connection && code != "08P01" || shutdown && code != "57P03" || code == "25P03"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false // silence, not death: it has already cost the whole deadline
	}
	for _, dead := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT, syscall.ECONNABORTED} {
		if errors.Is(err, dead) {
			return true
		}
	}
	return false
}
