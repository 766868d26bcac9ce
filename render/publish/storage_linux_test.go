package publish

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vitrine/store"
)

// envMounts is set in the copy of a test that may mount what it likes.
const envMounts = "VITRINE_TEST_MOUNTS"

// withMounts runs the test's body in a process of its own that sees its own mounts, so that root is not needed and
// nothing stays mounted whatever happens.
func withMounts(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	if os.Getenv(envMounts) != "" {
		body(t)
		return
	}
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), envMounts+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || bytes.Contains(out, []byte("mount: operation not permitted")) {
		cannotRun(t, "this system allows no mounts of its own to this user; run as root")
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")) {
		t.Fatalf("%v:\n%s", err, out)
	}
}

// mount mounts or remounts, and undoes it at the end of the test.
func mount(t *testing.T, source, target, kind string, flags uintptr, options string) {
	t.Helper()
	must(t, os.MkdirAll(target, 0o755))
	if err := syscall.Mount(source, target, kind, flags, options); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(target, syscall.MNT_DETACH) })
}

// makeReadOnly makes a folder read-only for as long as the returned function is not called.
func makeReadOnly(t *testing.T, dir string) (undo func()) {
	t.Helper()
	mount(t, dir, dir, "", syscall.MS_BIND, "")
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Fatalf("mount: %v", err)
	}
	return func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) }
}

// TestFullDisk: nothing is lost on a disk without room, the sentence says so, and the next publish after room was made
// heals.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	withMounts(t, func(t *testing.T) {
		f := newFolders(t)
		mount(t, "tmpfs", f.public, "tmpfs", 0, "size=128k")
		p := f.open(t)
		must(t, p.publish(t.Context(), newEdition(1)))
		must(t, os.WriteFile(filepath.Join(f.public, "robots.txt"), []byte("theirs"), 0o644))
		ballast := filepath.Join(f.public, "pictures.bin")
		if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
		err := p.PublishPage(newEdition(2).body)
		if store.ClassOf(err) != store.Publish || errors.Is(err, ErrReadOnly) || !errors.Is(err, syscall.ENOSPC) ||
			!strings.Contains(store.Sentence(err), "disk or a quota is full") ||
			!strings.Contains(store.Sentence(err), PageFile) {
			t.Errorf("error %v, sentence %q", err, store.Sentence(err))
		}
		if err := p.SaveStatus(newEdition(2).json, newEdition(2).html); store.ClassOf(err) != store.Publish {
			t.Errorf("status on a full disk: %v", err)
		}
		if problem := f.survey(1); problem != "" {
			t.Error(problem)
		}
		noLeftovers(t, f)
		if st, body, err := f.open(t).Load(); err != nil || st.Page == nil || !bytes.Equal(body, newEdition(1).body) {
			t.Errorf("load: %v", err)
		}
		must(t, os.Remove(ballast))
		must(t, p.publish(t.Context(), newEdition(2)))
		if problem := f.survey(2); problem != "" {
			t.Error(problem)
		}
	})
}

// TestFullStateDisk: a state that cannot be written keeps the page from being published, since it would not be known
// after a restart; the old state stays whole.
func TestFullStateDisk(t *testing.T) {
	t.Parallel()
	withMounts(t, func(t *testing.T) {
		f := newFolders(t)
		mount(t, "tmpfs", f.state, "tmpfs", 0, "size=64k,mode=700")
		p := f.open(t)
		must(t, p.publish(t.Context(), newEdition(1)))
		ballast := filepath.Join(f.state, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
		if err := p.publish(t.Context(), newEdition(2)); store.ClassOf(err) != store.Publish ||
			!strings.Contains(store.Sentence(err), stateFile) {
			t.Errorf("error %v", err)
		}
		if st, body, err := f.open(t).Load(); err != nil || st.Page == nil || !bytes.Equal(body, newEdition(1).body) {
			t.Errorf("load: %v, %+v", err, st)
		}
		must(t, os.Remove(ballast))
		must(t, p.publish(t.Context(), newEdition(2)))
	})
}

// counter counts the warnings that reach the log.
type counter struct{ bytes.Buffer }

func (c *counter) warnings() int { return strings.Count(c.String(), "level=WARN") }

// TestReadOnlyPublic: a folder that cannot be written is said once, as a notice that goes when it can be written again.
func TestReadOnlyPublic(t *testing.T) {
	t.Parallel()
	withMounts(t, func(t *testing.T) {
		f := newFolders(t)
		must(t, f.open(t).publish(t.Context(), newEdition(1)))
		undo := makeReadOnly(t, f.public)
		var log counter
		p, err := Open(f.public, f.state, slog.New(slog.NewTextHandler(&log, nil)))
		must(t, err)
		if st, body, err := p.Load(); err != nil || st.Page == nil || !bytes.Equal(body, newEdition(1).body) {
			t.Fatalf("load: %v", err)
		}
		must(t, p.PublishPage(newEdition(1).body)) // the same bytes need no writing
		for range 3 {
			for _, err := range []error{p.PublishPage(newEdition(2).body),
				p.SaveStatus(newEdition(2).json, newEdition(2).html), p.SaveAssets(newEdition(2).assets)} {
				if !errors.Is(err, ErrReadOnly) || store.ClassOf(err) != store.Publish ||
					!strings.Contains(store.Sentence(err), "read-only") {
					t.Errorf("error %v", err)
				}
			}
			unlock, err := p.Lock(t.Context())
			must(t, err)
			unlock()
		}
		if notes := p.Notices(); len(notes) != 1 || !strings.Contains(notes[0], f.public) ||
			!strings.Contains(notes[0], "from memory") {
			t.Errorf("notices %q", notes)
		}
		if log.warnings() != 1 {
			t.Errorf("said %d times:\n%s", log.warnings(), log.String())
		}
		undo()
		must(t, p.publish(t.Context(), newEdition(2)))
		if len(p.Notices()) != 0 {
			t.Errorf("still noticed: %q", p.Notices())
		}
	})
}

// TestReadOnlyState: without a state that can be written there still is a lock, the page can be published, and it is
// said once.
func TestReadOnlyState(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{false, true} {
		name := map[bool]string{false: "with a state", true: "without"}[fresh]
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			withMounts(t, func(t *testing.T) {
				f := newFolders(t)
				must(t, os.MkdirAll(f.state, 0o700))
				if !fresh {
					must(t, f.open(t).publish(t.Context(), newEdition(1)))
				}
				undo := makeReadOnly(t, f.state)
				var log counter
				p, err := Open(f.public, f.state, slog.New(slog.NewTextHandler(&log, nil)))
				must(t, err)
				unlock, err := p.Lock(t.Context())
				must(t, err)
				if unlock2, err := f.open(t).Lock(ended(t)); !errors.Is(err, ErrLocked) {
					t.Errorf("two hold the lock: %v", err)
					unlock2()
				}
				st, _, err := p.Load()
				if err != nil || (st.Page == nil) != fresh {
					t.Errorf("load: %v, %+v", err, st)
				}
				for range 3 {
					if err := p.SaveState(State{Page: newEdition(2).stored}); !errors.Is(err, ErrReadOnly) ||
						!strings.Contains(store.Sentence(err), stateFile) {
						t.Errorf("state: %v", err)
					}
				}
				must(t, p.PublishPage(newEdition(2).body))
				unlock()
				if notes := p.Notices(); len(notes) != 1 || !strings.Contains(notes[0], f.state) || log.warnings() != 1 {
					t.Errorf("notices %q, log:\n%s", notes, log.String())
				}
				undo()
				must(t, p.publish(t.Context(), newEdition(2)))
				if len(p.Notices()) != 0 {
					t.Errorf("still noticed: %q", p.Notices())
				}
			})
		})
	}
}

// ended is a context that leaves the time for a few tries.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*lockPoll)
	t.Cleanup(cancel)
	return ctx
}

// TestNoFolders: where neither folder can even be made, opening, locking and loading still work, from memory.
func TestNoFolders(t *testing.T) {
	t.Parallel()
	withMounts(t, func(t *testing.T) {
		dir := t.TempDir()
		defer makeReadOnly(t, dir)()
		f := folders{filepath.Join(dir, "public"), filepath.Join(dir, "state")}
		p := f.open(t)
		unlock, err := p.Lock(t.Context())
		must(t, err)
		unlock()
		st, body, err := p.Load()
		if err != nil || body != nil || st.Page != nil {
			t.Errorf("load: %v, %+v", err, st)
		}
		for _, err := range []error{p.SaveState(State{}), p.PublishPage(newEdition(1).body)} {
			if !errors.Is(err, ErrReadOnly) {
				t.Errorf("error %v", err)
			}
		}
		if len(p.Notices()) != 2 || p.Changed() {
			t.Errorf("notices %q", p.Notices())
		}
		if _, err := os.Stat(f.public); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
	})
}

// TestFoldersForAll: what is generated can be read by a static host of another user, whatever the umask.
func TestFoldersForAll(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := filepath.Join(t.TempDir(), "site", "public")
	if _, _, err := writeFile(dir, "_vitrine/demo/a.svg", []byte("a"), 0o644, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o755, "_vitrine": 0o755, "_vitrine/demo": 0o755,
		"_vitrine/demo/a.svg": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}
