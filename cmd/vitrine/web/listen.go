package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Bounds on what a client may take. All are safety against slow or hostile clients, far from what an honest one needs.
const (
	headerTimeout  = 5 * time.Second  // for a request's header, from its first byte
	readTimeout    = 10 * time.Second // for a request with its body
	writeTimeout   = 30 * time.Second // for an answer; a file larger than writeStep has as much for each
	idleTimeout    = 75 * time.Second // between two requests; above the 60 s of common load balancers, so that they close first
	maxHeaderBytes = 32 << 10
	writeStep      = 256 << 10 // of a file in one writeTimeout: slower, about 9 KB/s, is cut off
	// MaxConnections is how many connections Serve lets in by default. One with a request under way costs about 25 KB, an idle one 2 KB.
	MaxConnections = 8192
)

// HTTPServer returns a server for one of a Server's handlers, with all timeouts and bounds set. Serve has connections bounded too
// and documents sent in one system call; on any listener of its own it works as well.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      receiving(h),
		ReadHeaderTimeout:            headerTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // or OPTIONS * would be answered 200
		ErrorLog:                     slog.NewLogLogger(serverLog{log.Handler()}, slog.LevelDebug),
		ConnState: func(c net.Conn, state http.ConnState) {
			if own, ok := c.(*conn); ok {
				own.changed(state)
			}
		},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if own, ok := c.(*conn); ok {
				return context.WithValue(ctx, connKey{}, own)
			}
			return ctx
		},
	}
}

// receiving tells a connection of ours that what comes next is not a request but the body of one, before h reads of it.
func receiving(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			if own, ok := r.Context().Value(connKey{}).(*conn); ok {
				own.receiving()
			}
		}
		h.ServeHTTP(w, r)
	})
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

// Serve has srv answer what comes to ln, a TCP listener that it owns, until srv is shut down or closed: with at most max connections open at a time;
// those beyond wait in the kernel's queue. On Linux a document and its header leave at once, and idle connections cost next to nothing where there are
// many. It returns http.ErrServerClosed, or what went wrong.
func Serve(srv *http.Server, ln net.Listener, max int) error {
	if err := serve(srv, ln, max); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	return http.ErrServerClosed
}
