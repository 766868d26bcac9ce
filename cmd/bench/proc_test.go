package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	rest := " S 7 11 11 0 -1 4194560 1 2 3 4 250 130 900 800 20 0 5 0 987654 1000 2000 3"
	for _, name := range []string{"(nginx)", "(tmux: server)", "(a) S 1 (b)"} {
		got, err := parseStat("42 " + name + rest)
		want := stat{pid: 42, parent: 7, state: 'S', cpu: 3800 * time.Millisecond, started: 987654}
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
	for _, bad := range []string{"", "42 nginx S", "42 (nginx) S 7 11", "x (nginx)" + rest, "42 (nginx)" + strings.Replace(rest, "250", "?", 1)} {
		if got, err := parseStat(bad); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func TestParseRollup(t *testing.T) {
	text := "55d0-7ffe ---p 00000000 00:00 0   [rollup]\nRss:               10240 kB\nPss:                8192 kB\nPss_Dirty:          100 kB\n"
	got, err := parseRollup([]byte(text))
	if want := (memory{pss: 8192 << 10, rss: 10240 << 10}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "Rss: 12 kB\n", "Pss: many kB\nRss: 12 kB\n"} {
		if _, err := parseRollup([]byte(bad)); err == nil {
			t.Errorf("%q: want an error", bad)
		}
	}
}

// Time and memory are those of the whole family, not of the first process alone.
func TestFamilyHasGrandchildren(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sh -c 'echo up; read x; :'; :")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = cmd.Wait()
	}()
	if _, err := io.ReadFull(out, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	family, err := familyOf(cmd.Process.Pid)
	if err != nil || len(family) != 2 || family[0].pid != cmd.Process.Pid || family[1].parent != cmd.Process.Pid {
		t.Errorf("got %+v, %v, want the shell and its child", family, err)
	}
	own, err := familyOf(os.Getpid())
	if err != nil || len(own) < 3 {
		t.Errorf("got %+v, %v, want this test and at least two descendants", own, err)
	}
	m, err := (&child{cmd: cmd}).memory()
	if err != nil || m.pss <= 0 || m.rss < m.pss {
		t.Errorf("memory %+v, %v", m, err)
	}
}

func TestFamilyOfNobody(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if family, err := familyOf(cmd.Process.Pid); err == nil {
		t.Errorf("got %+v, want an error", family)
	}
}
