package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

func TestFold(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	entry := func(result, trigger string, class store.Class, inUse int, waits int64) status.HistoryEntry {
		at = at.Add(time.Second)
		return status.HistoryEntry{At: at, Result: result, Trigger: trigger, ErrorClass: class, Attempts: 1, InUse: inUse,
			WaitCount: waits, DurationMS: float64(waits)}
	}
	var h []status.HistoryEntry
	add := func(e status.HistoryEntry, length int) {
		t.Helper()
		before := append([]status.HistoryEntry(nil), h...)
		next := fold(h, e)
		if !reflect.DeepEqual(h, before) {
			t.Fatal("fold has changed the history it was given")
		}
		if h = next; len(h) != length {
			t.Errorf("history of %d, want %d", len(h), length)
		}
	}
	add(entry(status.Published, "startup", "", 1, 0), 1)
	add(entry(status.Failed, "schedule", store.DNS, 1, 2), 2)
	first := at
	add(entry(status.Failed, "retry", store.DNS, 3, 1), 2)
	add(entry(status.Failed, "schedule", store.DNS, 2, 5), 2)
	if got := h[1]; got.At != first || *got.Until != at || got.Attempts != 3 || got.InUse != 3 || got.WaitCount != 8 ||
		got.DurationMS != 5 || got.Trigger != "schedule" {
		t.Errorf("folded: %+v", got)
	}
	add(entry(status.Failed, "retry", store.Auth, 1, 0), 3)
	add(entry(status.Failed, status.TriggerTemplates, store.Template, 0, 0), 4)
	add(entry(status.Failed, status.TriggerTemplates, store.Template, 0, 0), 4)
	add(entry(status.Failed, "schedule", store.Template, 0, 0), 5)
	add(entry(status.Rejected, "schedule", store.Gate, 0, 0), 6)
	add(entry(status.Rejected, "schedule", store.Gate, 0, 0), 7)
	add(entry(status.Unchanged, "schedule", "", 0, 0), 8)
	add(entry(status.Failed, "schedule", store.DNS, 0, 0), 9)
	for i := range 400 {
		add(entry(status.Unchanged, fmt.Sprint(i), "", 0, 0), min(10+i, status.HistoryLen))
	}
	if h[0].Trigger != "112" || h[len(h)-1].Trigger != "399" {
		t.Errorf("history from %s to %s", h[0].Trigger, h[len(h)-1].Trigger)
	}
}

// TestRestart: the last page of this shop is up at once, with its history, database dead or not (I12).
func TestRestart(t *testing.T) {
	s, root := newShop(10), folder(t)
	w := stageAt(t, s, root)
	w.must(t, Request{}, status.Published)
	s.fail(store.ConnectRefused)
	w.must(t, Request{}, status.Failed)
	w.Close()
	again := stageAt(t, s, root)
	snap := again.first()
	whole(t, snap)
	if snap.Page == nil || snap.Page.ETag != w.last().Page.ETag || snap.Page.CSP != w.last().Page.CSP ||
		snap.Status.ConsecutiveFailures != 1 ||
		!reflect.DeepEqual(snap.Status.History, w.statusNow().History) ||
		snap.Status.LastRefresh.ID != w.statusNow().LastRefresh.ID {
		t.Errorf("after a restart: %+v", snap.Status)
	}
	again.must(t, Request{Trigger: "startup"}, status.Failed)
	if st := again.statusNow(); st.ConsecutiveFailures != 2 || st.LastRefresh.Attempts != 2 || len(st.History) != 2 {
		t.Errorf("the history does not go on: %+v", st)
	}
	again.Close()

	// The page alone is lost: the record makes it again.
	must(t, os.Remove(filepath.Join(root, "public", publish.PageFile)))
	third := stageAt(t, s, root)
	if snap := third.first(); snap.Page == nil || snap.Page.ETag != w.last().Page.ETag ||
		snap.Status.Page.DataAt != w.last().Status.Page.DataAt {
		t.Errorf("the page was not made again: %+v", snap.Status)
	}
	whole(t, third.first())
}

// TestOtherDatabase: from demo to real shop and back, never the one's page for the other, and the gate is not in the
// way.
func TestOtherDatabase(t *testing.T) {
	root := folder(t)
	demo, real := newShop(91), newShop(4)
	real.set(func() { real.catalogue.Source.Database = "db-real" })
	w := stageAt(t, demo, root, isDemo)
	w.must(t, Request{}, status.Published)
	w.Close()

	real.fail(store.Auth)
	w = stageAt(t, real, root)
	if snap := w.first(); snap.Page != nil || snap.Status.Status != status.Fail || len(snap.Status.History) != 0 ||
		snap.Status.LastRefresh != nil {
		t.Fatalf("the demo's page for the real shop: %+v", snap.Status)
	}
	w.must(t, Request{}, status.Failed)
	w.must(t, Request{}, status.Failed)
	whole(t, w.last())
	if st := w.statusNow(); w.last().Page != nil || st.ConsecutiveFailures != 2 || len(st.History) != 1 {
		t.Errorf("while it fails: %+v", st)
	}
	w.Close()

	// A mistake in the configuration, put right, has cost the page nothing.
	w = stageAt(t, demo, root, isDemo)
	if w.first().Page == nil || w.first().Status.Page.Products != 91 {
		t.Errorf("back from a database that never answered: %+v", w.first().Status)
	}
	w.Close()

	real.fail("")
	w = stageAt(t, real, root)
	r := w.must(t, Request{}, status.Published)
	if strings.Contains(r.Line(), "(") || w.statusNow().Page.Products != 4 {
		t.Errorf("first page of the real shop: %q", r.Line())
	}
	w.Close()
	w = stageAt(t, real, root)
	if w.first().Page == nil || w.first().Status.Page.Products != 4 {
		t.Error("the real shop's page is not up after a restart")
	}
	w.Close()

	w = stageAt(t, demo, root, isDemo)
	if w.first().Page != nil {
		t.Error("the real shop's page for the demo")
	}
	w.must(t, Request{}, status.Published)
	contains(t, w.page(), "Product 90")
}

func isDemo(c *Config) { c.Site.Demo = true }

// TestLastPage guards I12: the last page of this site is up after a restart without a database, whatever was edited or
// lost meanwhile, and the status says what is not as it should be; another site never gets it.
func TestLastPage(t *testing.T) {
	state := func(text string) func(*testing.T, string, *shop) {
		return func(t *testing.T, root string, _ *shop) {
			must(t, os.WriteFile(filepath.Join(root, "state", "state.json"), []byte(text), 0o600))
		}
	}
	edited := func(_ *testing.T, _ string, s *shop) {
		s.set(func() { s.catalogue.Source.Database = "mistyped" })
	}
	for name, damage := range map[string]func(*testing.T, string, *shop){
		"DATABASE_URL edited": edited, "state truncated": state(`{"schema":1,"pa`), "state newer": state(`{"schema":99}`),
		"state on another volume": func(t *testing.T, root string, _ *shop) {
			must(t, os.RemoveAll(filepath.Join(root, "state")))
		},
		"both": func(t *testing.T, root string, s *shop) { edited(t, root, s); state("")(t, root, s) },
	} {
		t.Run(name, func(t *testing.T) {
			s, root := newShop(10), folder(t)
			w := stageAt(t, s, root)
			w.must(t, Request{}, status.Published)
			page := w.page()
			w.Close()
			damage(t, root, s)
			s.fail(store.DNS)

			other := stageAt(t, s, root, func(c *Config) { c.Site.Name = "Another shop" })
			if name == "DATABASE_URL edited" && other.first().Page != nil {
				t.Error("another site shows this page")
			}
			other.Close()
			w = stageAt(t, s, root)
			whole(t, w.first())
			w.must(t, Request{}, status.Failed)
			st := w.statusNow()
			if w.page() != page || st.Status != status.Warn {
				t.Errorf("status %s: %s; the page is up: %v", st.Status, st.Summary, w.page() == page)
			}
			mistyped := name == "both" || strings.Contains(name, "edited")
			if told := strings.Contains(st.Summary, "database that was set before"); told != mistyped {
				t.Errorf("summary: %s", st.Summary)
			}
			s.fail("")
			w.must(t, Request{}, status.Unchanged)
			if st := w.statusNow(); strings.Contains(st.Summary, "before") {
				t.Errorf("after a refresh: %s", st.Summary)
			}
			w.Close()
		})
	}
}

// TestTwoWorkers: two processes over one folder continue one history, and each shows what the other has published.
func TestTwoWorkers(t *testing.T) {
	s, root := newShop(10), folder(t)
	a, b := stageAt(t, s, root), stageAt(t, s, root)
	a.must(t, Request{}, status.Published)
	b.must(t, Request{}, status.Unchanged)
	if h := b.statusNow().History; len(h) != 2 || h[0].Result != status.Published || h[1].Result != status.Unchanged {
		t.Errorf("history of b: %+v", h)
	}
	s.rename("Published by b")
	b.must(t, Request{}, status.Published)
	s.fail(store.Network)
	a.must(t, Request{}, status.Failed)
	if st := a.last().Status; len(st.History) != 4 || st.ConsecutiveFailures != 1 ||
		string(a.last().Page.Body) != b.page() {
		t.Errorf("a does not go on where b was: %+v", st)
	}
	b.must(t, Request{}, status.Failed)
	if st := b.statusNow(); st.ConsecutiveFailures != 2 || st.LastRefresh.Attempts != 2 || len(st.History) != 4 {
		t.Errorf("b does not go on where a was: %+v", st)
	}
	s.fail("")
	// The shrink rule holds against what the other has published.
	s.stock(40)
	b.must(t, Request{}, status.Published)
	s.stock(12)
	a.must(t, Request{}, status.Rejected)
}

// TestPickUp: a running worker shows within 1.5 s what another process has published, with its history.
func TestPickUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := newShop(10), folder(t)
		server := stageAt(t, s, root, func(c *Config) { c.Schedule = "@yearly" })
		stop := server.run(t)
		settle(time.Second)
		command := stageAt(t, s, root)
		s.rename("Rendered on demand")
		r := command.must(t, Request{Trigger: "command"}, status.Published)
		settle(1500 * time.Millisecond)
		snap := server.last()
		whole(t, snap)
		contains(t, string(snap.Page.Body), "Rendered on demand")
		if st := snap.Status; st.LastRefresh.ID != r.Outcome.ID || st.Page.Encodings.BR == 0 || len(st.History) != 2 {
			t.Errorf("history %+v, page %+v", st.LastRefresh, st.Page)
		}
		if !reflect.DeepEqual(server.disk(t), snap.Status) {
			t.Error("status.json is still the command's")
		}
		if s.count() != 2 {
			t.Errorf("%d reads", s.count())
		}
		stop()
	})
}

// TestPickUpUnchanged: after a command that has changed nothing beside a running server, status.json is the server's
// again.
func TestPickUpUnchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := newShop(10), folder(t)
		server := stageAt(t, s, root, func(c *Config) { c.Schedule = "@yearly" })
		stop := server.run(t)
		settle(time.Minute)
		command := stageAt(t, s, root)
		r := command.must(t, Request{Trigger: status.TriggerCommand}, status.Unchanged)
		settle(repairEvery + 2*watchdogEvery)
		if st := server.disk(t); st.LastRefresh.ID != r.Outcome.ID || !reflect.DeepEqual(st, server.last().Status) {
			t.Errorf("status.json is still the command's: %s", st.Summary)
		}
		stop()
	})
}

// TestPickUpWhileLocked: the page of a process that still holds the lock is shown, and its history taken when it is
// written.
func TestPickUpWhileLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := newShop(10), folder(t)
		server := stageAt(t, s, root)
		stop := server.run(t)
		settle(time.Second)
		other := stageAt(t, s, root)
		s.rename("By a slow process")
		a := other.ready(t, status.TriggerCommand)
		unlock, err := other.lock(t.Context(), a)
		must(t, err)
		must(t, other.publish(a, other.view.set.ts))
		settle(1500 * time.Millisecond)
		contains(t, string(server.last().Page.Body), "By a slow process")
		if _, err := other.finish(a, nil); err != nil {
			t.Fatal(err)
		}
		unlock()
		settle(1500 * time.Millisecond)
		if got := server.last().Status.LastRefresh.ID; got != a.id {
			t.Errorf("the history ends with %s, want %s", got, a.id)
		}
		whole(t, server.last())
		stop()
	})
}

// TestCrashAfterPublish: killed right after the page is up, before the history is written, the next process knows the
// page.
func TestCrashAfterPublish(t *testing.T) {
	s, root := newShop(10), folder(t)
	w := stageAt(t, s, root)
	w.must(t, Request{}, status.Published)
	s.rename("Published and killed")
	a := w.ready(t, status.TriggerHTTP)
	must(t, w.publish(a, w.view.set.ts))
	next := stageAt(t, s, root)
	if next.first().Page == nil || !strings.Contains(string(next.first().Page.Body), "Published and killed") {
		t.Fatalf("the page is lost: %s", next.first().Status.Summary)
	}
	whole(t, next.first())
	next.must(t, Request{}, status.Unchanged)
}

// TestForeignPage: somebody's own index.html is never served as ours, and is replaced by the first good page.
func TestForeignPage(t *testing.T) {
	s, root := newShop(10), folder(t)
	must(t, os.MkdirAll(filepath.Join(root, "public"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "public", publish.PageFile), []byte("<html>handmade</html>"),
		0o644))
	w := stageAt(t, s, root)
	if w.first().Page != nil {
		t.Error("a foreign page is served")
	}
	s.fail(store.DNS)
	w.must(t, Request{}, status.Failed)
	contains(t, w.page(), "handmade")
	s.fail("")
	w.must(t, Request{}, status.Published)
	contains(t, w.page(), "Product 0")
}
