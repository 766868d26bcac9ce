package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"vitrine/templates"
)

// assetPrefix is where the page's own small files are served from.
const assetPrefix = "/_vitrine/"

// defaultAssets are the favicon and what goes with it, which a shop's own files may replace.
func defaultAssets() fs.FS {
	own, err := fs.Sub(templates.Files, assetsDir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return overlay{programAssets(), own}
}

// programAssets is what the status page needs and nobody replaces.
func programAssets() fs.FS {
	script, err := fs.ReadFile(templates.Files, statusDir+"/status.js")
	if err != nil {
		panic(err) // embedded
	}
	return memory{"status.js": script}
}

// DefaultAsset is the address of a small file that ships with the program, for the status page.
func DefaultAsset(name string) (string, error) {
	return assetFS{overlay{defaultAssets()}}.address(name)
}

// assetFS gives addresses of the files that templates point at.
type assetFS struct{ overlay }

// address is the template function asset: where a file of assets/ is served, with a mark of its content, so that a changed
// file is never taken from a cache.
func (a assetFS) address(name string) (string, error) {
	text, err := fs.ReadFile(a.overlay, name)
	if err != nil {
		return "", fmt.Errorf("there is no file %q in assets/", name)
	}
	sum := sha256.Sum256(text)
	u := url.URL{Path: assetPrefix + name, RawQuery: "v=" + hex.EncodeToString(sum[:4])}
	return u.String(), nil
}

// overlay is several file systems over one another: the first that has a name wins. Names that begin with a dot are hidden.
type overlay []fs.FS

// Open opens the file in the first layer that has it; a folder lists the names of all layers.
func (o overlay) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) || hidden(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	for _, layer := range o {
		f, err := layer.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err != nil || !info.IsDir() {
			return f, err
		}
		_ = f.Close()
		entries, err := o.ReadDir(name)
		return &assetFolder{assetInfo{name: path.Base(name), mode: fs.ModeDir | 0o755}, entries}, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists a folder of all layers in byte order. Links count as what they lead to.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	found := map[string]fs.DirEntry{}
	for _, layer := range o {
		entries, err := fs.ReadDir(layer, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			info, err := fs.Stat(layer, path.Join(name, e.Name()))
			if _, taken := found[e.Name()]; taken || hidden(e.Name()) || err != nil {
				continue
			}
			found[e.Name()] = fs.FileInfoToDirEntry(info)
		}
	}
	var out []fs.DirEntry
	for _, n := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[n])
	}
	return out, nil
}

func hidden(name string) bool {
	return name != "." && (strings.HasPrefix(name, ".") || strings.Contains(name, "/."))
}

// without hides one top-level folder of a file system.
type without struct {
	fs.FS
	dir string
}

// Open opens everything that is not below the hidden folder.
func (w without) Open(name string) (fs.File, error) {
	if name == w.dir || strings.HasPrefix(name, w.dir+"/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// memory is a file system of files by path.
type memory map[string][]byte

// Open opens a file or a folder.
func (m memory) Open(name string) (fs.File, error) {
	if text, ok := m[name]; ok {
		e := assetInfo{name: path.Base(name), mode: 0o644, size: int64(len(text))}
		return &assetFile{e, bytes.NewReader(text)}, nil
	}
	below := map[string]fs.DirEntry{}
	for p, text := range m {
		rest, ok := strings.CutPrefix(p, name+"/")
		if name == "." {
			rest, ok = p, true
		}
		if !ok {
			continue
		}
		e := assetInfo{name: rest, mode: 0o644, size: int64(len(text))}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			e = assetInfo{name: first, mode: fs.ModeDir | 0o755}
		}
		below[e.name] = fs.FileInfoToDirEntry(e)
	}
	if len(below) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	var entries []fs.DirEntry
	for _, n := range slices.Sorted(maps.Keys(below)) {
		entries = append(entries, below[n])
	}
	return &assetFolder{assetInfo{name: path.Base(name), mode: fs.ModeDir | 0o755}, entries}, nil
}

// assetInfo describes a file or folder that has no time of its own.
type assetInfo struct {
	name string
	mode fs.FileMode
	size int64
}

func (e assetInfo) Name() string       { return e.name }
func (e assetInfo) Size() int64        { return e.size }
func (e assetInfo) Mode() fs.FileMode  { return e.mode }
func (e assetInfo) ModTime() time.Time { return time.Time{} }
func (e assetInfo) IsDir() bool        { return e.mode.IsDir() }
func (e assetInfo) Sys() any           { return nil }

type assetFile struct {
	assetInfo
	*bytes.Reader
}

func (f *assetFile) Stat() (fs.FileInfo, error) { return f.assetInfo, nil }
func (f *assetFile) Size() int64                { return f.assetInfo.size }
func (f *assetFile) Close() error               { return nil }

type assetFolder struct {
	assetInfo
	rest []fs.DirEntry
}

func (f *assetFolder) Stat() (fs.FileInfo, error) { return f.assetInfo, nil }
func (f *assetFolder) Close() error               { return nil }
func (f *assetFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a folder")}
}

// ReadDir gives the next n entries, all that are left for n <= 0.
func (f *assetFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.rest)
	} else if len(f.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.rest))
	out := f.rest[:n]
	f.rest = f.rest[n:]
	return out, nil
}
