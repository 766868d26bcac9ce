package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// load is what wrk throws at a server: GET / as fast as it answers.
type load struct {
	connections, seconds int
	header               http.Header
}

// figures are what one run of a load against one server gave.
type figures struct {
	requests, errors float64 // errors are statuses from 400 on, and failures of sockets, timeouts included
	rate             float64 // requests per second
	p99              float64 // milliseconds
	cpu              float64 // the server's processor time, microseconds a request
	memory           float64 // the highest seen, in MB
}

// throw runs wrk against s and reads what s uses meanwhile.
func (r *race) throw(ctx context.Context, l load, s *server) (figures, error) {
	report := filepath.Join(r.dir, "report.lua")
	script, err := confs.ReadFile("conf/report.lua")
	if err = errors.Join(err, os.WriteFile(report, script, 0o644)); err != nil {
		return figures{}, err
	}
	args := []string{"-t", strconv.Itoa(min(2, l.connections)), "-c", strconv.Itoa(l.connections),
		"-d", fmt.Sprintf("%ds", l.seconds), "--timeout", "10s", "-s", report}
	for name := range l.header {
		args = append(args, "-H", name+": "+l.header.Get(name))
	}
	var out bytes.Buffer
	wrk := exec.CommandContext(ctx, "wrk", append(args, s.url())...)
	wrk.Stdout, wrk.Stderr = &out, &out
	before := s.cpu()
	if err := wrk.Start(); err != nil {
		return figures{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- wrk.Wait() }()
	memory, err := s.watch(ended)
	used := s.cpu() - before
	if err != nil {
		return figures{}, fmt.Errorf("wrk against %s: %w\n%s", s.name, err, &out)
	}
	f, err := parseReport(out.String())
	if err != nil {
		return f, fmt.Errorf("wrk against %s: %w", s.name, err)
	}
	f.memory, f.cpu = memory, float64(used.Microseconds())/f.requests
	return f, nil
}

// watch looks at the server's memory until ended has an error, or nil, and returns that with the highest seen.
func (s *server) watch(ended <-chan error) (highest float64, err error) {
	beat := time.NewTicker(250 * time.Millisecond)
	defer beat.Stop()
	for {
		select {
		case err := <-ended:
			return highest, err
		case <-beat.C:
			highest = max(highest, s.memory())
		}
	}
}

// parseReport reads the line that report.lua prints.
func parseReport(out string) (figures, error) {
	var f figures
	var us, p99 float64
	_, line, _ := strings.Cut(out, "\nresult ")
	if _, err := fmt.Sscan(line, &f.requests, &us, &p99, &f.errors); err != nil {
		return f, fmt.Errorf("no result in its report: %w\n%s", err, out)
	}
	if f.requests == 0 {
		return f, errors.New("not one request was answered")
	}
	f.rate, f.p99 = f.requests/us*1e6, p99/1000
	return f, nil
}

// takeTurns lets each of servers answer its load as often as there are pairs, one server after the other, after a
// second of warming up. The first index of what it returns is that of the server.
func (r *race) takeTurns(ctx context.Context, what string, servers []*server, loads []load) ([][]figures, error) {
	runs := make([][]figures, len(servers))
	for i, s := range servers {
		warm := loads[i]
		warm.seconds = 1
		if _, err := r.throw(ctx, warm, s); err != nil {
			return nil, err
		}
	}
	for n := range r.pairs {
		r.say("%s: turn %d of %d", what, n+1, r.pairs)
		for i, s := range servers {
			f, err := r.throw(ctx, loads[i], s)
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], f)
		}
	}
	return runs, nil
}
