package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vitrine/render/publish"
)

// TestStoppedWhilePublishing: whoever stops a command whose page is going up is told that it is up.
func TestStoppedWhilePublishing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // the command is busy with the page's encodings then
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, publish.PageFile)); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var out, said bytes.Buffer
	code := run(ctx, []string{"render", "--demo"}, program{[]string{"PUBLIC_DIR=" + dir, "STATE_DIR=" + t.TempDir()},
		os.Stdin, &out, &said})
	if code != exitOK || !strings.HasPrefix(out.String(), "published: ") || ctx.Err() == nil {
		t.Errorf("exit code %d, %s%s", code, &out, &said)
	}
}

// TestStoppedBefore: whoever stops a command before its page goes up is told that nothing has changed.
func TestStoppedBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	address := silent(t, func(net.Conn) { cancel() })
	var out, said bytes.Buffer
	code := run(ctx, []string{"render"}, program{[]string{"PUBLIC_DIR=" + t.TempDir(), "STATE_DIR=" + t.TempDir(),
		"DATABASE_URL=postgresql://u:p@" + address + "/shop"}, os.Stdin, &out, &said})
	const told = "stopped before the refresh was done; the page is as it was"
	if code != exitFailed || !strings.Contains(said.String(), told) {
		t.Errorf("exit code %d, %s%s", code, &out, &said)
	}
}

// TestHangupOfNohup: a command that was started to outlive its terminal does.
func TestHangupOfNohup(t *testing.T) {
	t.Parallel()
	connected := make(chan net.Conn, 100)
	address := silent(t, func(c net.Conn) { connected <- c })
	cmd := command(t, t.TempDir(), []string{"DATABASE_URL=postgresql://u:p@" + address + "/shop"}, "render")
	nohup := []string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}
	cmd.Path, cmd.Args = "/bin/sh", append(nohup, cmd.Args[1:]...)
	c := follow(t, cmd)
	first := <-connected
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // a signal that is ignored leaves no trace to wait for
	_ = first.Close()
	c.until("it goes on after the hangup", func() bool { return len(connected) > 0 })
	if code := c.stop(syscall.SIGTERM); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}

// silent is the address of a server that says nothing; connected is called with each connection.
func silent(t testing.TB, connected func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			connected(c)
		}
	}()
	return l.Addr().String()
}
