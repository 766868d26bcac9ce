package web

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

// Bounds on what a client may take. All are safety against slow or hostile clients, far from what an honest one needs.
const (
	headerTimeout  = 5 * time.Second  // for a request's header, from its first byte
	readTimeout    = 10 * time.Second // for a request with its body
	writeTimeout   = 30 * time.Second // for an answer; a file larger than writeStep has as much for each
	idleTimeout    = 75 * time.Second // between two requests; load balancers have 60 s, so that they close first
	maxHeaderBytes = 32 << 10
	writeStep      = 256 << 10 // of a file in one writeTimeout
)

// How many connections may be open at a time, descriptors permitting. Those beyond wait in the kernel's queue.
const (
	maxConnections      = 8192 // each costs some 20 KB
	maxAdminConnections = 32
	spareDescriptors    = 100 // for the operators' side, the database, and files
)

// reliefInterval is how far apart idle connections are let go where all places are taken, and warnInterval how far
// apart that is logged.
const (
	reliefInterval = time.Second
	warnInterval   = time.Minute
)

// Endpoint is the HTTP server of one address: net/http's own, with all timeouts set and its connections bounded. Idle
// connections never shut anybody out: where all places are taken they are let go.
type Endpoint struct {
	server *http.Server
	log    *slog.Logger
	limit  int64
	open   atomic.Int64
	ending atomic.Bool                             // nothing more is to be replayed
	full   chan struct{}                           // holds a token after the last place was taken
	replay func(head []byte, now time.Time) []byte // nil where nothing is replayed; see conn

	mu    sync.Mutex
	ln    net.Listener // nil until Serve
	conns map[*conn]struct{}
}

func newEndpoint(h http.Handler, limit int, log *slog.Logger) *Endpoint {
	e := &Endpoint{server: newHTTPServer(h, log), log: log, limit: int64(limit), full: make(chan struct{}, 1),
		conns: map[*conn]struct{}{}}
	e.server.ConnState = func(c net.Conn, state http.ConnState) {
		if own, ok := c.(*conn); ok && state == http.StateIdle {
			own.becomeIdle()
		}
	}
	return e
}

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            headerTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // or OPTIONS * would be answered 200
		ErrorLog:                     stdlog.New(serverLog{log}, "", 0),
	}
}

// Serve answers what comes to ln, which it owns, until Shutdown or Close, and then returns nil.
func (e *Endpoint) Serve(ln net.Listener) error {
	ended := make(chan struct{})
	var relief sync.WaitGroup
	relief.Go(func() { e.relieve(ended) })
	limited := netutil.LimitListener(ln, int(e.limit))
	e.mu.Lock()
	e.ln = limited
	e.mu.Unlock()
	err := e.server.Serve(listener{limited, e})
	close(ended)
	relief.Wait()
	if errors.Is(err, http.ErrServerClosed) || e.ending.Load() {
		return nil
	}
	return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
}

// lastRequests is how long connections that were accepted before the end may take to bring their first request:
// net/http's own Shutdown closes them without an answer.
const lastRequests = 2 * time.Second

// Shutdown ends Serve, closes idle connections and waits until all answers under way have been sent, or ctx ends.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	e.ending.Store(true)
	e.mu.Lock()
	if e.ln != nil {
		_ = e.ln.Close() // net/http closes it once more
	}
	conns := slices.Collect(maps.Keys(e.conns))
	e.mu.Unlock()
	e.server.SetKeepAlivesEnabled(false)
	for _, c := range conns {
		c.letGo()
	}
	soon, cancel := context.WithTimeout(ctx, lastRequests)
	defer cancel()
	_ = e.empty(soon) // the rest is left to net/http
	if err := e.server.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return e.empty(ctx) // net/http takes a connection in the middle of a replayed answer for closed
}

// empty waits until no connection is open, or ctx ends.
func (e *Endpoint) empty(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for e.open.Load() > 0 {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends Serve and closes all connections but those in the middle of a replayed answer, which have a deadline.
func (e *Endpoint) Close() error { return e.server.Close() }

// relieve lets idle connections go, at most once per reliefInterval, while all places are taken. net/http knows which
// are idle; those that have been silent since they came count as such after 5 seconds. Keep-alives are off for that
// moment only.
func (e *Endpoint) relieve(ended <-chan struct{}) {
	var warned time.Time
	for {
		select {
		case <-e.full:
		case <-ended:
			return
		}
		for e.open.Load() >= e.limit {
			if time.Since(warned) >= warnInterval {
				warned = time.Now()
				e.log.Warn("all connections that may be open are: idle ones are closed, so that others can come",
					"limit", e.limit)
			}
			e.server.SetKeepAlivesEnabled(false)
			if !e.ending.Load() {
				e.server.SetKeepAlivesEnabled(true)
			}
			select {
			case <-time.After(reliefInterval):
			case <-ended:
				return
			}
		}
	}
}

// listener counts an endpoint's connections and makes them its own.
type listener struct {
	net.Listener
	endpoint *Endpoint
}

// Accept is net.Listener. Only a closed listener is the end: the rest is about one connection or about this moment
// (accept(2)), after which net/http tries again, in a second at most.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) {
			err = temporaryError{err}
		}
		return nil, err
	}
	if e := l.endpoint; e.open.Add(1) >= e.limit {
		select {
		case e.full <- struct{}{}:
		default:
		}
	}
	own := &conn{Conn: c, endpoint: l.endpoint, fresh: true}
	l.endpoint.mu.Lock()
	l.endpoint.conns[own] = struct{}{}
	l.endpoint.mu.Unlock()
	return own, nil
}

// temporaryError is a net.Error that net/http does not give up at.
type temporaryError struct{ error }

func (temporaryError) Timeout() bool   { return false }
func (temporaryError) Temporary() bool { return true }

// serverLog is where net/http's own lines go: a panic is an error, trouble with accepting a warning; the rest is what
// clients do, for debug only.
type serverLog struct{ to *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	text, level := strings.TrimSpace(string(line)), slog.LevelDebug
	switch {
	case strings.Contains(text, "panic serving"):
		level = slog.LevelError
	case strings.Contains(text, "Accept error"):
		level = slog.LevelWarn
	}
	l.to.Log(context.Background(), level, text)
	return len(line), nil
}
