package watch

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vitrine/store/regular"
)

// Bounds of what one scan reads, in case the folder is not what was meant: deeper folders are left out, and of files
// beyond these sizes only the length and the time of the last change count.
const (
	maxDepth     = 8
	maxFolders   = 500
	maxFileBytes = 1 << 20
	maxAllBytes  = 32 << 20
)

// Fingerprint tells one state of a folder from another: it differs where a name, a file's content, or the number of
// files does. Names that start with a dot do not count.
type Fingerprint [32]byte

// FingerprintOf is the fingerprint of a folder, which may be missing; "" stands for no folder at all.
func FingerprintOf(dir string) Fingerprint {
	if dir == "" {
		return Fingerprint{}
	}
	return scan(dir).fingerprint
}

type folderInfo struct {
	path string
	info fs.FileInfo
}

func (f folderInfo) same(g folderInfo) bool { return f.path == g.path && os.SameFile(f.info, g.info) }

type snapshot struct {
	// folders are those to watch: the nearest that exists above the folder, itself, and all below it.
	folders     []folderInfo
	fingerprint Fingerprint
}

// scan reads a folder that may be missing. It does not fail: what cannot be read counts as such.
func scan(dir string) snapshot {
	l := &scanner{dir: dir, hash: sha256.New()}
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		if info, err := os.Stat(up); err == nil && info.IsDir() {
			l.folders = append(l.folders, folderInfo{up, info})
			break
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		l.folder(dir, info, nil)
	}
	return snapshot{l.folders, Fingerprint(l.hash.Sum(nil))}
}

type scanner struct {
	dir     string // names are hashed as they stand below it
	folders []folderInfo
	hash    hash.Hash
	bytes   int64
}

// folder adds one folder and all below it; above are those that lead to it, since a symlink may lead back to one.
func (l *scanner) folder(path string, info fs.FileInfo, above []fs.FileInfo) {
	loops := slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) })
	if loops || len(above) > maxDepth || len(l.folders) > maxFolders {
		return
	}
	l.folders = append(l.folders, folderInfo{path, info})
	fmt.Fprintf(l.hash, "folder %q\n", path[len(l.dir):])
	entries, _ := os.ReadDir(path) // sorted by name; an unreadable folder looks empty
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		name := filepath.Join(path, e.Name())
		found, err := os.Stat(name)
		switch {
		case err != nil:
			fmt.Fprintf(l.hash, "dangling %q\n", name[len(l.dir):])
		case found.IsDir():
			l.folder(name, found, append(slices.Clip(above), info))
		default:
			l.file(name, found)
		}
	}
}

// file adds one file: its bytes, or for a big one and for what is no regular file, what the system tells of it.
func (l *scanner) file(name string, info fs.FileInfo) {
	if info.Mode().IsRegular() && info.Size() <= maxFileBytes && l.bytes <= maxAllBytes {
		if data, err := regular.Read(name, maxFileBytes); err == nil {
			l.bytes += int64(len(data))
			fmt.Fprintf(l.hash, "file %q %d\n", name[len(l.dir):], len(data))
			l.hash.Write(data)
			return
		}
	}
	fmt.Fprintf(l.hash, "thing %q %s %d %d\n", name[len(l.dir):], info.Mode(), info.Size(), info.ModTime().UnixNano())
}
