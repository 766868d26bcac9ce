package worker

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/sync/errgroup"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/render/watch"
	"vitrine/store"
)

// Run refreshes at start, by the schedule, after failures and after template edits, until ctx ends; then it closes the
// worker, leaves a status that says so, and returns nil. It may be called once.
func (w *Worker) Run(ctx context.Context) error {
	w.update(func(v *view) { v.live, v.lastEnd = true, time.Now() })
	group, ctx := errgroup.WithContext(ctx)
	parts := []func(context.Context) error{w.boot, w.tick, w.retry, w.watchdog, w.watchTemplates, w.uploads, w.notified}
	for _, part := range parts {
		group.Go(func() error { return part(ctx) })
	}
	err := group.Wait()
	w.Close()
	w.update(func(v *view) { v.live, v.stoppedAt = false, wallTime(w.now()) })
	w.show()
	if !w.cfg.Public.KeepStatusOfAnother(w.process, w.now()) {
		w.saveStatus()
	}
	return err
}

// boot writes the first status and refreshes once: cron does not fire at start.
func (w *Worker) boot(ctx context.Context) error {
	w.show() // with the time of the next refresh
	w.recordStatus()
	w.ask(ctx, dataJob, Request{Trigger: status.TriggerStartup}) // the outcome is in status and log
	return nil
}

// tick runs the schedule. The chain's order matters: with Recover outside, one panic would keep the skip's token for
// ever (robfig/cron#366).
func (w *Worker) tick(ctx context.Context) error {
	log := cronLog{w.cfg.Log}
	job := cron.NewChain(cron.SkipIfStillRunning(log), cron.Recover(log)).Then(cron.FuncJob(func() {
		w.ask(ctx, dataJob, Request{Trigger: status.TriggerSchedule}) // the outcome is in status and log
	}))
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(log))
	entry := c.Schedule(w.ticks, job)
	c.Start()
	for {
		select {
		case <-w.rescheduled: // cron sleeps by the clock before it was set
			c.Remove(entry)
			entry = c.Schedule(w.ticks, job)
		case <-ctx.Done():
			<-c.Stop().Done()
			return nil
		}
	}
}

// cronLog takes cron's own account of its wake-ups for what it is: debugging.
type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, args ...any) { l.log.Debug("cron: "+msg, args...) }
func (l cronLog) Error(err error, msg string, args ...any) {
	l.log.Error("cron: "+msg, append(args, "error", err)...)
}

// Delays before the tries after a failed refresh; the last one repeats. What people must put right first is asked
// rarely.
var (
	retryDelays = []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second}
	slowRetry   = 29 * time.Second // so that the page is fresh within 30 s of a password put right
	retryJitter = 0.2              // of a delay, at most; it only shortens
	slowClasses = map[store.Class]bool{store.Auth: true, store.TLS: true}
	noRetry     = map[store.Class]bool{store.Template: true, store.Gate: true, store.Question: true,
		store.Shutdown: true}
	validForMore  = 5 * time.Second // beyond next refresh and timeout, a reader believes the status
	watchdogGrace = time.Second     // so that a tick that does come is first
)

// planRetry sets when the next try after a failed refresh is due. The caller holds mu.
func (w *Worker) planRetry(o status.Outcome) {
	v := &w.view
	v.retryAt = time.Time{}
	// An answer that is too old is asked for again: a newer one may come by itself.
	due := o.Result == status.Failed && !noRetry[o.ErrorClass] || o.Rule == render.RuleOlder
	if !v.live || !due {
		v.retries = 0
		return
	}
	if o.Trigger != status.TriggerRetry {
		v.retries = 0
	}
	delay := retryDelays[min(v.retries, len(retryDelays)-1)]
	if slowClasses[o.ErrorClass] {
		delay = slowRetry
	}
	v.retries++
	v.retryAt = time.Now().Add(delay - time.Duration(retryJitter*rand.Float64()*float64(delay)))
	wake(w.retryChange)
}

// wake tells whoever reads c, which holds one token, that there is something new.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}

func (w *Worker) retry(ctx context.Context) error {
	for {
		w.mu.Lock()
		at := w.view.retryAt
		w.mu.Unlock()
		var due <-chan time.Time
		if !at.IsZero() {
			due = time.After(time.Until(at))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.retryChange:
		case <-due:
			w.mu.Lock()
			still := w.view.retryAt.Equal(at) // no other refresh has begun meanwhile
			w.mu.Unlock()
			if still {
				w.ask(ctx, dataJob, Request{Trigger: status.TriggerRetry}) // the outcome is in status and log
			}
		}
	}
}

// The watchdog's rhythm, and how far the clock may drift from the monotonic one in a second before it counts as set.
const (
	watchdogEvery = time.Second
	clockStep     = 2 * time.Second
)

// watchdog looks each second for what nobody reports: a page that another process has published or somebody has
// deleted, a clock that was set, a schedule that has stalled, a page that has become too old.
func (w *Worker) watchdog(ctx context.Context) error {
	ticker := time.NewTicker(watchdogEvery)
	defer ticker.Stop()
	lastWall, last := w.now().Round(0), time.Now()
	for {
		turn := time.Now()
		w.turned.Store(&turn)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		wall, now := w.now().Round(0), time.Now()
		if drift := wall.Sub(lastWall) - now.Sub(last); drift.Abs() > clockStep {
			w.cfg.Log.Warn("the clock was set", "by", drift)
			w.restart()
		}
		lastWall, last = wall, now
		if w.again.Load() || w.cfg.Public.Changed() {
			w.start(pickUpJob, Request{})
		}
		if w.damaged() {
			w.start(repairJob, Request{})
		}
		if w.overdue() {
			w.cfg.Log.Warn("no refresh for two intervals: the schedule has stalled")
			w.restart()
		}
		w.reevaluate()
	}
}

// restart sets the schedule up anew and refreshes.
func (w *Worker) restart() {
	wake(w.rescheduled)
	w.update(func(v *view) { v.lastEnd = time.Now() }) // the watchdog starts to wait anew
	_, _ = w.start(dataJob, Request{Trigger: status.TriggerSchedule})
}

// overdue reports whether two ticks should have come since the last data refresh, by the monotonic clock, and none
// runs.
func (w *Worker) overdue() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.view.lastEnd) > w.view.patience && w.queue.idle()
}

// twoTicks is the time until the tick after the next, jitter included.
func (w *Worker) twoTicks() time.Duration {
	now := w.now()
	next := w.schedule.Next(now)
	if after := w.schedule.Next(next); !after.IsZero() {
		next = after
	}
	return next.Sub(now) + w.cfg.Jitter + watchdogGrace
}

// nextRefresh is the earlier of retry and tick, by the wall clock. The caller holds mu.
func (w *Worker) nextRefresh() time.Time {
	now := w.now()
	next := w.view.tick
	if !next.After(now) {
		next = w.schedule.Next(now)
	}
	if retry := w.view.retryAt; !retry.IsZero() {
		if at := now.Add(time.Until(retry)); at.Before(next) {
			next = at
		}
	}
	return wallTime(next)
}

// watchTemplates reloads the author's templates when they change. Where changes cannot be watched, the content is still
// compared at every refresh.
func (w *Worker) watchTemplates(ctx context.Context) error {
	if w.cfg.TemplatesDir == "" {
		return nil
	}
	w.mu.Lock()
	known := w.view.set.fingerprint
	w.mu.Unlock()
	watch.Watch(ctx, w.cfg.TemplatesDir, known, w.cfg.Log, func() {
		_, _ = w.start(templateJob, Request{Trigger: status.TriggerTemplates})
	})
	return nil
}
