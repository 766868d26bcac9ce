package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"vitrine/store"
)

// The monitor hears of good refreshes only, and a command waits for it.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	var beats atomic.Int64
	monitor := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/ping/secret-key" {
			beats.Add(1)
		}
	}))
	defer monitor.Close()
	url, dir := "HEARTBEAT_URL="+monitor.URL+"/ping/secret-key", t.TempDir()
	for _, c := range []struct {
		database string
		code     int
		beats    int64
	}{{"demo:", exitOK, 1}, {"demo:", exitOK, 2}, {"postgresql://u:p@127.0.0.1:1/shop", exitFailed, 2}} {
		if code, said := output(t, dir, []string{url, "DATABASE_URL=" + c.database}, "render"); code != c.code {
			t.Errorf("%s: exit code %d: %s", c.database, code, said)
		}
		if n := beats.Load(); n != c.beats {
			t.Errorf("%s: %d calls, want %d", c.database, n, c.beats)
		}
	}
}

// A monitor that fails, or is silent, holds nobody up and is told once, without its address; so is that it works again.
func TestHeartbeatFails(t *testing.T) {
	t.Parallel()
	silent, asked, answer := make(chan struct{}), atomic.Int64{}, atomic.Int64{}
	answer.Store(http.StatusNotFound)
	monitor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			asked.Add(1)
			<-silent
		}
		w.WriteHeader(int(answer.Load()))
	}))
	defer monitor.Close()
	var log bytes.Buffer
	h := &heartbeat{url: store.Secret(monitor.URL + "/ping/secret-key"), log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 3 {
		h.beat()
		h.calls.Wait()
	}
	answer.Store(http.StatusNoContent)
	for range 2 {
		h.beat()
		h.calls.Wait()
	}
	h.url = "http://127.0.0.1:1/ping/secret-key"
	h.beat()
	h.calls.Wait()
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "it answers 404") || !strings.Contains(lines[1], "answers again") ||
		strings.Contains(log.String(), "secret-key") {
		t.Errorf("log:\n%s", log.String())
	}
	h.url = store.Secret(monitor.URL + "/silent")
	for range 100 { // of which one is under way
		h.beat()
	}
	close(silent)
	h.calls.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d calls at a time", n)
	}
}
