package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startPatience is how long a server may take to listen after its start.
const startPatience = 30 * time.Second

// endPatience is how long it may take to end after SIGTERM.
var endPatience = 5 * time.Second

// server is a running program that is raced.
type server struct {
	name, addr string
	cmd        *exec.Cmd
	log        string        // file with what it writes
	ended      chan struct{} // closed when it has ended
}

// await waits until happened says so; it is an error when the server ends, ctx ends or startPatience passes before
// that.
func (s *server) await(ctx context.Context, happened func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for !happened() {
		select {
		case <-s.ended:
			return s.failed("has ended")
		case <-ctx.Done():
			return s.failed("does not serve: " + context.Cause(ctx).Error())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// failed is an error with the end of what the server wrote.
func (s *server) failed(how string) error {
	text, _ := os.ReadFile(s.log)
	return fmt.Errorf("%s %s: %s", s.name, how, text[max(0, len(text)-2000):])
}

// stop ends the server: SIGTERM, and SIGKILL to all its processes when that does not help. It returns when the server
// has ended.
func (s *server) stop() {
	family := familyOf(s.cmd.Process.Pid)
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(endPatience):
		for _, pid := range family {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		<-s.ended
	}
}

// familyOf lists a process and all its descendants.
func familyOf(pid int) []int {
	pids := []int{pid}
	for i := 0; i < len(pids); i++ {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i]))
		for _, list := range lists {
			for _, child := range strings.Fields(read(list)) {
				if pid, err := strconv.Atoi(child); err == nil {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids
}

// cpu is the processor time, user and system, that all processes of the server have used so far. Linux counts it in
// 1/100 s on every architecture (proc(5), USER_HZ).
func (s *server) cpu() time.Duration {
	var ticks int
	for _, pid := range familyOf(s.cmd.Process.Pid) {
		stat := read(fmt.Sprintf("/proc/%d/stat", pid))
		// The name, in parentheses, may itself hold spaces. User and system time are the 12th and 13th field after
		// it.
		if f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

var pssLine = regexp.MustCompile(`(?m)^Pss:\s+(\d+) kB$`)

// memory is what all processes of the server take, in MB of PSS: what several of them have in common is counted once.
func (s *server) memory() float64 {
	var kb int
	for _, pid := range familyOf(s.cmd.Process.Pid) {
		if m := pssLine.FindStringSubmatch(read(fmt.Sprintf("/proc/%d/smaps_rollup", pid))); m != nil {
			n, _ := strconv.Atoi(m[1])
			kb += n
		}
	}
	return float64(kb) * 1024 / 1e6
}

// read returns a file of /proc; "" where there is none, as of a process that has ended meanwhile.
func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// freeAddr is an address of 127.0.0.1 that nothing listens on at the moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
