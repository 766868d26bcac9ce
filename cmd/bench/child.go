package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// How long a child may take to answer after its start, and to end after SIGTERM.
const (
	startPatience = 30 * time.Second
	endPatience   = 5 * time.Second
)

// child is a running program that the race has started, in a process group of its own: Ctrl-C at the terminal reaches the race alone,
// which then ends it in order.
type child struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when it has ended
}

// launch starts a program; the race ends it at the latest when the race ends. env is its whole environment.
func (r *race) launch(dir string, env []string, name string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(name, args...), log: &tail{}, done: make(chan struct{})}
	c.cmd.Dir, c.cmd.Env = dir, env
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.WaitDelay = time.Second // a grandchild that keeps the log open is no reason to wait
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = c.cmd.Wait() // how it ended is told by whoever misses it
		close(c.done)
	}()
	r.children = append(r.children, c)
	return c, nil
}

// end stops a child of the race.
func (r *race) end(c *child) {
	r.children = slices.DeleteFunc(r.children, func(other *child) bool { return other == c })
	c.stop(endPatience)
}

// stop sends SIGTERM, and after that long SIGKILL to the child and those of its descendants that are still there; none of them lives when it returns.
func (c *child) stop(patience time.Duration) {
	family, _ := familyOf(c.cmd.Process.Pid) // without /proc there is no family to be seen
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(patience):
	}
	for _, p := range family {
		if p.lives() {
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
	}
	<-c.done
	// Only the child is ours to wait for. A killed grandchild ends when the kernel gets to it.
	for gone := time.Now().Add(endPatience); slices.ContainsFunc(family, stat.lives) && time.Now().Before(gone); {
		time.Sleep(time.Millisecond)
	}
}

// answers waits until something listens on addr.
func (c *child) answers(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if err := c.pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

// pause waits; it is an error when the child ends or ctx does meanwhile.
func (c *child) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-c.done:
		return fmt.Errorf("%s has ended: %s", c.cmd.Path, c.log)
	case <-ctx.Done():
		return errors.Join(ctx.Err(), fmt.Errorf("%s: %s", c.cmd.Path, c.log))
	case <-time.After(d):
		return nil
	}
}

// freeAddr is an address of 127.0.0.1 that nothing listens on at the moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// tail keeps the last 4 KB that a child wrote.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write is io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-4<<10):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
