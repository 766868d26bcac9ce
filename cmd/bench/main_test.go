package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the plain server, as main lets the program.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == plainCommand {
		fmt.Fprintln(os.Stderr, servePlain(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestParseRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"-pairs=0": "at least 1", "-seconds=0": "at least 1", "more": "no arguments",
		"-part=sailing": "parts are all, serving, connections", "-vitrine=/nowhere/vitrine": "make bench builds",
	} {
		if _, err := new(race).parse([]string{args}, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", args, err)
		}
	}
}

// testRace has an empty folder and nothing but the plain FileServer to start; all that was started ends with the
// test.
func testRace(t *testing.T, page string) *race {
	t.Helper()
	r := &race{dir: t.TempDir(), stdout: io.Discard, verbose: io.Discard, published: map[string]string{"": page}}
	if err := os.Mkdir(filepath.Join(r.dir, "www"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "www", "index.html"), []byte("the page"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, s := range r.servers {
			s.stop()
		}
	})
	if err := r.start(t.Context(), peers[len(peers)-1]); err != nil {
		t.Fatal(err)
	}
	return r
}

// A server is raced only with the very page, in every form.
func TestHeader(t *testing.T) {
	r := testRace(t, "the page")
	for _, f := range forms {
		h, err := r.header(t.Context(), f, r.servers[0])
		if err != nil || f.matches != (h.Get("If-Modified-Since") != "") || h.Get("Accept-Encoding") != f.coding {
			t.Errorf("%s: %v, %v", f.name, h, err)
		}
	}
	r = testRace(t, "another page")
	if _, err := r.header(t.Context(), forms[0], r.servers[0]); err == nil {
		t.Error("a server with another page is raced")
	}
}

// launchShell runs a script as if it were a server; it is never waited for to listen.
func launchShell(t *testing.T, script string) (*server, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r := &race{dir: t.TempDir()}
	err := r.start(ctx, contender{name: "shell", argv: []string{"sh", "-c", script}})
	if len(r.servers) == 0 {
		t.Fatal(err)
	}
	return r.servers[0], err
}

// What a server says last is in the error when it ends too early.
func TestServerThatFails(t *testing.T) {
	s, err := launchShell(t, "echo no such luck >&2; exit 3")
	defer s.stop()
	if err == nil || !strings.Contains(err.Error(), "shell has ended: no such luck") {
		t.Errorf("got %v", err)
	}
}

// Processor time and memory are those of all processes of a server, and all of them end with it, even if they do not
// care about SIGTERM.
func TestFamily(t *testing.T) {
	s, err := launchShell(t, "trap '' TERM; sh -c 'trap \"\" TERM; while :; do :; done' & wait; wait; wait")
	if err == nil {
		t.Fatal("a server that does not listen is taken for one that serves")
	}
	for deadline := time.Now().Add(time.Minute); len(familyOf(s.cmd.Process.Pid)) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("there are not two shells after a minute")
		}
	}
	family := familyOf(s.cmd.Process.Pid)
	for deadline := time.Now().Add(time.Minute); s.cpu() < 50*time.Millisecond; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the busy shell has used %s in a minute", s.cpu())
		}
	}
	if both := s.memory(); both < 0.1 || both > 100 {
		t.Errorf("two shells take %.1f MB", both)
	}
	endPatience = 10 * time.Millisecond
	s.stop()
	for _, pid := range family {
		for deadline := time.Now().Add(time.Minute); alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d lives on", pid)
			}
		}
	}
}

// alive reports whether there is such a process, other than one that nobody has waited for.
func alive(pid int) bool {
	stat := read(fmt.Sprintf("/proc/%d/stat", pid))
	return stat != "" && !strings.Contains(stat, ") Z")
}

func TestParseReport(t *testing.T) {
	const head = "Running 2s test @ http://127.0.0.1:18080/\n  2 threads and 64 connections\nTransfer/sec:     92.48MB\n"
	got, err := parseReport(head + "result 10000 2000000 1020 54321\n")
	if want := (figures{requests: 10000, rate: 5000, p99: 1.02, errors: 54321}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{head, head + "result 0 2000000 0 0\n", head + "result 1 2000000\n"} {
		if f, err := parseReport(bad); err == nil {
			t.Errorf("%q is taken: %+v", bad, f)
		}
	}
}

// The ratio is the median of the turns' ratios, not the ratio of the medians: noise that falls on a whole turn
// cancels out.
func TestRatioIsTakenTurnByTurn(t *testing.T) {
	ours, theirs := []figures{{cpu: 10}, {cpu: 100}, {cpu: 30}}, []figures{{cpu: 20}, {cpu: 200}, {cpu: 20}}
	if got := ratio(ours, theirs, cpu).String(); got != "0.50 (0.50–1.50)" {
		t.Errorf("got %s", got)
	}
	if got := medians("%.0f µs, %.0f", [][]figures{ours, theirs, nil}, cpu); got != "30 µs, 20" {
		t.Errorf("got %s", got)
	}
	if got := median([]figures{{rate: 4}, {rate: 1}, {rate: 2}, {rate: 9}}, rate); got != 3 {
		t.Errorf("the median of four is %v", got)
	}
	br := forms[0]
	if got := br.verdict(spread{median: 0.95}); got != "at most 0.95: kept" {
		t.Errorf("got %q", got)
	}
	if got := br.verdict(spread{median: 0.96}); got != "at most 0.95: **missed**" {
		t.Errorf("got %q", got)
	}
}
