package demo

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"vitrine/store"
)

// demoIn makes the demo shop in a new folder.
func demoIn(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state", "demo.sqlite")
	if err := ensureFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func openDemo(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDemoFileIsTheSameEverywhere(t *testing.T) {
	if a, b := readFile(t, demoIn(t)), readFile(t, demoIn(t)); !bytes.Equal(a, b) {
		t.Error("two demo shops differ")
	}
}

func TestDemoFileIsKept(t *testing.T) {
	path := demoIn(t)
	if _, err := openDemo(t, path).Exec(`UPDATE products SET name = 'Edited by hand' WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	edited := readFile(t, path)
	if err := ensureFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(edited, readFile(t, path)) {
		t.Error("the edited demo shop was changed")
	}
}

func TestDemoFileOfAnOlderProgramIsSetAside(t *testing.T) {
	path := demoIn(t)
	want := readFile(t, path)
	if _, err := openDemo(t, path).Exec(`PRAGMA user_version = 1; UPDATE products SET name = 'Edited by hand' WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	edited := readFile(t, path)
	if err := ensureFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, readFile(t, path)) {
		t.Error("the old demo shop was not replaced")
	}
	if !bytes.Equal(edited, readFile(t, path+".old-1")) {
		t.Error("the old demo shop was not kept aside")
	}
}

// An interrupted run leaves nothing, or a half file under another name; the next run heals both.
func TestDemoFileHeals(t *testing.T) {
	want := readFile(t, demoIn(t))
	for name, before := range map[string]func(t *testing.T, path string){
		"cancelled": func(t *testing.T, path string) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := makeFile(ctx, path); err == nil {
				t.Error("made in spite of the cancelled context")
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something stands at the path: %v", err)
			}
		},
		"killed":        func(t *testing.T, path string) { writeFile(t, path+".new", string(want[:len(want)/2])) },
		"another's own": func(t *testing.T, path string) { writeFile(t, path+".new", "no database") },
		"empty file":    func(t *testing.T, path string) { writeFile(t, path, "") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "demo.sqlite")
			before(t, path)
			if err := ensureFile(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, readFile(t, path)) {
				t.Error("not the demo shop")
			}
			if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the temporary file is still there: %v", err)
			}
		})
	}
}

func TestDemoFileThatIsNoDatabaseIsLeftAlone(t *testing.T) {
	for _, content := range []string{"short", string(bytes.Repeat([]byte("My notes. "), 100))} {
		path := filepath.Join(t.TempDir(), "demo.sqlite")
		writeFile(t, path, content)
		var own *store.Error
		if err := ensureFile(t.Context(), path); !errors.As(err, &own) {
			t.Errorf("error %v, want an *Error", err)
		}
		if string(readFile(t, path)) != content {
			t.Error("the file was changed")
		}
	}
}

func TestDemoFileIsMadeOnceByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.sqlite")
	first := make(chan os.FileInfo, 8)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := ensureFile(t.Context(), path); err != nil {
				t.Error(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Error(err)
			}
			first <- info
		})
	}
	all.Wait()
	close(first)
	one := <-first
	for other := range first {
		if !os.SameFile(one, other) {
			t.Error("the file was made more than once")
		}
	}
}
