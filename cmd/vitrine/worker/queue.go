package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"vitrine/render/status"
	"vitrine/store"
)

// ErrStopped is the answer to whoever asks a worker that was closed.
var ErrStopped = errors.New("the program is stopping")

// Request asks for a refresh.
type Request struct {
	// Trigger is one of render's Trigger constants.
	Trigger string
	// Force lifts the gate's rules about size and shrinking, this once.
	Force bool
	// DryRun tells what would happen and changes nothing.
	DryRun bool
}

// job is what a flight does.
type job int

const (
	dataJob     job = iota // refresh: read, render, publish
	templateJob            // reload: templates anew, last good catalogue
	pickUpJob              // show what another process has published
	mendJob                // put what visitors see back on the disk
)

// flight is one piece of work that one or several callers wait for. sealed is guarded by the queue.
type flight struct {
	job    job
	req    Request
	sealed bool          // too late to join
	done   chan struct{} // closed when report and err stand
	report Report
	err    error
}

// takes tells whether a request may share the flight: before it has looked at what it is about, never a dry run, and no
// forced request with an unforced flight.
func (f *flight) takes(j job, req Request) bool {
	return f.job == j && !f.sealed && !f.req.DryRun && !req.DryRun && (f.req.Force || !req.Force)
}

// queue holds the flight that runs and those that wait for it, first come first served.
type queue struct {
	mu      sync.Mutex
	closed  bool
	running *flight
	waiting []*flight
}

// join returns a flight that takes the request, a new one if need be; start tells that the caller must start a runner. It
// returns nil when the queue is closed.
func (q *queue) join(j job, req Request) (f *flight, start bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, false
	}
	if q.running != nil && q.running.takes(j, req) {
		return q.running, false
	}
	if i := slices.IndexFunc(q.waiting, func(f *flight) bool { return f.takes(j, req) }); i >= 0 {
		return q.waiting[i], false
	}
	f = &flight{job: j, req: req, done: make(chan struct{})}
	if q.running == nil {
		q.running = f
		return f, true
	}
	q.waiting = append(q.waiting, f)
	return f, false
}

// next ends the running flight and moves on to the one that waits longest; nil when there is none.
func (q *queue) next() *flight {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.running.done)
	q.running = nil
	if len(q.waiting) > 0 {
		q.running, q.waiting = q.waiting[0], q.waiting[1:]
	}
	return q.running
}

// seal lets nobody join the flight any more.
func (q *queue) seal(f *flight) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.sealed = true
}

// idle tells whether nothing runs.
func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running == nil
}

// close turns away those who wait and everyone who comes.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, f := range q.waiting {
		f.err = ErrStopped
		close(f.done)
	}
	q.waiting = nil
}

// Refresh reads the catalogue, renders the page and publishes it, as one piece of work that callers share: who asks before the
// query has been sent joins the refresh that runs; who asks later shares exactly one following refresh with all others, so
// that what was committed before the call is on the page when it returns. A forced request never joins an unforced one, a dry
// run is always on its own.
//
// The error is nil exactly when the page is up to date: published or unchanged. Otherwise it is a *render.Refusal (rejected),
// or a *store.Error with the class and our sentence (failed), whose chain has publish.ErrLocked when another process held the
// lock all the time; the report is complete in these cases. When ctx ends first, the error is the context's, the report empty,
// and the refresh goes on. After Close it is ErrStopped.
func (w *Worker) Refresh(ctx context.Context, req Request) (Report, error) {
	f, err := w.ask(ctx, dataJob, req)
	if err != nil {
		return Report{}, err
	}
	return f.report, f.err
}

// Reload takes the author's templates anew and renders the last good catalogue with them, without a query; nothing happens
// where their content is what is in use. A refresh that runs is waited for, so that the new look comes after it. The error
// (a *store.Error of class template, gate or publish) tells why the templates before stay in use. It ends with ctx as Refresh does.
func (w *Worker) Reload(ctx context.Context) error {
	f, err := w.ask(ctx, templateJob, Request{Trigger: status.TriggerTemplates})
	if err != nil {
		return err
	}
	return f.err
}

// ask joins or starts a flight and waits for its end.
func (w *Worker) ask(ctx context.Context, j job, req Request) (*flight, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for the refresh: %w", err)
	}
	f := w.start(j, req)
	if f == nil {
		return nil, ErrStopped
	}
	select {
	case <-f.done:
		return f, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the refresh: %w", ctx.Err())
	}
}

// start joins or starts a flight without waiting; nil after Close.
func (w *Worker) start(j job, req Request) *flight {
	f, first := w.queue.join(j, req)
	if first {
		w.tasks.Go(func() { w.fly(f) })
	}
	return f
}

// fly does one flight after the other until none waits.
func (w *Worker) fly(f *flight) {
	for ; f != nil; f = w.queue.next() {
		if err := guard(func() error { w.do(f); return nil }); err != nil {
			w.cfg.Log.Error("panic in the worker", "error", err)
			f.err = &store.Error{Class: store.Other, Sentence: store.Sentence(err)}
		}
	}
}

func (w *Worker) do(f *flight) {
	switch f.job {
	case dataJob:
		f.report, f.err = w.refresh(f)
	case templateJob:
		w.queue.seal(f)
		f.err = w.reload()
	case pickUpJob:
		w.queue.seal(f)
		w.pickUp()
	case mendJob:
		w.queue.seal(f)
		w.mend()
	}
}
