package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vitrine/render"
)

// TestStatusAsksStrangeServers: whatever stands at --url, the answer is a sentence that says what to look at, exit code 2, and no password.
func TestStatusAsksStrangeServers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/html"):
			fmt.Fprint(w, "<html>")
		case strings.HasPrefix(r.URL.Path, "/loop"):
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/cut"):
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	for typed, want := range map[string]string{
		"http://u:canary@" + host:           "404 Not Found: is it vitrine's own address",
		"http://u:canary@" + host + "/loop": "stopped after 10 redirects",
		"http://u:canary@" + host + "/cut":  "unexpected EOF",
		host + "/html":                      "no status document of vitrine",
		closedAddr(t):                       "nothing listens at",
		"ftp://u:canary@h":                  "--url should be",
		"http://":                           "--url should be",
		"http://[::1":                       "--url should be",
	} {
		var out, stderr bytes.Buffer
		code := run(t.Context(), []string{"status", "--url", typed}, program{stdout: &out, stderr: &stderr})
		if code != exitUsage || !strings.Contains(stderr.String(), want) || strings.Contains(stderr.String(), "canary") {
			t.Errorf("--url %s: exit %d, %s", typed, code, stderr.String())
		}
	}
}

// closedAddr is an address on which nothing listens any more.
func closedAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestStatusTextObeysNobody: a document from elsewhere neither steers the terminal nor adds lines of its own.
func TestStatusTextObeysNobody(t *testing.T) {
	evil := "\x1b]0;evil\x07\nPASS  all is well\u009b31m"
	st := render.Status{Status: "fail", Summary: evil, Notices: []string{evil}}
	st.Database.Kind = evil
	var b bytes.Buffer
	if err := writeStatus(&b, st, time.Now(), false); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\u009b") || strings.Contains(b.String(), "\nPASS") {
		t.Errorf("the text is obeyed: %q", b.String())
	}
}

// Rows that were left out are told with reason and slugs, where the owner looks first.
func TestStatusTextNamesLeftOut(t *testing.T) {
	st := render.Status{Status: "pass", Page: &render.PageInfo{Skipped: map[string]render.SkippedInfo{"bad_price": {Count: 2, Slugs: []string{"lamp", "sofa"}}}}}
	var b bytes.Buffer
	if err := writeStatus(&b, st, time.Now(), false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "left out") || !strings.Contains(b.String(), "bad_price: 2 (lamp, sofa)") {
		t.Errorf("not told: %s", b.String())
	}
}
