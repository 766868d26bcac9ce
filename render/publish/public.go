// Package publish keeps the folder that static hosts serve and the state that belongs to it: it knows files.
//
// [Public] is the two folders with their lock. Whatever it writes, readers see the old bytes or the new ones, whole,
// across crash, full disk and power cut (invariant I5), and files that hold the right bytes already are not written
// (I6). [State] is what outlives the process. [Document] is one body with its encodings and validators, and [Snapshot]
// all that a web server needs at one instant.
package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Names of the generated files below the public folder, and of those in the state folder.
const (
	PageFile       = "index.html"
	PageBRFile     = "index.html.br"
	PageGzipFile   = "index.html.gz"
	StatusJSONFile = "status.json"
	StatusHTMLFile = "status.html"
	// AssetsDir holds the page's own small files. It is ours as a whole.
	AssetsDir = "_vitrine"

	stateFile = "state.json"
	lockFile  = "lock"
)

// tempPrefix starts the names of files that are being written. Whatever bears it and is a regular file may be swept.
const tempPrefix = ".vitrine-"

// lockPoll is how often a taken lock is tried again.
const lockPoll = 25 * time.Millisecond

// ErrLocked says that another run held the lock for as long as the caller would wait.
var ErrLocked = errors.New("another run holds the lock")

// Public is the folder that static hosts serve and the state that belongs to it. Several processes may have one open at
// once: whoever publishes holds Lock from Load to the last Save. Its methods may be called from several goroutines.
//
// It writes index.html with its compressed forms, status.json, status.html and _vitrine/ in the public folder and
// nothing else there; it never replaces the folder itself, and makes it again where it is gone. A public folder that
// is a symlink is followed. A symlink in place of one of our files is replaced, what it points to is never written;
// one in place of _vitrine must not lead out of the folder.
type Public struct {
	dir, stateDir string
	log           *slog.Logger

	sweepOnce sync.Once

	mu      sync.Mutex
	known   map[string]bool        // ETags of pages that are ours
	written map[string]fs.FileInfo // our files in the public folder, as last written or loaded; nil for none
	notices map[string]string      // by place
}

// Open makes both folders where they are missing, that of the state with mode 0700. A folder that cannot be made or
// written is no error: it becomes a notice, and the page can be served from memory. The one error is a mistake of
// configuration: a state folder inside the public one.
func Open(dir, stateDir string, log *slog.Logger) (*Public, error) {
	p := &Public{dir: dir, stateDir: stateDir, log: log, known: map[string]bool{}, written: map[string]fs.FileInfo{},
		notices: map[string]string{}}
	p.makeFolder(noteState, stateDir, 0o700)
	p.makeFolder(notePublic, dir, 0o755)
	if isInside(stateDir, dir) {
		return nil, fmt.Errorf("STATE_DIR (%s) lies in PUBLIC_DIR (%s), which everyone can read: "+
			"choose a folder outside of it", stateDir, dir)
	}
	return p, nil
}

// isInside reports whether a folder is dir or lies inside it, symlinks resolved as far as they lead somewhere.
func isInside(path, dir string) bool {
	real := func(p string) string {
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
		if resolved, err := filepath.EvalSymlinks(p); err == nil {
			p = resolved
		}
		return p
	}
	rel, err := filepath.Rel(real(dir), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// makeFolder makes a folder, or notes why not. The folder that is there keeps its rights: it may be somebody else's
// too.
func (p *Public) makeFolder(place, dir string, perm fs.FileMode) {
	if err := makeFolders(dir, perm); err != nil {
		p.note(place, sentence("make", dir, err)+advice[place], err)
	}
}

// newLock returns the lock, not taken yet: on STATE_DIR/lock, or where that cannot be opened for lack of rights, on the
// folder itself; nil where there is no folder.
func (p *Public) newLock() *flock.Flock {
	path := filepath.Join(p.stateDir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err == nil {
		_ = f.Close() // nothing was written
		return flock.New(path)
	}
	if fi, err := os.Stat(p.stateDir); err != nil || !fi.IsDir() {
		return nil
	}
	return flock.New(p.stateDir, flock.SetFlag(os.O_RDONLY))
}

// Lock waits until no other holder of this state folder, in this process or another, has the lock, and takes it; unlock
// must be called once. The first one sweeps what interrupted runs have left. When ctx ends first the error is ErrLocked
// and the context's. Where the state folder is missing and cannot be made there is no lock, and none is needed to keep
// files whole: Lock succeeds at once.
func (p *Public) Lock(ctx context.Context) (unlock func(), err error) {
	for {
		p.makeFolder(noteState, p.stateDir, 0o700)
		l := p.newLock()
		if l == nil {
			return func() {}, nil
		}
		if ok, err := l.TryLockContext(ctx, lockPoll); err != nil || !ok {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("lock %s: %w: %w", p.stateDir, ErrLocked, ctx.Err())
			}
			return nil, classify("lock", p.stateDir, err)
		}
		if current(l) {
			p.sweepOnce.Do(p.sweep)
			return func() { _ = l.Unlock() }, nil
		}
		_ = l.Unlock() // its file is gone: someone removed the state folder, and others lock a new file
	}
}

// current reports whether the file that l holds is still the one that others will find.
func current(l *flock.Flock) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(l.Path())
	return err == nil && os.SameFile(held, found)
}

// sweep removes temporary files of runs that were killed; below _vitrine/ SaveAssets does so. The caller holds the
// lock, so that nobody is writing one now.
func (p *Public) sweep() {
	for _, dir := range []string{p.dir, p.stateDir} {
		entries, _ := os.ReadDir(dir) // writing into it will tell
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), tempPrefix) || !e.Type().IsRegular() {
				continue
			}
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				p.log.Warn("sweep left-over files", "err", err)
			}
		}
	}
}

// Places that a notice can be about.
const (
	notePublic = "1 public"
	noteState  = "2 state"
	noteBad    = "3 bad state" // as long as it is there state.json is not to be overwritten, but moved aside
	noteMoved  = "4 moved state"
	noteKept   = "5 kept page"
	noteSync   = "6 sync"
)

// advice ends the notice about a folder that cannot be written.
var advice = map[string]string{
	notePublic: "; until then the page is served from memory only",
	noteState:  "; until then the history and the last page are lost at a restart",
}

// note adds or renews a notice. The log has it once, with the cause, when it is new.
func (p *Public) note(place, text string, cause error) {
	p.mu.Lock()
	old := p.notices[place]
	p.notices[place] = text
	p.mu.Unlock()
	switch {
	case old == text:
	case cause == nil:
		p.log.Warn(text)
	default:
		p.log.Warn(text, "err", cause)
	}
}

func (p *Public) clear(place string) {
	p.mu.Lock()
	text := p.notices[place]
	delete(p.notices, place)
	p.mu.Unlock()
	if text != "" {
		p.log.Info("no longer so", "notice", text)
	}
}

// Notices are sentences that people should read, in a fixed order: folders that cannot be written and a state that
// cannot be used, until that is no longer so; a state or a page of somebody else's that was put aside, until the
// process ends. They hold paths and no secrets.
func (p *Public) Notices() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]string, 0, len(p.notices))
	for _, place := range slices.Sorted(maps.Keys(p.notices)) {
		out = append(out, p.notices[place])
	}
	return out
}
