package status

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"vitrine/render"
	"vitrine/render/pagetest"
	"vitrine/store"
)

var statusTime = time.Date(2026, 3, 4, 12, 5, 9, 0, time.FixedZone("", 3600))

// testStatus is a status with everything in it, names of people's making included.
func testStatus() Status {
	at := func(d time.Duration) *time.Time { t := statusTime.Add(d); return &t }
	st := Status{
		Schema: 1, Version: "1.2.3", Status: "pass", Summary: "The page is fresh.", GeneratedAt: statusTime,
		ValidUntil: *at(6 * time.Minute),
		Process:    Process{PID: 42, StartedAt: *at(-time.Hour)}, Notices: []string{"public/ is read-only <b>"},
		Page: &PageInfo{PublishedAt: *at(-time.Hour), DataAt: *at(-time.Minute), Bytes: 64123,
			Encodings: Encodings{BR: 8512, Gzip: 10240}, Categories: 12, Products: 1091,
			Skipped: map[string]render.SkippedInfo{store.SkipBadPrice: {Count: 7, Slugs: []string{"<i>", "b", "c", "d", "e"}},
				"new_reason": {Count: 1, Slugs: []string{"f"}}},
			Changes: render.Changes{Added: render.ChangeSet{Count: 1, Names: []string{"Kettle <script>"}},
				Removed: render.ChangeSet{Count: 0, Names: nil},
				Changed: render.ChangeSet{Count: 9, Names: []string{"a", "b", "c", "d", "كرسي"}}}},
		LastRefresh: &Outcome{ID: "x", Trigger: TriggerSchedule, StartedAt: *at(-time.Minute), DurationMS: 84.4,
			Attempts: 1, Result: Unchanged, Message: "nothing changed"},
		LastSuccessAt: at(-time.Minute), NextRefreshAt: at(4 * time.Minute),
		Database: store.Health{Kind: "postgres", Status: "pass", Role: "primary",
			Queries: store.QueryCounts{Total: 1204, OK: 1200, Failed: 4, Slow: 2, SlowestMS: 2312},
			Pool:    store.PoolStats{Min: 1, Max: 10, Open: 2, InUse: 1, Idle: 1, WaitCount: 3, WaitMS: 12}},
		Templates: TemplateInfo{LoadedAt: *at(-time.Hour), Source: "folder"},
	}
	for i := range 60 {
		h := HistoryEntry{At: *at(time.Duration(i-60) * 5 * time.Minute), Trigger: TriggerSchedule, Result: Unchanged,
			Attempts: 1, Products: 90, InUse: 1, Phases: Phases{0.5, 6, 3, 0}}
		switch i {
		case 10:
			h.Result, h.Products, h.Phases.PublishMS = Published, 91, 5
		case 20:
			h.Result, h.ErrorClass, h.Attempts, h.Products, h.Phases = Failed, store.ConnectRefused, 61, 0,
				Phases{AcquireMS: 3000}
		case 30:
			h.Result, h.ErrorClass = Rejected, store.Gate
		case 40:
			h.InUse, h.WaitCount = 7, 14
		}
		st.History = append(st.History, h)
	}
	return st
}

func statusPage(t *testing.T, st Status) []byte {
	t.Helper()
	body, err := Page(render.Site{Name: "Sample & Sons", Lang: "ar-EG"}, st)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestGoldenStatusPage(t *testing.T) {
	pagetest.Golden(t, "status.html", pagetest.WithoutStyle(statusPage(t, testStatus())))
	pagetest.Golden(t, "status-first.html", pagetest.WithoutStyle(statusPage(t,
		Status{Status: "fail", Summary: "There is no page yet.", GeneratedAt: statusTime, ValidUntil: statusTime})))
}

// textOf is the text of a page as people read it.
func textOf(t *testing.T, body []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TestEvaluate: the summary answers in one sentence why the page is as old as it is; what to do about it is in the
// advice.
func TestEvaluate(t *testing.T) {
	failed := func(st *Status) {
		st.LastRefresh = &Outcome{Result: Failed, ErrorClass: store.ConnectRefused,
			Message: "the database refused the connection. Is it running?"}
	}
	const data, next = "Page has the data of 11:04:09 UTC: ", "; next try 11:09:09 UTC"
	for _, c := range []struct {
		name, state, want string
		change            func(*Status)
	}{
		{"fresh", "Fresh", "Page is fresh: 12 categories and 1,091 products, read at 11:04:09 UTC; next refresh 11:09:09 UTC",
			func(*Status) {}},
		{"many went at once", "Fresh", "Page is fresh: 12 categories and 16 products (16 fewer than before), " +
			"read at 11:04:09 UTC; next refresh 11:09:09 UTC", func(st *Status) {
			st.Page.Products, st.Page.Changes.Removed.Count, st.Page.Changes.Added.Count = 16, 18, 2
		}},
		{"few went", "Fresh", "Page is fresh: 12 categories and 16 products, read at 11:04:09 UTC; next refresh 11:09:09 UTC",
			func(st *Status) {
				st.Page.Products, st.Page.Changes.Removed.Count, st.Page.Changes.Added.Count = 16, 6, 1
			}},
		{"failed", "Needs a look", data + "the last refresh failed (the database refused the connection)" + next, failed},
		{"failed again", "Needs a look", data + "3 refreshes failed (the database refused the connection)" + next,
			func(st *Status) {
				failed(st)
				st.ConsecutiveFailures = 3
			}},
		{"rejected", "Needs a look", data + "the last refresh was rejected (products fell from 96 to 12)" + next,
			func(st *Status) {
				failed(st)
				st.LastRefresh.Result, st.LastRefresh.Message = Rejected, "products fell from 96 to 12; if that is right, accept it"
			}},
		{"template", "Needs a look", data + "the newest templates are not in use (card.html:3: a Card has no Nmae)" + next,
			func(st *Status) {
				st.Templates.Error = "card.html:3: a Card has no Nmae; it has Name"
			}},
		{"template as the refresh's failure", "Needs a look",
			data + "the last refresh failed (the templates are broken: card.html:3: a Card has no Nmae)" + next,
			func(st *Status) {
				failed(st)
				st.Templates.Error = "card.html:3: a Card has no Nmae; it has Name"
				st.LastRefresh.ErrorClass, st.LastRefresh.Message = store.Template, "the templates are broken: "+st.Templates.Error
			}},
		{"no notifications", "Needs a look", data + "the database's notifications do not arrive" + next,
			func(st *Status) { st.Database.Listener = &store.ListenerState{State: "down"} }},
		{"stale", "Failing", "Page has the data of 3 March, 11:05:09 UTC: no refresh has succeeded since it was read" + next,
			func(st *Status) {
				st.Page.DataAt = statusTime.AddDate(0, 0, -1)
			}},
		{"stale and failed", "Failing", "Page has the data of 3 March, 11:05:09 UTC: the last refresh failed " +
			"(the database refused the connection)" + next, func(st *Status) {
			failed(st)
			st.Page.DataAt = statusTime.AddDate(0, 0, -1)
		}},
		{"no page", "Failing", "No page yet: the last refresh failed (the database refused the connection)" + next,
			func(st *Status) { failed(st); st.Page = nil }},
		{"first moment", "Failing", "No page yet: the first refresh is under way",
			func(st *Status) { st.Page, st.LastRefresh = nil, nil }},
	} {
		st := testStatus()
		c.change(&st)
		next := st.NextRefreshAt.UTC()
		st.NextRefreshAt = &next
		if st.Page != nil {
			st.Page.DataAt = st.Page.DataAt.UTC()
		}
		if st.Evaluate(statusTime, 10*time.Minute, nil); st.Summary != c.want {
			t.Errorf("%s: %q, want %q", c.name, st.Summary, c.want)
		}
		if body := statusPage(t, st); !bytes.Contains(body, []byte("<span>"+c.state+"</span>")) ||
			!bytes.HasSuffix(bytes.TrimSpace(body), []byte("</html>")) {
			t.Errorf("%s: the page does not say %s", c.name, c.state)
		}
	}
	st := testStatus()
	st.Evaluate(statusTime, time.Hour, []string{"cannot write public/: it is full; make room",
		"cannot write public/: it is full; make more room"})
	if st.Status != Warn || !strings.Contains(st.Summary, ": cannot write public/: it is full; next try") {
		t.Errorf("degraded: %s %q", st.Status, st.Summary)
	}
	st, newYear := testStatus(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	st.Page.DataAt, st.NextRefreshAt = time.Date(2026, 3, 3, 23, 59, 59, 0, time.UTC), &newYear
	st.Evaluate(statusTime, 24*time.Hour, nil)
	if !strings.HasSuffix(st.Summary, ", read at 3 March, 23:59:59 UTC; next refresh 1 January, 00:00:00 UTC") {
		t.Errorf("of other days: %s %q", st.Status, st.Summary)
	}
}

// TestStatusPageSaysOnce: a long message is told in full once, and counts of one read as such.
func TestStatusPageSaysOnce(t *testing.T) {
	st := testStatus()
	message := "no shop was recognised in the schema \"public\". Looked for a table products; found 3 tables. " +
		"Two ways out: make a view"
	st.LastRefresh.Result, st.LastRefresh.ErrorClass, st.LastRefresh.Message = Failed, store.SchemaMismatch, message
	st.Page.Products, st.Page.Categories = 1, 1
	text := textOf(t, statusPage(t, st))
	if n := strings.Count(text, "Two ways out"); n != 1 {
		t.Errorf("the remedy is told %d times:\n%s", n, text)
	}
	if look, changes := strings.Index(text, "To look at The last refresh failed: no shop"),
		strings.Index(text, "What the last new page changed"); look < 0 || look > changes {
		t.Errorf("what to do is not told near the top:\n%s", text)
	}
	if !strings.Contains(text, "1 product in 1 category") {
		t.Errorf("one is many: %s", text)
	}
	st.LastRefresh.ErrorClass, st.Templates.Error = store.Template, message
	if n := strings.Count(textOf(t, statusPage(t, st)), "Two ways out"); n != 1 {
		t.Errorf("a template's mistake is told %d times", n)
	}
}

// TestStatusPageOfNoChange: the first page has nothing to be compared with, and one that only looks different says so.
func TestStatusPageOfNoChange(t *testing.T) {
	st := testStatus()
	st.Page.Changes = render.Changes{}
	if text := textOf(t, statusPage(t, st)); !strings.Contains(text, "It is the first page") ||
		strings.Contains(text, "Gone 0") {
		t.Errorf("the first page: %s", text)
	}
	st.History[11].Result = Published
	if text := textOf(t, statusPage(t, st)); !strings.Contains(text, "No product: another order") ||
		strings.Contains(text, "Gone 0") {
		t.Errorf("another look: %s", text)
	}
}

// TestStatusRunsOut guards I11: once nobody renews it a status says that, and no longer what was.
func TestStatusRunsOut(t *testing.T) {
	st := testStatus()
	if got := st.At(st.ValidUntil); got.Status != "pass" || got.Summary != st.Summary {
		t.Errorf("before: %s %s", got.Status, got.Summary)
	}
	got := st.At(st.ValidUntil.Add(time.Nanosecond))
	const want = "The worker has stopped or is stuck: nobody has renewed this status since 11:05:09 on 4 March 2026 UTC"
	if got.Status != "fail" || got.Summary != want {
		t.Errorf("after: %s %s", got.Status, got.Summary)
	}
	if body := statusPage(t, st); bytes.Count(body, []byte(` data-late="`)) != 1 ||
		!bytes.Contains(body, []byte(`data-late="`+want+`"`)) {
		t.Error("the script does not find what to say then")
	}
}

// TestPlots: the bars stand where the figures are.
func TestPlots(t *testing.T) {
	if got := plots(Status{History: make([]HistoryEntry, 1)}); got != nil {
		t.Errorf("a history of one gives %d plots", len(got))
	}
	two := []HistoryEntry{
		{Result: Unchanged, Products: 10, InUse: 1, Phases: Phases{QueryMS: 10, RenderMS: 10}},
		{Result: Failed, InUse: 2, WaitCount: 3, Phases: Phases{AcquireMS: 40}},
	}
	list := plots(Status{History: two, Database: store.Health{Pool: store.PoolStats{Max: 4}}})
	for i, want := range [][]string{
		{`viewBox="-14 0 16 100"`, `class="calm" d="M0 100h1v-30h-1z"`, `class="bad" d="M1 100h1v-100h-1z"`},
		{`class="p2" d="M0 100h1v-25h-1z"`, `class="p3" d="M0 75h1v-25h-1z"`, `class="p1" d="M1 100h1v-100h-1z"`},
		{`class="calm" d="M0 100h1v-100h-1z"`, `class="good" d="M0 4h1v-4h-1z"`},
		{`class="good" d="M0 100h1v-25h-1zM1 100h1v-50h-1z"`, `class="bad" d="M1 50h1v-50h-1z"`},
	} {
		for _, part := range want {
			if !strings.Contains(string(list[i].SVG), part) {
				t.Errorf("%s: %s lacks %s", list[i].ID, list[i].SVG, part)
			}
		}
	}
	if list[2].Top != "10" {
		t.Errorf("the products' scale ends at %q, want 10", list[2].Top)
	}
	if !list[0].From.IsZero() {
		t.Error("a short history reaches the left edge")
	}
	for _, h := range [][]HistoryEntry{make([]HistoryEntry, 2), make([]HistoryEntry, 288)} {
		for _, p := range plots(Status{History: h}) {
			if strings.Contains(string(p.SVG)+p.Text, "NaN") || strings.Contains(string(p.SVG)+p.Text, "Inf") {
				t.Errorf("%s of nothing: %s %s", p.ID, p.Text, p.SVG)
			}
		}
	}
}

func TestFiguresForPeople(t *testing.T) {
	for ms, want := range map[float64]string{0: "0 ms", 0.44: "0.4 ms", 9.96: "10.0 ms", 84.2: "84 ms", 999.4: "999 ms",
		2312: "2.3 s", 125_000: "125 s"} {
		if got := milliseconds(ms); got != want {
			t.Errorf("%v ms: %s, want %s", ms, got, want)
		}
	}
	for bytes, want := range map[int]string{0: "0 bytes", 999: "999 bytes", 64123: "64.1 KB", 1_250_000: "1.2 MB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d bytes: %s, want %s", bytes, got, want)
		}
	}
}
