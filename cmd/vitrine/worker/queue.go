package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vitrine/render/status"
	"vitrine/store"
)

// ErrStopped is the answer to whoever asks a worker that was closed.
var ErrStopped = errors.New("the program is stopping")

// TooSoonError is the answer to whoever would begin a refresh over HTTP less than httpInterval after the last one
// began.
type TooSoonError struct {
	// Wait is after how long to ask again.
	Wait time.Duration
}

func (e *TooSoonError) Error() string {
	return "one refresh a second; the last one has only just begun"
}

// httpInterval is how far apart refreshes that were asked for over HTTP begin at least.
const httpInterval = time.Second

// Request asks for a refresh.
type Request struct {
	// Trigger is one of status's Trigger constants.
	Trigger string
	// Force lifts the gate's rules about size and shrinking, this once.
	Force bool
	// DryRun tells what would happen and changes nothing.
	DryRun bool
}

type job int

const (
	dataJob     job = iota // refresh: read, render, publish
	templateJob            // reload: templates anew, last good catalogue
	pickUpJob              // show what another process has published
	repairJob              // put what visitors see back on the disk
)

// call is one piece of work that one or several callers wait for.
type call struct {
	job       job
	req       Request
	asked     time.Time     // by the last who shares it
	shared    bool          // by several
	notBefore time.Time     // when it may begin
	done      chan struct{} // closed when report and err stand
	report    Report
	err       error
}

// serves reports whether a request may share the call: never a dry run, and no forced request an unforced call.
func (c *call) serves(j job, req Request) bool {
	return c.job == j && !c.req.DryRun && !req.DryRun && (c.req.Force || !req.Force)
}

// queue holds the calls that wait for the one that runs, first come first served.
type queue struct {
	mu      sync.Mutex
	closed  bool
	running bool // a runner is at work
	waiting []*call
	began   time.Time // the last call that HTTP asked for
	crowded bool      // that one answered several
}

// join returns a waiting call that serves the request, a new one if need be; start tells that the caller must start a
// runner.
func (q *queue) join(j job, req Request) (c *call, start bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, false, ErrStopped
	}
	now := time.Now()
	if i := slices.IndexFunc(q.waiting, func(c *call) bool { return c.serves(j, req) }); i >= 0 {
		q.waiting[i].asked, q.waiting[i].shared = now, true
		return q.waiting[i], false, nil
	}
	c = &call{job: j, req: req, asked: now, done: make(chan struct{})}
	if req.Trigger == status.TriggerHTTP && !q.began.IsZero() {
		c.notBefore = q.began.Add(httpInterval)
		if wait := c.notBefore.Sub(now); wait > 0 && !q.running && !q.crowded {
			return nil, false, &TooSoonError{wait}
		}
	}
	q.waiting = append(q.waiting, c)
	start, q.running = !q.running, true
	return c, start, nil
}

// next takes the call that has waited longest, once it may begin; nil where none waits, or the queue is closed.
func (q *queue) next() *call {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 {
		c := q.waiting[0]
		if pause := time.Until(c.notBefore); pause > 0 {
			q.mu.Unlock()
			time.Sleep(pause) // at most httpInterval
			q.mu.Lock()
			continue
		}
		q.waiting = q.waiting[1:]
		if c.req.Trigger == status.TriggerHTTP {
			q.began = time.Now()
		}
		return c
	}
	q.running = false
	return nil
}

// end answers those who share a call, and those who wait for another like it although they asked before it began to
// look at anything (at lookedAt; zero where it never did): they have what they asked for.
func (q *queue) end(c *call, lookedAt time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(c.done)
	q.waiting = slices.DeleteFunc(q.waiting, func(other *call) bool {
		if !c.serves(other.job, other.req) || !lookedAt.IsZero() && other.asked.After(lookedAt) {
			return false
		}
		other.report, other.err = c.report, c.err
		close(other.done)
		c.shared = true
		return true
	})
	if c.req.Trigger == status.TriggerHTTP {
		q.crowded = c.shared
	}
}

func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.running
}

// close turns away those who wait and everyone who comes.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, c := range q.waiting {
		c.err = ErrStopped
		close(c.done)
	}
	q.waiting = nil
}

// Refresh reads the catalogue, renders the page and publishes it, as one piece of work that callers share: who asks
// before the query has been sent has the answer of the refresh that runs; who asks later shares exactly one following
// refresh with all others, so that what was committed before the call is on the page when it returns. A forced request
// never joins an unforced one, a dry run is always on its own.
//
// The error is nil exactly when the page is up to date: published or unchanged. Otherwise it is a *store.Error with the
// class and our sentence, whose chain has a *render.Refusal where the page was rejected, and publish.ErrLocked where
// another process held the lock all the time; the report is complete in these cases. When ctx ends first, the error is
// the context's, the report empty, and the refresh goes on. Of a request over HTTP that would begin a refresh too soon
// after the last it is a *TooSoonError. After Close it is ErrStopped.
func (w *Worker) Refresh(ctx context.Context, req Request) (Report, error) {
	c, err := w.ask(ctx, dataJob, req)
	if err != nil {
		return Report{}, err
	}
	return c.report, c.err
}

// Reload takes the author's templates anew and renders the last good catalogue with them, without a query; nothing
// happens where their content is what is in use. A refresh that runs is waited for, so that the new look comes after
// it. The error (a *store.Error of class template, gate or publish) tells why the templates before stay in use. It ends
// with ctx as Refresh does.
func (w *Worker) Reload(ctx context.Context) error {
	c, err := w.ask(ctx, templateJob, Request{Trigger: status.TriggerTemplates})
	if err != nil {
		return err
	}
	return c.err
}

// ask joins or starts a call and waits for its end.
func (w *Worker) ask(ctx context.Context, j job, req Request) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for the refresh: %w", err)
	}
	c, err := w.start(j, req)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.done:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the refresh: %w", ctx.Err())
	}
}

// start joins or starts a call without waiting.
func (w *Worker) start(j job, req Request) (*call, error) {
	c, first, err := w.queue.join(j, req)
	if first {
		w.tasks.Go(w.runCalls)
	}
	return c, err
}

func (w *Worker) runCalls() {
	for c := w.queue.next(); c != nil; c = w.queue.next() {
		began := time.Now()
		lookedAt := began
		w.working.Store(&began)
		err := guard(func() error { lookedAt = w.do(c, began); return nil })
		w.working.Store(nil)
		if err != nil {
			w.cfg.Log.Error("panic in the worker", "error", err)
			c.err = &store.Error{Class: store.Other, Sentence: store.Sentence(err)}
		}
		w.queue.end(c, lookedAt)
	}
}

// do does one call, which begins now, and returns since when it has looked at what it is about.
func (w *Worker) do(c *call, now time.Time) (lookedAt time.Time) {
	switch c.job {
	case dataJob:
		c.report, lookedAt, c.err = w.refresh(c.req)
		return lookedAt
	case templateJob:
		c.err = w.reload()
	case pickUpJob:
		w.pickUp()
	case repairJob:
		w.repair()
	}
	return now
}
