package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
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

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-part", "start,weight", "-peers", "nginx", "-pairs", "3"}, io.Discard)
	if err != nil || strings.Join(o.parts, " ") != "start weight" || strings.Join(o.peers, " ") != "nginx" || o.pairs != 3 || o.seconds != 2 {
		t.Errorf("got %+v, %v", o, err)
	}
	if o, err := parseOptions(nil, io.Discard); err != nil || len(o.parts) != len(parts) || len(o.peers) != len(peers) {
		t.Errorf("without flags: %+v, %v", o, err)
	}
	for _, bad := range []string{"-part=sailing", "-peers=apache", "-pairs=0", "-seconds=0", "more"} {
		if o, err := parseOptions([]string{bad}, io.Discard); err == nil {
			t.Errorf("%s is taken: %+v", bad, o)
		}
	}
}

func TestAskLeavesTheAnswerAsItIs(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"x"`)
		w.Header().Set("Content-Encoding", "gzip")
		w.Header()["Date"] = nil
		_, _ = io.WriteString(w, "accepts "+strings.Join(r.Header["Accept-Encoding"], "+"))
	}))
	defer s.Close()
	for accept, want := range map[string]string{"": "accepts ", "gzip": "accepts gzip"} {
		h := http.Header{}
		if accept != "" {
			h.Set("Accept-Encoding", accept)
		}
		a, err := ask(t.Context(), s.URL, h)
		if err != nil || a.status != 200 || a.coding != "gzip" || a.etag != `"x"` || string(a.body) != want {
			t.Errorf("accept %q: got %+v, %v", accept, a, err)
		}
		wire := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nEtag: \"x\"\r\nContent-Length: %d\r\n\r\n%s", len(want), want)
		if a.wire != len(wire) {
			t.Errorf("%d bytes count as %d", len(wire), a.wire)
		}
	}
}

// A child that does not care about SIGTERM, and its own child, are gone when end returns.
func TestEndEndsTheWholeFamily(t *testing.T) {
	r := &race{stdout: io.Discard, stderr: io.Discard, dir: t.TempDir()}
	c, err := r.launch(r.dir, os.Environ(), "sh", "-c", "trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' & wait; wait; wait")
	if err != nil {
		t.Fatal(err)
	}
	var family []stat
	for len(family) < 3 { // both shells and a sleep
		if family, err = familyOf(c.cmd.Process.Pid); err != nil {
			t.Fatal(err)
		}
		if err := c.pause(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	c.stop(50 * time.Millisecond)
	for _, p := range family {
		if p.lives() {
			t.Errorf("process %d lives on", p.pid)
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
	}
}

// What a child says last is in the error when it ends too early.
func TestChildThatFails(t *testing.T) {
	r := &race{stdout: io.Discard, stderr: io.Discard, dir: t.TempDir()}
	c, err := r.launch(r.dir, os.Environ(), "sh", "-c", "echo no such luck >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	defer r.end(c)
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.answers(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("got %v", err)
	}
}

// The plain server is this program under another name.
func TestPlainServer(t *testing.T) {
	r := &race{stdout: io.Discard, stderr: io.Discard, dir: t.TempDir()}
	r.site.dir = r.dir
	if err := os.WriteFile(r.dir+"/index.html", []byte("the page"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := r.startPlain(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.end(s.child)
	a, err := ask(t.Context(), s.url(), nil)
	if err != nil || string(a.body) != "the page" || a.modified == "" {
		t.Errorf("got %+v, %v", a, err)
	}
}
