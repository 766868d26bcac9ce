// Package worker keeps the homepage fresh: it knows time. [Worker] owns the schedule, does one refresh at a time
// whoever asked, tries again after failures, and keeps the last good page. A [Report] tells how a refresh ended.
//
// A refresh has these stages, whoever asked for it; the code has the same numbers:
//
//	1 lock     one refresh at a time, over all processes of this STATE_DIR
//	2 read     the one query gives a store.Catalogue
//	3 render   render.NewPage, Templates.Render: each card is made once
//	4 gate     render.Gate: is it whole, and not worse than the page that is up
//	5 publish  publish.Public: the state, then the page, one rename each
//	6 show     publish.Snapshot: visitors get page and status in one swap
//	7 record   the outcome, good or bad, in status.json, status.html and one log line
//
// A failure leaves them for 6 and 7. An edit of the templates takes the last good catalogue, without a query, from 3
// on.
package worker

import (
	"context"
	"crypto/sha256"
	"encoding/json"
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
	"vitrine/render/publish/object"
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
	// Selection are the settings that say which products are on the page and at what price. A page that another process
	// has made with other ones, or for another site, is not shown here.
	Selection []string
	// TemplatesDir is the author's folder; empty for the embedded templates.
	TemplatesDir string
	Version      string
	Log          *slog.Logger

	// Read sends the one query; its Cost says when, also where it fails. seen are the values that columns in doubt have
	// on the page that is up. Health, Source and Notices do no I/O.
	Read    func(ctx context.Context, seen map[string][]string) (store.Catalogue, store.Cost, error)
	Health  func() store.Health
	Source  func() store.Source
	Notices func() []string
	// Listen calls changed after each notification of the database, until its context ends; nil where nobody listens.
	Listen func(ctx context.Context, changed func()) error
	// Succeeded is called after each refresh that published or found nothing new. It must not wait.
	Succeeded func()
	// Pictures are small files for public/_vitrine/ that products of a page refer to, by path below it.
	Pictures func(store.Catalogue) map[string][]byte

	Public *publish.Public
	// Bucket is where page and status go as well; nil for nowhere.
	Bucket *object.Bucket
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

	base        context.Context // of all work; ends with Close
	end         context.CancelFunc
	tasks       sync.WaitGroup // the queue's runner and the encoder
	queue       queue
	retryChange chan struct{} // the time of the next retry has changed
	rescheduled chan struct{} // cron must be set up anew
	uploadDue   chan struct{} // there is something new for the object storage

	site string // status.Source.Site of the pages made here

	// Of the queue's runner only.
	own     *status.Source // of the last page that this process has put up
	rival   *status.Source // of a page by another process since, with other settings
	assets  savedAssets
	written render.Assets // those that stand, while others may stand beside them; nil when none do
	cards   shownPage
	again   atomic.Bool // another process was about to publish: look once more

	turned  atomic.Pointer[time.Time] // when the watchdog's loop last began a turn; nil before it runs
	working atomic.Pointer[time.Time] // since when the call that runs does; nil while none does

	showing sync.Mutex // held while a snapshot is made and shown
	display func(*publish.Snapshot)
	shown   atomic.Pointer[publish.Snapshot] // the last one
	saving  sync.Mutex                       // held while the status files are written

	mu   sync.Mutex // guards view
	view view
}

// view is what the worker knows at one instant. Only the queue's runner changes state, page and templates; everything
// that pointers and slices in it lead to is immutable.
type view struct {
	live      bool      // Run is running: there will be retries and ticks
	stoppedAt time.Time // when Run ended; zero before

	state    publish.State       // the history; state.Page describes page, both nil together
	page     *publish.Document   // the page that visitors see
	disk     *publish.StoredPage // what index.html was when last looked at, ours or not
	revision revision            // of the state on the disk then
	set      templateSet         // in use
	peak     int                 // connections in use during the last refresh
	degraded map[string]condition
	upload   *status.Upload // nil before the first
	forced   bool           // the last data refresh was to be published whatever is up

	encoded      *publish.Document // whose compressed representations are made or being made
	stopEncoding context.CancelFunc

	tick       time.Time     // of the next tick, jitter included
	retryAt    time.Time     // with monotonic reading; zero for none
	retries    int           // since the last refresh that was no retry
	lastEnd    time.Time     // of the last data refresh, with monotonic reading
	patience   time.Duration // how long after lastEnd the watchdog acts
	repairedAt time.Time     // when repair last tried, with monotonic reading
}

// condition is something that keeps the status from passing. noticed: publish.Public has a notice and a line in the log
// about it already.
type condition struct {
	sentence string
	noticed  bool
}

// New makes a worker. It does no I/O, and fails on a bad schedule only.
func New(cfg Config) (*Worker, error) {
	schedule, err := ParseSchedule(cfg.Schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	w := &Worker{cfg: cfg, schedule: schedule, stale: cfg.StaleAfter, now: time.Now, display: func(*publish.Snapshot) {},
		retryChange: make(chan struct{}, 1), rescheduled: make(chan struct{}, 1),
		uploadDue: make(chan struct{}, 1)}
	if w.stale <= 0 {
		w.stale = 2 * schedule.Interval(w.now())
	}
	w.ticks = jittered{w}
	w.encodings = func(ctx context.Context, d *publish.Document) (*publish.Document, error) { return d.Encode(ctx) }
	settings, _ := json.Marshal([]any{cfg.Site, cfg.Selection}) // cannot fail: texts and flags
	w.site = fmt.Sprintf("%x", sha256.Sum256(settings))[:16]
	w.process = status.Process{PID: os.Getpid(), StartedAt: wallTime(w.now())}
	w.base, w.end = context.WithCancel(context.Background())
	w.view.degraded = map[string]condition{}
	w.view.lastEnd = time.Now()
	w.view.patience = w.twoTicks()
	return w, nil
}

// Open loads the templates and the page of this shop that was up last, and hands every snapshot from now on to show:
// the first one before it returns, in order, never two at once. show must return quickly and must not call the worker.
// Open writes nothing. Broken templates are told in the status; the embedded ones serve the error pages until they are
// repaired. Call it once, before any other method.
func (w *Worker) Open(show func(*publish.Snapshot)) (err error) {
	w.display = show
	if w.view.set, err = w.firstTemplates(); err != nil {
		return err
	}
	w.catchUp()
	if up := w.view.state.Page; up != nil && w.cfg.Bucket != nil {
		w.cfg.Bucket.SetLast(up.Info.ETag)
	}
	w.noteSource()
	w.show()
	return nil
}

// Close ends all work: it cancels a running refresh, except that a publish begun is finished, and returns when nothing
// is left. Whoever asks later gets ErrStopped. Run closes the worker by itself.
func (w *Worker) Close() {
	w.queue.close()
	w.end()
	w.tasks.Wait()
}

// StaleAfter is the age of the page's data at which the status says fail.
func (w *Worker) StaleAfter() time.Duration { return w.stale }

// aliveGrace is how much longer than its deadline anything may take before the worker counts as stuck.
const aliveGrace = 10 * time.Second

// Alive reports whether the worker gets on: its loop turns, and no work takes longer than the deadline of a refresh and
// aliveGrace.
func (w *Worker) Alive() bool {
	limit := w.cfg.Timeout + aliveGrace
	for _, since := range []*time.Time{w.turned.Load(), w.working.Load()} {
		if since != nil && time.Since(*since) > limit {
			return false
		}
	}
	return true
}

// note keeps what went wrong at a place (public, state, lock, page, assets, encodings, status, watch, source, rival,
// upload) until it works again, and reports whether that is news.
func (w *Worker) note(place string, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, known := w.view.degraded[place]
	if err == nil {
		delete(w.view.degraded, place)
		return known
	}
	is := condition{store.Sentence(err), errors.Is(err, publish.ErrReadOnly)}
	w.view.degraded[place] = is
	if !known && !is.noticed {
		w.cfg.Log.Warn("degraded", "place", place, "error", err)
	}
	return is != was
}

func (w *Worker) update(change func(v *view)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.view)
}

// wallTime is a time as documents carry it: UTC, milliseconds, no monotonic reading.
func wallTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
