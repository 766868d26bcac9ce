package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// reaper removes a folder and kills the servers in it as soon as this process is gone, even by kill -9: a shell that
// reads process numbers from a pipe, and acts when the pipe ends. It has its own session, so that Ctrl-C does not reach
// it.
type reaper struct {
	cmd  *exec.Cmd
	pipe *os.File
}

// A number counts only while its command line names the folder: a later process with the same number is nobody's
// business.
const reaperScript = `trap '' INT TERM HUP
ours() { if [ -d /proc/self ]; then grep -qF "$2" "/proc/$1/cmdline"; else ps -o args= -p "$1" | grep -qF "$2"; fi; }
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do ours "$pid" "$1" && kill -QUIT "$pid"; done
for pid in $pids; do
	n=0
	while ours "$pid" "$1" && [ $n -lt 40 ]; do sleep 0.05; n=$((n+1)); done
	ours "$pid" "$1" && kill -KILL "$pid"
done
rm -rf "$1"`

func newReaper(dir string) (*reaper, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", reaperScript, "reaper", dir)
	cmd.Dir = "/"
	cmd.Stdin = r
	ownSession(cmd)
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	re := &reaper{cmd: cmd, pipe: w}
	reapers.Store(re, true)
	return re, nil
}

// reapers keeps them all: a pipe that nothing refers to is closed by the garbage collector, and its folder removed too
// early.
var reapers sync.Map

// watch adds a process to those that are ended.
func (r *reaper) watch(pid int) { fmt.Fprintln(r.pipe, pid) }

// close lets the reaper do its work now, and waits for it.
func (r *reaper) close() {
	reapers.Delete(r)
	r.pipe.Close()
	_ = r.cmd.Wait()
}
