// Package watch notices when files below a folder change: [Watch] waits for events and compares contents.
package watch

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Times of a watch. A change is told when nothing has happened for watchQuiet, and at the latest watchPatience after
// the first event of a burst. The contents are compared every watchIdle all the same, since some changes raise no event
// (NFS, a symlink further up that is swapped), and every watchBlind where the system gives no watches.
const (
	watchQuiet    = 100 * time.Millisecond
	watchPatience = 400 * time.Millisecond
	watchIdle     = 10 * time.Second
	watchBlind    = 2 * time.Second
)

// Watch calls changed after files below dir have changed in content, name or number, once per burst, until ctx ends:
// also at once where dir is not as known, which is how the caller last saw it. Names that start with a dot are left
// out. The folder may be missing, go and come back, and be a symlink that is swapped. changed runs in Watch's own
// goroutine and should only pass the news on.
func Watch(ctx context.Context, dir string, known Fingerprint, log *slog.Logger, changed func()) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	w := &folderWatch{dir: dir, log: log, changed: changed, open: fsnotify.NewWatcher, idle: watchIdle, blind: watchBlind,
		armed: func() {}, last: known}
	w.run(ctx)
}

// folderWatch is the state of one Watch, used by its goroutine only.
type folderWatch struct {
	dir         string
	log         *slog.Logger
	changed     func()
	open        func() (*fsnotify.Watcher, error)
	idle, blind time.Duration
	armed       func() // called when the first watches stand

	events  *fsnotify.Watcher // nil while there is none to be had
	folders []folderInfo      // watched, as they were then
	stale   bool              // the watches may not be on the folders that are there
	isBlind bool              // some folder could not be watched
	last    Fingerprint       // as last reported
}

func (w *folderWatch) run(ctx context.Context) {
	w.stale = true
	w.check()
	defer w.close()
	w.armed()
	quiet, poll := time.NewTimer(time.Hour), time.NewTimer(w.period())
	quiet.Stop()
	defer quiet.Stop()
	defer poll.Stop()
	var latest time.Time // when the present burst is told at the latest; zero without one
	for {
		var events <-chan fsnotify.Event
		var errs <-chan error
		if w.events != nil {
			events, errs = w.events.Events, w.events.Errors
		}
		select {
		case <-ctx.Done():
			return
		case e, open := <-events:
			if !open {
				w.close()
				w.stale = true
			} else if !w.concerns(e) {
				continue
			}
		case <-errs: // overflow, or a watch that broke: anything may have happened
			w.stale = true
		case <-quiet.C:
			latest = time.Time{}
			w.check()
			continue
		case <-poll.C:
			w.stale = w.stale || w.isBlind
			w.check()
			poll.Reset(w.period())
			continue
		}
		if latest.IsZero() {
			latest = time.Now().Add(watchPatience)
		}
		quiet.Reset(min(watchQuiet, time.Until(latest)))
	}
}

// period is the time between two comparisons that no event asked for.
func (w *folderWatch) period() time.Duration {
	if w.isBlind {
		return w.blind
	}
	return w.idle
}

// concerns reports whether an event is about the folder, and not about a neighbour of it, and notices when a watched
// folder comes or goes: its watch goes with it, even where another of the same name takes its place.
func (w *folderWatch) concerns(e fsnotify.Event) bool {
	if !within(e.Name, w.dir) && !within(w.dir, e.Name) {
		return false
	}
	if e.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename) {
		for _, f := range w.folders {
			w.stale = w.stale || f.path == e.Name
		}
	}
	return true
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// check puts the watches where they belong and then, so that nothing falls between, compares the contents.
func (w *folderWatch) check() {
	now := scan(w.dir)
	for range 3 {
		if !w.stale && slices.EqualFunc(now.folders, w.folders, folderInfo.same) {
			break
		}
		w.rearm(now.folders)
		now = scan(w.dir)
	}
	if now.fingerprint != w.last {
		w.last = now.fingerprint
		w.changed()
	}
}

// rearm replaces all watches, since old ones may belong to deleted folders.
func (w *folderWatch) rearm(folders []folderInfo) {
	w.close()
	w.folders, w.stale = folders, false
	var err error
	if w.events, err = w.open(); err == nil {
		for _, f := range folders {
			if addErr := w.events.Add(f.path); addErr != nil && err == nil {
				err = fmt.Errorf("watch %s: %w", f.path, addErr)
			}
		}
	} else {
		w.events = nil
	}
	if err != nil && !w.isBlind {
		w.log.Warn("cannot watch the templates folder, comparing its files instead",
			"dir", w.dir, "every", w.blind, "err", err)
	}
	if err == nil && w.isBlind {
		w.log.Info("watching the templates folder again", "dir", w.dir)
	}
	w.isBlind = err != nil
}

func (w *folderWatch) close() {
	if w.events != nil {
		_ = w.events.Close() // it only tells that it was closed before
		w.events = nil
	}
}
