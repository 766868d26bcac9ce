package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// heading says when and on what the race was run, so that its figures can be quoted.
func heading(ctx context.Context, o options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## The race: %s\n\n", time.Now().UTC().Format("2 January 2006, 15:04 UTC"))
	fmt.Fprintf(&b, "%d × %s, %s, Linux %s, %s; load average before: %s. Everything on loopback, HTTP/1.1, no TLS.\n", runtime.NumCPU(),
		firstMatch(read("/proc/cpuinfo"), `(?m)^model name\s*:\s*(.+)$`), machineMemory(read("/proc/meminfo")),
		strings.TrimSpace(read("/proc/sys/kernel/osrelease")), runtime.Version(), firstMatch(read("/proc/loadavg"), `^(\S+)`))
	fmt.Fprintf(&b, "Peers: %s; load by %s.\n", strings.Join([]string{
		"net/http of " + runtime.Version(),
		"nginx " + version(ctx, `nginx/([\d.]+)`, "nginx", "-v"),
		"Varnish " + version(ctx, `varnish-([\d.]+)`, "varnishd", "-V"),
		"Caddy " + caddyVersion(ctx),
	}, ", "), "wrk "+version(ctx, `wrk (?:debian/)?([\d.]+)`, "wrk", "-v"))
	fmt.Fprintf(&b, "Medians of %d interleaved pairs of %d s. CPU is user and system time of all of a server's processes, by request: the figure\n"+
		"that other work on the machine spoils least.\n", o.pairs, o.seconds)
	if busy(read("/proc/loadavg"), runtime.NumCPU()) {
		b.WriteString("\n**The machine is busy with other work: trust the ratios of CPU per request, not requests/s, latencies and start times.**\n")
	}
	return b.String()
}

// busy tells whether others keep more than a quarter of the processors at work; loadavg is the content of /proc/loadavg.
func busy(loadavg string, processors int) bool {
	var minute float64
	_, err := fmt.Sscanf(loadavg, "%f", &minute)
	return err == nil && minute > float64(processors)/4
}

// read returns a file of /proc; "" where there is none.
func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// firstMatch is the first group of pattern in text, or "unknown".
func firstMatch(text, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return "unknown"
	}
	return strings.TrimSpace(m[1])
}

func machineMemory(meminfo string) string {
	var kb int64
	if _, err := fmt.Sscanf(firstMatch(meminfo, `MemTotal:\s*(\d+) kB`), "%d", &kb); err != nil {
		return "unknown memory"
	}
	return fmt.Sprintf("%.0f GB", float64(kb)*1024/1e9)
}

// version asks a program for its version; some answer with an error code and on standard error.
func version(ctx context.Context, pattern, program string, args ...string) string {
	if _, err := exec.LookPath(program); err != nil {
		return "(not installed)"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, program, args...).CombinedOutput()
	return firstMatch(string(out), pattern)
}

// caddyVersion asks Go: a Caddy that was built without its repository does not know its own version.
func caddyVersion(ctx context.Context) string {
	program, err := caddyProgram()
	if err != nil {
		return "(not installed)"
	}
	return version(ctx, `\sgithub.com/caddyserver/caddy/v2\s+v([\d.]+)`, "go", "version", "-m", program)
}
