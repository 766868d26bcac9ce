package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
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
// listener may take.
const (
	listenPing   = 10 * time.Second
	listenBudget = 3 * time.Second
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
		modes := db.target.modesOf(h)
		for i, mode := range modes {
			e := &ear{db: db, channel: channel, changed: changed, connected: make(chan error, 1), lost: make(chan error, 1)}
			if listened, err = e.listen(ctx, h, mode); listened || ctx.Err() != nil || errors.Is(err, errNoEcho) {
				return listened, err
			}
			if i+1 == len(modes) || !db.dial.otherMode(err, mode) {
				errs = append(errs, fmt.Errorf("listen at %s: %w", h, err))
				break
			}
		}
	}
	return false, &connectError{errs: errs, took: time.Since(start)}
}

// ear is one connection that listens.
type ear struct {
	db      *DB
	channel string
	changed func()
	wire    *wire // nil until it listens
	pq      *pq.Listener
	// connected holds nil once there is a connection, lost why it ended.
	connected, lost chan error
}

// listen connects, proves that notifications arrive, and hears them until the connection ends or is to end.
func (e *ear) listen(ctx context.Context, h host, mode pq.SSLMode) (listened bool, err error) {
	trying, giveUp := context.WithTimeout(ctx, e.db.opt.ConnectTimeout)
	defer func() {
		giveUp()
		if e.pq != nil {
			e.close()
		}
	}()
	// A wrong peer is found out here, where lib/pq's panic at a short length inside TLS is caught: in the goroutine of
	// its listener nobody could.
	conn, err := e.db.dial.tryOne(trying, h, mode, pq.TargetSessionAttrsAny)
	if err != nil {
		return false, err
	}
	_ = conn.Close() // it was good enough to connect
	d := listenDialer{&dialer{owner: e.db.dial}, trying}
	e.pq = pq.NewDialListener(d, e.db.target.listenDSN(h, mode), time.Millisecond, time.Millisecond, e.event)
	if err := e.await(trying, e.connected); err != nil {
		return false, err
	}
	e.wire = d.wire
	e.wire.ready(listenBudget)
	e.wire.listens()
	if err := e.do(ctx, func() error { return e.pq.Listen(e.channel) }); err != nil {
		return false, err
	}
	if err := e.echo(ctx); err != nil {
		return false, err
	}
	select {
	case <-e.db.letGo: // from before there was anything to let go
	default:
	}
	e.db.noteListener(nil)
	e.changed() // what happened while nobody listened
	return true, e.hear(ctx)
}

// event is called by lib/pq's own goroutine.
func (e *ear) event(kind pq.ListenerEventType, err error) {
	to := e.lost
	if kind == pq.ListenerEventConnected {
		to = e.connected
	} else if err == nil {
		err = io.EOF
	}
	select {
	case to <- err:
	default: // the first reason counts
	}
}

// do runs f, which asks the server something, until ctx ends or the connection is lost.
func (e *ear) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return e.await(ctx, done)
}

// await waits for done until ctx ends or the connection is lost.
func (e *ear) await(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case err := <-e.lost:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// echo sends a notification through the pool on a channel that nobody else knows, and waits for it: a pooler between
// takes LISTEN without a word and never hands a notification on. A standby cannot send, and is believed.
func (e *ear) echo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.db.opt.AcquireTimeout+listenBudget)
	defer cancel()
	probe := fmt.Sprintf("vitrine_echo_%016x", rand.Uint64())
	if err := e.do(ctx, func() error { return e.pq.Listen(probe) }); err != nil {
		return err
	}
	err := e.db.once(ctx, "notify", func(ctx context.Context, c *sqlx.Conn) error {
		_, err := c.ExecContext(ctx, "SELECT pg_catalog.pg_notify($1, '')", probe)
		return err
	})
	if sql := (*pq.Error)(nil); errors.As(err, &sql) && sql.Code == "25006" {
		return nil
	}
	if err != nil {
		return err
	}
	late := time.After(listenBudget)
	for {
		select {
		case n := <-e.pq.Notify:
			if n != nil && n.Channel == probe {
				return e.do(ctx, func() error { return e.pq.Unlisten(probe) })
			}
		case err := <-e.lost:
			return err
		case <-late:
			return errNoEcho
		}
	}
}

// hear calls changed for each notification until the connection ends or is to end.
func (e *ear) hear(ctx context.Context) error {
	ping := time.NewTicker(e.db.ping)
	defer ping.Stop()
	pinged := make(chan error, 1)
	asking := false
	for {
		select {
		case <-e.pq.Notify:
			e.changed()
		case <-ping.C:
			if !asking {
				asking = true
				go func() { pinged <- e.ping() }() // the wire has its deadline
			}
		case err := <-pinged:
			if asking = false; err != nil {
				return err
			}
		case err := <-e.lost:
			return err
		case <-e.db.letGo:
			return errLetGo
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ping asks for a sign of life. lib/pq panics on an answer that it did not expect.
func (e *ear) ping() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("an unexpected answer: %v", p)
		}
	}()
	return e.pq.Ping()
}

// close ends the connection and all that lib/pq has running for it, which may wait to hand over a notification.
func (e *ear) close() {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range e.pq.Notify { // until lib/pq closes it
		}
	}()
	if e.wire != nil {
		_ = e.wire.Close()
	}
	_ = e.pq.Close()
	<-drained
}

// listenDialer makes the one connection of an ear, within ctx; lib/pq would make further ones by itself.
type listenDialer struct {
	*dialer
	ctx context.Context
}

// DialContext connects once.
func (d listenDialer) DialContext(_ context.Context, network, address string) (net.Conn, error) {
	if d.wire != nil {
		return nil, net.ErrClosed
	}
	return d.dialer.DialContext(d.ctx, network, address)
}

// listenDSN is how lib/pq's listener wants to be told of one host, in one TLS mode.
func (t *target) listenDSN(h host, mode pq.SSLMode) string {
	user, password := t.login()
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	var b strings.Builder
	set := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s='%s' ", name, escape.Replace(value))
		}
	}
	set("host", h.name)
	set("port", fmt.Sprint(h.port))
	if h.addr.IsValid() {
		set("hostaddr", h.addr.String())
	}
	set("user", user)
	set("password", password)
	set("dbname", t.dbname)
	set("application_name", t.appName+" listener")
	set("sslmode", string(mode))
	if mode != pq.SSLModeDisable {
		set("sslnegotiation", string(t.tls.negotiation))
		set("sslrootcert", t.tls.root)
		set("sslcert", t.tls.cert)
		set("sslkey", t.tls.key)
	}
	return b.String()
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
