package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// catchSignals delivers SIGTERM, SIGINT and SIGHUP until ctx ends. A second SIGTERM or SIGINT ends the process at once
// with 130, however many SIGHUPs there were. Where stdin is a terminal SIGHUP means that the terminal is gone, and ends
// the program like SIGTERM.
func catchSignals(ctx context.Context, p program) <-chan os.Signal {
	ends, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1) // apart, so that none is lost for many of the other
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT)
	if isTerminal(p.stdin) {
		signal.Notify(ends, syscall.SIGHUP)
	} else {
		signal.Notify(hangups, syscall.SIGHUP)
	}
	out := make(chan os.Signal, 2) // one of each kind
	go func() {
		defer signal.Stop(ends)
		defer signal.Stop(hangups)
		for stopping := false; ; {
			select {
			case <-ctx.Done():
				return
			case <-ends:
				if stopping {
					os.Exit(exitKilled)
				}
				stopping = true
				out <- syscall.SIGTERM
			case <-hangups:
				if !stopping && len(out) == 0 { // else one waits already
					out <- syscall.SIGHUP
				}
			}
		}
	}()
	return out
}

// cancelOnSignal is a context for a command that ends by itself: the first signal cancels it, a second one ends the
// process.
func cancelOnSignal(ctx context.Context, p program) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals := catchSignals(ctx, p)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
