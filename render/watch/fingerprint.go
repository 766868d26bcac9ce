package watch

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Bounds of what one look reads, in case the folder is not what was meant: deeper folders are left out, and of files beyond
// these sizes only the length and the time of the last change count.
const (
	lookDepth     = 8
	lookFolders   = 500
	lookFileBytes = 1 << 20
	lookAllBytes  = 32 << 20
)

// seenFolder is a folder as it was once.
type seenFolder struct {
	path string
	info fs.FileInfo
}

// sight is what a folder of templates looked like at one moment.
type sight struct {
	// folders are those to watch: the nearest that exists above the folder, itself, and all below it.
	folders []seenFolder
	// sum differs where a name, a file's content, or the number of files does.
	sum [32]byte
}

// lookAt reads a folder that may be missing. It does not fail: what cannot be read counts as such.
func lookAt(dir string) sight {
	l := &looker{hash: sha256.New()}
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		if info, err := os.Stat(up); err == nil && info.IsDir() {
			l.folders = append(l.folders, seenFolder{up, info})
			break
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		l.folder(dir, info, nil)
	}
	s := sight{folders: l.folders}
	l.hash.Sum(s.sum[:0])
	return s
}

// looker goes through the folders.
type looker struct {
	folders []seenFolder
	hash    hash.Hash
	bytes   int64
}

// folder adds one folder and all below it; above are those that lead to it, since a symlink may lead back to one.
func (l *looker) folder(path string, info fs.FileInfo, above []fs.FileInfo) {
	loops := slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) })
	if loops || len(above) > lookDepth || len(l.folders) > lookFolders {
		return
	}
	l.folders = append(l.folders, seenFolder{path, info})
	fmt.Fprintf(l.hash, "folder %q\n", path)
	entries, _ := os.ReadDir(path) // sorted by name; an unreadable folder looks empty
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		name := filepath.Join(path, e.Name())
		found, err := os.Stat(name)
		switch {
		case err != nil:
			fmt.Fprintf(l.hash, "dangling %q\n", name)
		case found.IsDir():
			l.folder(name, found, append(slices.Clip(above), info))
		default:
			l.file(name, found)
		}
	}
}

// file adds one file: its bytes, or for a big one and for what is no regular file, what the system tells of it.
func (l *looker) file(name string, info fs.FileInfo) {
	if info.Mode().IsRegular() && info.Size() <= lookFileBytes && l.bytes <= lookAllBytes {
		if data, err := os.ReadFile(name); err == nil {
			l.bytes += int64(len(data))
			fmt.Fprintf(l.hash, "file %q %d\n", name, len(data))
			l.hash.Write(data)
			return
		}
	}
	fmt.Fprintf(l.hash, "thing %q %s %d %d\n", name, info.Mode(), info.Size(), info.ModTime().UnixNano())
}

// sameFolders tells whether both lists name the same folders, and every one is still the same.
func sameFolders(a, b []seenFolder) bool {
	return slices.EqualFunc(a, b, func(x, y seenFolder) bool { return x.path == y.path && os.SameFile(x.info, y.info) })
}
