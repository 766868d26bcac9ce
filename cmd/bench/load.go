package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// load is what is thrown at a server: GET / as fast as it answers.
type load struct {
	connections int
	seconds     int
	header      []string // "Name: value" lines
}

// result is one run of a load against one server.
type result struct {
	requests int64
	took     time.Duration
	p50, p99 time.Duration
	errors   int64 // answers that are neither 2xx nor 3xx, and failures of sockets, timeouts included
	cpu      time.Duration
	memory   memory // the highest seen, where it was asked for
}

// rate is requests per second.
func (r result) rate() float64 { return float64(r.requests) / r.took.Seconds() }

// cost is the server's processor time per request, in microseconds.
func (r result) cost() float64 {
	return float64(r.cpu) / float64(time.Microsecond) / float64(r.requests)
}

// throw runs wrk against s and reads what s has used meanwhile.
func (l load) throw(ctx context.Context, s *server) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.seconds)*time.Second+time.Minute)
	defer cancel()
	args := []string{"-t", strconv.Itoa(min(2, l.connections)), "-c", strconv.Itoa(l.connections), "-d", fmt.Sprintf("%ds", l.seconds),
		"--timeout", "10s", "--latency"}
	for _, h := range l.header {
		args = append(args, "-H", h)
	}
	wrk := exec.CommandContext(ctx, "wrk", append(args, s.url())...)
	before, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	out, err := wrk.CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("wrk against %s: %w\n%s", s.name, err, out)
	}
	res, err := parseWrk(string(out))
	if err != nil {
		return res, fmt.Errorf("wrk against %s: %w", s.name, err)
	}
	after, err := s.cpu()
	res.cpu = after - before
	return res, err
}

// errUnanswered says that a server did not get to answer anything while a load ran.
var errUnanswered = errors.New("not one request was answered")

var (
	wrkTotal   = regexp.MustCompile(`(?m)^\s*(\d+) requests in ([\d.]+(?:us|ms|s|m|h)),`)
	wrkLatency = regexp.MustCompile(`(?m)^\s*(50|99)%\s+([\d.]+(?:us|ms|s|m|h))\s*$`)
	wrkSockets = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkStatus  = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
)

// parseWrk reads the report of wrk --latency. Its durations are Go's: 2.30ms, 582.00us, 1.02s, 1.00m.
func parseWrk(out string) (result, error) {
	var r result
	total := wrkTotal.FindStringSubmatch(out)
	if total == nil {
		return r, fmt.Errorf("no total in its report:\n%s", out)
	}
	var err error
	if r.requests, err = strconv.ParseInt(total[1], 10, 64); err != nil {
		return r, err
	}
	if r.took, err = time.ParseDuration(total[2]); err != nil {
		return r, err
	}
	for _, line := range wrkLatency.FindAllStringSubmatch(out, -1) {
		d, err := time.ParseDuration(line[2])
		if err != nil {
			return r, err
		}
		if line[1] == "50" {
			r.p50 = d
		} else {
			r.p99 = d
		}
	}
	for _, found := range [][]string{wrkSockets.FindStringSubmatch(out), wrkStatus.FindStringSubmatch(out)} {
		for _, n := range found[min(1, len(found)):] {
			count, err := strconv.ParseInt(n, 10, 64)
			if err != nil {
				return r, err
			}
			r.errors += count
		}
	}
	if r.requests == 0 {
		return r, errUnanswered
	}
	if r.p50 == 0 || r.p99 == 0 {
		return r, fmt.Errorf("no latencies in its report:\n%s", out)
	}
	return r, nil
}
