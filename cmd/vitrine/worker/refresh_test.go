package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// TestFirstMoment: status and error pages are there before anything was read, and nothing is written yet.
func TestFirstMoment(t *testing.T) {
	w := newStage(t, newShop(10))
	snap := w.first()
	whole(t, snap)
	if snap.Page != nil || snap.Status.Status != status.Fail || !strings.HasPrefix(snap.Status.Summary, "No page yet") ||
		snap.Status.LastRefresh != nil {
		t.Errorf("first status: %+v", snap.Status)
	}
	if entries, err := os.ReadDir(w.dir); err != nil || len(entries) != 0 {
		t.Errorf("written before the first refresh: %v, %v", entries, err)
	}
}

func TestPublishAndUnchanged(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	r := w.must(t, Request{}, status.Published)
	if want := "published: 2 categories, 10 products, "; !strings.HasPrefix(r.Line(), want) ||
		!strings.HasSuffix(r.Line(), " ms") {
		t.Errorf("line %q, want %q…", r.Line(), want)
	}
	first := w.last()
	whole(t, first)
	up := first.Status.Page
	if first.Status.Status != status.Pass || up.Products != 10 || up.Categories != 2 ||
		w.page() != string(first.Page.Body) || r.Page.ETag != up.ETag {
		t.Errorf("after the first: %s %q, %+v", first.Status.Status, first.Status.Summary, up)
	}
	o := first.Status.LastRefresh
	if o.Attempts != 1 || o.Phases.AcquireMS != 1.5 || o.Phases.QueryMS != 2.5 || o.Phases.RenderMS <= 0 ||
		o.Phases.PublishMS <= 0 || o.Trigger != "signal" {
		t.Errorf("outcome %+v", o)
	}
	if d := first.Status.Database; d.ActiveConnections != 1 || d.Pool.InUse != 1 {
		t.Errorf("peak of connections is lost: %+v", d)
	}
	if disk := w.disk(t); !reflect.DeepEqual(disk, first.Status) {
		t.Errorf("status.json differs from what is shown:\n%+v\n%+v", disk, first.Status)
	}
	before, err := os.Stat(filepath.Join(w.dir, publish.PageFile))
	must(t, err)
	for time.Now().UnixMilli() <= up.DataAt.UnixMilli() { // data_at has milliseconds
	}
	r = w.must(t, Request{}, status.Unchanged)
	after, err := os.Stat(filepath.Join(w.dir, publish.PageFile))
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("an unchanged page was written again (%v)", err)
	}
	second := w.last().Status.Page
	if !second.DataAt.After(up.DataAt) || second.PublishedAt != up.PublishedAt || second.ETag != up.ETag ||
		second.Changes.Added.Count != 0 {
		t.Errorf("after an unchanged refresh: %+v, before %+v", second, up)
	}
	if !strings.HasPrefix(r.Line(), "unchanged: 2 categories, 10 products, ") {
		t.Errorf("line %q", r.Line())
	}
	if w.catchUp() {
		t.Error("the worker takes what it wrote itself for another's")
	}
	s.stock(12)
	s.rename("Another name")
	r = w.must(t, Request{}, status.Published)
	contains(t, r.Line(), "published: 2 categories, 12 products (+2 -0, 1 changed), ")
	if c := w.last().Status.Page.Changes; c.Added.Count != 2 || c.Changed.Names[0] != "Another name" ||
		!reflect.DeepEqual(c, r.Changes) {
		t.Errorf("changes %+v", c)
	}
	// One line each, with the figures of the status, pool included.
	contains(t, w.log.text(), "msg=refresh", "result=published", "result=unchanged", "acquire_ms=1.5", "query_ms=2.5",
		"products=12", "added=2", "changed=1",
		"pool.max=10", "in_use=1", "consecutive_failures=0", "id="+w.last().Status.LastRefresh.ID)
	if n := strings.Count(w.log.text(), "msg=refresh"); n != 3 {
		t.Errorf("%d lines for 3 refreshes", n)
	}
}

// TestGate: a refusal keeps page and data_at, says why with figures, and is no failure; force accepts once (I4).
func TestGate(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	good := w.last()
	s.stock(2)
	r, err := w.Refresh(t.Context(), Request{Trigger: "signal"})
	var refusal *render.Refusal
	if !errors.As(err, &refusal) || refusal.Rule != render.RuleMaxShrink || r.Outcome.Result != status.Rejected ||
		r.Outcome.ErrorClass != store.Gate {
		t.Fatalf("shrunken catalogue: %+v, %v", r.Outcome, err)
	}
	contains(t, r.Line(), "rejected: products fell from 10 to 2 (-80 %), MAX_SHRINK allows 50 %")
	snap := w.last()
	whole(t, snap)
	if snap.Page != good.Page || snap.Status.Status != status.Warn || snap.Status.ConsecutiveFailures != 0 ||
		snap.Status.Page.DataAt != good.Status.Page.DataAt ||
		*snap.Status.LastSuccessAt != *good.Status.LastSuccessAt || w.page() != string(good.Page.Body) {
		t.Errorf("after a refusal: %+v", snap.Status)
	}
	contains(t, snap.Status.Summary, "the last refresh was rejected (products fell from 10 to 2")
	w.must(t, Request{Force: true}, status.Published)
	s.stock(0)
	w.must(t, Request{}, status.Rejected)
	w.must(t, Request{Force: true}, status.Published)
	if up := w.last().Status.Page; up.Products != 0 || up.Categories != 0 {
		t.Errorf("forced empty page: %+v", up)
	}
	// What was accepted once stays accepted while it does not change, and its age goes on.
	at := w.last().Status.Page.DataAt
	for time.Now().UnixMilli() <= at.UnixMilli() {
	}
	w.must(t, Request{}, status.Unchanged)
	if st := w.statusNow(); !st.Page.DataAt.After(at) || st.Status != status.Pass {
		t.Errorf("the accepted page again: %s %q", st.Status, st.Summary)
	}
}

// TestLeftOut: rows that cannot be shown are counted by reason, with slugs, in status, log and the refusal of a page
// that has nothing else.
func TestLeftOut(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	skip := func() {
		s.catalogue.Skipped = []store.Skipped{{Reason: store.SkipBadPrice, Slug: "nan"},
			{Reason: store.SkipBadPrice, Slug: "inf"}}
	}
	s.set(skip)
	w.must(t, Request{}, status.Published)
	if got := w.last().Status.Page.Skipped[store.SkipBadPrice]; got.Count != 2 || !slices.Equal(got.Slugs,
		[]string{"nan", "inf"}) {
		t.Errorf("status: %+v", got)
	}
	const words = "a price that is negative, far too high or no number: 2 (nan, inf)"
	contains(t, w.log.text(), "left_out="+strconv.Quote(words))
	s.stock(0)
	s.set(skip)
	contains(t, w.must(t, Request{}, status.Rejected).Line(), "the page has 0 products (left out: "+words+")")
}

// TestSettingsChanged: what the owner has configured may shrink the page at one stroke, once.
func TestSettingsChanged(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	s.stock(2)
	s.set(func() { s.catalogue.Source.Settings = "set-2" })
	w.must(t, Request{}, status.Published)
	s.stock(10)
	s.set(func() { s.catalogue.Source.Settings = "set-2" })
	w.must(t, Request{}, status.Published)
	s.stock(2)
	s.set(func() { s.catalogue.Source.Settings = "set-2" })
	w.must(t, Request{}, status.Rejected)
}

func TestDryRun(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	r := w.must(t, Request{Trigger: "command", DryRun: true}, status.Published)
	if !r.DryRun || r.Page.Products != 10 || !strings.HasPrefix(r.Line(),
		"dry run, would be published: 2 categories, 10 products, ") {
		t.Errorf("%+v, %q", r, r.Line())
	}
	for _, dir := range []string{w.dir, filepath.Join(filepath.Dir(w.dir), "state")} {
		entries, err := os.ReadDir(dir)
		if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != "lock" }) {
			t.Errorf("%s after a dry run: %v, %v", dir, entries, err)
		}
	}
	if w.last().Page != nil || len(w.statusNow().History) != 0 {
		t.Error("a dry run left something")
	}
	w.must(t, Request{}, status.Published)
	shown := w.last()
	s.stock(2)
	w.must(t, Request{DryRun: true}, status.Rejected)
	w.must(t, Request{DryRun: true, Force: true}, status.Published)
	s.fail(store.DNS)
	w.must(t, Request{DryRun: true}, status.Failed)
	if w.last() != shown || w.statusNow().ConsecutiveFailures != 0 || w.statusNow().Page.Products != 10 {
		t.Error("a dry run changed something")
	}
}

// TestFailures: page and age stay, the status says why in our words (I4, I10).
func TestFailures(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	good := w.last()
	for i, class := range []store.Class{store.ConnectRefused, store.ConnectRefused, store.ConnectRefused, store.DNS} {
		s.fail(class)
		r, err := w.Refresh(t.Context(), Request{Trigger: "retry"})
		if store.ClassOf(err) != class || strings.Contains(err.Error(), "driver text") ||
			r.Outcome.Message != "sentence about "+string(class) {
			t.Errorf("error %v, outcome %+v", err, r.Outcome)
		}
		snap := w.last()
		whole(t, snap)
		attempts := []int{1, 2, 3, 1}[i]
		if st := snap.Status; st.ConsecutiveFailures != i+1 || st.LastRefresh.Attempts != attempts ||
			st.Status != status.Warn || snap.Page != good.Page ||
			st.Page.DataAt != good.Status.Page.DataAt {
			t.Errorf("after failure %d: %+v", i+1, st)
		}
		if !reflect.DeepEqual(w.disk(t), snap.Status) {
			t.Error("status.json is not that of the failure")
		}
	}
	st := w.statusNow()
	contains(t, st.Summary, "4 refreshes failed (sentence about dns); next try ")
	if len(st.History) != 3 || st.History[1].Attempts != 3 || st.History[1].Until == nil ||
		st.History[2].ErrorClass != store.DNS {
		t.Errorf("history %+v", st.History)
	}
	contains(t, w.log.text(), "driver text", "level=ERROR")
	s.fail("")
	w.must(t, Request{}, status.Unchanged)
	if st := w.statusNow(); st.ConsecutiveFailures != 0 || st.Status != status.Pass || st.LastRefresh.Attempts != 1 ||
		len(st.History) != 4 {
		t.Errorf("after recovery: %+v", st)
	}
}

// TestSmallFilesWithoutAPage: what the error pages and the status page refer to is there before any page is.
func TestSmallFilesWithoutAPage(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	s.fail(store.ConnectRefused)
	w.must(t, Request{}, status.Failed)
	for _, name := range []string{"favicon.svg", "status.js"} {
		if _, err := os.Stat(filepath.Join(w.dir, publish.AssetsDir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestPanics: whatever panics becomes a failed outcome, and the next refresh works.
func TestPanics(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	s.before = func(context.Context) error { panic("secret detail") }
	r := w.must(t, Request{}, status.Failed)
	if r.Outcome.ErrorClass != store.Other || strings.Contains(r.Outcome.Message, "secret") {
		t.Errorf("outcome %+v", r.Outcome)
	}
	contains(t, w.log.text(), "secret detail", "refresh_test.go")
	s.set(func() { s.before = nil; s.catalogue.Categories[0].Products[0].Images = []string{"x"} })
	w.must(t, Request{}, status.Published)
	// A panic while the outcome is shown answers the caller all the same, and holds nothing up.
	show := w.display
	w.display = func(*publish.Snapshot) { w.display = show; panic("in show") }
	s.rename("Shown after the panic")
	w.must(t, Request{}, status.Published)
	w.must(t, Request{}, status.Unchanged)
	contains(t, string(w.last().Page.Body), "Shown after the panic")
	contains(t, w.log.text(), "in show")
}

// TestDeadline: a refresh ends at its deadline whatever the driver does, and the worker goes on (I7).
func TestDeadline(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context) error{
		"driver listens": hang,
		"driver returns the context's error": func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("read: %w", ctx.Err())
		},
		"driver does not listen": func(context.Context) error { time.Sleep(time.Hour); return nil },
	} {
		for _, sent := range []bool{false, true} {
			t.Run(fmt.Sprint(name, sent), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newShop(10)
					if sent {
						s.after = read
					} else {
						s.before = read
					}
					w := newStage(t, s, func(c *Config) { c.Timeout = 7 * time.Second })
					begin := time.Now()
					r := w.must(t, Request{}, status.Failed)
					if took := time.Since(begin); took < 7*time.Second || took > 7500*time.Millisecond ||
						r.Outcome.ErrorClass != store.QueryTimeout {
						t.Errorf("after %s: %+v", took, r.Outcome)
					}
					s.set(func() { s.before, s.after = nil, nil })
					w.must(t, Request{}, status.Published)
					time.Sleep(2 * time.Hour) // a late answer changes nothing
					if w.statusNow().LastRefresh.Result != status.Published {
						t.Error("a late answer was taken")
					}
				})
			})
		}
	}
}

// TestLocked: who cannot get the lock says so in time, writes nothing, and callers can tell.
func TestLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s, func(c *Config) { c.Timeout = 3 * time.Second })
		unlock, err := w.cfg.Public.Lock(t.Context())
		must(t, err)
		begin := time.Now()
		r, err := w.Refresh(t.Context(), Request{Trigger: "command"})
		if !errors.Is(err, publish.ErrLocked) || r.Outcome.ErrorClass != store.Publish || s.count() != 0 ||
			time.Since(begin) > 3500*time.Millisecond {
			t.Errorf("locked, after %s: %+v, %v, %d reads", time.Since(begin), r.Outcome, err, s.count())
		}
		contains(t, r.Outcome.Message, "another run has held the lock")
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("looks like a caller's deadline")
		}
		unlock()
		w.must(t, Request{}, status.Published)
	})
}

// TestReadOnlyFolders: the page is served from memory, the status warns, and a command fails. Nobody can make folders
// in /sys, root included.
func TestReadOnlyFolders(t *testing.T) {
	const nowhere = "/sys/vitrine-test"
	for name, c := range map[string]struct{ public, state bool }{"public": {true, false}, "state": {false, true},
		"both": {true, true}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(10)
			readOnly := func(cfg *Config) {
				public, state := filepath.Join(folder(t), "public"), filepath.Join(folder(t), "state")
				if c.public {
					public = nowhere
				}
				if c.state {
					state = nowhere + "-state"
				}
				var err error
				if cfg.Public, err = publish.Open(public, state, cfg.Log); err != nil {
					t.Fatal(err)
				}
			}
			w := newStage(t, s, readOnly)
			w.must(t, Request{}, status.Published)
			w.must(t, Request{}, status.Unchanged)
			s.stock(12)
			w.must(t, Request{}, status.Published)
			snap := w.last()
			whole(t, snap)
			if snap.Status.Page.Products != 12 || snap.Status.Status != status.Warn || len(snap.Status.Notices) == 0 {
				t.Errorf("%s %q, notices %q", snap.Status.Status, snap.Status.Summary, snap.Status.Notices)
			}
			s.fail(store.DNS)
			w.must(t, Request{}, status.Failed)
			if w.last().Page != snap.Page || w.statusNow().ConsecutiveFailures != 1 {
				t.Error("a failure lost the page in memory")
			}
			s.fail("")
			s.rename("For the command")
			r := w.must(t, Request{Trigger: "command"}, status.Failed)
			if r.Outcome.ErrorClass != store.Publish {
				t.Errorf("command: %+v", r.Outcome)
			}
		})
	}
}

// TestDiskFault: a page that cannot be written for another reason is a failure; page, state and age stay, and it heals
// by itself.
func TestDiskFault(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	good := w.last()
	page := filepath.Join(w.dir, publish.PageFile)
	must(t, os.Remove(page))
	must(t, os.MkdirAll(filepath.Join(page, "x"), 0o755))
	s.stock(12)
	r := w.must(t, Request{}, status.Failed)
	if r.Outcome.ErrorClass != store.Publish || w.last().Page != good.Page || w.last().Status.Page.Products != 10 {
		t.Errorf("outcome %+v, page %+v", r.Outcome, w.last().Status.Page)
	}
	must(t, os.RemoveAll(page))
	w.must(t, Request{}, status.Published)
	if !strings.Contains(w.page(), "Product 11") || w.statusNow().Status != status.Pass {
		t.Errorf("not healed: %s %q", w.statusNow().Status, w.statusNow().Summary)
	}
	// A page that is gone is put back though the database fails, and though nothing has changed.
	must(t, os.RemoveAll(w.dir))
	s.fail(store.DNS)
	w.must(t, Request{}, status.Failed)
	if w.page() != string(w.last().Page.Body) || w.disk(t).Status != status.Warn {
		t.Error("the folder was not put back by a failed refresh")
	}
	s.fail("")
	must(t, os.RemoveAll(w.dir))
	w.must(t, Request{}, status.Unchanged)
	if w.page() != string(w.last().Page.Body) || w.disk(t).Status != status.Pass {
		t.Error("the folder was not put back")
	}
}

// TestEachFileIsWrittenOnce: a refresh writes each file at most once, also one whose page is encoded afterwards, and
// what it does not change not at all (I6).
func TestEachFileIsWrittenOnce(t *testing.T) {
	s, root := newShop(10), folder(t)
	w := stageAt(t, s, root, func(c *Config) { c.Schedule = "@yearly" })
	stop := w.run(t)
	defer stop()
	encoded := func() bool { st := w.last().Status; return st.Page != nil && st.Page.Encodings.BR > 0 }
	await(t, "the first page", encoded)
	w.tasks.Wait()
	events, err := fsnotify.NewWatcher()
	must(t, err)
	defer events.Close()
	for _, dir := range []string{w.dir, filepath.Join(root, "state")} {
		must(t, events.Add(dir))
	}
	// writes are the files that a refresh has put in place, each by a rename.
	writes := func(result string) map[string]int {
		w.must(t, Request{}, result)
		w.tasks.Wait()
		end := filepath.Join(w.dir, "end-of-events")
		must(t, os.WriteFile(end, nil, 0o644))
		n := map[string]int{}
		for e := range events.Events {
			if e.Name == end && e.Has(fsnotify.Create) {
				break
			}
			if name := filepath.Base(e.Name); e.Has(fsnotify.Create) && !strings.HasPrefix(name, ".") {
				n[name]++
			}
		}
		must(t, os.Remove(end))
		return n
	}
	s.rename("Published again")
	always := map[string]int{"state.json": 1, "status.json": 1, "status.html": 1}
	withPage := maps.Clone(always)
	withPage["index.html"], withPage["index.html.br"], withPage["index.html.gz"] = 1, 1, 1
	if got := writes(status.Published); !maps.Equal(got, withPage) || !encoded() || !reflect.DeepEqual(w.disk(t),
		w.last().Status) {
		t.Errorf("a new page: %v; encoded %t", got, encoded())
	}
	if got := writes(status.Unchanged); !maps.Equal(got, always) {
		t.Errorf("an unchanged page: %v", got)
	}
	s.fail(store.DNS)
	if got := writes(status.Failed); !maps.Equal(got, always) {
		t.Errorf("a failure: %v", got)
	}
}
