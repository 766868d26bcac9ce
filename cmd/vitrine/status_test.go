package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/store"
)

// TestStatusAsksStrangeServers: whatever stands at --url, the answer is a sentence that says what to look at, exit code
// 2, and no password.
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
		freeAddr(t):                         "nothing listens at",
		"ftp://u:canary@h":                  "--url should be",
		"http://":                           "--url should be",
		"http://[::1":                       "--url should be",
	} {
		code, said := output(t, "", nil, "status", "--url", typed)
		if code != exitUsage || !strings.Contains(said, want) || strings.Contains(said, "canary") {
			t.Errorf("--url %s: exit %d, %s", typed, code, said)
		}
	}
}

// TestStatusTextObeysNobody: a document from elsewhere neither steers the terminal nor adds lines of its own.
func TestStatusTextObeysNobody(t *testing.T) {
	evil := "\x1b]0;evil\x07\nPASS  all is well\u009b31m"
	st := status.Status{Status: "fail", Summary: evil, Notices: []string{evil}}
	st.Database.Kind = evil
	text := statusText(st, time.Now(), false)
	if strings.ContainsAny(text, "\x1b\x07\u009b") || strings.Contains(text, "\nPASS") {
		t.Errorf("the text is obeyed: %q", text)
	}
}

// TestSparkline: whatever durations a document from elsewhere has, each has its place among the eight heights.
func TestSparkline(t *testing.T) {
	var history []status.HistoryEntry
	for _, ms := range []float64{-1e300, -1, 0, 4, 8, 1e300} {
		history = append(history, status.HistoryEntry{DurationMS: ms})
	}
	if got := sparkline(history); got != "▁▁▁▁▁█" {
		t.Errorf("got %s", got)
	}
}

// Rows that were left out are told with reason and slugs, where the owner looks first.
func TestStatusTextNamesLeftOut(t *testing.T) {
	st := status.Status{Status: "pass",
		Page: &status.PageInfo{Skipped: map[string]render.SkippedInfo{
			"bad_price": {Count: 2, Slugs: []string{"lamp", "sofa"}}}}}
	text := statusText(st, time.Now(), false)
	if !strings.Contains(text, "left out") || !strings.Contains(text, "no number: 2 (lamp, sofa)") {
		t.Errorf("not told: %s", text)
	}
}

// A failure's first line is what is wrong; what to do about it stands once in the table, in full.
func TestStatusTextTellsRemedyOnce(t *testing.T) {
	st := status.Status{Status: "warn", Summary: "Page has the data of 11:57:00 UTC: the last refresh failed (no shop " +
		"was recognised); next try 12:00:00 UTC",
		LastRefresh: &status.Outcome{Result: status.Failed, ErrorClass: store.SchemaMismatch,
			Message: "no shop was recognised. Two ways out"}}
	st.Database.Queries = store.QueryCounts{Total: 68, Failed: 68}
	text := statusText(st, time.Now(), false)
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "Two ways") ||
		strings.Count(text, "no shop was recognised. Two ways out") != 1 {
		t.Errorf("the remedy: %s", text)
	}
	if !strings.Contains(text, "68 of 68 tries failed") {
		t.Errorf("what was tried in vain is called queries: %s", text)
	}
	st.Database.Queries = store.QueryCounts{}
	for class, mistake := range map[store.Class]string{store.Template: "card.html:3: no shop was recognised. Two ways out",
		store.Gate: st.LastRefresh.Message} {
		st.LastRefresh.ErrorClass, st.Templates.Error = class, mistake
		said := statusText(st, time.Now(), false)
		if strings.Count(said, "Two ways out") != 1 || !strings.Contains(said, "not asked yet") {
			t.Errorf("a template's mistake is not told once, or 0 of 0 tries are: %s", said)
		}
	}
}

// What is to come is in the future, and a first page has changed nothing.
func TestStatusTextTimes(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{3 * time.Minute: "12:03:00 UTC, in 3 min",
		-time.Second: "due since 11:59:59 UTC", 0: "due since 12:00:00 UTC"} {
		next := now.Add(after)
		st := status.Status{NextRefreshAt: &next, Page: &status.PageInfo{PublishedAt: now},
			History: []status.HistoryEntry{{Result: status.Published}}}
		text := statusText(st, now, false)
		if !strings.Contains(text, want) || !strings.Contains(text, "0 s ago, the first page") {
			t.Errorf("%s from now: %s", after, text)
		}
	}
}

// A document that has run out is printed as every reader must take it, with all else that is in it.
func TestStatusJSONRunsOut(t *testing.T) {
	for name, until := range map[string]time.Time{"pass": time.Now().Add(time.Hour),
		"fail": time.Now().Add(-time.Second)} {
		text, err := json.Marshal(map[string]any{"schema": 1, "status": "pass", "summary": "Page is <fresh>",
			"valid_until": until, "of_a_later_version": 7})
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(text) }))
		code, said := output(t, "", nil, "status", "--json", "--url", srv.URL)
		srv.Close()
		var got struct {
			Status, Summary string
			Later           int `json:"of_a_later_version"`
		}
		if err := json.Unmarshal([]byte(said), &got); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		if got.Status != name || got.Later != 7 || (code == 0) != (name == "pass") || strings.Contains(got.Summary,
			"<fresh>") != (name == "pass") {
			t.Errorf("valid until %s: exit %d, %s", until, code, said)
		}
		if name == "pass" && said != string(text) {
			t.Errorf("a good document is not printed as it is: %s", said)
		}
	}
}

func TestColourful(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		environ  []string
		want     bool
	}{
		{true, nil,
			true}, {false, nil, false}, {true, []string{"TERM=xterm", "NO_COLOR="}, true}, {true, []string{"NO_COLOR=1"}, false},
		{true, []string{"TERM=dumb"}, false}, {true, []string{"NO_COLORS=1", "MY_TERM=dumb"}, true},
	} {
		if got := colourful(c.terminal, c.environ); got != c.want {
			t.Errorf("%v %v: %v", c.terminal, c.environ, got)
		}
	}
}
