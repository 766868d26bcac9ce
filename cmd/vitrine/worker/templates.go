package worker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

const htmlType = "text/html; charset=utf-8"

// set is a set of templates in use, with the pages that do not change while it is.
type set struct {
	ts                    *render.Templates
	notFound, unavailable *publish.Document
	print                 [sha256.Size]byte // of the folder's content that was last tried
	broken                error             // why that content is not in use; nil when it is
	standIn               bool              // ts is the embedded set, for want of a good one: for the error pages only
}

// firstSet loads the templates at start. Where the author's are broken the embedded ones stand in; the error is about those.
func (w *Worker) firstSet() (set, error) {
	print := fingerprint(w.cfg.TemplatesDir)
	s, broken := w.load(w.cfg.TemplatesDir, print)
	if broken == nil {
		return s, nil
	}
	w.cfg.Log.Warn("templates are broken", "error", broken)
	s, err := w.load("", print)
	s.broken, s.standIn = broken, true
	return s, err
}

// load loads a set, renders its error pages, and an empty homepage for the gate's rules about whole pages.
func (w *Worker) load(dir string, print [sha256.Size]byte) (s set, err error) {
	err = guard(func() error {
		ts, err := render.LoadTemplates(dir)
		if err != nil {
			return err
		}
		page, _ := render.NewPage(w.cfg.Site, store.Catalogue{})
		body, err := ts.Render(page)
		if err != nil {
			return err
		}
		if err := w.cfg.Gate.Check(body, render.PageSummary{}, nil, true); err != nil {
			return err
		}
		notFound, err := ts.NotFound(w.cfg.Site)
		if err != nil {
			return err
		}
		unavailable, err := ts.Unavailable(w.cfg.Site)
		if err != nil {
			return err
		}
		s = set{ts: ts, print: print, notFound: w.homepage(notFound, ts), unavailable: w.homepage(unavailable, ts)}
		return nil
	})
	if err != nil {
		return set{}, fmt.Errorf("load templates: %w", err)
	}
	return s, nil
}

// reload is Reload's flight.
func (w *Worker) reload() error {
	ctx, cancel := context.WithTimeout(w.base, w.cfg.Timeout)
	defer cancel()
	a := newAttempt(Request{Trigger: status.TriggerTemplates})
	unlock, err := w.lock(ctx, a)
	defer unlock()
	if err != nil {
		class, sentence := w.explain(err)
		return &store.Error{Class: class, Sentence: sentence, Err: err}
	}
	if w.reread() {
		w.show()
	}
	return w.renew(a)
}

// renew takes the author's templates anew if their content has changed, and renders the last good catalogue with them. They are
// in use from the moment that their page is up; until then, and if they are broken, those before are. The caller's lock counts.
func (w *Worker) renew(caller *attempt) error {
	print := fingerprint(w.cfg.TemplatesDir)
	if print == w.view.set.print {
		return w.brokenTemplates(w.view.set.broken)
	}
	a := newAttempt(Request{Trigger: status.TriggerTemplates, Force: true}) // the data has passed the gate before
	a.locked = caller.locked
	next, err := w.load(w.cfg.TemplatesDir, print)
	if up := w.view.state.Page; err == nil && up != nil {
		a.catalogue = up.Catalogue
		err = guard(func() error {
			if err := w.build(a, next.ts); err != nil {
				return err
			}
			w.saveAssets(next.ts, &a.next)
			return w.publish(a)
		})
	}
	if p := guard(func() error { w.recordTemplates(a, next, print, err); w.save(a); return nil }); p != nil {
		w.cfg.Log.Error("settle a reload", "id", a.id, "error", p)
	}
	w.logTemplates(a, err)
	return w.brokenTemplates(err)
}

// brokenTemplates is why templates are not in use as a classed error that people may read.
func (w *Worker) brokenTemplates(err error) error {
	if err == nil {
		return nil
	}
	class, sentence := w.explain(err)
	return &store.Error{Class: class, Sentence: sentence}
}

// recordTemplates takes the new set over, or notes why not, and shows the result. A page that could not be written is no fault
// of the templates: they are tried again with the next refresh.
func (w *Worker) recordTemplates(a *attempt, next set, print [sha256.Size]byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	class, _ := w.explain(err)
	switch {
	case err == nil:
		last := v.state.LastRefresh
		if v.live && (v.set.standIn || last != nil && last.ErrorClass == store.Template) { // a data refresh could not be rendered
			v.retryAt = time.Now()
			w.tell()
		}
		v.set = next
	case class == store.Publish || class == store.Shutdown:
		v.set.broken = err
	default:
		v.set.broken, v.set.print = err, print
	}
	w.commit(a)
	if err != nil || a.result != "" {
		result := a.result
		if err != nil {
			result = status.Failed
		}
		if class == store.Gate {
			result = status.Rejected
		}
		o := status.Outcome{Trigger: status.TriggerTemplates, StartedAt: clock(a.started), Result: result, ErrorClass: class,
			DurationMS: millis(time.Since(a.started)), Phases: a.phases}
		v.state.History = fold(v.state.History, w.entry(a, o))
	}
	w.swap()
}

// logTemplates tells the author what became of an edit.
func (w *Worker) logTemplates(a *attempt, err error) {
	var broken *render.TemplateError
	args := []any{"id", a.id, "duration_ms", millis(time.Since(a.started))}
	switch {
	case errors.As(err, &broken):
		w.cfg.Log.Warn("templates are broken; those before stay in use", append(args, "file", broken.File, "line", broken.Line,
			"message", broken.Message, "text", broken.Text)...)
	case err != nil:
		w.cfg.Log.Warn("templates cannot be used; those before stay in use", append(args, "error", err)...)
	default:
		w.cfg.Log.Info("templates", append(args, "result", a.result, "bytes", len(a.body), "render_ms", a.phases.RenderMS)...)
	}
}

// templateInfo is the status's account of the templates. The caller holds mu.
func (w *Worker) templateInfo() status.TemplateInfo {
	s := w.view.set
	info := status.TemplateInfo{LoadedAt: clock(s.ts.LoadedAt), Source: s.ts.Source}
	var broken *render.TemplateError
	switch {
	case errors.As(s.broken, &broken):
		info.Error = broken.Error()
	case s.broken != nil:
		_, info.Error = w.explain(s.broken)
	}
	return info
}

// brokenLine is the text of the line that is broken; empty where there is none.
func (s set) brokenLine() string {
	var broken *render.TemplateError
	if errors.As(s.broken, &broken) {
		return broken.Text
	}
	return ""
}

// fingerprint is a sum over names and content of the author's files, those whose names begin with a dot left out. What cannot be
// read counts as its error, so that it is told when it can be.
func fingerprint(dir string) [sha256.Size]byte {
	sum := sha256.New()
	if dir == "" {
		return [sha256.Size]byte(sum.Sum(nil))
	}
	folder := os.DirFS(dir)
	_ = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if name != "." && strings.HasPrefix(path.Base(name), ".") {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if err != nil {
			fmt.Fprintf(sum, "%q unreadable\n", name)
			return nil
		}
		if info, err := fs.Stat(folder, name); err != nil || !info.Mode().IsRegular() {
			fmt.Fprintf(sum, "%q %t\n", name, err == nil)
			return nil
		}
		text, err := fs.ReadFile(folder, name)
		fmt.Fprintf(sum, "%q %x %t\n", name, sha256.Sum256(text), err == nil)
		return nil
	}) // the function returns no error, and those of single files are in the sum
	return [sha256.Size]byte(sum.Sum(nil))
}
