package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// finish ends a data refresh. The error is what Refresh returns.
func (w *Worker) finish(a *attempt, err error) (Report, error) {
	failure := w.classify(err)
	o := w.outcome(a, failure)
	if !a.req.DryRun && o.ErrorClass != store.Shutdown {
		w.record(a, o, func(v *view) {
			v.peak, v.lastEnd, v.patience = a.cost.InUse, time.Now(), w.twoTicks()
			v.forced = a.req.Force && failure == nil
			w.planRetry(o)
		})
	}
	r := w.report(a, o)
	w.logRefresh(a, r, err)
	if failure != nil {
		return r, failure
	}
	if !a.req.DryRun {
		w.cfg.Succeeded()
	}
	return r, nil
}

// classify is a failed attempt as people may read it, without driver text: class and sentence. A cause stays in its
// chain only where callers branch on it. It is nil for nil.
func (w *Worker) classify(err error) *store.Error {
	e := &store.Error{Class: store.ClassOf(err), Sentence: store.Sentence(err), Cure: store.CureOf(err)}
	var broken *render.TemplateError
	var refusal *render.Refusal
	switch {
	case err == nil:
		return nil
	case w.base.Err() != nil:
		e.Class, e.Sentence = store.Shutdown, "the program was stopped during this refresh"
	case errors.Is(err, publish.ErrLocked):
		e.Class, e.Err = store.Publish, publish.ErrLocked
		e.Sentence = fmt.Sprintf("another run has held the lock for %s (REFRESH_TIMEOUT)", w.cfg.Timeout)
	case errors.As(err, &broken):
		e.Class, e.Sentence = store.Template, "the templates are broken: "+broken.Error()
	case errors.As(err, &refusal):
		e.Err = refusal
	case e.Class == store.Other && errors.Is(err, context.DeadlineExceeded):
		e.Class = store.QueryTimeout
		e.Sentence = fmt.Sprintf("the refresh did not end within %s (REFRESH_TIMEOUT)", w.cfg.Timeout)
	}
	return e
}

// outcome is how an attempt ended, or would end now.
func (w *Worker) outcome(a *attempt, failure *store.Error) status.Outcome {
	o := status.Outcome{ID: a.id, Trigger: a.req.Trigger, StartedAt: wallTime(a.started),
		DurationMS: store.Milliseconds(time.Since(a.started)), Attempts: 1, Result: a.result, Phases: a.phases}
	if failure == nil {
		o.Message = describe(a.next.Info, a.changes)
		return o
	}
	o.ErrorClass, o.Message, o.Result = failure.Class, failure.Sentence, status.Failed
	if failure.Class == store.Gate || failure.Class == store.Question {
		o.Result = status.Rejected
	}
	if refusal, ok := errors.AsType[*render.Refusal](failure); ok {
		o.Rule = refusal.Rule
	}
	last := w.view.state.LastRefresh
	if last != nil && o.Result == status.Failed && last.Result == status.Failed && last.ErrorClass == o.ErrorClass {
		o.Attempts = last.Attempts + 1
	}
	return o
}

// record makes the outcome part of the history, shows page and status in one swap, and writes what is not written yet;
// change is made to the view with it. What cannot be written costs no visitor anything; the status tells of it.
func (w *Worker) record(a *attempt, o status.Outcome, change func(*view)) {
	err := guard(func() error {
		if a.locked && !a.saved && o.Result != "" {
			w.note("state", w.saveState(a, o))
			if !a.put {
				w.putBack()
			}
		}
		w.update(func(v *view) {
			w.commit(a, o)
			change(v)
		})
		w.noteSource()
		w.noteRival()
		w.show() // 6
		if a.locked {
			if a.req.Trigger == status.TriggerCommand {
				w.encodeNow()
			}
			w.saveEncodings()
			w.recordStatus() // 7
		}
		return nil
	})
	if err != nil {
		w.cfg.Log.Error("record an outcome", "id", a.id, "error", err)
	}
	wake(w.uploadDue)
}

// commit takes over what an attempt has come to. The caller holds mu.
func (w *Worker) commit(a *attempt, o status.Outcome) {
	v := &w.view
	if o.Result != "" {
		v.state = w.stateAfter(a, o)
	}
	if a.put {
		w.own = a.next.Info.Source
	}
	if a.put && a.onDisk {
		v.disk = &a.next
	}
	if a.put && (v.page == nil || v.page.ETag != a.doc.ETag) {
		v.page = a.doc
	}
	if a.saved {
		v.revision = revisionOf(v.disk, v.state.LastRefresh)
	}
}

// saveState writes the state as it is to be after the outcome o.
func (w *Worker) saveState(a *attempt, o status.Outcome) error {
	err := w.writeState(w.stateAfter(a, o))
	a.saved = err == nil
	return err
}

// writeState writes a state to the disk, with what is known of the page that is there.
func (w *Worker) writeState(st publish.State) error {
	if disk := w.view.disk; disk != nil && (st.Page == nil || disk.Info.ETag != st.Page.Info.ETag) {
		st.Previous = disk
	}
	return w.cfg.Public.SaveState(st)
}

// stateAfter is the state as it is to be after the outcome o. Before the page is up, its duration and phases are those
// so far.
func (w *Worker) stateAfter(a *attempt, o status.Outcome) publish.State {
	st := w.view.state
	if o.ErrorClass == "" {
		st.Page = &a.next
	}
	if o.Trigger != status.TriggerTemplates {
		st.LastRefresh = &o
		switch o.Result {
		case status.Failed:
			st.ConsecutiveFailures++
		case status.Rejected:
			st.ConsecutiveFailures = 0
		default:
			now := wallTime(w.now())
			st.ConsecutiveFailures, st.LastSuccessAt = 0, &now
		}
	}
	e := status.HistoryEntry{
		At: o.StartedAt, Trigger: o.Trigger, Result: o.Result, ErrorClass: o.ErrorClass, Attempts: 1,
		DurationMS: o.DurationMS, Phases: o.Phases, InUse: a.cost.InUse, WaitCount: a.cost.WaitCount,
	}
	if st.Page != nil {
		e.Products = st.Page.Info.Products
	}
	st.History = fold(st.History, e)
	return st
}

// fold appends an outcome to the history, which it leaves as it is. A failure of the class of the one before becomes
// part of that entry: it keeps when the row began and has the figures of the last attempt, the most connections and the
// sum of waits.
func fold(history []status.HistoryEntry, e status.HistoryEntry) []status.HistoryEntry {
	out := append(make([]status.HistoryEntry, 0, len(history)+1), history...)
	if n := len(out); n > 0 && folds(out[n-1], e) {
		last := &out[n-1]
		at := e.At
		last.Until, last.Attempts = &at, last.Attempts+e.Attempts
		last.DurationMS, last.Phases, last.Products = e.DurationMS, e.Phases, e.Products
		last.InUse, last.WaitCount = max(last.InUse, e.InUse), last.WaitCount+e.WaitCount
		return out
	}
	out = append(out, e)
	return out[max(0, len(out)-status.HistoryLen):]
}

// folds reports whether b continues a row of failures, or of refusals that were tried again, that a belongs to;
// re-renderings and data refreshes have rows of their own.
func folds(a, b status.HistoryEntry) bool {
	again := b.Result == status.Failed || b.Result == status.Rejected && b.Trigger == status.TriggerRetry
	return again && a.Result == b.Result && a.ErrorClass == b.ErrorClass &&
		(a.Trigger == status.TriggerTemplates) == (b.Trigger == status.TriggerTemplates)
}

// report tells what is up, or would be.
func (w *Worker) report(a *attempt, o status.Outcome) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{Outcome: o, DryRun: a.req.DryRun, Changes: render.NoChanges()}
	if a.changes != nil && o.Result == status.Published {
		r.Changes = *a.changes
	}
	switch up := w.view.state.Page; {
	case a.req.DryRun && o.ErrorClass == "":
		r.Page = &a.next.Info
	case up != nil:
		r.Page = &up.Info
	}
	return r
}

// LineKey is the attribute of a record that has the line for people. What it says stands in the others, too.
const LineKey = "for_people"

// logRefresh writes the one record of a refresh, with the line for people and the figures of the status. What a command
// has asked for it tells itself.
func (w *Worker) logRefresh(a *attempt, r Report, err error) {
	o, h := r.Outcome, w.cfg.Health()
	level := map[string]slog.Level{status.Rejected: slog.LevelWarn, status.Failed: slog.LevelError}[o.Result]
	if o.Trigger == status.TriggerCommand {
		level = slog.LevelInfo
	}
	args := []any{LineKey, r.Line(), "id", o.ID, "trigger", o.Trigger, "result", o.Result, "message", o.Message,
		"duration_ms", o.DurationMS, "attempts", o.Attempts, "acquire_ms", o.Phases.AcquireMS,
		"query_ms", o.Phases.QueryMS, "render_ms", o.Phases.RenderMS, "publish_ms", o.Phases.PublishMS}
	if o.ErrorClass != "" {
		args = append(args, "error_class", o.ErrorClass)
	}
	if told, ok := errors.AsType[*store.Error](err); ok && told.Err != nil {
		err = told.Err // its sentence is the message
	}
	if err != nil {
		args = append(args, "error", err)
	}
	if p := r.Page; p != nil {
		args = append(args, "categories", p.Categories, "products", p.Products, "bytes", p.Bytes, "data_at", p.DataAt,
			"added", r.Changes.Added.Count, "removed", r.Changes.Removed.Count, "changed", r.Changes.Changed.Count)
		if left := render.SkippedWords(p.Skipped); left != "" {
			args = append(args, "left_out", left)
		}
	}
	w.mu.Lock()
	args = append(args, "consecutive_failures", w.view.state.ConsecutiveFailures, "next_refresh_at", w.nextRefresh())
	w.mu.Unlock()
	args = append(args, "in_use", a.cost.InUse, "waits", a.cost.WaitCount, slog.Group("pool",
		"min", h.Pool.Min, "max", h.Pool.Max, "open", h.Pool.Open, "in_use", h.Pool.InUse,
		"idle", h.Pool.Idle, "wait_count", h.Pool.WaitCount, "wait_ms", h.Pool.WaitMS, "resets", h.Pool.Resets))
	if r.DryRun {
		args = append(args, "dry_run", true)
	}
	w.cfg.Log.Log(context.Background(), level, "refresh", args...)
}
