package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figure is one of the figures of a run.
type figure func(figures) float64

func cpu(f figures) float64    { return f.cpu }
func rate(f figures) float64   { return f.rate }
func p99(f figures) float64    { return f.p99 }
func memory(f figures) float64 { return f.memory }

// median is that of a figure; of an even number of runs it is the mean of the middle two.
func median(runs []figures, of figure) float64 {
	var values []float64
	for _, r := range runs {
		values = append(values, of(r))
	}
	return middle(values)
}

func middle(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// spread is a median with the lowest and the highest.
type spread struct{ median, low, high float64 }

// ratio is that of ours to theirs, turn by turn: what falls on both in one turn cancels out.
func ratio(ours, theirs []figures, of figure) spread {
	var ratios []float64
	for i := range ours {
		ratios = append(ratios, of(ours[i])/of(theirs[i]))
	}
	return spread{middle(ratios), slices.Min(ratios), slices.Max(ratios)}
}

func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high) }

// medians writes those of a figure, for as many servers as the format has verbs.
func medians(format string, runs [][]figures, of figure) string {
	var values []any
	for _, r := range runs[:strings.Count(format, "%")] {
		values = append(values, median(r, of))
	}
	return fmt.Sprintf(format, values...)
}

// heading says when and on what the race was run, so that its figures can be quoted.
func heading(ctx context.Context, pairs, seconds int) string {
	_, model, _ := strings.Cut(read("/proc/cpuinfo"), "model name\t: ")
	model, _, _ = strings.Cut(model, "\n")
	load, _, _ := strings.Cut(read("/proc/loadavg"), " ")
	return fmt.Sprintf("%s; %d x %s, Linux %s, load average before it %s\n%s, nginx %s, Varnish %s, Caddy %s, wrk %s\n"+
		"Medians of %d turns of %d s, with the lowest and the highest.\n",
		time.Now().UTC().Format("2 January 2006, 15:04 UTC"), runtime.NumCPU(), model,
		strings.TrimSpace(read("/proc/sys/kernel/osrelease")), load, runtime.Version(), version(ctx, "nginx", "-v"),
		version(ctx, "varnishd", "-V"), version(ctx, "caddy", "build-info"), version(ctx, "wrk", "-v"), pairs, seconds)
}

var versionNumber = regexp.MustCompile(`(?:nginx/|varnish-|debian/|wrk |caddy/v2\s+v)(\d[\d.]*)`)

// version asks a program for its version; some answer with an error code and on standard error.
func version(ctx context.Context, program, flag string) string {
	out, _ := exec.CommandContext(ctx, program, flag).CombinedOutput()
	if m := versionNumber.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return "of unknown version"
}
