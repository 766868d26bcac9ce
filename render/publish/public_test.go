package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/shopspring/decimal"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/store"
)

// folders are a public and a state folder that only this test knows.
type folders struct{ public, state string }

func newFolders(t *testing.T) folders {
	dir := t.TempDir()
	return folders{filepath.Join(dir, "public"), filepath.Join(dir, "state")}
}

func (f folders) open(t *testing.T) *Public {
	t.Helper()
	p, err := Open(f.public, f.state, slog.New(slog.DiscardHandler))
	must(t, err)
	return p
}

// edition is publish number n: a page with its record, its status and its small files.
type edition struct {
	body, json, html []byte
	stored           *StoredPage
	assets           render.Assets
}

func asset(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func newEdition(n int) edition {
	body := []byte(fmt.Sprintf("<!doctype html><html><p>edition %d</p>%s</html>\n", n, strings.Repeat("<p>card</p>", 400)))
	c := testCatalogue(n%7 + 1)
	c.Source = store.Source{Database: "db", Settings: "settings"}
	return edition{
		body: body, json: []byte(fmt.Sprintf(`{"schema":1,"page":{"etag":%q}}`+"\n", ETag(body))),
		html: []byte(fmt.Sprintf("<!doctype html><html><p>status %d</p></html>\n", n)),
		stored: &StoredPage{Catalogue: c,
			Info: status.PageInfo{ETag: ETag(body), Bytes: len(body), Products: c.Products(), Categories: 1}},
		assets: render.Assets{"favicon.svg": asset("<svg/>"), "pictures/a.svg": asset(fmt.Sprintf("<svg>%d</svg>", n))},
	}
}

// document is the edition's page with compressed forms of its own; brotli at its lowest level, since hundreds are made.
func (e edition) document() *Document {
	d := NewDocument(e.body, "text/html", "")
	var br, gz bytes.Buffer
	b, g := brotli.NewWriterLevel(&br, 1), gzip.NewWriter(&gz)
	_, errBR := b.Write(e.body)
	_, errGzip := g.Write(e.body)
	if err := errors.Join(errBR, errGzip, b.Close(), g.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	d.BR, d.Gzip = br.Bytes(), gz.Bytes()
	return d
}

// publish is what the worker does under the lock, in its order.
func (p *Public) publish(ctx context.Context, e edition) error {
	unlock, err := p.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	st, _, err := p.Load()
	if err != nil {
		return err
	}
	st.Page, st.Previous = e.stored, st.Page
	if err := p.SaveState(st); err != nil {
		return err
	}
	if err := p.PublishPage(e.body); err != nil {
		return err
	}
	return errors.Join(p.SaveAssets(e.assets), p.RemoveAssets(e.assets), p.SaveEncodings(e.document()),
		p.SaveStatus(e.json, e.html))
}

// testCatalogue is one category of n products.
func testCatalogue(n int) store.Catalogue {
	c := store.Category{Name: "A"}
	for i := range n {
		c.Products = append(c.Products,
			store.Product{ID: fmt.Sprint(i), Name: fmt.Sprint("Name ", i), Slug: fmt.Sprint("slug-", i),
				Price: decimal.New(int64(100+i), -2), Rating: 4.5, NumReviews: 3})
	}
	return store.Catalogue{Categories: []store.Category{c}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elements...))
	must(t, err)
	return b
}

func TestPublish(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	p := f.open(t)
	e := newEdition(1)
	must(t, p.publish(t.Context(), e))
	for name, want := range map[string][]byte{PageFile: e.body, StatusJSONFile: e.json, StatusHTMLFile: e.html,
		"_vitrine/favicon.svg": []byte("<svg/>"), "_vitrine/pictures/a.svg": []byte("<svg>1</svg>")} {
		if got := read(t, f.public, name); !bytes.Equal(got, want) {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
		info, err := os.Stat(filepath.Join(f.public, name))
		must(t, err)
		if info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v: a web server under another user could not read it", name, info.Mode())
		}
	}
	for name, want := range map[string]fs.FileMode{".": 0o700, stateFile: 0o600, lockFile: 0o600} {
		info, err := os.Stat(filepath.Join(f.state, name))
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("state: %s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	noLeftovers(t, f)
	st, body, err := f.open(t).Load()
	must(t, err)
	if !bytes.Equal(body, e.body) || st.Page == nil || st.Schema != stateSchema {
		t.Fatalf("loaded %d bytes, %+v", len(body), st)
	}
	if d := cmp.Diff(e.stored, st.Page); d != "" {
		t.Error(d)
	}
}

// TestUnchangedIsNotWritten guards I6: equal bytes keep inode and times, so that 304s stay true.
func TestUnchangedIsNotWritten(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	names := []string{PageFile, StatusJSONFile, StatusHTMLFile, "_vitrine/favicon.svg", "_vitrine/pictures/a.svg"}
	look := func() (out []fs.FileInfo) {
		for _, name := range names {
			info, err := os.Stat(filepath.Join(f.public, name))
			must(t, err)
			out = append(out, info)
		}
		return out
	}
	before := look()
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	for i, after := range look() {
		if !sameState(before[i], after) {
			t.Errorf("%s was written again", names[i])
		}
	}
	must(t, f.open(t).publish(t.Context(), newEdition(2)))
	for i, after := range look() {
		if sameState(before[i], after) != (names[i] == "_vitrine/favicon.svg") {
			t.Errorf("%s: written again: %v", names[i], !sameState(before[i], after))
		}
	}
	must(t, os.Chmod(filepath.Join(f.public, PageFile), 0o600))
	must(t, f.open(t).publish(t.Context(), newEdition(2)))
	if info, err := os.Stat(filepath.Join(f.public, PageFile)); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v: a page that nobody may read was left so", info.Mode(), err)
	}
}

func TestForeignFilesStay(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	outside := t.TempDir()
	foreign := map[string]string{"robots.txt": "User-agent: *", "pictures/a.jpg": "jpeg", ".well-known/x": "y",
		".vitrine-dir/x": "ours only if a file",
		"index.html.bak": "old"}
	for name, text := range foreign {
		must(t, os.MkdirAll(filepath.Join(f.public, filepath.Dir(name)), 0o755))
		must(t, os.WriteFile(filepath.Join(f.public, name), []byte(text), 0o640))
	}
	must(t, os.WriteFile(filepath.Join(outside, ".vitrine-target"), []byte("theirs"), 0o600))
	must(t, os.Symlink(filepath.Join(outside, ".vitrine-target"), filepath.Join(f.public, ".vitrine-link")))
	folder, err := os.Stat(f.public)
	must(t, err)
	p := f.open(t)
	must(t, p.publish(t.Context(), newEdition(1)))
	must(t, p.publish(t.Context(), newEdition(2)))
	for name, text := range foreign {
		info, err := os.Stat(filepath.Join(f.public, name))
		must(t, err)
		if string(read(t, f.public, name)) != text || info.Mode().Perm() != 0o640 {
			t.Errorf("%s was touched", name)
		}
	}
	if string(read(t, f.public, ".vitrine-link")) != "theirs" {
		t.Error("a symlink of somebody's was touched")
	}
	if again, err := os.Stat(f.public); err != nil || !os.SameFile(folder, again) {
		t.Error("the public folder itself was replaced")
	}
}

// TestForeignPageIsKept: somebody's own index.html is not lost when the first page replaces it; pages of ours are not
// kept, even where the state was lost.
func TestForeignPageIsKept(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	must(t, os.MkdirAll(f.public, 0o755))
	must(t, os.WriteFile(filepath.Join(f.public, PageFile), []byte("<p>my own page"), 0o644))
	p := f.open(t)
	must(t, p.publish(t.Context(), newEdition(1)))
	kept, err := filepath.Glob(filepath.Join(f.state, "replaced-*.html"))
	must(t, err)
	if len(kept) != 1 || string(read(t, kept[0])) != "<p>my own page" ||
		!strings.Contains(strings.Join(p.Notices(), "\n"), kept[0]) {
		t.Fatalf("kept %v, notices %q", kept, p.Notices())
	}
	must(t, p.publish(t.Context(), newEdition(2)))
	must(t, f.open(t).publish(t.Context(), newEdition(3)))
	must(t, os.Remove(filepath.Join(f.state, stateFile)))
	must(t, f.open(t).publish(t.Context(), newEdition(4)))
	// Another version may write a field in another type. A page is shown again only if its own are understood.
	for n, text := range []string{`{"schema":"2","page":{"etag":%q,"source":{}}}`,
		`{"schema":1,"page":{"products":"many","etag":%q,"source":{}}}`} {
		must(t, os.Remove(filepath.Join(f.state, stateFile)))
		text = fmt.Sprintf(text, ETag(newEdition(4+n).body))
		must(t, os.WriteFile(filepath.Join(f.public, StatusJSONFile), []byte(text), 0o644))
		if st, _, err := f.open(t).Load(); err != nil || (st.Page != nil) != (n == 0) {
			t.Errorf("%s: page %v, %v", text, st.Page, err)
		}
		must(t, f.open(t).publish(t.Context(), newEdition(5+n)))
	}
	if kept, _ := filepath.Glob(filepath.Join(f.state, "replaced-*.html")); len(kept) != 1 {
		t.Errorf("kept pages of our own: %v", kept)
	}
	for n := range maxReplaced { // one is there
		must(t, os.WriteFile(filepath.Join(f.public, PageFile), fmt.Appendf(nil, "<p>theirs %d", n), 0o644))
		p = f.open(t)
		must(t, p.publish(t.Context(), newEdition(10)))
	}
	if said := strings.Join(p.Notices(), "\n"); !strings.Contains(said, "there was no room for a copy") {
		t.Errorf("notices %q", said)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	leave := func() {
		for _, dir := range []string{f.public, f.state} {
			must(t, os.WriteFile(filepath.Join(dir, ".vitrine-left"), []byte("half"), 0o600))
		}
	}
	leave()
	p, late := f.open(t), f.open(t)
	unlock, err := p.Lock(t.Context())
	must(t, err)
	noLeftovers(t, f)

	// While another process publishes, its files are not left-overs; they are once it has let go.
	leave()
	ctx, cancel := context.WithTimeout(t.Context(), 2*lockPoll)
	defer cancel()
	if _, err := late.Lock(ctx); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(f.public, ".vitrine-left")); err != nil {
		t.Error("swept a file that the holder of the lock was writing")
	}
	unlock()
	for _, dir := range []string{"", "pictures"} {
		must(t, os.WriteFile(filepath.Join(f.public, AssetsDir, dir, ".vitrine-left"), []byte("half"), 0o600))
	}
	must(t, late.publish(t.Context(), newEdition(2)))
	noLeftovers(t, f)
}

// noLeftovers demands that no temporary file is anywhere.
func noLeftovers(t *testing.T, f folders) {
	t.Helper()
	for _, dir := range []string{f.public, f.state} {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasPrefix(d.Name(), tempPrefix) {
				t.Errorf("left over: %s", path)
			}
			return err
		}))
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	a, b := f.open(t), f.open(t)
	if a.Changed() || b.Changed() {
		t.Error("changed without a page")
	}
	must(t, a.publish(t.Context(), newEdition(1)))
	if a.Changed() {
		t.Error("own publish counts as somebody's")
	}
	if !b.Changed() {
		t.Error("did not see the other's publish")
	}
	_, body, err := b.Load()
	must(t, err)
	if b.Changed() || !bytes.Equal(body, newEdition(1).body) {
		t.Error("still changed after Load")
	}
	for n := 2; n < 20; n++ { // however fast one follows the other, and equally long
		from, to := a, b
		if n%2 == 0 {
			from, to = b, a
		}
		must(t, from.publish(t.Context(), newEdition(n)))
		if from.Changed() || !to.Changed() {
			t.Fatalf("publish %d: publisher %v, other %v", n, from.Changed(), to.Changed())
		}
		if _, body, err := to.Load(); err != nil || !bytes.Equal(body, newEdition(n).body) {
			t.Fatalf("publish %d: loaded %q, %v", n, body, err)
		}
	}
	must(t, a.publish(t.Context(), newEdition(19)))
	if b.Changed() {
		t.Error("an unchanged publish counts as a new one")
	}
	path := filepath.Join(f.public, PageFile) // a clock that is too coarse gives both publishes one time
	old, err := os.Stat(path)
	must(t, err)
	must(t, os.WriteFile(path+".new", read(t, path), 0o644))
	must(t, os.Chtimes(path+".new", old.ModTime(), old.ModTime()))
	must(t, os.Rename(path+".new", path))
	if !b.Changed() {
		t.Error("another file of the same length and time counts as the same")
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	a, b := f.open(t), f.open(t)
	unlock, err := a.Lock(t.Context())
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx); !errors.Is(err, ErrLocked) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a taken lock gave %v", err)
	}
	got := make(chan error)
	go func() {
		unlock, err := b.Lock(t.Context())
		if err == nil {
			defer unlock()
		}
		got <- err
	}()
	unlock()
	must(t, <-got)

	// The state folder is removed while the lock is held: the next holder must not believe in a lock on a file that is
	// gone.
	unlock, err = a.Lock(t.Context())
	must(t, err)
	defer unlock()
	must(t, os.RemoveAll(f.state))
	unlock2, err := b.Lock(t.Context())
	must(t, err)
	defer unlock2()
	ctx, cancel = context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	if _, err := f.open(t).Lock(ctx); !errors.Is(err, ErrLocked) {
		t.Errorf("two hold the new lock: %v", err)
	}
}

// TestLockOnAFileThatIsGone: between opening the lock file and locking it, someone may have removed it.
func TestLockOnAFileThatIsGone(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	l := f.open(t).newLock()
	if ok, err := l.TryLock(); !ok || err != nil || !current(l) {
		t.Fatalf("lock: %v, %v", ok, err)
	}
	defer func() { must(t, l.Unlock()) }()
	must(t, os.Remove(filepath.Join(f.state, lockFile)))
	if current(l) {
		t.Error("a lock on a file that nobody else can find counts as held")
	}
	unlock, err := f.open(t).Lock(t.Context()) // makes a new file
	must(t, err)
	defer unlock()
	if current(l) {
		t.Error("a lock on another file than the one that is there counts as held")
	}
}

func TestStateInsidePublic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "real"), 0o755))
	must(t, os.Symlink("real", filepath.Join(dir, "link")))
	for _, c := range []struct {
		public, state string
		ok            bool
	}{
		{"real", "real", false}, {"real", "real/.vitrine", false}, {"real", "link/state", false}, {".", ".vitrine", false},
		{"real", "real-state", true}, {"real", ".vitrine", true}, {"s/public", "s", true},
	} {
		_, err := Open(filepath.Join(dir, c.public), filepath.Join(dir, c.state), slog.New(slog.DiscardHandler))
		if (err == nil) != c.ok {
			t.Errorf("PUBLIC_DIR=%s STATE_DIR=%s: %v", c.public, c.state, err)
		}
	}
}

// TestNamesThatAreNoFiles: whatever has the name of one of our files, nothing outside is written, nothing hangs, and
// the error says what to do.
func TestNamesThatAreNoFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, path, outside string)
		fails string
	}{
		{"symlink to a file", func(t *testing.T, path, outside string) { must(t, os.Symlink(outside, path)) }, ""},
		{"dangling symlink", func(t *testing.T, path, outside string) { must(t, os.Symlink(path+"-nothing", path)) }, ""},
		{"symlink to itself", func(t *testing.T, path, _ string) { must(t, os.Symlink(path, path)) }, ""},
		{"fifo", func(t *testing.T, path, _ string) { must(t, exec.Command("mkfifo", path).Run()) }, ""},
		{"folder", func(t *testing.T, path, _ string) { must(t, os.Mkdir(path, 0o755)) }, "move it away"},
	} {
		for _, name := range []string{PageFile, StatusJSONFile, stateFile} {
			t.Run(c.name+" as "+name, func(t *testing.T) {
				f := newFolders(t)
				p := f.open(t)
				dir := f.public
				if name == stateFile {
					dir = f.state
				}
				outside := filepath.Join(t.TempDir(), "theirs")
				must(t, os.WriteFile(outside, []byte("theirs"), 0o644))
				c.make(t, filepath.Join(dir, name), outside)
				e := newEdition(1)
				err := p.publish(t.Context(), e)
				if string(read(t, outside)) != "theirs" {
					t.Error("wrote through a symlink")
				}
				if c.fails != "" && name != stateFile { // a state that is not ours is moved aside, folder or not
					if store.ClassOf(err) != store.Publish || !strings.Contains(store.Sentence(err), c.fails) ||
						!strings.Contains(store.Sentence(err), name) {
						t.Errorf("error %v, sentence %q", err, store.Sentence(err))
					}
					noLeftovers(t, f)
					return
				}
				must(t, err)
				if st, body, err := f.open(t).Load(); err != nil || st.Page == nil || !bytes.Equal(body, e.body) {
					t.Errorf("%v, %+v", err, st)
				}
			})
		}
	}
}

// TestDeletedAsset: what its author deletes is gone from the folder, and what is not ours to tell stays.
func TestDeletedAsset(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	p := f.open(t)
	read := func() ([]byte, error) { return []byte("x"), nil }
	must(t, p.SaveAssets(render.Assets{"a.svg": read, "img/b.svg": read}))
	must(t, os.WriteFile(filepath.Join(f.public, "logo.svg"), nil, 0o600))
	must(t, p.SaveAssets(render.Assets{"a.svg": read}))
	if _, err := os.Stat(filepath.Join(f.public, AssetsDir, "img/b.svg")); err != nil {
		t.Errorf("gone before its page: %v", err)
	}
	must(t, p.RemoveAssets(render.Assets{"a.svg": read}))
	for name, want := range map[string]bool{AssetsDir + "/a.svg": true, AssetsDir + "/img/b.svg": false,
		"logo.svg": true} {
		if _, err := os.Stat(filepath.Join(f.public, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAssetsStayInside(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	p := f.open(t)
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, ".vitrine-theirs"), nil, 0o600))
	must(t, os.Symlink(outside, filepath.Join(f.public, AssetsDir)))
	err := p.SaveAssets(newEdition(1).assets)
	if store.ClassOf(err) != store.Publish {
		t.Errorf("error %v", err)
	}
	unlock, err := f.open(t).Lock(t.Context()) // sweeps
	must(t, err)
	defer unlock()
	entries, err := os.ReadDir(outside)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("a symlink led the small files out to %v", entries)
	}
}

// TestPublicIsASymlink: a public folder that is a link to one elsewhere is followed, and stays a link.
func TestPublicIsASymlink(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	real := t.TempDir()
	must(t, os.Symlink(real, f.public))
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	if info, err := os.Lstat(f.public); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Error("the link was replaced")
	}
	if !bytes.Equal(read(t, real, PageFile), newEdition(1).body) {
		t.Error("the page is not where the link leads")
	}
	release := t.TempDir() // a deploy swaps the link
	must(t, os.Remove(f.public))
	must(t, os.Symlink(release, f.public))
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	if !bytes.Equal(read(t, release, PageFile), newEdition(1).body) {
		t.Error("the page is not where the new link leads")
	}
}

// TestSentences: every refusal of the system has our words that say what to do, and its class and kind.
func TestSentences(t *testing.T) {
	t.Parallel()
	for errno, c := range map[syscall.Errno]struct {
		says     string
		readOnly bool
	}{
		syscall.ENOSPC: {"disk or a quota is full", false}, syscall.EDQUOT: {"full", false},
		syscall.EROFS: {"read-only", true}, syscall.EACCES: {"permission denied", true},
		syscall.EPERM: {"permission denied", true}, syscall.EIO: {"input/output", false},
		syscall.EISDIR: {"move it away", false}, syscall.ENOTDIR: {"move it away", false}, syscall.EMFILE: {"ulimit", false},
		syscall.ENOENT: {"went away", false}, syscall.EBADF: {"bad file descriptor", false},
		syscall.EFBIG: {"ulimit -f", false},
	} {
		err := classify("write", "public/index.html", &fs.PathError{Op: "open", Path: "public/.vitrine-x", Err: errno})
		text := store.Sentence(err)
		if !strings.Contains(text, "cannot write public/index.html: ") || !strings.Contains(text, c.says) {
			t.Errorf("%v: %q", errno, text)
		}
		if store.ClassOf(err) != store.Publish || errors.Is(err, ErrReadOnly) != c.readOnly || !errors.Is(err, errno) {
			t.Errorf("%v: class %s, read-only %v", errno, store.ClassOf(err), errors.Is(err, ErrReadOnly))
		}
		if strings.Contains(text, ".vitrine-x") {
			t.Errorf("%v: the temporary name is in %q", errno, text)
		}
	}
}

func TestBadState(t *testing.T) {
	t.Parallel()
	good := newEdition(1)
	goodJSON, err := json.Marshal(State{Schema: 1, Page: good.stored})
	must(t, err)
	for name, text := range map[string]string{
		"empty": "", "half": string(goodJSON[:len(goodJSON)/2]), "not JSON": "hello", "null": "null", "list": "[]",
		"foreign": `{"name":"shop","version":"1.2"}`, "wrong type": `{"schema":1,"history":7}`,
		"newer":       `{"schema":2,"page":{"new":1}}`,
		"huge price":  `{"schema":1,"page":{"catalogue":{"categories":[{"products":[{"price":"1e999999999999"}]}]}}}`,
		"zeros":       strings.Repeat("\x00", 4096),
		"bad time":    `{"schema":1,"last_success_at":"yesterday"}`,
		"text schema": `{"schema":"1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolders(t)
			must(t, f.open(t).publish(t.Context(), good))
			path := filepath.Join(f.state, stateFile)
			must(t, os.WriteFile(path, []byte(text), 0o600))
			p := f.open(t)
			st, body, err := p.Load()
			if err != nil || body != nil || st.Page != nil || len(st.History) != 0 {
				t.Errorf("Load gave %v, %d bytes, %+v; want none", err, len(body), st)
			}
			notes := strings.Join(p.Notices(), "\n")
			if !strings.Contains(notes, path) || (name == "newer") != strings.Contains(notes, "newer version") {
				t.Errorf("notices %q", notes)
			}
			if string(read(t, path)) != text {
				t.Error("reading alone changed the file")
			}
			must(t, p.publish(t.Context(), newEdition(2)))
			if string(read(t, path+".kept-1")) != text {
				t.Error("the file was not kept")
			}
			if st, _, err := f.open(t).Load(); err != nil || st.Page == nil {
				t.Errorf("afterwards: %v, %+v", err, st)
			}
			must(t, os.WriteFile(path, []byte("bad again"), 0o600))
			must(t, p.publish(t.Context(), newEdition(3)))
			kept, err := filepath.Glob(path + ".kept-*")
			if err != nil || len(kept) != 1 || string(read(t, kept[0])) != text {
				t.Errorf("kept aside: %v, want the first bad file alone", kept)
			}
		})
	}
}

// TestUnknownFieldsInState: a state of the same schema with more in it (additive) is good.
func TestUnknownFieldsInState(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	must(t, f.open(t).publish(t.Context(), newEdition(1)))
	path := filepath.Join(f.state, stateFile)
	must(t, os.WriteFile(path,
		bytes.Replace(read(t, path), []byte(`{"schema":1,`), []byte(`{"schema":1,"later":{"x":[1]},`), 1), 0o600))
	p := f.open(t)
	if st, _, err := p.Load(); err != nil || st.Page == nil || len(p.Notices()) != 0 {
		t.Errorf("%v, %+v, %q", err, st, p.Notices())
	}
}

func TestStateKeepsTheHistory(t *testing.T) {
	t.Parallel()
	f := newFolders(t)
	p := f.open(t)
	e := newEdition(1)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	st := State{Page: e.stored, LastRefresh: &status.Outcome{ID: "x", Trigger: status.TriggerHTTP,
		Result: status.Failed, ErrorClass: store.DNS, Message: "m"},
		LastSuccessAt: &at, ConsecutiveFailures: 3}
	for n := range status.HistoryLen + 10 {
		st.History = append(st.History, status.HistoryEntry{At: at.Add(time.Duration(n) * time.Minute), Products: n})
	}
	must(t, p.SaveState(st))
	must(t, p.PublishPage(e.body))
	got, _, err := f.open(t).Load()
	must(t, err)
	want := st
	want.Schema, want.History = 1, st.History[10:]
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestLoadMatches: the record that comes with the bytes is the one of these bytes, whatever a crash has left.
func TestLoadMatches(t *testing.T) {
	t.Parallel()
	a, b, c := newEdition(1), newEdition(2), newEdition(3)
	for _, tt := range []struct {
		name           string
		page, previous *StoredPage
		onDisk         []byte
		wantPage       *StoredPage
		wantPrevious   *StoredPage
	}{
		{"published", b.stored, a.stored, b.body, b.stored, a.stored},
		{"killed before the rename", b.stored, a.stored, a.body, a.stored, nil},
		{"first page, killed before the rename", a.stored, nil, nil, nil, a.stored},
		{"page deleted", b.stored, a.stored, nil, nil, b.stored},
		{"somebody else's page", b.stored, a.stored, c.body, nil, b.stored},
		{"empty page", b.stored, a.stored, []byte{}, nil, b.stored},
		{"page without state", nil, nil, a.body, nil, nil},
		{"page longer than any of ours", b.stored, a.stored, make([]byte, render.MaxPageBytes+1), nil, b.stored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFolders(t)
			p := f.open(t)
			must(t, p.SaveState(State{Page: tt.page, Previous: tt.previous}))
			if tt.onDisk != nil {
				must(t, os.WriteFile(filepath.Join(f.public, PageFile), tt.onDisk, 0o644))
			}
			st, body, err := f.open(t).Load()
			must(t, err)
			if d := cmp.Diff(tt.wantPage, st.Page); d != "" {
				t.Errorf("page: %s", d)
			}
			if d := cmp.Diff(tt.wantPrevious, st.Previous); d != "" {
				t.Errorf("previous: %s", d)
			}
			if (tt.wantPage == nil) != (body == nil) || body != nil && !bytes.Equal(body, tt.onDisk) {
				t.Errorf("%d bytes came with page %v", len(body), st.Page != nil)
			}
		})
	}
}
