package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// manager stands in for systemd's end of the notification socket.
type manager struct {
	t    *testing.T
	addr string
	conn *net.UnixConn
}

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{t: t, addr: filepath.Join(t.TempDir(), "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.addr, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	m.conn = conn
	return m
}

// until reads what the program tells until a message holds all of lines.
func (m *manager) until(lines ...string) {
	m.t.Helper()
	_ = m.conn.SetReadDeadline(time.Now().Add(settle))
	var all []string
	buffer := make([]byte, 4096)
	for {
		n, err := m.conn.Read(buffer)
		if err != nil {
			m.t.Fatalf("never told %q, but %q: %v", lines, all, err)
		}
		message := string(buffer[:n])
		all = append(all, message)
		if !slices.ContainsFunc(lines, func(l string) bool { return !strings.Contains(message, l) }) {
			return
		}
	}
}

// systemd is told when the program listens, page or not, how it is, when it reloads and stops, and that it lives.
func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := serve(t, t.TempDir(), "DATABASE_URL=postgresql://u:p@127.0.0.1:1/shop", "NOTIFY_SOCKET="+m.addr,
		"WATCHDOG_USEC=200000")
	m.until("READY=1")
	m.until("STATUS=No page yet: ")
	m.until("WATCHDOG=1")
	m.until("WATCHDOG=1")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.until("RELOADING=1", "MONOTONIC_USEC=")
	m.until("READY=1")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.until("STOPPING=1")
	if code := c.wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// activated starts vitrine with a socket handed over, as systemd does.
func activated(t *testing.T, dir string, ln *os.File, name string) *child {
	t.Helper()
	cmd := command(t, dir, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=" + name})
	cmd.Args = []string{"sh", "-c", "LISTEN_PID=$$ exec \"$0\" serve --demo", cmd.Path}
	cmd.Path, cmd.ExtraFiles = "/bin/sh", []*os.File{ln}
	return follow(t, cmd)
}

// A restart under socket activation loses no request: neither of clients that connect each time, nor of those that keep
// their connection and repeat a GET when it ends before the first byte.
func TestRestartLosesNoRequest(t *testing.T) {
	t.Parallel()
	requests, restarts := 1000, 2
	if longForm() {
		requests, restarts = 20000, 10
	}
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err := ln.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	url, dir := "http://"+ln.Addr().String()+"/", t.TempDir()
	c := activated(t, dir, file, "public")
	c.listening()
	c.page("</html>")
	var done, lost atomic.Int64
	enough := make(chan struct{})
	ask := func(client *http.Client) {
		for {
			select {
			case <-enough:
				return
			default:
			}
			resp, err := client.Get(url)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				err = errors.Join(err, resp.Body.Close())
				if resp.StatusCode != http.StatusOK {
					err = fmt.Errorf("status %d", resp.StatusCode)
				}
			}
			if done.Add(1); err != nil {
				lost.Add(1)
				t.Errorf("a lost request: %v", err)
				return
			}
		}
	}
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() { ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}, Timeout: settle}) })
	}
	for i := range restarts {
		want := int64(requests * (i + 1) / (restarts + 1))
		c.until("requests were answered", func() bool { return done.Load() >= want || lost.Load() > 0 })
		if code := c.stop(syscall.SIGTERM); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		c = activated(t, dir, file, "vitrine.socket") // a name that says nothing: the only socket is the public one
	}
	c.until("all requests were answered", func() bool { return done.Load() >= int64(requests) || lost.Load() > 0 })
	close(enough)
	clients.Wait()
	t.Logf("| restart under socket activation | %d restarts, %d requests | %d lost | |", restarts, done.Load(),
		lost.Load())
}

// A Unix socket in the place of an address: one left behind is replaced, one in use is not; status asks it, too.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "http.sock")
	first := start(t, dir, []string{"LISTEN_ADDR=" + path}, "serve", "--demo")
	answers := func() bool {
		_, err := fetchStatus(t.Context(), path)
		return err == nil
	}
	first.until("it answers on its socket", answers)
	if !strings.Contains(first.logText(), `"mode":"-rw-rw-rw-"`) {
		t.Error("the log does not tell who may connect")
	}
	second := start(t, t.TempDir(), []string{"LISTEN_ADDR=unix:" + path}, "serve", "--demo")
	if code := second.wait(); code != exitFailed || !strings.Contains(second.logText(), "in use by another program") {
		t.Errorf("a second one: exit code %d: %s", code, second.logText())
	}
	if err := first.cmd.Process.Kill(); err != nil { // leaves the socket
		t.Fatal(err)
	}
	first.wait()
	if code, said := output(t, dir, nil, "status", "--url", path); code != 2 {
		t.Errorf("status of nobody: exit code %d: %s", code, said)
	}
	third := start(t, dir, []string{"LISTEN_ADDR=unix:" + path}, "serve", "--demo")
	third.until("it takes the place of what was left", answers)
	third.until("it is well", func() bool {
		code, _ := output(t, dir, nil, "status", "--url", "unix:"+path)
		return code == exitOK
	})
	if code := third.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the end the socket is there: %v", err)
	}
}
