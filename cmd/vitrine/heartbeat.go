package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"vitrine/store"
)

// heartbeatTimeout bounds one call of HEARTBEAT_URL.
const heartbeatTimeout = 10 * time.Second

// heartbeat tells a monitor elsewhere that a refresh has succeeded (HEARTBEAT_URL): when it hears nothing any more, it
// is the monitor that wakes somebody. It never waits and never says its address, which is a secret.
type heartbeat struct {
	url     store.Secret
	log     *slog.Logger
	calls   sync.WaitGroup
	busy    atomic.Bool
	failing atomic.Bool // and that has been told
}

// beat calls the monitor, unless a call is under way.
func (h *heartbeat) beat() {
	if h.url == "" || !h.busy.CompareAndSwap(false, true) {
		return
	}
	h.calls.Go(func() {
		defer h.busy.Store(false)
		switch err := h.call(); {
		case err == nil && h.failing.Swap(false):
			h.log.Info("HEARTBEAT_URL answers again")
		case err != nil && !h.failing.Swap(true):
			h.log.Warn("HEARTBEAT_URL does not take the ping; this is logged once until it does", "error", err)
		}
	})
}

// call asks the address once. Its error does not hold it.
func (h *heartbeat) call() error {
	ctx, cancel := context.WithTimeout(context.Background(), heartbeatTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url.Reveal(), nil)
	if err != nil {
		return errors.New("not an address") // the error has it
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// checkHeartbeat says what would be right in the place of an address that cannot be called.
func checkHeartbeat(address store.Secret) string {
	u, err := url.Parse(address.Reveal())
	if address == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return ""
	}
	return "should be an address that a GET tells of success, as in https://monitor.example/ping/KEY"
}
