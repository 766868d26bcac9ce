package worker

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

const look = "<!doctype html><html lang=en><title>{{.Title}}</title><p>LOOK{{range .Categories}}{{range " +
	".Cards}}<b>{{.Name}}</b>{{end}}{{end}}</html>\n"

// author is a folder of templates.
func author(t testing.TB, text string) (dir string, save func(text string)) {
	t.Helper()
	dir = filepath.Join(folder(t), "templates")
	must(t, os.Mkdir(dir, 0o755))
	save = func(text string) {
		t.Helper()
		temp := filepath.Join(dir, ".home.html.tmp")
		must(t, os.WriteFile(temp, []byte(text), 0o644))
		must(t, os.Rename(temp, filepath.Join(dir, "home.html")))
	}
	save(text)
	return dir, save
}

func as(version string) string { return strings.Replace(look, "LOOK", version, 1) }

// TestDeletedAsset: a small file that its author deletes goes with the page that needs it, and no sooner.
func TestDeletedAsset(t *testing.T) {
	dir, save := author(t, as("first look"))
	asset := filepath.Join(dir, "assets", "a.svg")
	must(t, os.Mkdir(filepath.Dir(asset), 0o755))
	must(t, os.WriteFile(asset, []byte("<svg/>"), 0o644))
	w := newStage(t, newShop(10), func(c *Config) { c.TemplatesDir = dir })
	w.must(t, Request{}, status.Published)
	there := func() bool {
		_, err := os.Stat(filepath.Join(w.dir, publish.AssetsDir, "a.svg"))
		return err == nil
	}
	must(t, os.Remove(asset))
	save(as("second look"))
	page := filepath.Join(w.dir, publish.PageFile)
	must(t, os.Remove(page))
	must(t, os.MkdirAll(filepath.Join(page, "in the way"), 0o755))
	w.must(t, Request{}, status.Failed)
	if !there() {
		t.Error("gone before its page")
	}
	must(t, os.RemoveAll(page))
	w.must(t, Request{}, status.Unchanged)
	if contains(t, w.page(), "second look"); there() {
		t.Error("it stays")
	}
}

func TestReload(t *testing.T) {
	s := newShop(10)
	dir, save := author(t, as("first look"))
	w := newStage(t, s, func(c *Config) { c.TemplatesDir = dir })
	w.must(t, Request{}, status.Published)
	contains(t, w.page(), "first look", "Product 0")
	data := w.last().Status.Page.DataAt
	loaded := w.last().Status.Templates.LoadedAt

	save(as("second look"))
	must(t, w.Reload(t.Context()))
	snap := w.last()
	whole(t, snap)
	contains(t, w.page(), "second look", "Product 0")
	st := snap.Status
	if s.count() != 1 || st.Page.DataAt != data || string(snap.Page.Body) != w.page() ||
		st.Templates.Source != "folder" || st.LastRefresh.Trigger != "signal" {
		t.Errorf("%d reads, data at %s, status %+v", s.count(), st.Page.DataAt, st)
	}
	if st.Templates.LoadedAt.Before(loaded) || len(st.History) != 2 ||
		st.History[1].Trigger != status.TriggerTemplates || st.History[1].Result != status.Published {
		t.Errorf("templates %+v, history %+v", st.Templates, st.History)
	}
	if err := w.Reload(t.Context()); err != nil || len(w.statusNow().History) != 2 {
		t.Errorf("a reload of the same content did something (%v)", err)
	}

	for name, c := range map[string]struct {
		text, told string
		class      store.Class
	}{
		"syntax":  {"<html>\n{{.Title}\n</html>", "home.html:2", store.Template},
		"field":   {"<html>\n\n{{.Tittle}}</html>", "home.html:3", store.Template},
		"no end":  {"<p>{{.Title}}</p>", "</html>", store.Gate},
		"no file": {"<html>{{template \"nowhere\"}}</html>", "home.html", store.Template},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.last()
			save(c.text)
			err := w.Reload(t.Context())
			if store.ClassOf(err) != c.class {
				t.Fatalf("broken templates: %v", err)
			}
			snap := w.last()
			whole(t, snap)
			st := snap.Status
			if st.Status != status.Warn || snap.Page != before.Page || w.page() != string(before.Page.Body) ||
				st.ConsecutiveFailures != 0 || st.LastRefresh.Result != status.Published {
				t.Errorf("status %s %q", st.Status, st.Summary)
			}
			contains(t, st.Templates.Error, c.told)
			contains(t, st.Summary, c.told, "the newest templates are not in use")
			last := st.History[len(st.History)-1]
			if last.Trigger != status.TriggerTemplates || last.ErrorClass != c.class {
				t.Errorf("history ends with %+v", last)
			}
			// The data goes on being refreshed with the templates before, and the error is not forgotten.
			s.rename("Fresh beside " + name)
			w.must(t, Request{}, status.Published)
			contains(t, w.page(), "second look", "Fresh beside "+name)
			if st := w.statusNow(); st.Status != status.Warn || st.Templates.Error == "" {
				t.Errorf("after a refresh: %s %q", st.Status, st.Templates.Error)
			}
			if err := w.Reload(t.Context()); err == nil {
				t.Error("the error is forgotten")
			}
			save(as("second look"))
			if err := w.Reload(t.Context()); err != nil || w.statusNow().Status != status.Pass ||
				w.statusNow().Templates.Error != "" {
				t.Errorf("mended: %v, %s", err, w.statusNow().Summary)
			}
		})
	}
	contains(t, w.log.text(), "templates are broken; those before stay in use", "file=home.html line=2")
}

// TestEndlessTemplates guards I7: a template that would never end is given up within a refresh's time, and the page
// goes on being refreshed with those before.
func TestEndlessTemplates(t *testing.T) {
	s := newShop(10)
	dir, save := author(t, as("first look"))
	w := newStage(t, s, func(c *Config) { c.TemplatesDir, c.Timeout = dir, 2*time.Second })
	w.must(t, Request{}, status.Published)
	save("<html>\n{{range 100000000000}}{{end}}</html>")
	s.rename("Fresh beside an endless template")
	begin := time.Now()
	w.must(t, Request{}, status.Published)
	if took := time.Since(begin); took > w.cfg.Timeout {
		t.Errorf("it took %s", took)
	}
	contains(t, w.page(), "first look", "Fresh beside")
	contains(t, w.statusNow().Templates.Error, "home.html:2", "did not end in time")
}

// TestEditDuringRefresh: a template edit during a refresh is rendered after it, on the new data.
func TestEditDuringRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		dir, save := author(t, as("old look"))
		w := newStage(t, s, func(c *Config) { c.TemplatesDir = dir })
		release := make(chan struct{})
		s.after = func(context.Context) error { <-release; return nil }
		var wg sync.WaitGroup
		wg.Go(func() { w.must(t, Request{}, status.Published) })
		synctest.Wait()
		save(as("new look"))
		for range 5 {
			wg.Go(func() {
				if err := w.Reload(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		contains(t, w.page(), "new look", "Product 0")
		st := w.statusNow()
		if s.count() != 1 || len(st.History) != 2 || st.History[0].Trigger != "signal" {
			t.Errorf("%d reads, history %+v", s.count(), st.History)
		}
	})
}

// TestContentCompared: an edit that nobody reported is found by the next refresh, broken or not.
func TestContentCompared(t *testing.T) {
	s := newShop(10)
	dir, save := author(t, as("first look"))
	w := newStage(t, s, func(c *Config) { c.TemplatesDir = dir })
	w.must(t, Request{}, status.Published)
	save(as("second look"))
	w.must(t, Request{}, status.Unchanged) // the edit was published before the data was read
	contains(t, w.page(), "second look")
	save("{{")
	s.rename("With the second look")
	w.must(t, Request{}, status.Published)
	contains(t, w.page(), "second look", "With the second look")
	if st := w.statusNow(); st.Status != status.Warn || !strings.Contains(st.Templates.Error, "home.html:1") {
		t.Errorf("%s %q", st.Status, st.Templates.Error)
	}
}

// TestBrokenAtStart: the last page stays up, refreshes do not publish another look, and an edit heals it.
func TestBrokenAtStart(t *testing.T) {
	s, root := newShop(10), folder(t)
	dir, save := author(t, as("first look"))
	with := func(c *Config) { c.TemplatesDir = dir }
	first := stageAt(t, s, root, with)
	first.must(t, Request{}, status.Published)
	first.Close()
	save("<html>\n{{.Nonsense}}</html>")

	w := stageAt(t, s, root, with)
	whole(t, w.first())
	if w.first().Page == nil || w.first().Page.ETag != first.last().Page.ETag || w.first().Status.Status != status.Warn {
		t.Fatalf("first snapshot: %s %q", w.first().Status.Status, w.first().Status.Summary)
	}
	r := w.must(t, Request{}, status.Failed)
	if r.Outcome.ErrorClass != store.Template || s.count() != 1 {
		t.Errorf("outcome %+v, %d reads", r.Outcome, s.count())
	}
	contains(t, r.Outcome.Message, "home.html:2")
	contains(t, w.page(), "first look")
	save(as("mended look"))
	must(t, w.Reload(t.Context()))
	contains(t, w.page(), "mended look")
	w.must(t, Request{}, status.Unchanged)
	if w.statusNow().Status != status.Pass {
		t.Error(w.statusNow().Summary)
	}
}

// TestHalfPageAtStart: templates that render, but no whole page, count as bad from the start, and cost no query.
func TestHalfPageAtStart(t *testing.T) {
	s := newShop(10)
	dir, save := author(t, "<p>{{.Title}}</p>")
	w := newStage(t, s, func(c *Config) { c.TemplatesDir = dir })
	contains(t, w.first().Status.Templates.Error, "</html>")
	w.must(t, Request{}, status.Rejected)
	save(as("mended"))
	w.must(t, Request{}, status.Published)
	if s.count() != 1 || w.statusNow().Templates.Error != "" {
		t.Errorf("%d reads, %q", s.count(), w.statusNow().Templates.Error)
	}
}

// TestBrokenAtFirstStart: with no page and broken templates the refresh comes as soon as they are mended.
func TestBrokenAtFirstStart(t *testing.T) {
	s := newShop(10)
	dir, save := author(t, "{{")
	w := newStage(t, s, func(c *Config) { c.TemplatesDir = dir })
	stop := w.run(t)
	await(t, "the first outcome", func() bool { return w.last().Status.LastRefresh != nil })
	if w.last().Page != nil || s.count() != 0 {
		t.Errorf("%d reads", s.count())
	}
	save(as("mended look"))
	await(t, "the page", func() bool { return w.last().Page != nil })
	contains(t, w.page(), "mended look")
	stop()
}

// await polls for what comes from outside, such as the kernel's file events.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
