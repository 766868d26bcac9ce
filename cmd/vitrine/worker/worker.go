// Package worker keeps the homepage fresh: it knows time. It owns the schedule, does one refresh at a time whoever asked, tries
// again after failures, keeps the last good page, and fills the status document. Its main types are [Worker] and [Report].
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// Config is what a worker needs; every field without a remark is required.
type Config struct {
	// Schedule is REFRESH_SCHEDULE, see ParseSchedule.
	Schedule string
	// Timeout is the deadline of a whole refresh, waiting for the lock included (REFRESH_TIMEOUT).
	Timeout time.Duration
	// Jitter delays each tick by a random time up to this, so that many machines do not ask at once; 0 for none.
	Jitter time.Duration
	// StaleAfter is the age of the data at which the status says fail; 0 means two intervals of the schedule.
	StaleAfter time.Duration
	Gate       render.Gate
	Site       render.Site
	// TemplatesDir is the author's folder; empty for the embedded templates.
	TemplatesDir string
	Version      string
	Log          *slog.Logger

	// Read sends the one query and calls sent right before it goes out; Health, Source and Notices do no I/O (store.DB's methods).
	Read    func(ctx context.Context, sent func()) (store.Catalogue, store.Cost, error)
	Health  func() store.Health
	Source  func() store.Source
	Notices func() []string
	// Pictures are small files for public/_vitrine/ that products of a page refer to, by path below it; nil where there are none.
	Pictures func(store.Catalogue) map[string][]byte

	Public *publish.Public
	// Show gets every snapshot, in order, never two at once. It must return quickly and must not call the worker.
	Show func(*publish.Snapshot)
}

// Worker refreshes the page. Its methods may be called from several goroutines.
type Worker struct {
	cfg       Config
	schedule  Schedule
	stale     time.Duration
	ticks     cron.Schedule    // what cron runs on: the schedule with jitter
	now       func() time.Time // the wall clock, which may be set; durations and timers use time.Now's monotonic reading
	encodings func(context.Context, *publish.Document) (*publish.Document, error)
	process   status.Process

	base          context.Context // of all work; ends with Close
	end           context.CancelFunc
	tasks         sync.WaitGroup // the queue's runner and the encoder
	queue         queue
	kick, stalled chan struct{} // the next retry has changed; cron must be set up anew

	assets savedAssets // of the queue's runner
	again  atomic.Bool // another process was about to publish: look once more

	saving sync.Mutex // held while the status files are written
	mu     sync.Mutex // guards what is in view
	view   view
}

// view is what the worker knows at one instant. Only the queue's runner changes state and page; everything that pointers
// and slices in it lead to is immutable.
type view struct {
	live bool // Run is running: there will be retries and ticks

	state publish.State       // the story; state.Page describes page, both nil together
	page  *publish.Document   // the page that visitors see
	disk  *publish.StoredPage // what index.html was when last looked at, ours or not
	mark  mark                // what the state on disk was then
	set   set                 // templates in use
	snap  *publish.Snapshot   // last shown
	peak  int                 // connections in use during the last refresh
	faint map[string]weakness // what does not work as it should, by place

	encoded      *publish.Document // whose compressed forms are made or being made
	stopEncoding context.CancelFunc

	tick      time.Time     // of the next tick, jitter included
	retryAt   time.Time     // with monotonic reading; zero for none
	retries   int           // since the last refresh that was no retry
	lastEnd   time.Time     // of the last data refresh, with monotonic reading
	allowance time.Duration // how long after lastEnd the watchdog acts
	mendedAt  time.Time     // when mend last tried, with monotonic reading
}

// New makes a worker and shows its first snapshot: the page of this shop that was up last, or none, and the status. It writes
// nothing. It fails on a bad schedule only: broken templates are told in the status, and stand-ins serve until they are mended.
func New(cfg Config) (*Worker, error) {
	schedule, err := ParseSchedule(cfg.Schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	w := &Worker{cfg: cfg, schedule: schedule, stale: cfg.StaleAfter, now: time.Now,
		kick: make(chan struct{}, 1), stalled: make(chan struct{}, 1)}
	if w.stale <= 0 {
		w.stale = 2 * schedule.Interval(w.now())
	}
	w.ticks = jittered{w}
	w.encodings = func(ctx context.Context, d *publish.Document) (*publish.Document, error) { return d.Encode(ctx) }
	w.process = status.Process{PID: os.Getpid(), StartedAt: clock(w.now())}
	w.base, w.end = context.WithCancel(context.Background())
	w.view.faint = map[string]weakness{}
	w.view.lastEnd = time.Now()
	w.view.allowance = w.allow()
	if w.view.set, err = w.firstSet(); err != nil {
		w.end()
		return nil, err
	}
	w.reread()
	w.show()
	return w, nil
}

// Status is the status of this instant.
func (w *Worker) Status() status.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status()
}

// Close ends all work: it cancels a running refresh, except that a publish begun is finished, and returns when nothing is
// left. Whoever asks later gets ErrStopped. Run closes the worker by itself.
func (w *Worker) Close() {
	w.queue.close()
	w.end()
	w.tasks.Wait()
}

// note keeps what went wrong at a place (public, state, lock, page, assets, watch) until it works again, and tells whether
// that is news.
func (w *Worker) note(place string, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, known := w.view.faint[place]
	if err == nil {
		delete(w.view.faint, place)
		return known
	}
	is := weakness{store.Sentence(err), errors.Is(err, publish.ErrReadOnly)}
	w.view.faint[place] = is
	if !known && !is.told {
		w.cfg.Log.Warn("not as it should be", "place", place, "error", err)
	}
	return is != was
}

// weakness is something that keeps the status from passing. told: publish.Public has a notice and a line in the log about it already.
type weakness struct {
	sentence string
	told     bool
}

// clock is a time as documents carry it: UTC, milliseconds, no monotonic reading.
func clock(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
