package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// catchSignals delivers SIGTERM, SIGINT and SIGHUP until ctx ends. A second SIGTERM or SIGINT ends the process at once
// with 130. Where stdin is a terminal SIGHUP means that the terminal is gone, and ends the program like SIGTERM.
func catchSignals(ctx context.Context, p program) <-chan os.Signal {
	caught, out := make(chan os.Signal, 4), make(chan os.Signal, 4)
	signal.Notify(caught, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	hangupEnds := isTerminal(p.stdin)
	go func() {
		defer signal.Stop(caught)
		stopping := false
		for {
			select {
			case <-ctx.Done():
				return
			case sig := <-caught:
				ends := sig != syscall.SIGHUP || hangupEnds
				if ends && stopping {
					os.Exit(exitKilled)
				}
				if ends {
					sig, stopping = syscall.SIGTERM, true
				}
				out <- sig
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
