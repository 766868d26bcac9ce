package worker

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// Values of Status.Status.
const (
	pass = "pass"
	warn = "warn"
	fail = "fail"
)

// status fills the document. The caller holds mu.
func (w *Worker) status() status.Status {
	v, now := &w.view, w.now()
	next := w.nextRefresh()
	s := status.Status{
		Schema: 1, Version: w.cfg.Version, GeneratedAt: clock(now), ValidUntil: next.Add(w.cfg.Timeout + validForMore),
		Process: w.process, Notices: w.notices(), LastRefresh: v.state.LastRefresh, LastSuccessAt: v.state.LastSuccessAt,
		ConsecutiveFailures: v.state.ConsecutiveFailures, NextRefreshAt: &next, Database: w.database(),
		Templates: w.templateInfo(), History: v.state.History,
	}
	if s.History == nil {
		s.History = []status.HistoryEntry{}
	}
	if up := v.state.Page; up != nil && v.page != nil {
		info := up.Info
		info.Encodings = v.page.Sizes()
		s.Page = &info
	}
	s.Status, s.Summary = w.judge(s, now)
	return s
}

// database is the store's health, with the most connections that the last refresh had in use: at rest there are none.
func (w *Worker) database() store.Health {
	h := w.cfg.Health()
	h.ActiveConnections = max(h.ActiveConnections, w.view.peak)
	h.Pool.InUse = max(h.Pool.InUse, w.view.peak)
	return h
}

// notices are all sentences that people should read, each once.
func (w *Worker) notices() []string {
	all := slices.Concat(w.cfg.Public.Notices(), w.cfg.Notices())
	for _, place := range slices.Sorted(maps.Keys(w.view.faint)) {
		if f := w.view.faint[place]; !f.told {
			all = append(all, f.sentence)
		}
	}
	out := []string{}
	for _, n := range all {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// judge gives status and summary by the rules of DESIGN section 7. The caller holds mu.
func (w *Worker) judge(s status.Status, now time.Time) (status, summary string) {
	reasons := w.reasons(s)
	tail := "; next try " + s.NextRefreshAt.Format("15:04:05") + " UTC"
	if s.Page == nil {
		if len(reasons) == 0 {
			return fail, "No page yet: the first refresh is under way"
		}
		return fail, "No page yet: " + strings.Join(reasons, ", and ") + tail
	}
	age := now.Sub(s.Page.DataAt)
	old := "Page has the data of " + moment(s.Page.DataAt, now) + ": " // not its age, which would be wrong a second later
	switch {
	case age > w.stale && len(reasons) == 0:
		return fail, old + "no refresh has succeeded since it was read" + tail
	case age > w.stale:
		return fail, old + strings.Join(reasons, ", and ") + tail
	case len(reasons) > 0:
		return warn, old + strings.Join(reasons, ", and ") + tail
	}
	return pass, fmt.Sprintf("Page is fresh: %s and %s, read at %s UTC; next refresh %s UTC", plural(s.Page.Categories, "category", "categories"),
		plural(s.Page.Products, "product", "products"), s.Page.DataAt.Format("15:04:05"), s.NextRefreshAt.Format("15:04:05"))
}

// reasons are why the status does not pass, as parts of a sentence; what to do about them stands in the messages themselves. The caller holds mu.
func (w *Worker) reasons(s status.Status) []string {
	var out []string
	switch last := s.LastRefresh; {
	case last == nil:
	case last.Result == status.Failed && s.ConsecutiveFailures > 1:
		out = append(out, fmt.Sprintf("%d refreshes failed (%s)", s.ConsecutiveFailures, status.Headline(last.Message)))
	case last.Result == status.Failed:
		out = append(out, fmt.Sprintf("the last refresh failed (%s)", status.Headline(last.Message)))
	case last.Result == status.Rejected:
		out = append(out, fmt.Sprintf("the last refresh was rejected (%s)", status.Headline(last.Message)))
	}
	if s.Templates.Error != "" && (s.LastRefresh == nil || s.TellMessage()) { // or it has been told as the refresh's
		out = append(out, fmt.Sprintf("the newest templates are not in use (%s)", status.Headline(s.Templates.Error)))
	}
	if l := s.Database.Listener; l != nil && l.State != "listening" {
		out = append(out, "the database's notifications do not arrive")
	}
	for _, place := range slices.Sorted(maps.Keys(w.view.faint)) {
		if sentence := status.Headline(w.view.faint[place].sentence); !slices.Contains(out, sentence) {
			out = append(out, sentence)
		}
	}
	return out
}

// moment is a time as people read it at now: with the day where that is another.
func moment(t, now time.Time) string {
	layout := "15:04:05 UTC"
	if t.UTC().Format(time.DateOnly) != now.UTC().Format(time.DateOnly) {
		layout = "2 January, 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}

// show hands a new snapshot out.
func (w *Worker) show() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swap()
}

// swap makes a snapshot of what is in view and hands it out: page and status together. The caller holds mu.
func (w *Worker) swap() {
	v := &w.view
	snap := &publish.Snapshot{Page: v.page, NotFound: v.set.notFound, Unavailable: v.set.unavailable, Status: w.status(), TemplateLine: v.set.brokenLine()}
	if text, err := json.MarshalIndent(snap.Status, "", "  "); err == nil {
		snap.StatusJSON = publish.NewDocument(append(text, '\n'), "application/json", "")
	} else {
		w.cfg.Log.Error("write the status", "error", err)
	}
	if page, err := status.Page(w.cfg.Site, snap.Status); err == nil {
		snap.StatusHTML = w.homepage(page, v.set.ts)
	} else {
		w.cfg.Log.Error("render the status page", "error", err)
	}
	v.snap = snap
	w.cfg.Show(snap)
}

// regrade shows and saves the status again when time alone has changed the verdict, or the store has news.
func (w *Worker) regrade() {
	w.mu.Lock()
	now, shown := w.status(), w.view.snap.Status
	news := now.Status != shown.Status || !slices.Equal(now.Notices, shown.Notices)
	if news {
		w.swap()
	}
	w.mu.Unlock()
	if news {
		w.saveStatus()
	}
}

// saveStatus writes the newest status to the disk: each write is of a snapshot at least as new as the one before.
func (w *Worker) saveStatus() {
	w.saving.Lock()
	defer w.saving.Unlock()
	if news := w.writeStatus(); news {
		w.show()
		w.writeStatus()
	}
}

// writeStatus writes the last snapshot's status and tells whether that it works, or does not, is news.
func (w *Worker) writeStatus() bool {
	w.mu.Lock()
	snap := w.view.snap
	w.mu.Unlock()
	if snap.StatusJSON == nil || snap.StatusHTML == nil {
		return false
	}
	return w.note("status", w.cfg.Public.SaveStatus(snap.StatusJSON.Body, snap.StatusHTML.Body))
}
