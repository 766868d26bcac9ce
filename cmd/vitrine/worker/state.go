package worker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// mark tells one state on the disk from another: which page lay there, and which refresh was the last.
type mark struct{ page, refresh string }

func markOf(disk *publish.StoredPage, last *status.Outcome) mark {
	var m mark
	if disk != nil {
		m.page = disk.Info.ETag
	}
	if last != nil {
		m.refresh = last.ID
	}
	return m
}

// reread takes over what another process has put on the disk since this one last looked, and tells whether it did. What
// cannot be read changes nothing: what is in memory stays up.
func (w *Worker) reread() bool {
	st, body, err := w.cfg.Public.Load()
	if err != nil {
		w.note("page", err)
		return false
	}
	w.note("page", nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	m := markOf(st.Page, st.LastRefresh)
	if m == v.mark {
		return false
	}
	v.mark, v.disk = m, st.Page
	if newest := cmp.Or(st.Page, st.Previous); newest != nil && w.foreign(*newest) {
		return false
	}
	w.takeStory(st)
	w.takePage(st, body)
	return true
}

// foreign tells whether a page is of another database: the demo shop's page is not the real shop's last page.
func (w *Worker) foreign(p publish.StoredPage) bool {
	return p.Catalogue.Source.Database != w.cfg.Source().Database
}

// takeStory takes over a story that goes on beyond ours. The caller holds mu.
func (w *Worker) takeStory(st publish.State) {
	ours := w.view.state.LastRefresh
	if ours != nil && (st.LastRefresh == nil || st.LastRefresh.StartedAt.Before(ours.StartedAt)) {
		return
	}
	v := &w.view.state
	v.LastRefresh, v.LastSuccessAt, v.ConsecutiveFailures, v.History = st.LastRefresh, st.LastSuccessAt, st.ConsecutiveFailures, st.History
	if last := st.LastRefresh; last != nil && last.Result == status.Failed {
		o := *last
		if o.ErrorClass == store.Template && w.view.set.broken == nil {
			o.ErrorClass = "" // ours are good
		}
		w.plan(o) // another process has failed, and will not try again
	}
}

// takePage takes over a page whose data is as new as ours. Where only its record is left, because index.html is gone or
// somebody else's, and we have none, the record is rendered again. The caller holds mu.
func (w *Worker) takePage(st publish.State, body []byte) {
	v := &w.view
	if st.Page == nil {
		if v.page == nil && st.Previous != nil && !v.set.standIn {
			w.revive(*st.Previous)
		}
		return
	}
	if v.state.Page != nil && st.Page.Info.DataAt.Before(v.state.Page.Info.DataAt) {
		return
	}
	v.state.Page = st.Page
	if v.page == nil || v.page.ETag != st.Page.Info.ETag {
		v.page = w.homepage(body, v.set.ts)
	}
}

// revive renders a record whose page is lost, for the time until the first refresh. The caller holds mu.
func (w *Worker) revive(record publish.StoredPage) {
	a := newAttempt(Request{Trigger: status.TriggerStartup, Force: true})
	a.catalogue = record.Catalogue
	if err := guard(func() error { return w.build(a, w.view.set.ts) }); err != nil {
		w.cfg.Log.Warn("the last page cannot be rendered again", "error", err)
		return
	}
	a.next.Info.PublishedAt = record.Info.PublishedAt
	a.put = true
	w.commit(a)
}

// homepage makes the document of a page.
func (w *Worker) homepage(body []byte, ts *render.Templates) *publish.Document {
	return publish.NewDocument(body, htmlType, ts.CSP(w.cfg.Site, body))
}

// pickUpPatience is how long a page of another process waits for that process to finish its story before it is shown.
const pickUpPatience = 300 * time.Millisecond

// pickUp shows what another process has published. While that one still holds the lock its story is not written to the end:
// the page is shown, and the rest is taken with the next look.
func (w *Worker) pickUp() {
	ctx, cancel := context.WithTimeout(w.base, pickUpPatience)
	defer cancel()
	unlock, err := w.cfg.Public.Lock(ctx)
	if err == nil {
		defer unlock()
	}
	w.again.Store(errors.Is(err, publish.ErrLocked))
	if w.reread() {
		w.show()
		w.saveStatus()
		w.encode()
	}
}

// mendEvery is how often files that cannot be written are tried again.
const mendEvery = 5 * time.Second

// damaged tells whether the disk lacks something of what visitors see that can be tried to be put there now: it was deleted, or could not be
// written before.
func (w *Worker) damaged() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	if v.state.Page == nil || time.Since(v.mendedAt) < mendEvery {
		return false
	}
	for _, place := range []string{"public", "state", "status", "assets"} {
		if _, faint := v.faint[place]; faint {
			return true
		}
	}
	return w.cfg.Public.Damaged()
}

// mend writes the page that is up, its small files, the state and the status where they are missing. No query is sent, and it is no refresh: the
// story does not tell of it.
func (w *Worker) mend() {
	ctx, cancel := context.WithTimeout(w.base, pickUpPatience)
	defer cancel()
	unlock, err := w.cfg.Public.Lock(ctx)
	if err != nil {
		return // whoever holds it writes
	}
	defer unlock()
	w.reread()
	w.mu.Lock()
	w.view.mendedAt = time.Now()
	w.mu.Unlock()
	a := newAttempt(Request{})
	a.locked = true
	w.assets = savedAssets{}
	w.saveAssets(w.view.set.ts, w.view.state.Page)
	w.restore(a)
	w.show()
	w.save(a)
}
