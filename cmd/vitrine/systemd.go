package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"vitrine/render/status"
)

// supervisor is systemd, where it runs the program; else nothing it is told matters.
type supervisor struct {
	log *slog.Logger

	mu      sync.Mutex
	summary string // as it was told last

	sending chan struct{} // holds one while a message is being sent
}

func newSupervisor(log *slog.Logger) *supervisor {
	return &supervisor{log: log, sending: make(chan struct{}, 1)}
}

// tellLimit bounds what waits for systemd: a datagram waits for as long as its reader does not read.
const tellLimit = time.Second

// tell sends lines of state. Where systemd does not take them in time, or not those before, it goes on without.
func (s *supervisor) tell(lines ...string) {
	late := time.After(tellLimit)
	select {
	case s.sending <- struct{}{}:
	case <-late:
		return
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		defer func() { <-s.sending }()
		if _, err := daemon.SdNotify(false, strings.Join(lines, "\n")); err != nil {
			s.log.Warn("systemd cannot be notified", "state", lines[0], "error", err)
		}
	}()
	select {
	case <-sent:
	case <-late:
	}
}

// show tells the summary of a status, where it is news.
func (s *supervisor) show(st *status.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.Summary != s.summary {
		s.summary = st.Summary
		s.tell("STATUS=" + strings.ReplaceAll(st.Summary, "\n", " "))
	}
}

// reload runs f, telling when it begins and ends.
func (s *supervisor) reload(f func()) {
	s.tell(daemon.SdNotifyReloading, daemon.SdNotifyMonotonicUsec())
	defer s.tell(daemon.SdNotifyReady)
	f()
}

// feed keeps the watchdog quiet while alive says so, until ctx ends.
func (s *supervisor) feed(ctx context.Context, alive func() bool) error {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.Warn("systemd's watchdog is not fed: WATCHDOG_USEC cannot be understood", "error", err)
	}
	if every <= 0 {
		return nil
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	told := false
	for {
		if alive() {
			s.tell(daemon.SdNotifyWatchdog)
			told = false
		} else if !told {
			told = true
			s.log.Error("the worker is stuck: systemd's watchdog is not fed any more")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
