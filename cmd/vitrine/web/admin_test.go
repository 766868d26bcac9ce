package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/store"
)

const testToken = "correct horse battery staple"

// post sends POST /refresh and returns status, header and body.
func post(t *testing.T, url, authorization string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest("POST", url, body)
	must(t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := client(t).Do(req)
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, resp.Header, string(text)
}

func TestRefreshAuthorization(t *testing.T) {
	var calls atomic.Int32
	s := newTestServer(t, func(c *Config) {
		c.Token = testToken
		c.Refresh = func(context.Context, bool) RefreshResult {
			calls.Add(1)
			return RefreshResult{Result: status.Unchanged}
		}
	})
	url := "http://" + serve(t, s.Admin) + "/refresh"
	for _, bad := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + testToken, testToken,
		"Bearer " + testToken + "x", "Bearer " + testToken[1:], "Bearer\t" + testToken} {
		code, h, _ := post(t, url, bad, nil)
		if code != 401 || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: %d %v", bad, code, h)
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "OPTIONS"} {
		resp, _ := ask(t, client(t), method, url, "Authorization", "Bearer "+testToken)
		if resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d %v", method, resp.StatusCode, resp.Header)
		}
	}
	if calls.Load() != 0 {
		t.Fatalf("%d refreshes without a token", calls.Load())
	}
	if code, _, _ := post(t, url, "bearer "+testToken, nil); code != 200 || calls.Load() != 1 {
		t.Errorf("with the token: %d, %d refreshes", code, calls.Load())
	}
}

// A web page that lets its own name lead to this machine must not read profiles there.
func TestAdminHosts(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.AdminHosts = []string{"metrics.internal"} })
	url := "http://" + serve(t, s.Admin) + "/metrics"
	for host, want := range map[string]int{
		"localhost:8081": 200, "LOCALHOST": 200, "a.localhost:1": 200, "127.0.0.1:8081": 200, "10.1.2.3": 200,
		"[::1]:8081": 200, "[fe80::1%25eth0]": 200, "metrics.internal:8081": 200, "Metrics.Internal.": 200,
		"evil.example": 421, "evil.example:8081": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421,
		"x.metrics.internal": 421, "notlocalhost": 421,
	} {
		req, err := http.NewRequest("GET", url, nil)
		must(t, err)
		req.Host = host
		resp, err := client(t).Do(req)
		must(t, err)
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want || want == 421 && !strings.Contains(string(text), "ADMIN_HOSTS") {
			t.Errorf("%s: %d, want %d: %.80s %v", host, resp.StatusCode, want, text, err)
		}
	}
}

func TestRefreshWithoutToken(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Refresh = func(context.Context, bool) RefreshResult { t.Error("refreshed"); return RefreshResult{} }
	})
	url := "http://" + serve(t, s.Admin) + "/refresh"
	for _, authorization := range []string{"", "Bearer ", "Bearer x"} {
		if code, _, _ := post(t, url, authorization, nil); code != 404 {
			t.Errorf("%q: %d, want 404", authorization, code)
		}
	}
}

func TestRefreshAnswers(t *testing.T) {
	for result, want := range map[string]int{
		status.Published: 200, status.Unchanged: 200, status.Rejected: 409, status.Failed: 502, ResultDeadline: 504,
		"unheard of": 502,
	} {
		forced := make(chan bool, 1)
		s := newTestServer(t, func(c *Config) {
			c.Token = testToken
			c.Refresh = func(_ context.Context, force bool) RefreshResult {
				forced <- force
				return RefreshResult{Result: result, Message: "so it was", Doc: status.Outcome{ID: "abc"}}
			}
		})
		url := "http://" + serve(t, s.Admin) + "/refresh"
		code, h, body := post(t, url+"?force=1", "Bearer "+testToken, strings.NewReader(strings.Repeat("x", maxRefreshBody)))
		if code != want || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || !<-forced {
			t.Errorf("%s: %d %v", result, code, h)
		}
		var doc struct {
			Result, Message string
			Report          status.Outcome
		}
		if err := json.Unmarshal([]byte(body), &doc); err != nil || doc.Result != result ||
			doc.Message != "so it was" || doc.Report.ID != "abc" {
			t.Errorf("%s: %q %v", result, body, err)
		}
	}
}

func TestRefreshTooSoon(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Token = testToken
		c.Refresh = func(context.Context, bool) RefreshResult {
			return RefreshResult{Message: "one a second", RetryAfter: 1200 * time.Millisecond}
		}
	})
	url := "http://" + serve(t, s.Admin) + "/refresh"
	if code, h, body := post(t, url, "Bearer "+testToken, nil); code != 429 || h.Get("Retry-After") != "2" ||
		!strings.Contains(body, "one a second") {
		t.Errorf("too soon: %d %v %q", code, h, body)
	}
}

func TestRefreshBodyTooLarge(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Token = testToken
		c.Refresh = func(context.Context, bool) RefreshResult { t.Error("refreshed"); return RefreshResult{} }
	})
	addr := serve(t, s.Admin)
	request := "POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + testToken + "\r\n"
	for name, c := range map[string]struct {
		rest string
		want int
	}{
		"one byte more": {"Content-Length: " + itoa(maxRefreshBody+1) + "\r\n\r\n" + strings.Repeat("x", maxRefreshBody+1),
			413},
		"chunked": {"Transfer-Encoding: chunked\r\n\r\n" +
			strings.Repeat("400\r\n"+strings.Repeat("x", 1024)+"\r\n", 70) + "0\r\n\r\n", 413},
		"breaks off": {"Content-Length: 9\r\n\r\nabc", 400},
	} {
		if codes, _ := exchange(t, addr, request+c.rest); len(codes) != 1 || codes[0] != c.want {
			t.Errorf("%s: %v, want %d", name, codes, c.want)
		}
	}
}

func TestAdminRoutes(t *testing.T) {
	s, _ := showing(t, 3000)
	base := "http://" + serve(t, s.Admin)
	c := client(t)
	for path, want := range map[string]int{
		"/": 404, "/status.json": 404, "/robots.txt": 404, "/livez": 200, "/readyz": 200, "/metrics": 200,
		"/debug/pprof/": 200, "/debug/pprof/cmdline": 200, "/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/nothing": 404,
	} {
		resp, _ := ask(t, c, "GET", base+path)
		if resp.StatusCode != want || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v, want %d", path, resp.StatusCode, resp.Header, want)
		}
	}
	if resp, _ := ask(t, c, "POST", base+"/metrics"); resp.StatusCode != 405 || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /metrics: %d %v", resp.StatusCode, resp.Header)
	}
}

func TestProbes(t *testing.T) {
	s := newTestServer(t, nil)
	public, admin := "http://"+serve(t, s.Public), "http://"+serve(t, s.Admin)
	c := client(t)
	check := func(live, ready int) {
		t.Helper()
		for _, base := range []string{public, admin} {
			for path, want := range map[string]int{"/livez": live, "/readyz": ready} {
				resp, _ := ask(t, c, "GET", base+path)
				if resp.StatusCode != want || resp.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s: %d %v, want %d", path, resp.StatusCode, resp.Header, want)
				}
			}
		}
	}
	check(200, 503)
	s.Show(testSnapshot(testPage(t, 1, 3000)))
	check(200, 200)
	s.Drain()
	s.Drain()
	check(200, 503)
	if resp, _ := ask(t, c, "GET", public+"/"); resp.StatusCode != 200 {
		t.Errorf("the page while draining: %d", resp.StatusCode)
	}
}

func TestDatabaseHealth(t *testing.T) {
	good := true
	s := newTestServer(t, func(c *Config) {
		c.Health = func(context.Context) (any, bool) { return map[string]any{"status": good}, good }
	})
	base := "http://" + serve(t, s.Public)
	for good = range map[bool]bool{true: true, false: true} {
		want := map[bool]int{true: 200, false: 503}[good]
		resp, body := ask(t, client(t), "GET", base+"/api/health/database")
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/json" ||
			resp.Header.Get("Cache-Control") != "no-store" || !json.Valid([]byte(body)) {
			t.Errorf("good %v: %d %v %s", good, resp.StatusCode, resp.Header, body)
		}
		if resp, body = ask(t, client(t), "HEAD", base+"/api/health/database"); resp.StatusCode != want || body != "" {
			t.Errorf("HEAD: %d %q", resp.StatusCode, body)
		}
	}
}

func TestMetrics(t *testing.T) {
	database := store.Health{Status: "pass", Pool: store.PoolStats{Max: 10, WaitMS: 1500}}
	s := newTestServer(t, func(c *Config) { c.Database = func() store.Health { return database } })
	public, admin := "http://"+serve(t, s.Public), "http://"+serve(t, s.Admin)
	c := client(t)
	snap := testSnapshot(testPage(t, 1, 3000))
	now := time.Now()
	snap.Status.Page = &status.PageInfo{DataAt: now.Add(-time.Minute), PublishedAt: now, Products: 91,
		Categories: 12, Skipped: map[string]render.SkippedInfo{"no_name": {Count: 3}}}
	snap.Status.Upload = &status.Upload{Status: status.Warn}
	before := *snap
	before.Status.LastRefresh = &status.Outcome{ID: "0", Trigger: "schedule", Result: "rejected", ErrorClass: "gate",
		Rule: render.RuleMaxShrink, StartedAt: now}
	s.metrics.seen = false
	s.Show(&before) // the state that was found at start
	snap.Status.LastRefresh = &status.Outcome{ID: "1", Trigger: "schedule", Result: "rejected", ErrorClass: "gate",
		Rule: render.RuleMaxShrink, StartedAt: now.Add(-time.Hour), DurationMS: 20, Phases: status.Phases{QueryMS: 5}}
	s.Show(snap)  // of a clock that was set back
	s.Show(snap)  // the same refresh, shown again with its encodings
	for range 3 { // all but the first replayed
		ask(t, c, "GET", public+"/")
	}
	for range 3 {
		ask(t, c, "GET", public+"/", "If-None-Match", snap.Page.ETag)
	}
	for _, path := range []string{"/", "/", "/?not-replayed", "/?not-replayed"} {
		ask(t, c, "GET", public+path, "Accept-Encoding", "gzip")
	}
	ask(t, c, "GET", public+"/nothing")
	_, body := ask(t, c, "GET", admin+"/metrics")
	for _, line := range []string{
		`vitrine_status{status="pass"} 1`, `vitrine_status{status="fail"} 0`, `vitrine_build_info{version="v1.2.3"} 1`,
		`vitrine_ready 1`, `vitrine_upload_failing 1`,
		`vitrine_page_products 91`, `vitrine_page_skipped_products{reason="no_name"} 3`,
		`vitrine_database_up 1`, `go_sql_max_open_connections{db_name="catalogue"} 10`,
		`go_sql_wait_duration_seconds_total{db_name="catalogue"} 1.5`,
		`vitrine_refresh_total{error_class="gate",result="rejected",trigger="schedule"} 1`,
		`vitrine_refresh_refused_total{rule="max_shrink"} 1`, `vitrine_refresh_refused_total{rule="question"} 0`,
		`vitrine_last_refresh{error_class="gate",result="rejected",rule="max_shrink"} 1`,
		`vitrine_refresh_duration_seconds_count 1`, `vitrine_refresh_phase_duration_seconds_count{phase="query"} 1`,
		`vitrine_http_requests_total{code="200",encoding="identity"} 3`,
		`vitrine_http_requests_total{code="200",encoding="gzip"} 4`,
		`vitrine_http_requests_total{code="304",encoding="identity"} 3`,
		`vitrine_http_requests_total{code="404",encoding="identity"} 1`,
		`vitrine_http_requests_total{code="200",encoding="br"} 0`, `vitrine_http_connections{side="public"} 1`,
		`vitrine_http_connections{side="admin"} 1`, `vitrine_http_connections_limit{side="admin"} 32`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	late := *snap
	late.Status.ValidUntil = now.Add(-time.Second)
	s.Show(&late)
	if _, body = ask(t, c, "GET", admin+"/metrics"); !strings.Contains(body, `vitrine_status{status="fail"} 1`) {
		t.Error("a status that is not valid any more is not told as fail")
	}
}
