package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// idleCrowds shut nobody out. With few descriptors (ulimit -n 256), beside many more connections than it may have, each
// of which had an answer and stays, visitors, probes and operators are served within a second; beside silent ones a
// visitor waits for the header timeout and a second at most, the end no longer. VITRINE_LONG=1 does it with 10,000
// connections and the descriptors that there are, too.
func idleCrowds(t *testing.T) {
	for _, c := range []struct {
		name, descriptors string
		idle, silent      int
		limit             string // of connections
	}{
		{"256 descriptors", "256", 500, 200, "156"},
		{"10,000 connections", "", 10_000, 10_000, "8192"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.descriptors == "" && !longForm() {
				return // the first form asks for the same
			}
			s := serve(t, t.TempDir(), descriptorLimit+"="+c.descriptors)
			s.page("</html>")
			if _, _, metrics := s.fetch(s.adminURL + "/metrics"); !strings.Contains(metrics,
				`vitrine_http_connections_limit{side="public"} `+c.limit+"\n") {
				t.Fatalf("the limit is not %s", c.limit)
			}
			stay := crowd(t, s, c.idle, true)
			for path, base := range map[string]string{"/": s.url, "/livez": s.url, "/readyz": s.adminURL} {
				if took := median(t, base+path); took > time.Second {
					t.Errorf("beside %d idle connections %s%s took %v", c.idle, base, path, took)
				}
			}
			closeAll(stay)
			besideSilent(t, s, c.silent)
		})
	}
}

// besideSilent lets a visitor in, and then ends the program, beside connections that never say anything.
func besideSilent(t *testing.T, s *child, silent int) {
	t.Helper()
	stay := crowd(t, s, silent, false)
	if took := visitOnce(t, s.url+"/"); took > 6*time.Second {
		t.Errorf("beside %d silent connections a visitor waited %v", silent, took)
	}
	closeAll(stay)
	stay = crowd(t, s, silent/2, false)
	began := time.Now()
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took >= 7*time.Second {
		t.Errorf("beside %d silent connections the shutdown took %v", silent/2, took)
	}
	closeAll(stay)
}

// crowd opens n connections, each of which has had an answer or is silent.
func crowd(t *testing.T, s *child, n int, answered bool) []net.Conn {
	t.Helper()
	addr := strings.TrimPrefix(s.url, "http://")
	var mu sync.Mutex
	var all []net.Conn
	var group sync.WaitGroup
	const dialers = 50
	for d := range dialers {
		group.Go(func() {
			for range n/dialers + min(1, max(0, n%dialers-d)) {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				all = append(all, c)
				mu.Unlock()
				if !answered {
					continue
				}
				if err := readPage(c); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return all
}

func readPage(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(settle)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %w", resp.StatusCode, err)
	}
	return nil
}

// median is how long the middle one of 20 takes, each on a connection of its own.
func median(t *testing.T, url string) time.Duration {
	t.Helper()
	took := make([]time.Duration, 20)
	for i := range took {
		took[i] = visitOnce(t, url)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// visitOnce is how long a visit takes on a connection of its own.
func visitOnce(t *testing.T, url string) time.Duration {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: settle}
	began := time.Now()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", url, resp.StatusCode, err)
	}
	return time.Since(began)
}

func closeAll(all []net.Conn) {
	for _, c := range all {
		c.Close()
	}
}

// descriptorLimit is the variable by which a test bounds the descriptors of a child process, as ulimit -n does; empty:
// as many as the test's own.
const descriptorLimit = "VITRINE_TEST_DESCRIPTORS"
