package postgres

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

// The listener's pauses before it connects again: they double, and are long where connections are scarce or a pooler
// stands between.
const (
	listenFirstPause  = 100 * time.Millisecond
	listenLongPause   = 30 * time.Second
	listenPoolerPause = 5 * time.Minute
)

// listenPing is how often the server is asked whether it still answers, and listenBudget how long each answer to the
// listener may take. After a notification it is asked again after listenAgain: lib/pq may have read the next one
// together with the answer, and would keep it until then.
const (
	listenPing   = 10 * time.Second
	listenBudget = 3 * time.Second
	listenAgain  = 250 * time.Millisecond
)

// errLetGo ends the listener's connection where the server has no more connections to give: the refresh goes first.
var errLetGo = &store.Error{Class: store.TooManyConnections,
	Sentence: "the listener gave its connection back, since the database had too many; it connects again by itself"}

// errNoEcho is a channel on which what is sent does not come back.
var errNoEcho = &store.Error{Class: store.Other, Sentence: "notifications cannot arrive: a pooler in transaction " +
	"or statement mode (PgBouncer) stands between; point DATABASE_URL at the database itself or at a pool in " +
	"session mode, or unset NOTIFY_CHANNEL"}

// Listen holds one connection beside the pool that hears the notifications of channel, and makes it anew when it is
// lost. It calls changed, which must not wait, after each notification and whenever some may have been missed, until
// ctx ends. How it is doing stands in Health and Notices.
func (db *DB) Listen(ctx context.Context, channel string, changed func()) error {
	ctx, done, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	pause := listenFirstPause
	for {
		listened, err := db.listenOnce(ctx, channel, changed)
		if ctx.Err() != nil {
			return nil
		}
		if listened {
			pause = listenFirstPause
		}
		wait := pause - rand.N(pause/5)
		pause = min(2*pause, listenLongPause)
		why := db.classify(ctx, "listen", phaseQuery, err)
		db.noteListener(why)
		switch {
		case errors.Is(err, errNoEcho):
			wait = listenPoolerPause
		case store.ClassOf(why) == store.TooManyConnections:
			wait = listenLongPause
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// TryListen listens on channel for as long as it takes to see that a notification arrives. The error is a classed
// *store.Error.
func (db *DB) TryListen(ctx context.Context, channel string) error {
	ctx, done, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	trying, heard := context.WithCancel(ctx)
	defer heard()
	if listened, err := db.listenOnce(trying, channel, heard); !listened {
		return db.classify(ctx, "listen", phaseQuery, err)
	}
	return nil
}

// listenOnce listens on the first host that lets it, until that ends, and tells whether it ever did.
func (db *DB) listenOnce(ctx context.Context, channel string, changed func()) (listened bool, err error) {
	db.dial.reread()
	var errs []error
	start := time.Now()
	for _, h := range db.target.hosts {
		listened, err = db.listenAt(ctx, h, channel, changed)
		if listened || ctx.Err() != nil || errors.Is(err, errNoEcho) {
			return listened, err
		}
		errs = append(errs, err)
	}
	return false, &connectError{errs: errs, took: time.Since(start)}
}

// listenAt connects to one host, proves that notifications arrive, and hears them until the connection ends or is to
// end.
func (db *DB) listenAt(ctx context.Context, h host, channel string, changed func()) (listened bool, err error) {
	trying, giveUp := context.WithTimeout(ctx, db.opt.ConnectTimeout)
	defer giveUp()
	conn, err := db.dial.tryModes(trying, h, pq.TargetSessionAttrsAny, db.target.appName+" listener")
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	e := &ear{conn: conn, wire: db.dial.wireFor(conn), heard: map[string]bool{}}
	defer e.wire.begin(ctx, listenBudget)()
	defer context.AfterFunc(ctx, func() { _ = e.wire.Close() })()
	pq.SetNotificationHandler(conn, func(n *pq.Notification) { e.heard[n.Channel] = true })
	if err = e.ask("LISTEN " + pq.QuoteIdentifier(channel)); err == nil {
		err = db.echo(ctx, e)
	}
	if err != nil {
		return false, fmt.Errorf("listen at %s: %w", h, cmp.Or(context.Cause(ctx), err))
	}
	db.noteListener(nil)
	db.mu.Lock()
	db.letGo = end
	db.mu.Unlock()
	changed() // what happened while nobody listened
	for wait := listenAgain; err == nil; {
		if err = e.hear(wait); err == nil {
			wait = db.ping
			if len(e.heard) > 0 {
				clear(e.heard)
				changed()
				wait = listenAgain
			}
		}
	}
	return true, cmp.Or(context.Cause(ctx), err)
}

// ear is one connection that listens.
type ear struct {
	conn  driver.Conn
	wire  *wire
	heard map[string]bool // channels of the notifications that came
}

// ask sends a statement. What the server has said unasked is read with the answer.
func (e *ear) ask(statement string) (err error) {
	defer func() {
		if p := recover(); p != nil { // lib/pq, of a length under 4
			err = fmt.Errorf("%w: %v", errNotPostgres, p)
		}
	}()
	_, err = e.conn.(driver.ExecerContext).ExecContext(context.Background(), statement, nil) // the wire has the deadline
	return e.wire.why(err)
}

// hear waits until the server says something, at most for wait, and has lib/pq read it, which does so only with the
// answer to a statement. That is the sign of life, too.
func (e *ear) hear(wait time.Duration) error {
	if err := e.wire.await(wait); err != nil {
		return err
	}
	return e.ask(";")
}

// echo sends a notification through the pool on a channel that nobody else knows, and waits for it: a pooler between
// takes LISTEN without a word and never hands a notification on. A standby cannot send, and is believed.
func (db *DB) echo(ctx context.Context, e *ear) error {
	ctx, cancel := context.WithTimeout(ctx, db.opt.AcquireTimeout+listenBudget)
	defer cancel()
	probe := fmt.Sprintf("vitrine_echo_%016x", rand.Uint64())
	if err := e.ask("LISTEN " + probe); err != nil {
		return err
	}
	err := db.once(ctx, "notify", func(ctx context.Context, c *sqlx.Conn) error {
		_, err := c.ExecContext(ctx, "SELECT pg_catalog.pg_notify($1, '')", probe)
		return err
	})
	if sql, ok := errors.AsType[*pq.Error](err); ok && sql.Code == "25006" {
		return nil
	}
	for late := time.Now().Add(listenBudget); err == nil && !e.heard[probe]; {
		if time.Now().After(late) {
			return errNoEcho
		}
		err = e.hear(time.Until(late))
	}
	if err != nil {
		return err
	}
	delete(e.heard, probe)
	return e.ask("UNLISTEN " + probe)
}

// noteListener enters into the health whether the listener listens (nil), or why it does not. News goes to the log.
func (db *DB) noteListener(err error) {
	state, why := store.Listening, ""
	if err != nil {
		state, why = store.ListenerDown, store.Sentence(err)
	}
	db.mu.Lock()
	news := db.listener == nil || db.listener.State != state || db.deaf != why
	if db.listener == nil || db.listener.State != state {
		db.listener = &store.ListenerState{State: state, Since: time.Now().UTC().Truncate(time.Millisecond)}
	}
	db.deaf = why
	db.mu.Unlock()
	switch {
	case news && err == nil:
		db.log.Info("listening for notifications of the database")
	case news:
		db.log.Warn("notifications of the database do not arrive; the schedule goes on",
			"error_class", store.ClassOf(err), slog.Any("error", err))
	}
}

// listenerNotice is what people should know of a listener that does not listen. The caller holds mu.
func (db *DB) listenerNotice() []string {
	if db.deaf == "" {
		return nil
	}
	return []string{"NOTIFY_CHANNEL: " + db.deaf + "; until then edits wait for the next tick of REFRESH_SCHEDULE"}
}
