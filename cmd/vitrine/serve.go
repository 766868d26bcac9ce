package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"vitrine/cmd/vitrine/web"
	"vitrine/cmd/vitrine/worker"
	"vitrine/render/publish"
	"vitrine/render/status"
)

// shutdownTimeout is how long open requests may take to end after SIGTERM.
const shutdownTimeout = 10 * time.Second

// workTimeout is how long the work of the worker may take to end after that.
const workTimeout = 4 * time.Second

// The garbage collector's settings unless GOGC or GOMEMLIMIT say otherwise. A replayed visit allocates next to nothing, so
// a small heap costs it nothing, and 5,000 connections that come and go stay under 110 MB; a new connection for each
// request costs a sixth more than with 300. The limit keeps many connections from growing into it.
const (
	gcPercent   = 75
	memoryLimit = 160 << 20
)

type serveCmd struct {
	Dev  bool `help:"For template authors: reload the browser on every save and show template mistakes over the page."`
	Demo bool `help:"Show the demo shop where DATABASE_URL is not set."`
}

// Run serves until SIGTERM or SIGINT.
func (s serveCmd) Run(ctx context.Context, p program) error {
	c, err := p.load(s.Demo)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return c.noDatabase(tryDemo)
	}
	tuneCollector()
	signal.Ignore(syscall.SIGPIPE) // a log reader that goes away takes its lines with it, not the shop
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signals := catchSignals(ctx, p)
	log, logged := c.queuedLogger(p.stderr)
	defer logged.close()
	listeners, err := listen(ctx, c)
	if err != nil {
		return err
	}
	defer listeners.close()
	srv, err := newServer(c, log, logged, s.Dev)
	if err != nil {
		return err
	}
	listeners.log(log)
	for _, risk := range c.adminRisks() {
		log.Warn(risk.Subject + ": " + risk.Sentence)
	}
	srv.greet = sync.OnceFunc(func() { go s.greet(p, c, listeners.public.Addr()) }) // whoever reads stdout may have stopped
	return srv.run(ctx, listeners, signals)
}

// tuneCollector sets the garbage collector up for a small, busy server.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// greet prints the one line for the person who started it, once there is a page.
func (s serveCmd) greet(p program, c config, addr net.Addr) {
	what := "your shop's homepage"
	if c.demo() {
		what = "a demo shop with invented products (set DATABASE_URL to show your own)"
	}
	fmt.Fprintf(p.stdout, "vitrine: %s is at %s\n", what, browserURL(addr))
}

// server is the running program: the wired app behind its two HTTP servers.
type server struct {
	*app
	web   *web.Server
	boss  *supervisor
	greet func() // called when the first page is up, and after
}

// newServer builds the program; run starts it.
func newServer(c config, log *slog.Logger, logged *lineQueue, dev bool) (*server, error) {
	a, err := c.open(log, logged.notices)
	if err != nil {
		return nil, err
	}
	w := web.New(web.Config{
		PublicDir: c.PublicDir, Token: c.RefreshToken.Reveal(), AdminHosts: c.adminHosts(), Replay: c.Replay == "on", Dev: dev, Log: log,
		Health: a.probe, Refresh: a.refreshOverHTTP,
		Database: a.db.Health, StaleAfter: a.worker.StaleAfter(), LogLinesDropped: logged.dropped.Load,
	})
	return &server{a, w, newSupervisor(log), func() {}}, nil
}

// run serves and refreshes until a signal or until one part fails, then stops all parts in order: not ready, drain,
// requests, worker, pool.
func (s *server) run(ctx context.Context, l listeners, signals <-chan os.Signal) error {
	show := func(snapshot *publish.Snapshot) {
		s.web.Show(snapshot)
		s.boss.show(&snapshot.Status)
		if snapshot.Page != nil {
			s.greet()
		}
	}
	if err := s.worker.Open(show); err != nil { // the last page is up before the first visitor is let in
		return errors.Join(err, s.db.Close())
	}
	workCtx, stopWork := context.WithCancel(ctx)
	defer stopWork()
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.worker.Run(workCtx) })
	group.Go(func() error { return s.web.Public.Serve(l.public) })
	if l.admin != nil {
		group.Go(func() error { return s.web.Admin.Serve(l.admin) })
	}
	s.boss.tell(daemon.SdNotifyReady) // with a page or without
	group.Go(func() error { return s.boss.feed(workCtx, s.worker.Alive) })
	late := make(chan struct{})
	group.Go(func() error {
		defer func() {
			stopWork()
			time.AfterFunc(workTimeout, func() { close(late) })
		}()
		s.waitForStop(groupCtx, signals)
		return s.shutdown()
	})
	ended := make(chan error, 1)
	go func() {
		err := group.Wait()
		s.closeStore()
		ended <- err
	}()
	var err error
	select {
	case err = <-ended:
		s.log.Info("stopped")
	case <-late: // each file is written whole or not at all, whenever the process ends
		s.log.Warn("stopped before all work had ended, such as a write to a disk that does not answer")
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// waitForStop returns when ctx ends or a signal asks for the end; SIGHUP reloads and refreshes on the way.
func (s *server) waitForStop(ctx context.Context, signals <-chan os.Signal) {
	reload := make(chan struct{}, 1) // a request that comes while another waits is the same
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-reload:
				s.boss.reload(func() { s.reloadAndRefresh(ctx) })
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				s.log.Info("stopping", "signal", sig.String())
				return
			}
			select {
			case reload <- struct{}{}:
			default:
			}
		}
	}
}

func (s *server) reloadAndRefresh(ctx context.Context) {
	s.log.Info("reading templates, database and DATABASE_URL_FILE again; other settings count after a restart")
	if err := s.worker.Reload(ctx); err != nil {
		s.log.Warn("reload templates", "error", err)
	}
	// The worker logs the outcome itself.
	_, _ = s.worker.Refresh(ctx, worker.Request{Trigger: status.TriggerSignal})
}

// shutdown takes the server out of service: readyz says so first, for DRAIN_DELAY, then no new requests, then open ones
// end.
func (s *server) shutdown() error {
	s.boss.tell(daemon.SdNotifyStopping)
	s.web.Drain()
	time.Sleep(s.config.DrainDelay.duration())
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := errors.Join(s.web.Public.Shutdown(ctx), s.web.Admin.Shutdown(ctx)); err != nil {
		s.log.Warn("requests cut off", "error", err)
		return errors.Join(s.web.Public.Close(), s.web.Admin.Close())
	}
	return nil
}
