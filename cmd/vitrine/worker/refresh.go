package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// readGrace is how long a read may go on after the refresh's deadline before it is left to itself: a driver that does
// not listen must not stop the worker.
const readGrace = 250 * time.Millisecond

// attempt is one refresh, or one re-rendering, from its start to its end.
type attempt struct {
	req     Request
	id      string
	started time.Time // with monotonic reading
	locked  bool      // this process holds the lock: files may be written
	cost    store.Cost
	phases  status.Phases

	catalogue store.Catalogue
	page      render.Page
	skipped   map[string]render.SkippedInfo
	doc       *publish.Document
	next      publish.StoredPage // what is to be up
	changes   *render.Changes    // against the page before; nil where there was none or nothing is published
	result    string             // published or unchanged, once the gate has found nothing to refuse
	saved     bool               // the state on the disk tells of this attempt
	put       bool               // next is up: on the disk, or in memory where the folder cannot be written
	onDisk    bool
}

func newAttempt(req Request) *attempt {
	now := time.Now()
	id := now.UTC().Format("20060102T150405.000Z") + fmt.Sprintf("-%04x", rand.N(1<<16))
	return &attempt{req: req, started: now, id: id}
}

// refresh does one data refresh: the stages of the package comment. sentAt is when the query went out; zero where none
// did.
func (w *Worker) refresh(req Request) (r Report, sentAt time.Time, err error) {
	ctx, cancel := context.WithTimeout(w.base, w.cfg.Timeout)
	defer cancel()
	a := newAttempt(req)
	w.update(func(v *view) { v.retryAt = time.Time{} })
	unlock, err := w.lock(ctx, a) // 1
	defer unlock()
	if err == nil {
		err = guard(func() error { return w.newPage(ctx, a) }) // 2 to 5
	}
	r, err = w.finish(a, err) // 6 and 7
	return r, a.cost.SentAt, err
}

// newPage makes the page of what the database holds now, and puts it up.
func (w *Worker) newPage(ctx context.Context, a *attempt) error {
	if w.catchUp() {
		w.show()
	}
	if !a.req.DryRun {
		_ = w.renewTemplates(ctx) // it tells of its failure itself; the templates before stay in use
		w.saveAssets(w.view.set.ts, w.view.state.Page)
	}
	set := w.view.set
	if set.fallback {
		return set.broken // the default look would be worse than the page that is up
	}
	if err := w.read(ctx, a); err != nil { // 2
		return err
	}
	if err := w.render(ctx, a, set.ts); err != nil { // 3 and 4
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before publishing: %w", err)
	}
	if a.req.DryRun {
		return nil
	}
	return w.publish(a, set.ts) // 5
}

// lock takes the lock that processes over the same folders share. A dry run writes nothing and needs none. Where locks
// do not work at all, the page is refreshed without, except for a command, which a person looks at.
func (w *Worker) lock(ctx context.Context, a *attempt) (unlock func(), err error) {
	if a.req.DryRun {
		return func() {}, nil
	}
	unlock, err = w.cfg.Public.Lock(ctx)
	if err == nil {
		a.locked = true
		w.note("lock", nil)
		return unlock, nil
	}
	if errors.Is(err, publish.ErrLocked) || a.req.Trigger == status.TriggerCommand {
		return func() {}, err
	}
	a.locked = true
	w.note("lock", err)
	return func() {}, nil
}

// read sends the query. A read that goes on well past the deadline is given up.
func (w *Worker) read(ctx context.Context, a *attempt) error {
	type answer struct {
		catalogue store.Catalogue
		cost      store.Cost
		err       error
	}
	var seen map[string][]string
	if up := w.view.state.Page; up != nil && up.Catalogue.Source.Database == w.cfg.Source().Database {
		seen = up.Catalogue.Seen
	}
	answers := make(chan answer, 1)
	go func() {
		var got answer
		got.err = guard(func() (err error) {
			got.catalogue, got.cost, err = w.cfg.Read(ctx, seen)
			return err
		})
		answers <- got
	}()
	got := answer{err: fmt.Errorf("read given up: %w", context.DeadlineExceeded), cost: store.Cost{SentAt: a.started}}
	select {
	case got = <-answers:
	case <-ctx.Done():
		select {
		case got = <-answers:
		case <-time.After(readGrace):
		}
	}
	a.cost, a.catalogue = got.cost, got.catalogue
	a.phases.AcquireMS, a.phases.QueryMS = store.Milliseconds(got.cost.Acquire), store.Milliseconds(got.cost.Query)
	if got.err == nil && a.catalogue.ReadAt.IsZero() {
		a.catalogue.ReadAt = a.started
	}
	return got.err
}

// render makes the page of the catalogue, and has the gate judge it.
func (w *Worker) render(ctx context.Context, a *attempt, ts *render.Templates) error {
	begin := time.Now()
	page, skipped := render.NewPage(w.cfg.Site, a.catalogue)
	body, err := ts.Within(ctx).Render(page)
	a.phases.RenderMS = store.Milliseconds(time.Since(begin))
	if err != nil {
		return err
	}
	a.page, a.skipped, a.doc = page, render.TallySkipped(skipped), w.document(body)
	return w.gate(a) // 4
}

// shownPage is the content of the page that is up, kept so that its cards need not be made again to be compared.
type shownPage struct {
	etag string
	page render.Page
}

func (s *shownPage) of(site render.Site, up *publish.StoredPage) render.Page {
	if s.etag != up.Info.ETag { // another process has made it
		s.etag = up.Info.ETag
		s.page, _ = render.NewPage(site, up.Catalogue)
	}
	return s.page
}

// publish puts the page up, in the order that a crash at any instant leaves a page that Load knows: small files, state,
// page. It looks at no deadline: begun, it is finished. An unchanged page is not written again, but put back if it is
// gone.
func (w *Worker) publish(a *attempt, ts *render.Templates) error {
	begin := time.Now()
	defer func() { a.phases.PublishMS = store.Milliseconds(time.Since(begin)) }()
	w.saveAssets(ts, &a.next)
	err := w.saveState(a, w.outcome(a, nil))
	if a.req.Trigger == status.TriggerCommand && errors.Is(err, publish.ErrReadOnly) {
		return err // a person has set the wrong folder
	}
	w.note("state", err) // without it, the status document tells whose page it is
	err = w.cfg.Public.PublishPage(a.doc.Body)
	a.onDisk = err == nil
	if err := w.tolerate(a, err); err != nil {
		a.saved = false // what it tells is not true
		return err
	}
	a.put = true
	w.cards = shownPage{a.doc.ETag, a.page}
	if w.written != nil {
		err := w.cfg.Public.RemoveAssets(w.written)
		if err == nil {
			w.written = nil
		}
		w.note("assets", err)
	}
	return nil
}

// saveAssets writes the small files of the templates and of a page (nil for none); those that are needed no more go
// once the page is up. A page without its pictures is
// better than an old page, so a failure only degrades the status, and is tried again with the next refresh.
func (w *Worker) saveAssets(ts *render.Templates, page *publish.StoredPage) {
	want := savedAssets{ts: ts}
	var pictures map[string][]byte
	if page != nil {
		want.etag, pictures = page.Info.ETag, w.cfg.Pictures(page.Catalogue)
	}
	if w.assets == want {
		return
	}
	files := ts.Assets(pictures)
	err := w.cfg.Public.SaveAssets(files)
	if w.written = nil; err == nil {
		w.assets, w.written = want, files
	}
	w.note("assets", err)
}

// savedAssets says whose small files are saved: a set of templates, and a page.
type savedAssets struct {
	ts   *render.Templates
	etag string
}

// tolerate turns the failure to write the page into a degraded status where it can be served from memory: when the
// folder cannot be written at all, or when there is no page yet, since any is better than none. A command has no memory
// to serve from.
func (w *Worker) tolerate(a *attempt, err error) error {
	w.mu.Lock()
	up := w.view.page != nil
	w.mu.Unlock()
	if err != nil && (a.req.Trigger == status.TriggerCommand || !errors.Is(err, publish.ErrReadOnly) && up) {
		return err
	}
	w.note("public", err)
	return nil
}

// guard runs f and gives its panic as an error, which is for the log.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
