package worker

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

const htmlType = "text/html; charset=utf-8"

func (w *Worker) document(body []byte) *publish.Document {
	return publish.NewDocument(body, htmlType, render.CSP(w.cfg.Site, body))
}

// show hands out a snapshot of what is in view: page and status together. The documents are written without holding mu.
func (w *Worker) show() {
	w.showing.Lock()
	defer w.showing.Unlock()
	w.mu.Lock()
	v := &w.view
	snap := &publish.Snapshot{Page: v.page, NotFound: v.set.notFound, Unavailable: v.set.unavailable,
		Status: w.status(), TemplateLine: v.set.brokenLine()}
	w.mu.Unlock()
	text, errJSON := json.MarshalIndent(snap.Status, "", "  ")
	page, errHTML := status.Page(w.cfg.Site, snap.Status)
	if err := cmp.Or(errJSON, errHTML); err == nil {
		snap.StatusJSON = publish.NewDocument(append(text, '\n'), "application/json", "")
		snap.StatusHTML = w.document(page)
	} else {
		w.cfg.Log.Error("write the status", "error", err)
	}
	w.shown.Store(snap)
	w.display(snap)
}

// status fills the document. The caller holds mu.
func (w *Worker) status() status.Status {
	v, now := &w.view, w.now()
	next := w.nextRefresh()
	s := status.Status{
		Schema: 1, Version: w.cfg.Version, GeneratedAt: wallTime(now), ValidUntil: next.Add(w.cfg.Timeout + validForMore),
		Process: w.process, LastRefresh: v.state.LastRefresh, LastSuccessAt: v.state.LastSuccessAt,
		ConsecutiveFailures: v.state.ConsecutiveFailures, Database: w.database(),
		Upload: v.upload, Templates: w.templateInfo(), History: v.state.History,
	}
	if last := s.LastRefresh; v.live || last == nil || last.Trigger != status.TriggerCommand {
		s.NextRefreshAt = &next // after a command nobody is there to do it
	}
	if s.History == nil {
		s.History = []status.HistoryEntry{}
	}
	if up := v.state.Page; up != nil && v.page != nil {
		info := up.Info
		info.Encodings = status.Encodings{BR: len(v.page.BR), Gzip: len(v.page.Gzip)}
		s.Page = &info
	}
	var degraded []string
	s.Notices = append(append([]string{}, w.cfg.Public.Notices()...), w.cfg.Notices()...)
	for _, place := range slices.Sorted(maps.Keys(v.degraded)) {
		c := v.degraded[place]
		degraded = append(degraded, c.sentence)
		if !c.noticed && !slices.Contains(s.Notices, c.sentence) {
			s.Notices = append(s.Notices, c.sentence)
		}
	}
	if up := v.state.Page; up != nil {
		degraded = append(degraded, up.Catalogue.Warnings...)
		s.Notices = append(append(s.Notices, up.Catalogue.Warnings...), up.Catalogue.Notices...)
	}
	s.Evaluate(now, w.stale, degraded)
	if !v.stoppedAt.IsZero() {
		s.Stop(v.stoppedAt)
	}
	return s
}

// database is the store's health, with the most connections that the last refresh had in use: at rest there are none.
func (w *Worker) database() store.Health {
	h := w.cfg.Health()
	h.ActiveConnections = max(h.ActiveConnections, w.view.peak)
	h.Pool.InUse = max(h.Pool.InUse, w.view.peak)
	return h
}

// reevaluate shows and saves the status again when time alone has changed the verdict, or the store has news.
func (w *Worker) reevaluate() {
	w.mu.Lock()
	now := w.status()
	w.mu.Unlock()
	if shown := w.shown.Load().Status; now.Status != shown.Status || !slices.Equal(now.Notices, shown.Notices) {
		w.show()
		w.saveStatus()
	}
}

// recordStatus writes the status files once: now, or after the encoding of a new page, whose sizes they tell.
func (w *Worker) recordStatus() {
	if !w.encode() {
		w.saveStatus()
	}
}

// saveStatus writes the newest status to the disk: each write is of a snapshot at least as new as the one before.
// Whether that works is part of the status, so that news of it is written, too.
func (w *Worker) saveStatus() {
	w.saving.Lock()
	defer w.saving.Unlock()
	if news := w.writeStatus(); news {
		w.show()
		w.writeStatus()
	}
}

// writeStatus writes the last snapshot's status, and reports whether that it works, or does not, is news.
func (w *Worker) writeStatus() bool {
	snap := w.shown.Load()
	if snap.StatusJSON == nil {
		return false
	}
	return w.note("status", w.cfg.Public.SaveStatus(snap.StatusJSON.Body, snap.StatusHTML.Body))
}
