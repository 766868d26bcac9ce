package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func devServer(t *testing.T) (*Server, string) {
	t.Helper()
	s := newTestServer(t, func(c *Config) { c.Dev = true })
	return s, "http://" + serve(t, s.Public)
}

// events opens the stream and returns a function that waits for the next state.
func events(t *testing.T, base string) (next func() liveState, end func() error) {
	t.Helper()
	resp, err := client(t).Get(base + devEventsPath)
	must(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" || resp.StatusCode != 200 {
		t.Fatalf("stream: %d %s", resp.StatusCode, got)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() (state liveState) {
			t.Helper()
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					must(t, json.Unmarshal([]byte(data), &state))
					return state
				}
			}
			t.Fatalf("the stream ended: %v", lines.Err())
			return
		}, func() error {
			for lines.Scan() {
			}
			return lines.Err()
		}
}

func TestDevPage(t *testing.T) {
	s, base := devServer(t)
	doc := testPage(t, 1, 5000)
	s.Show(testSnapshot(doc))
	resp, body := ask(t, client(t), "GET", base+"/", "Accept-Encoding", "br")
	h := resp.Header
	if h.Get("Cache-Control") != "no-store" || h.Get("Content-Encoding") != "" {
		t.Errorf("header %v", h)
	}
	policy := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, testCSP) || !strings.HasSuffix(policy, "; script-src 'self'; connect-src 'self'") {
		t.Errorf("policy %q", policy)
	}
	script := `<script src="/_vitrine/dev.js?page=` + s.view.Load().live.Page + `" defer></script></body></html>`
	if !strings.HasSuffix(strings.TrimSpace(body), script) ||
		!strings.HasPrefix(body, string(doc.Body[:len(doc.Body)/2])) {
		t.Errorf("the page ends in %q", body[len(body)-200:])
	}
	resp, body = ask(t, client(t), "GET", base+devScriptPath+"?page=x")
	if resp.StatusCode != 200 || body != string(devScript) ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("script: %d %v", resp.StatusCode, resp.Header)
	}
}

// Each new page and each change of the template error reaches the browser, and nothing else does.
func TestLiveReload(t *testing.T) {
	s, base := devServer(t)
	next, _ := events(t, base)
	if first := next(); first != (liveState{}) {
		t.Errorf("before the first page: %+v", first)
	}
	one := testSnapshot(testPage(t, 1, 3000))
	s.Show(one)
	first := next()
	if first.Page == "" || first.Error != "" {
		t.Errorf("the first page: %+v", first)
	}
	s.Show(one) // nothing new
	broken := *one
	broken.Status.Templates.Error = "card.html:7: unexpected {{end}}\n\t<p>{{end}}"
	s.Show(&broken)
	if got := next(); got.Page != first.Page || got.Error != broken.Status.Templates.Error {
		t.Errorf("broken: %+v", got)
	}
	assets := *one
	assets.Status.Templates.LoadedAt = time.Now()
	s.Show(&assets)
	if got := next(); got.Page == first.Page || got.Error != "" {
		t.Errorf("repaired: %+v", got)
	}
}

// Streams end when the server drains, or Shutdown would wait for them.
func TestStreamEndsAtDrain(t *testing.T) {
	s, base := devServer(t)
	next, end := events(t, base)
	next()
	s.Drain()
	if err := end(); err != nil {
		t.Errorf("the stream broke: %v", err)
	}
}

// Outside dev mode nothing of it exists.
func TestNoDevOutsideDev(t *testing.T) {
	s, doc := showing(t, 3000)
	base := "http://" + serve(t, s.Public)
	for _, path := range []string{devScriptPath, devEventsPath} {
		if resp, _ := ask(t, client(t), "GET", base+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, resp.StatusCode)
		}
	}
	resp, body := ask(t, client(t), "GET", base+"/")
	if !bytes.Equal([]byte(body), doc.Body) || strings.Contains(resp.Header.Get("Content-Security-Policy"), "script") {
		t.Error("the page is not what was published")
	}
}

func TestDevCSP(t *testing.T) {
	for policy, want := range map[string]string{
		"":                   "",
		"default-src 'none'": "default-src 'none'; script-src 'self'; connect-src 'self'",
		"default-src 'none'; script-src 'none'; connect-src https://a.example": "default-src 'none'; script-src 'self'; " +
			"connect-src https://a.example 'self'",
		"script-src 'self' https://a.example; ;connect-src  'none'": "script-src 'self' https://a.example 'self'; ;" +
			"connect-src  'self'",
	} {
		if got := devCSP(policy); got != want {
			t.Errorf("%q: %q, want %q", policy, got, want)
		}
	}
}
