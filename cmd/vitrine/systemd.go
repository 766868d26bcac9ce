package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// supervisor is systemd, where it runs the program; else nothing it is told matters.
type supervisor struct {
	log     *slog.Logger
	summary string        // as it was told last
	sending chan struct{} // holds one while something is being sent
}

// tellLimit bounds what waits for systemd: a datagram waits for as long as its reader does not read.
const tellLimit = time.Second

// tell sends lines of state. Where systemd does not take them in time it goes on without.
func (s *supervisor) tell(lines ...string) {
	patience := tellLimit
	if news := lines[0]; strings.HasPrefix(news, "STATUS=") || news == daemon.SdNotifyWatchdog {
		patience /= 10 // the next one is as good
	}
	select {
	case s.sending <- struct{}{}:
	case <-time.After(patience):
		return // the one before still waits
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
	case <-time.After(tellLimit):
	}
}

// show tells the summary of a status, where it is news. The worker shows one snapshot at a time.
func (s *supervisor) show(summary string) {
	if summary != s.summary {
		s.summary = summary
		s.tell("STATUS=" + strings.ReplaceAll(summary, "\n", " "))
	}
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
