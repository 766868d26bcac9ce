package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// race holds what all parts share: the programs, a temporary folder, the published page, and everything that was started.
type race struct {
	options
	dir            string // temporary, removed at the end
	site           site
	vitrine        string // path of the program
	stdout, stderr io.Writer
	children       []*child // still running; ended by close
}

// newRace builds the program where it has to and publishes the page once. The caller must close it.
func newRace(ctx context.Context, o options, stdout, stderr io.Writer) (*race, error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return nil, errors.New("wrk is needed to make load: run make bench as root, or sudo apt-get install -y wrk")
	}
	raiseFileLimit()
	dir, err := os.MkdirTemp("", "vitrine-bench-")
	if err != nil {
		return nil, err
	}
	r := &race{options: o, dir: dir, stdout: stdout, stderr: stderr}
	// Peers that root starts work as other users.
	err = os.Chmod(dir, 0o755)
	if err == nil {
		err = r.prepare(ctx)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *race) prepare(ctx context.Context) (err error) {
	if r.vitrine, err = filepath.Abs(r.options.vitrine); err != nil {
		return err
	}
	if r.options.vitrine == "" {
		r.vitrine = filepath.Join(r.dir, "vitrine")
		r.say("building vitrine (the first time takes a minute or two)")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", r.vitrine, "./cmd/vitrine")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build vitrine: %w\n%s", err, out)
		}
	}
	r.site, err = r.publish(ctx)
	return err
}

// close ends what is still running, the youngest first, and removes the folder.
func (r *race) close() {
	for len(r.children) > 0 {
		r.end(r.children[len(r.children)-1])
	}
	if err := os.RemoveAll(r.dir); err != nil {
		r.say("left behind: %v", err)
	}
}

// folder makes a new folder inside the race's own.
func (r *race) folder(name string) (string, error) {
	dir, err := os.MkdirTemp(r.dir, name+"-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// say is one line of progress.
func (r *race) say(format string, args ...any) { fmt.Fprintf(r.stderr, "bench: "+format+"\n", args...) }

// print is one piece of the result.
func (r *race) print(markdown string) { fmt.Fprintln(r.stdout, markdown) }

// fileLimit is how many open files the largest part needs: two for each of 5,000 connections, and room.
const fileLimit = 16384

// raiseFileLimit lets this process and its children open as many files as they may. Setting it, rather than the Go runtime's own raise, is what
// makes children inherit it.
func raiseFileLimit() {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) == nil {
		l.Cur = min(l.Max, fileLimit)
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l) // with too low a limit the load reports its socket errors
	}
}
