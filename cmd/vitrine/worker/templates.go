package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/render/watch"
	"vitrine/store"
)

// templateSet is a set of templates in use, with the pages that do not change while it is.
type templateSet struct {
	ts                    *render.Templates
	notFound, unavailable *publish.Document
	fingerprint           watch.Fingerprint // of the folder's content that was last tried
	broken                error             // why that content is not in use; nil when it is
	fallback              bool              // ts is the embedded set, for want of a good one: for the error pages only
}

// firstTemplates loads the templates at start. Where the author's are broken the embedded ones are the fallback; the
// error is about those.
func (w *Worker) firstTemplates() (templateSet, error) {
	fingerprint := watch.FingerprintOf(w.cfg.TemplatesDir)
	s, broken := w.loadTemplates(w.base, w.cfg.TemplatesDir, fingerprint)
	if broken == nil {
		return s, nil
	}
	w.cfg.Log.Warn("templates are broken", "error", broken)
	s, err := w.loadTemplates(w.base, "", fingerprint)
	s.broken, s.fallback = broken, true
	return s, err
}

// loadTemplates loads a set, renders its error pages, and an empty homepage for the gate's rules about whole pages.
func (w *Worker) loadTemplates(ctx context.Context, dir string, fingerprint watch.Fingerprint) (s templateSet,
	err error) {
	err = guard(func() error {
		ts, err := render.LoadTemplates(ctx, dir)
		if err != nil {
			return err
		}
		for _, sentence := range ts.Warnings(w.cfg.Site) {
			w.cfg.Log.Warn("templates", "warning", sentence)
		}
		ctx, cancel := context.WithTimeout(ctx, min(w.cfg.Timeout, render.TryTime))
		defer cancel()
		trial := ts.Within(ctx)
		page, _ := render.NewPage(w.cfg.Site, store.Catalogue{})
		body, err := trial.Render(page)
		if err != nil {
			return err
		}
		if err := w.cfg.Gate.Check(body, render.PageSummary{}, nil, true); err != nil {
			return err
		}
		notFound, errNotFound := trial.NotFound(w.cfg.Site)
		unavailable, errUnavailable := trial.Unavailable(w.cfg.Site)
		if err := cmp.Or(errNotFound, errUnavailable); err != nil {
			return err
		}
		s = templateSet{ts: ts, fingerprint: fingerprint,
			notFound: w.document(notFound), unavailable: w.document(unavailable)}
		return nil
	})
	if err != nil {
		return templateSet{}, fmt.Errorf("load templates: %w", err)
	}
	return s, nil
}

func (w *Worker) reload() error {
	ctx, cancel := context.WithTimeout(w.base, w.cfg.Timeout)
	defer cancel()
	unlock, err := w.lock(ctx, newAttempt(Request{Trigger: status.TriggerTemplates}))
	defer unlock()
	if err == nil {
		if w.catchUp() {
			w.show()
		}
		err = w.renewTemplates(ctx)
	}
	if failure := w.classify(err); failure != nil {
		return failure
	}
	return nil
}

// renewTemplates takes the author's templates anew if their content has changed, and renders the last good catalogue
// with them: stages 3 to 7. They are in use from the moment that their page is up; until then, and if they are broken,
// those before are. They have half of a refresh's time, so that the refresh can go on with those before. The caller
// holds the lock.
func (w *Worker) renewTemplates(ctx context.Context) error {
	fingerprint := watch.FingerprintOf(w.cfg.TemplatesDir)
	if fingerprint == w.view.set.fingerprint {
		return w.view.set.broken
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout/2)
	defer cancel()
	a := newAttempt(Request{Trigger: status.TriggerTemplates, Force: true}) // the data has passed the gate before
	a.locked = true
	next, err := w.loadTemplates(ctx, w.cfg.TemplatesDir, fingerprint)
	if up := w.view.state.Page; err == nil && up != nil && !up.Bare() {
		a.catalogue = up.Catalogue
		err = guard(func() error {
			if err := w.render(ctx, a, next.ts); err != nil { // 3 and 4
				return err
			}
			return w.publish(a, next.ts) // 5
		})
	}
	failure := w.classify(err)
	o := status.Outcome{}
	if err != nil || a.result != "" {
		o = w.outcome(a, failure)
	}
	w.record(a, o, func(v *view) { w.useTemplates(v, next, fingerprint, err) }) // 6 and 7
	w.logTemplates(a, err)
	return err
}

// useTemplates takes a new set into use, or notes why not. A page that could not be written is no fault of the
// templates: they are tried again with the next refresh. The caller holds mu.
func (w *Worker) useTemplates(v *view, next templateSet, fingerprint watch.Fingerprint, err error) {
	if err == nil {
		last := v.state.LastRefresh
		if v.live && (v.set.fallback || last != nil && last.ErrorClass == store.Template) {
			// A data refresh could not be rendered.
			v.retryAt = time.Now()
			wake(w.retryChange)
		}
		v.set = next
		return
	}
	v.set.broken = err
	if class := w.classify(err).Class; class != store.Publish && class != store.Shutdown {
		v.set.fingerprint = fingerprint
	}
}

func (w *Worker) logTemplates(a *attempt, err error) {
	args := []any{"id", a.id, "duration_ms", store.Milliseconds(time.Since(a.started))}
	broken, ok := errors.AsType[*render.TemplateError](err)
	switch {
	case ok:
		w.cfg.Log.Warn("templates are broken; those before stay in use", append(args,
			"file", broken.File, "line", broken.Line, "message", broken.Message, "text", broken.Text)...)
	case err != nil:
		w.cfg.Log.Warn("templates cannot be used; those before stay in use", append(args, "error", err)...)
	default:
		w.cfg.Log.Info("templates", append(args, "result", a.result, "render_ms", a.phases.RenderMS)...)
	}
}

// templateInfo is the status's account of the templates. The caller holds mu.
func (w *Worker) templateInfo() status.TemplateInfo {
	s := w.view.set
	info := status.TemplateInfo{LoadedAt: wallTime(s.ts.LoadedAt), Source: s.ts.Source}
	if broken, ok := errors.AsType[*render.TemplateError](s.broken); ok {
		info.Error = broken.Error()
	} else if s.broken != nil {
		info.Error = w.classify(s.broken).Sentence
	}
	return info
}

// brokenLine is the text of the line that is broken; empty where there is none.
func (s templateSet) brokenLine() string {
	if broken, ok := errors.AsType[*render.TemplateError](s.broken); ok {
		return broken.Text
	}
	return ""
}
