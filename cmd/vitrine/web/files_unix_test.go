//go:build unix

package web

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is no regular file is not there, and a named pipe holds nobody up.
func TestNoRegularFile(t *testing.T) {
	s := newTestServer(t, nil)
	base := "http://" + serve(t, s.Public)
	must(t, syscall.Mkfifo(filepath.Join(s.config.PublicDir, "pipe"), 0o644))
	if resp, _ := ask(t, client(t), "GET", base+"/pipe"); resp.StatusCode != 404 {
		t.Errorf("a pipe: %d, want 404", resp.StatusCode)
	}
}

// Where no file can be opened because this process is at its limit, that is no missing file: 503, to be asked for
// again, and the page is still there.
func TestNoDescriptorLeft(t *testing.T) {
	bothServers(t, func(t *testing.T, s *Server, log *lockedBuffer) {
		addr := serve(t, s.Public)
		v := visit(t, addr)
		v.send(t, get("/"))
		v.receive(t)
		var before syscall.Rlimit
		must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
		none := before
		none.Cur = 3
		must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none))
		defer func() {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
				t.Error(err)
			}
		}()
		v.send(t, get("/"))
		v.receive(t)
		v.send(t, get("/robots.txt"))
		resp, err := http.ReadResponse(v.in, nil)
		must(t, err)
		defer resp.Body.Close()
		if h := resp.Header; resp.StatusCode != 503 || h.Get("Retry-After") != "5" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", resp.StatusCode, h)
		}
		if !strings.Contains(log.String(), "too many open files") {
			t.Errorf("log: %s", log)
		}
	})
}
