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

// readGrace is how long a read may go on after the refresh's deadline before it is left to itself: a driver that does not listen
// must not stop the worker.
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
	body      []byte
	next      publish.StoredPage // what is to be up
	changes   *render.Changes    // against the page before; nil where there was none or nothing is published
	result    string             // published or unchanged, once build has found nothing to refuse
	put       bool               // next stands: on the disk, or in memory where the folder cannot be written
	onDisk    bool
}

func newAttempt(req Request) *attempt {
	now := time.Now()
	return &attempt{req: req, started: now, id: now.UTC().Format("20060102T150405.000Z") + fmt.Sprintf("-%04x", rand.N(1<<16))}
}

// refresh does one data refresh: lock, state, templates, read, render, gate, publish, and settles how it ended.
func (w *Worker) refresh(f *flight) (Report, error) {
	ctx, cancel := context.WithTimeout(w.base, w.cfg.Timeout)
	defer cancel()
	a := newAttempt(f.req)
	w.mu.Lock()
	w.view.retryAt = time.Time{}
	w.mu.Unlock()
	unlock, err := w.lock(ctx, a)
	defer unlock()
	if err == nil {
		err = guard(func() error { return w.steps(ctx, a, f) })
	}
	return w.settle(a, err)
}

// lock takes the lock that processes over the same folders share. A dry run writes nothing and needs none. Where locks do not
// work at all, the page is refreshed without, except for a command, which a person looks at.
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

// steps are those of a refresh that can fail; after them a.next is up.
func (w *Worker) steps(ctx context.Context, a *attempt, f *flight) error {
	if w.reread() {
		w.show()
	}
	if !a.req.DryRun {
		w.restore(a)
		w.renew(a) // tells of its failure itself; the templates before stay in use
		w.saveAssets(w.view.set.ts, w.view.state.Page)
	}
	if set := w.view.set; set.standIn {
		return set.broken // the default look would be worse than the page that is up
	}
	if err := w.read(ctx, a, f); err != nil {
		return err
	}
	if err := w.build(a, w.view.set.ts); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before publishing: %w", err)
	}
	if a.req.DryRun {
		return nil
	}
	w.saveAssets(w.view.set.ts, &a.next)
	return w.publish(a)
}

// read sends the query and seals the flight when it goes out. A read that goes on well past the deadline is given up.
func (w *Worker) read(ctx context.Context, a *attempt, f *flight) error {
	type answer struct {
		catalogue store.Catalogue
		cost      store.Cost
		err       error
	}
	answers := make(chan answer, 1)
	go func() {
		var got answer
		got.err = guard(func() (err error) {
			got.catalogue, got.cost, err = w.cfg.Read(ctx, func() { w.queue.seal(f) })
			return err
		})
		answers <- got
	}()
	var got answer
	select {
	case got = <-answers:
	case <-ctx.Done():
		select {
		case got = <-answers:
		case <-time.After(readGrace):
			return fmt.Errorf("read given up: %w", ctx.Err())
		}
	}
	a.cost, a.catalogue = got.cost, got.catalogue
	a.phases.AcquireMS, a.phases.QueryMS = millis(got.cost.Acquire), millis(got.cost.Query)
	if got.err == nil && a.catalogue.ReadAt.IsZero() {
		a.catalogue.ReadAt = a.started
	}
	return got.err
}

// build renders the catalogue and asks the gate. It fills next, changes and result.
func (w *Worker) build(a *attempt, ts *render.Templates) (err error) {
	begin := time.Now()
	defer func() { a.phases.RenderMS = millis(time.Since(begin)) }()
	page, skipped := render.NewPage(w.cfg.Site, a.catalogue)
	if a.body, err = ts.Render(page); err != nil {
		return err
	}
	left := render.TallySkipped(skipped)
	sum := page.Summary()
	sum.LeftOut = render.SkippedWords(left)
	info := status.PageInfo{
		PublishedAt: clock(w.now()), DataAt: clock(a.catalogue.ReadAt), ETag: publish.ETag(a.body), Bytes: len(a.body),
		Categories: sum.Categories, Products: sum.Products, Skipped: left, Changes: noChanges(),
	}
	up := w.view.state.Page
	if up != nil && up.Info.ETag == info.ETag { // what is up already is no worse than what is up
		info.PublishedAt, info.Changes = up.Info.PublishedAt, up.Info.Changes
		a.result, a.next = status.Unchanged, publish.StoredPage{Info: info, Catalogue: a.catalogue}
		return nil
	}
	if err := w.cfg.Gate.Check(a.body, sum, w.upFor(a.catalogue.Source), a.req.Force); err != nil {
		return err
	}
	if up != nil {
		info.Changes = render.Diff(w.cfg.Site, up.Catalogue, a.catalogue)
		a.changes = &info.Changes
	}
	a.result = status.Published
	a.next = publish.StoredPage{Info: info, Catalogue: a.catalogue}
	return nil
}

// upFor is the page that the next one must not fall short of; nil where there is none, or the owner has changed what it shows.
func (w *Worker) upFor(s store.Source) *render.PageSummary {
	up := w.view.state.Page
	if up == nil || up.Catalogue.Source != s {
		return nil
	}
	sum := up.Info.Summary()
	return &sum
}

// publish puts the page up, in the order that a crash at any instant leaves a page that Load knows: state, page. It does not look
// at any deadline: begun, it is finished. An unchanged page is not written again, but put back if it is gone.
func (w *Worker) publish(a *attempt) error {
	begin := time.Now()
	defer func() { a.phases.PublishMS = millis(time.Since(begin)) }()
	if disk := w.view.disk; disk == nil || disk.Info.ETag != a.next.Info.ETag {
		st := w.view.state
		st.Page, st.Previous = &a.next, disk
		if err := w.tolerate(a, "state", w.cfg.Public.SaveState(st)); err != nil {
			return err
		}
	}
	err := w.cfg.Public.PublishPage(a.body)
	a.onDisk = err == nil
	if err := w.tolerate(a, "public", err); err != nil {
		return err
	}
	a.put = true
	return nil
}

// restore puts the last good page back where index.html is gone, somebody else's, or older because it could not be written.
func (w *Worker) restore(caller *attempt) {
	w.mu.Lock()
	up, page := w.view.state.Page, w.view.page
	w.mu.Unlock()
	if disk := w.view.disk; up == nil || disk != nil && disk.Info.ETag == up.Info.ETag {
		return
	}
	a := &attempt{req: caller.req, next: *up, body: page.Body}
	if err := w.publish(a); err != nil {
		w.note("public", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.commit(a)
}

// saveAssets writes the small files of the templates in use and of a page (nil for none). A page without its pictures is better than
// an old page, so a failure is a weakness only, and tried again with the next refresh.
func (w *Worker) saveAssets(ts *render.Templates, page *publish.StoredPage) {
	want := savedAssets{ts: ts}
	var pictures map[string][]byte
	if page != nil && w.cfg.Pictures != nil {
		want.etag, pictures = page.Info.ETag, w.cfg.Pictures(page.Catalogue)
	}
	if w.assets == want {
		return
	}
	err := w.cfg.Public.SaveAssets(ts.Assets(pictures))
	if err == nil {
		w.assets = want
	}
	w.note("assets", err)
}

// savedAssets says whose small files are saved: a set of templates, and a page.
type savedAssets struct {
	ts   *render.Templates
	etag string
}

// tolerate turns the failure to write a folder into a weakness where the page can be served from memory: when the folder cannot be written
// at all, or when there is no page yet, since any is better than none. A command has no memory to serve from.
func (w *Worker) tolerate(a *attempt, place string, err error) error {
	if err != nil && (a.req.Trigger == status.TriggerCommand || !errors.Is(err, publish.ErrReadOnly) && w.view.page != nil) {
		return err
	}
	w.note(place, err)
	return nil
}

// panicError is a panic of anything that a refresh calls.
type panicError struct {
	value any
	stack []byte
}

// Error is for the log.
func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// guard runs f and gives its panic as an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return f()
}

// noChanges is the empty Changes as documents write it: with lists, not null.
func noChanges() render.Changes {
	none := render.ChangeSet{Names: []string{}}
	return render.Changes{Added: none, Removed: none, Changed: none}
}

// millis is d in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
