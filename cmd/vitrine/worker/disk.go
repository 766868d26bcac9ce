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

// revision tells one state on the disk from another: which page lay there, and which refresh was the last.
type revision struct{ page, refresh string }

func revisionOf(disk *publish.StoredPage, last *status.Outcome) revision {
	var r revision
	if disk != nil {
		r.page = disk.Info.ETag
	}
	if last != nil {
		r.refresh = last.ID
	}
	return r
}

// catchUp takes over what another process has put on the disk since this one last looked, and reports whether there was
// any. What cannot be read changes nothing: what is in memory stays up.
func (w *Worker) catchUp() bool {
	st, body, err := w.cfg.Public.Load()
	w.note("page", err)
	if err != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	now := revisionOf(st.Page, st.LastRefresh)
	if now == v.revision {
		return false
	}
	v.revision, v.disk = now, st.Page
	if newest := cmp.Or(st.Page, st.Previous); newest != nil && (w.ofRival(newest.Info.Source) || w.notOurs(*newest)) {
		return false
	}
	w.adoptHistory(st)
	w.adoptPage(st, body)
	return true
}

// source is the fingerprint of a page made here.
func (w *Worker) source(s store.Source) *status.Source {
	site := w.cfg.Site
	return &status.Source{Database: s.Database, Settings: s.Settings, Demo: site.Demo, SiteName: site.Name,
		SiteURL: site.URL, Site: w.site}
}

// ofRival notices a page that another process has made with other settings over the same folders, and reports whether
// it is one that visitors of this process should not see. Settings that come with the answer may have been changed for
// both.
func (w *Worker) ofRival(was *status.Source) bool {
	if w.own == nil || was == nil || was.Site == "" || *was == *w.own {
		return false
	}
	w.rival = was
	return was.Site != w.own.Site || was.Database != w.own.Database
}

// noteRival tells of the rival since the refresh before, if it still is one after this.
func (w *Worker) noteRival() {
	var err error
	if w.rival != nil && w.own != nil && *w.rival != *w.own {
		err = &store.Error{Class: store.Publish, Sentence: "another vitrine with other settings publishes into the " +
			"same folders, so the pages take turns there; give each its own PUBLIC_DIR and STATE_DIR"}
	}
	w.rival = nil
	w.note("rival", err)
}

// notOurs reports whether a page must not be shown here: the demo shop's for a real shop or the other way, and another
// database's, unless it is the last page of this site and there is none yet of the database that is set now (invariant
// I12). The caller holds mu.
func (w *Worker) notOurs(p publish.StoredPage) bool {
	now := w.source(w.cfg.Source())
	was := p.Info.Source
	switch {
	case was == nil:
		return p.Catalogue.Source.Database != now.Database
	case was.Demo != now.Demo:
		return true
	case was.Database == now.Database:
		return false
	}
	return now.Demo || was.SiteName != now.SiteName || was.SiteURL != now.SiteURL || w.view.page != nil
}

// noteSource tells where the page that is up is of another database than the one that is set.
func (w *Worker) noteSource() {
	var err error
	if up := w.view.state.Page; up != nil && up.Catalogue.Source.Database != w.cfg.Source().Database {
		err = &store.Error{Class: store.Other, Sentence: "this page is of the database that was set before; " +
			"DATABASE_URL names another one now, which has given no page yet"}
	}
	w.note("source", err)
}

// adoptHistory replaces our history by another process's newer one. The caller holds mu.
func (w *Worker) adoptHistory(st publish.State) {
	ours := w.view.state.LastRefresh
	if ours != nil && (st.LastRefresh == nil || w.older(st.LastRefresh.StartedAt, ours.StartedAt)) {
		return
	}
	v := &w.view.state
	v.LastRefresh, v.LastSuccessAt = st.LastRefresh, st.LastSuccessAt
	v.ConsecutiveFailures, v.History = st.ConsecutiveFailures, st.History
	if last := st.LastRefresh; last != nil && last.Result == status.Failed {
		o := *last
		if o.ErrorClass == store.Template && w.view.set.broken == nil {
			o.ErrorClass = "" // ours are good
		}
		w.planRetry(o) // another process has failed, and will not try again
	}
}

// older reports whether theirs comes before ours. A time of ours that is later than now says nothing: a clock was
// ahead.
func (w *Worker) older(theirs, ours time.Time) bool {
	return theirs.Before(ours) && !status.Ahead(ours, w.now())
}

// adoptPage takes over a page whose data is as new as ours. Where only its record is left, because index.html is gone
// or somebody else's, and we have none, the record is rendered again. The caller holds mu.
func (w *Worker) adoptPage(st publish.State, body []byte) {
	v := &w.view
	if st.Page == nil {
		if v.page == nil && st.Previous != nil && !st.Previous.Bare() && !v.set.fallback {
			w.revive(*st.Previous)
		}
		return
	}
	if ours := v.state.Page; ours != nil && (w.older(st.Page.Info.DataAt, ours.Info.DataAt) ||
		st.Page.Bare() && ours.Info.ETag == st.Page.Info.ETag) {
		return // ours is newer, or we know more of it
	}
	v.state.Page = st.Page
	if v.page == nil || v.page.ETag != st.Page.Info.ETag {
		v.page = w.document(body)
	}
}

// revive renders a record whose page is lost, for the time until the first refresh. The caller holds mu.
func (w *Worker) revive(record publish.StoredPage) {
	a := newAttempt(Request{Trigger: status.TriggerStartup, Force: true})
	a.catalogue = record.Catalogue
	ctx, cancel := context.WithTimeout(w.base, render.TryTime)
	defer cancel()
	if err := guard(func() error { return w.render(ctx, a, w.view.set.ts) }); err != nil {
		w.cfg.Log.Warn("the last page cannot be rendered again", "error", err)
		return
	}
	a.next.Info.PublishedAt = record.Info.PublishedAt
	w.view.state.Page, w.view.page = &a.next, a.doc
}

// putBack writes the page that is up where index.html is gone, somebody else's, or older because it could not be
// written. The state on the disk knows the page already.
func (w *Worker) putBack() {
	w.mu.Lock()
	up, page := w.view.state.Page, w.view.page
	w.mu.Unlock()
	if up == nil || page == nil || w.rival != nil {
		return
	}
	err := w.cfg.Public.PublishPage(page.Body)
	w.note("public", err)
	if err == nil {
		w.update(func(v *view) { v.disk = up })
	}
}

// lockPatience is how long a look at the folders waits for a process that refreshes them.
const lockPatience = 300 * time.Millisecond

// pickUp shows what another process has published. While that one still holds the lock it may write its status: the
// page is shown, and the status written after the next look.
func (w *Worker) pickUp() {
	ctx, cancel := context.WithTimeout(w.base, lockPatience)
	defer cancel()
	unlock, err := w.cfg.Public.Lock(ctx)
	if err == nil {
		defer unlock()
	}
	w.again.Store(errors.Is(err, publish.ErrLocked))
	if w.catchUp() {
		w.show()
		w.recordStatus()
	}
}

// repairEvery is how often files that cannot be written are tried again.
const repairEvery = 3 * time.Second

// damaged reports whether the disk lacks something of what visitors see that can be tried to be put there now: it was
// deleted or changed, or could not be written before.
func (w *Worker) damaged() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	if time.Since(v.repairedAt) < repairEvery || v.degraded["rival"] != (condition{}) {
		return false
	}
	for _, place := range []string{"public", "state", "status", "assets", "encodings"} {
		if _, degraded := v.degraded[place]; degraded {
			return true
		}
	}
	return v.state.Page != nil && v.disk == nil || w.cfg.Public.Damaged()
}

// repair writes the page that is up, its small files, the state and the status where they are missing or are not what
// they should be. No query is sent, and it is no refresh: the history does not tell of it.
func (w *Worker) repair() {
	ctx, cancel := context.WithTimeout(w.base, lockPatience)
	defer cancel()
	unlock, err := w.cfg.Public.Lock(ctx)
	if err != nil {
		return // whoever holds it writes
	}
	defer unlock()
	w.catchUp()
	if w.rival != nil { // two that repair each other's files would never end
		w.update(func(v *view) { v.repairedAt = time.Now() })
		return
	}
	w.assets = savedAssets{}
	w.saveAssets(w.view.set.ts, w.view.state.Page)
	w.note("state", w.writeState(w.view.state))
	w.putBack()
	w.saveEncodings()
	w.update(func(v *view) {
		v.repairedAt = time.Now()
		v.revision = revisionOf(v.disk, v.state.LastRefresh)
	})
	w.show()
	if !w.cfg.Public.KeepStatusOfAnother(w.process, w.now()) {
		w.recordStatus()
	}
}
