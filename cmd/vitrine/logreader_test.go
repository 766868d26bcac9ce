package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vitrine/render/status"
)

// serveInto serves the demo shop with w, which is closed here, as its outputs.
func serveInto(t *testing.T, w *os.File, variables ...string) *child {
	t.Helper()
	cmd := command(t, t.TempDir(), variables, "serve", "--demo")
	cmd.Stdout, cmd.Stderr = w, w
	c := follow(t, cmd)
	w.Close()
	return c
}

// TestLogReaderGone: whoever reads the log through a pipe may end; the shop stays up, and ends in order when asked.
func TestLogReaderGone(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := serveInto(t, w)
	for s := bufio.NewScanner(r); c.url == "" && s.Scan(); {
		var l struct{ Msg, Public string }
		if json.Unmarshal(s.Bytes(), &l) == nil && l.Msg == "listening" {
			c.url = "http://" + l.Public
		}
	}
	r.Close()
	c.page("</html>")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.until("a refresh is done that has nobody to tell", func() bool {
		var st status.Status
		raw, err := os.ReadFile(filepath.Join(c.dir, "public", "status.json"))
		return err == nil && json.Unmarshal(raw, &st) == nil && st.LastRefresh != nil &&
			st.LastRefresh.Trigger == status.TriggerSignal
	})
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestLogReaderStopped guards I7: whoever reads log and greeting may stop, from the first line on; pages are fresh, the
// status says that lines are lost, and the program ends when asked.
func TestLogReaderStopped(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for chunk := make([]byte, 4096); err == nil; _, err = w.Write(chunk) { // until it is full
		if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	addr := freeAddr(t)
	c := serveInto(t, w, "LOG_LEVEL=debug", "LISTEN_ADDR="+addr)
	c.url = "http://" + addr
	c.until("a visitor is let in", func() bool {
		resp, err := http.Get(c.url + "/readyz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	c.until("the status tells of lost lines", func() bool {
		if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(c.status().Notices, "\n"), "stopped reading")
	})
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
