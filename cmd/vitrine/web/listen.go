package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds on what a client may take. All are safety against slow or hostile clients, far from what an honest one needs.
const (
	headerTimeout  = 5 * time.Second  // for a request's header, from its first byte
	readTimeout    = 10 * time.Second // for a request with its body
	writeTimeout   = 30 * time.Second // for an answer; a file larger than writeStep has as much for each step
	idleTimeout    = 75 * time.Second // between two requests; above the 60 s of common load balancers, so that they close first
	maxHeaderBytes = 32 << 10
	// MaxConnections is how many connections a Listener lets in by default. Each costs about 25 KB.
	MaxConnections = 8192
)

// HTTPServer returns a server for one of a Server's handlers, with all timeouts and bounds set. Serve it on a Listener to have connections bounded
// too and documents sent in one system call; on any other listener it works as well.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            headerTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // or OPTIONS * would be answered 200
		ErrorLog:                     slog.NewLogLogger(serverLog{log.Handler()}, slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if own, ok := c.(*conn); ok {
				return context.WithValue(ctx, connKey{}, own)
			}
			return ctx
		},
	}
}

// connKey is the context key of a request's *conn.
type connKey struct{}

// serverLog is where net/http's own lines go: a panic is an error, trouble with accepting a warning; the rest is what clients do, for debug only.
type serverLog struct{ slog.Handler }

// Handle is slog.Handler.
func (l serverLog) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case strings.Contains(r.Message, "panic serving"):
		r.Level = slog.LevelError
	case strings.Contains(r.Message, "Accept error"):
		r.Level = slog.LevelWarn
	}
	if !l.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// Enabled is slog.Handler: the level is known only in Handle.
func (l serverLog) Enabled(context.Context, slog.Level) bool { return true }

// Listener returns ln with at most max connections open at a time (those beyond wait in the kernel's queue), and with connections that send a
// document and its header at once. It owns ln.
func Listener(ln net.Listener, max int) net.Listener {
	return &listener{Listener: ln, slots: make(chan struct{}, max), done: make(chan struct{}), crowd: crowd{tidy: giveBack}}
}

type listener struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
	crowd crowd
}

// Accept waits for a free slot and a connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	l.crowd.come()
	free := sync.OnceFunc(func() { l.crowd.leave(); <-l.slots })
	if tcp, ok := c.(*net.TCPConn); ok {
		return newConn(tcp, free), nil
	}
	return otherConn{c, free}, nil
}

// Close ends Accept; open connections stay.
func (l *listener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		close(l.done)
		err = l.Listener.Close()
	})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// otherConn is a connection that is not TCP; it only counts.
type otherConn struct {
	net.Conn
	free func()
}

// Close closes the connection and frees its slot.
func (c otherConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
