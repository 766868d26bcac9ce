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

// settle ends a data refresh: outcome, story, snapshot, files, log line, plan of the next try. The error is what Refresh returns.
func (w *Worker) settle(a *attempt, err error) (Report, error) {
	class, sentence := w.explain(err)
	o := status.Outcome{
		ID: a.id, Trigger: a.req.Trigger, StartedAt: clock(a.started), DurationMS: millis(time.Since(a.started)), Attempts: 1,
		Result: a.result, ErrorClass: class, Message: sentence, Phases: a.phases,
	}
	switch {
	case class == store.Gate:
		o.Result = status.Rejected
	case err != nil:
		o.Result = status.Failed
	default:
		o.Message = describe(a.next.Info, a.changes)
	}
	if !a.req.DryRun && class != store.Shutdown {
		if p := guard(func() error { w.record(a, &o); w.save(a); return nil }); p != nil {
			w.cfg.Log.Error("settle a refresh", "id", a.id, "error", p)
		}
	}
	r := w.report(a, o)
	w.logRefresh(a, r, err)
	return r, refreshError(o, err)
}

// explain gives the class of a failed refresh and what people may read about it.
func (w *Worker) explain(err error) (store.Class, string) {
	var broken *render.TemplateError
	switch {
	case err == nil:
		return "", ""
	case w.base.Err() != nil:
		return store.Shutdown, "the program was stopped during this refresh"
	case errors.Is(err, publish.ErrLocked):
		return store.Publish, fmt.Sprintf("another run holds the lock, and did so for %s (REFRESH_TIMEOUT)", w.cfg.Timeout)
	case errors.As(err, &broken):
		return store.Template, "the templates are broken: " + broken.Error()
	case store.ClassOf(err) == store.Other && errors.Is(err, context.DeadlineExceeded):
		return store.QueryTimeout, fmt.Sprintf("the refresh did not end within %s (REFRESH_TIMEOUT)", w.cfg.Timeout)
	}
	return store.ClassOf(err), store.Sentence(err)
}

// refreshError is the outcome as an error without driver text; a cause stays in its chain only where callers branch on it.
func refreshError(o status.Outcome, err error) error {
	var refusal *render.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refusal
	}
	classed := &store.Error{Class: o.ErrorClass, Sentence: o.Message}
	if errors.Is(err, publish.ErrLocked) {
		classed.Err = publish.ErrLocked
	}
	return classed
}

// report tells what is up, or would be.
func (w *Worker) report(a *attempt, o status.Outcome) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{Outcome: o, DryRun: a.req.DryRun, Changes: noChanges()}
	if a.changes != nil && o.Result == status.Published {
		r.Changes = *a.changes
	}
	switch up := w.view.state.Page; {
	case a.req.DryRun && o.ErrorClass == "":
		r.Page = &a.next.Info
	case up != nil:
		info := up.Info
		r.Page = &info
	}
	return r
}

// record makes the outcome part of the story and shows page and status in one swap.
func (w *Worker) record(a *attempt, o *status.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	st := &v.state
	if last := st.LastRefresh; last != nil && o.Result == status.Failed && last.Result == status.Failed && last.ErrorClass == o.ErrorClass {
		o.Attempts = last.Attempts + 1
	}
	switch o.Result {
	case status.Failed:
		st.ConsecutiveFailures++
	case status.Rejected:
		st.ConsecutiveFailures = 0
	default:
		now := clock(w.now())
		st.ConsecutiveFailures, st.LastSuccessAt = 0, &now
	}
	outcome := *o
	st.LastRefresh = &outcome
	w.commit(a)
	st.History = fold(st.History, w.entry(a, *o))
	v.peak, v.lastEnd, v.allowance = a.cost.InUse, time.Now(), w.allow()
	w.plan(*o)
	w.swap()
}

// commit takes over what a publish has put up. The caller holds mu.
func (w *Worker) commit(a *attempt) {
	if !a.put {
		return
	}
	v := &w.view
	v.state.Page = &a.next
	if a.onDisk {
		v.disk = &a.next
	}
	if v.page == nil || v.page.ETag != a.next.Info.ETag {
		v.page = w.homepage(a.body, v.set.ts)
	}
}

// entry is the outcome as the history keeps it. The caller holds mu.
func (w *Worker) entry(a *attempt, o status.Outcome) status.HistoryEntry {
	e := status.HistoryEntry{
		At: o.StartedAt, Trigger: o.Trigger, Result: o.Result, ErrorClass: o.ErrorClass, Attempts: 1,
		DurationMS: o.DurationMS, Phases: o.Phases, InUse: a.cost.InUse, WaitCount: a.cost.WaitCount,
	}
	if up := w.view.state.Page; up != nil {
		e.Products = up.Info.Products
	}
	return e
}

// fold appends an outcome to the history, which it leaves as it is. A failure of the class of the one before becomes part of that
// entry: it keeps when the row began and has the figures of the last attempt, the most connections and the sum of waits.
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

// folds tells whether b continues a row of failures that a belongs to; re-renderings and data refreshes have rows of their own.
func folds(a, b status.HistoryEntry) bool {
	return a.Result == status.Failed && b.Result == status.Failed && a.ErrorClass == b.ErrorClass &&
		(a.Trigger == status.TriggerTemplates) == (b.Trigger == status.TriggerTemplates)
}

// save writes story and status to the disk. What fails here costs no visitor anything; it is a weakness that the status tells.
func (w *Worker) save(a *attempt) {
	if !a.locked {
		return
	}
	w.mu.Lock()
	st := w.view.state
	if disk := w.view.disk; disk != nil && (st.Page == nil || disk.Info.ETag != st.Page.Info.ETag) {
		st.Previous = disk
	}
	w.mu.Unlock()
	err := w.cfg.Public.SaveState(st)
	if err == nil {
		w.mu.Lock()
		w.view.mark = markOf(w.view.disk, st.LastRefresh)
		w.mu.Unlock()
	}
	if w.note("state", err) {
		w.show()
	}
	w.saveStatus()
	w.encode()
}

// logRefresh writes the one line of a refresh, with the figures of the status.
func (w *Worker) logRefresh(a *attempt, r Report, err error) {
	o, h := r.Outcome, w.cfg.Health()
	level := map[string]slog.Level{status.Rejected: slog.LevelWarn, status.Failed: slog.LevelError}[o.Result]
	args := []any{"id", o.ID, "trigger", o.Trigger, "result", o.Result, "message", o.Message, "duration_ms", o.DurationMS,
		"attempts", o.Attempts, "acquire_ms", o.Phases.AcquireMS, "query_ms", o.Phases.QueryMS, "render_ms", o.Phases.RenderMS,
		"publish_ms", o.Phases.PublishMS}
	if o.ErrorClass != "" {
		args = append(args, "error_class", o.ErrorClass)
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
	args = append(args, "in_use", a.cost.InUse, "waits", a.cost.WaitCount, slog.Group("pool", "min", h.Pool.Min, "max", h.Pool.Max,
		"open", h.Pool.Open, "in_use", h.Pool.InUse, "idle", h.Pool.Idle, "wait_count", h.Pool.WaitCount, "wait_ms", h.Pool.WaitMS,
		"resets", h.Pool.Resets))
	if r.DryRun {
		args = append(args, "dry_run", true)
	}
	w.cfg.Log.Log(context.Background(), level, "refresh", args...)
}
