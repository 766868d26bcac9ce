package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"
)

// watched is a folder under a running watch.
type watched struct {
	dir     string
	changed chan struct{}
	log     *syncBuffer
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startWatch watches dir until the test ends. The set-up may change how it looks; by default nothing but events counts,
// so that a missed event is a failed test.
func startWatch(t *testing.T, dir string, setUp ...func(*folderWatch)) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &watched{dir: dir, changed: make(chan struct{}, 100_000), log: &syncBuffer{}}
	ready := make(chan struct{})
	open := sync.OnceFunc(func() { close(ready) })
	w := &folderWatch{dir: dir, log: slog.New(slog.NewTextHandler(s.log, nil)),
		changed: func() { s.changed <- struct{}{} },
		open:    fsnotify.NewWatcher, idle: time.Hour, blind: time.Hour, last: FingerprintOf(dir)}
	for _, f := range setUp {
		f(w)
	}
	w.armed = open
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx)
	}()
	<-ready
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

// told waits until the watch tells of a change; how long it may take is far above what it needs.
func (s *watched) told(t *testing.T, what string) {
	t.Helper()
	select {
	case <-s.changed:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: never told", what)
	}
}

// settled waits until what the watch told is not followed by more, and gives how often it told.
func (s *watched) settled() (n int) {
	for {
		select {
		case <-s.changed:
			n++
		case <-time.After(3 * watchQuiet):
			return n
		}
	}
}

// goneAndBack deletes the folder, or one above it, and makes all again.
func (s *watched) goneAndBack(t *testing.T, gone string) {
	t.Helper()
	must(t, os.RemoveAll(gone))
	s.told(t, "deleted folder")
	s.settled()
	must(t, os.MkdirAll(s.dir, 0o755))
	write(t, "x", s.dir, "home.html")
	s.told(t, "made again")
	s.settled()
	write(t, "y", s.dir, "home.html")
	s.told(t, "change after it was made again")
}

func write(t *testing.T, text string, elements ...string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(elements...), []byte(text), 0o644))
}

// editors save a file in the ways of six editors.
var editors = map[string]func(t *testing.T, path, text string){
	"in place": func(t *testing.T, path, text string) { write(t, text, path) },
	"in steps": func(t *testing.T, path, text string) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		must(t, err)
		for _, part := range strings.SplitAfter(text, " ") {
			_, err = f.WriteString(part)
			must(t, err)
		}
		must(t, f.Close())
	},
	"rename over": func(t *testing.T, path, text string) {
		write(t, text, path+".tmp")
		must(t, os.Rename(path+".tmp", path))
	},
	"backup and anew (vim)": func(t *testing.T, path, text string) {
		write(t, "", filepath.Dir(path), "4913")
		must(t, os.Remove(filepath.Join(filepath.Dir(path), "4913")))
		must(t, os.Rename(path, path+"~"))
		write(t, text, path)
		must(t, os.Chmod(path, 0o644))
		must(t, os.Remove(path+"~"))
	},
	"delete and anew": func(t *testing.T, path, text string) {
		must(t, os.Remove(path))
		write(t, text, path)
	},
	"swap file and fsync (emacs, nano)": func(t *testing.T, path, text string) {
		must(t, os.Symlink("user@host.1", filepath.Join(filepath.Dir(path), ".#"+filepath.Base(path))))
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0o644)
		must(t, err)
		_, err = f.WriteString(text)
		must(t, errors.Join(err, f.Sync(), f.Close()))
		must(t, os.Remove(filepath.Join(filepath.Dir(path), ".#"+filepath.Base(path))))
	},
}

func TestWatchEditors(t *testing.T) {
	t.Parallel()
	for name, save := range editors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "home.html")
			write(t, "old", path)
			s := startWatch(t, dir)
			for n := range 3 { // not only the first save: a watch on a file would be lost with it
				save(t, path, fmt.Sprintf("edition %d of this", n))
				s.told(t, name)
				s.settled()
			}
			must(t, os.Chtimes(path, time.Time{}, time.Unix(1, 0)))
			if n := s.settled(); n != 0 {
				t.Errorf("new times without new content were told %d times", n)
			}
		})
	}
}

func TestWatchFolders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]func(t *testing.T, s *watched, dir string){
		"new file": func(t *testing.T, s *watched, dir string) {
			write(t, "x", dir, "new.html")
			s.told(t, "new file")
		},
		"deleted file": func(t *testing.T, s *watched, dir string) {
			must(t, os.Remove(filepath.Join(dir, "home.html")))
			s.told(t, "deleted file")
		},
		"file in a new folder in a new folder": func(t *testing.T, s *watched, dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
			write(t, "x", dir, "a", "b", "x.html")
			s.told(t, "new folders")
			s.settled()
			write(t, "y", dir, "a", "b", "x.html")
			s.told(t, "change in the new folder")
		},
		"folder deleted and made again": func(t *testing.T, s *watched, dir string) {
			s.goneAndBack(t, dir)
		},
		"folder deleted and made again at once": func(t *testing.T, s *watched, dir string) {
			for n := range 3 {
				must(t, os.RemoveAll(dir))
				must(t, os.Mkdir(dir, 0o755))
				write(t, fmt.Sprint("x", n), dir, "home.html")
				s.told(t, "made again")
				s.settled()
				write(t, fmt.Sprint("y", n), dir, "home.html")
				s.told(t, "change after it was made again")
				s.settled()
			}
		},
		"folder renamed away and another put there": func(t *testing.T, s *watched, dir string) {
			must(t, os.Mkdir(dir+"-next", 0o755))
			write(t, "next", dir+"-next", "home.html")
			must(t, os.Rename(dir, dir+"-old"))
			must(t, os.Rename(dir+"-next", dir))
			s.told(t, "other folder")
			s.settled()
			write(t, "y", dir+"-old", "home.html")
			if n := s.settled(); n != 0 {
				t.Error("told of a change in the folder that was moved away")
			}
			write(t, "z", dir, "home.html")
			s.told(t, "change in the other folder")
		},
		"parent deleted too": func(t *testing.T, s *watched, dir string) {
			s.goneAndBack(t, filepath.Dir(dir))
		},
		"neighbours": func(t *testing.T, s *watched, dir string) {
			write(t, "x", filepath.Dir(dir), "neighbour.html")
			must(t, os.Mkdir(dir+"2", 0o755))
			write(t, "x", dir, ".home.html.swp")
			if n := s.settled(); n != 0 {
				t.Errorf("told %d times of what is none of its business", n)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "above", "templates")
			must(t, os.MkdirAll(dir, 0o755))
			write(t, "old", dir, "home.html")
			c(t, startWatch(t, dir), dir)
		})
	}
}

// TestWatchConfigMap is how Kubernetes renews mounted files: a link to a link whose target is swapped by a rename.
func TestWatchConfigMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(release, text string) {
		must(t, os.Mkdir(filepath.Join(dir, release), 0o755))
		write(t, text, dir, release, "home.html")
		must(t, os.Symlink(release, filepath.Join(dir, "..data_tmp")))
		must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	put("..2026_01", "one")
	must(t, os.Symlink("..data/home.html", filepath.Join(dir, "home.html")))
	s := startWatch(t, dir)
	for n := 2; n < 5; n++ {
		put(fmt.Sprintf("..2026_%02d", n), fmt.Sprint("edition ", n))
		must(t, os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..2026_%02d", n-1))))
		s.told(t, "swap")
		s.settled()
	}
}

// TestWatchSwappedLink: the folder is itself a link, as in releases/ and current.
func TestWatchSwappedLink(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	for _, release := range []string{"1", "2"} {
		must(t, os.Mkdir(filepath.Join(top, release), 0o755))
		write(t, "release "+release, top, release, "home.html")
	}
	dir := filepath.Join(top, "current")
	must(t, os.Symlink("1", dir))
	s := startWatch(t, dir)
	write(t, "edit", top, "1", "home.html")
	s.told(t, "edit behind the link")
	s.settled()
	must(t, os.Symlink("2", dir+".tmp"))
	must(t, os.Rename(dir+".tmp", dir))
	s.told(t, "swapped link")
	s.settled()
	write(t, "edit", top, "2", "home.html")
	s.told(t, "edit behind the new link")
}

// TestWatchGap: what happens while the watches are being placed raises no event and is told all the same.
func TestWatchGap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	edits := 0
	s := startWatch(t, dir, func(w *folderWatch) {
		w.open = func() (*fsnotify.Watcher, error) {
			edits++
			must(t, os.MkdirAll(filepath.Join(dir, "parts"), 0o755))
			write(t, fmt.Sprint("edit ", edits), dir, "parts", "home.html")
			return fsnotify.NewWatcher()
		}
	})
	s.told(t, "edit in the gap")
	s.settled()
	write(t, "by event", dir, "parts", "home.html")
	s.told(t, "edit in a folder that was made in the gap")
}

// TestWatchLoop: a link that leads back up does not make the look endless.
func TestWatchLoop(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink(".", filepath.Join(dir, "self")))
	must(t, os.Symlink("self/self", filepath.Join(dir, "again")))
	must(t, exec.Command("mkfifo", filepath.Join(dir, "fifo")).Run())
	if n := len(scan(dir).folders); n != 2 { // the one above, and this one
		t.Errorf("went %d folders round", n)
	}
	s := startWatch(t, dir)
	write(t, "x", dir, "home.html")
	s.told(t, "edit beside a loop")
}

// TestWatchConcerns: which events count, and which of them mean that a watch is gone with its folder, even where one of
// the same name, and by chance of the same inode, takes its place.
func TestWatchConcerns(t *testing.T) {
	for _, c := range []struct {
		event           fsnotify.Event
		concerns, stale bool
	}{
		{fsnotify.Event{Name: "/srv/t/home.html", Op: fsnotify.Write}, true, false},
		{fsnotify.Event{Name: "/srv/t/home.html", Op: fsnotify.Remove}, true, false},
		{fsnotify.Event{Name: "/srv/t/parts/x", Op: fsnotify.Create}, true, false},
		{fsnotify.Event{Name: "/srv/t", Op: fsnotify.Remove}, true, true},
		{fsnotify.Event{Name: "/srv/t", Op: fsnotify.Rename}, true, true},
		{fsnotify.Event{Name: "/srv/t", Op: fsnotify.Create}, true, true},
		{fsnotify.Event{Name: "/srv/t", Op: fsnotify.Chmod}, true, false},
		{fsnotify.Event{Name: "/srv/t/parts", Op: fsnotify.Remove}, true, true},
		{fsnotify.Event{Name: "/srv", Op: fsnotify.Remove}, true, true},
		{fsnotify.Event{Name: "/srv/t2", Op: fsnotify.Create}, false, false},
		{fsnotify.Event{Name: "/srv/other", Op: fsnotify.Remove}, false, false},
	} {
		w := &folderWatch{dir: "/srv/t", folders: []folderInfo{{path: "/srv"}, {path: "/srv/t"}, {path: "/srv/t/parts"}}}
		if got := w.concerns(c.event); got != c.concerns || w.stale != c.stale {
			t.Errorf("%v: concerns %v, stale %v; want %v, %v", c.event, got, w.stale, c.concerns, c.stale)
		}
	}
}

// TestWatchOverflow: events that the system dropped count as a change of everything.
func TestWatchOverflow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opened := make(chan *fsnotify.Watcher, 10)
	s := startWatch(t, dir, func(w *folderWatch) {
		w.open = func() (*fsnotify.Watcher, error) {
			n, err := fsnotify.NewWatcher()
			opened <- n
			return n, err
		}
	})
	fs := <-opened
	must(t, fs.Remove(dir)) // from here on nothing is heard, as when the queue is full
	write(t, "x", dir, "home.html")
	if s.settled() != 0 {
		t.Fatal("heard of the change in spite of all")
	}
	fs.Errors <- fsnotify.ErrEventOverflow
	s.told(t, "overflow")
	s.settled()
	write(t, "y", dir, "home.html")
	s.told(t, "change after the overflow")
}

// TestWatchBlind: where the system gives no watches, contents are compared, which is said once; and when it gives some
// again, they are taken.
func TestWatchBlind(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func() (*fsnotify.Watcher, error){
		"no instance": func() (*fsnotify.Watcher, error) { return nil, syscall.EMFILE },
		"no watch": func() (*fsnotify.Watcher, error) {
			w, err := fsnotify.NewWatcher()
			if err == nil {
				err = w.Close() // Add fails from here on
			}
			return w, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var mu sync.Mutex
			broken := true
			s := startWatch(t, dir, func(w *folderWatch) {
				w.blind = 20 * time.Millisecond
				w.open = func() (*fsnotify.Watcher, error) {
					mu.Lock()
					defer mu.Unlock()
					if broken {
						return open()
					}
					return fsnotify.NewWatcher()
				}
			})
			for n := range 5 {
				write(t, fmt.Sprint("edition ", n), dir, "home.html")
				s.told(t, "compared")
			}
			if n := strings.Count(s.log.String(), "level=WARN"); n != 1 {
				t.Errorf("said %d times: %s", n, s.log)
			}
			mu.Lock()
			broken = false
			mu.Unlock()
			for n := 0; !strings.Contains(s.log.String(), "level=INFO"); n++ {
				write(t, fmt.Sprint("again ", n), dir, "home.html")
				s.told(t, "while it recovers")
			}
			s.settled()
			write(t, "by event", dir, "home.html")
			s.told(t, "by event")
		})
	}
}

// TestWatchManySaves: of a thousand saves in a row, broken ones among them, the last is told, and not each of them.
func TestWatchManySaves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "home.html")
	write(t, "old", path)
	var mu sync.Mutex
	seen := ""
	s := startWatch(t, dir, func(w *folderWatch) {
		tell := w.changed
		w.changed = func() {
			data, _ := os.ReadFile(path) // missing in the midst of a save
			mu.Lock()
			seen = string(data)
			mu.Unlock()
			tell()
		}
	})
	var styles []func(*testing.T, string, string)
	for _, save := range editors {
		styles = append(styles, save)
	}
	const saves = 1000
	for n := range saves {
		styles[n%len(styles)](t, path, fmt.Sprintf("save %d {{ if", n))
	}
	for {
		mu.Lock()
		last := seen
		mu.Unlock()
		if last == fmt.Sprintf("save %d {{ if", saves-1) {
			break
		}
		s.told(t, "the last save")
	}
	if told := s.settled(); told > saves/10 {
		t.Errorf("told %d times", told)
	}
}

// TestWatchEnds: Watch as it is called ends with its context, and leaves no goroutine of its many watches behind.
func TestWatchEnds(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := filepath.Join(t.TempDir(), "templates")
	ctx, cancel := context.WithCancel(t.Context())
	done, changed := make(chan struct{}), make(chan struct{}, 1000)
	known := FingerprintOf(dir)
	must(t, os.Mkdir(dir, 0o755))
	write(t, "saved before the watches stand", dir, "home.html")
	go func() {
		defer close(done)
		Watch(ctx, dir, known, slog.New(slog.DiscardHandler), func() { changed <- struct{}{} })
	}()
	<-changed
	for range 3 { // each time the watches are made anew
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, 0o755))
		write(t, fmt.Sprint(time.Now()), dir, "home.html")
		<-changed
	}
	cancel()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("did not end with its context")
	}
}

func TestFingerprint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "templates")
	save := func(text string) { write(t, text, dir, "home.html") }
	must(t, os.Mkdir(dir, 0o755))
	save("a")
	seen := map[Fingerprint]string{}
	look := func(what string, news bool) {
		t.Helper()
		f := FingerprintOf(dir)
		if was, known := seen[f]; known == news {
			t.Errorf("%s: same as %q: %t", what, was, known)
		}
		seen[f] = what
	}
	look("a", true)
	look("again", false)
	save("b")
	look("other content", true)
	must(t, os.WriteFile(filepath.Join(dir, ".home.html.swp"), nil, 0o644))
	look("an editor's file", false)
	must(t, os.MkdirAll(filepath.Join(dir, "assets", "x"), 0o755))
	look("a folder", true)
	must(t, os.WriteFile(filepath.Join(dir, "assets", "x", "logo.svg"), []byte("<svg/>"), 0o644))
	look("an asset", true)
	must(t, os.Symlink(filepath.Join(dir, "home.html"), filepath.Join(dir, "part.html")))
	look("a link", true)
	save("c")
	look("what a link leads to", true)
	must(t, os.RemoveAll(dir))
	look("no folder", true)
}
