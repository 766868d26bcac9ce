package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// steady is a load at a fixed rate, whatever the server's speed: 64 keep-alive connections that ask for the page in br. What it measures is the
// time that visitors wait, not how many the server could take.
type steady struct {
	rate    int // requests per second over all connections
	seconds int
}

const steadyConnections = 64

// errNoH2load says that the program for fixed rates is missing.
var errNoH2load = errors.New("fixed rates need h2load (Debian: nghttp2-client)")

// throw runs h2load against s. It paces by a timer, which adds up to a millisecond to every latency, the same for all servers.
func (l steady) throw(ctx context.Context, r *race, s *server) (result, error) {
	program, err := exec.LookPath("h2load")
	if err != nil {
		return result{}, errNoH2load
	}
	dir, err := r.folder("h2load")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.seconds)*time.Second+20*time.Second)
	defer cancel()
	log := filepath.Join(dir, "log")
	before, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	perClient := strconv.FormatFloat(float64(l.rate)/steadyConnections, 'f', 3, 64)
	out, err := exec.CommandContext(ctx, program, "--h1", "-t1", "-c", strconv.Itoa(steadyConnections), "--rps="+perClient,
		"-D", strconv.Itoa(l.seconds), "-H", "accept-encoding: br", "--log-file="+log, s.url()).CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("h2load against %s: %w\n%s", s.name, err, out)
	}
	after, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	f, err := os.Open(log)
	if err != nil {
		return result{}, err
	}
	defer f.Close()
	res, err := parseSteadyLog(f)
	if err != nil {
		return res, fmt.Errorf("h2load against %s: %w", s.name, err)
	}
	res.cpu, res.took = after-before, time.Duration(l.seconds)*time.Second
	return res, nil
}

// parseSteadyLog reads h2load's --log-file: start time in us since 1970, status or -1, us until the end of the response, tabs between them.
func parseSteadyLog(log io.Reader) (result, error) {
	var r result
	var waits []time.Duration
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) < 3 {
			return r, fmt.Errorf("parse h2load's log: %q", lines.Text())
		}
		us, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil {
			return r, fmt.Errorf("parse h2load's log: %w", err)
		}
		if f[1] != "200" {
			r.errors++
			continue
		}
		waits = append(waits, time.Duration(us)*time.Microsecond)
	}
	if err := lines.Err(); err != nil {
		return r, err
	}
	if len(waits) == 0 {
		return r, errUnanswered
	}
	r.requests, r.p50, r.p99 = int64(len(waits)), percentile(waits, 50), percentile(waits, 99)
	return r, nil
}
