package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"vitrine/store"
	"vitrine/store/regular"
)

// ErrReadOnly is in the chain of errors about a folder that this process may not write at all: read-only file system or
// missing rights. Such a page can be served from memory; other failures (a full disk) may pass, and keep the old page.
var ErrReadOnly = errors.New("not writable")

// writeFile makes dir/name hold data, so that whoever reads it sees the old bytes or the new ones, whole, whatever
// happens in between, a power cut included: temporary file in the same folder, write, chmod, fsync, rename, fsync of
// the folder. Nothing is written where the file has these bytes already. wrote reports whether the name stands for new
// bytes now, and comes with an error only when the folder's fsync failed; info is the file as it stands. The folder is
// made where it is missing. before, unless it is nil, is done in the folder between the fsync and the rename; its
// failure leaves the file as it was.
func writeFile(dir, name string, data []byte, perm fs.FileMode, before func(*os.Root) error) (
	info fs.FileInfo, wrote bool, err error,
) {
	for attempt := 1; ; attempt++ {
		info, wrote, err = tryWrite(dir, name, data, perm, before)
		// The folder is not there, or was removed meanwhile: once more, in a new one.
		if wrote || attempt == 2 || !errors.Is(err, fs.ErrNotExist) {
			return info, wrote, err
		}
		folderPerm := fs.FileMode(0o755)
		if perm&0o077 == 0 {
			folderPerm = 0o700
		}
		if err := makeFolders(filepath.Join(dir, filepath.Dir(name)), folderPerm); err != nil {
			return nil, false, err
		}
	}
}

// makeFolders is os.MkdirAll, and gives those that it makes these rights whatever the umask: others are to read them.
func makeFolders(dir string, perm fs.FileMode) error {
	var missing []string
	for up := filepath.Clean(dir); ; up = filepath.Dir(up) {
		if _, err := os.Stat(up); !errors.Is(err, fs.ErrNotExist) || up == filepath.Dir(up) {
			break
		}
		missing = append(missing, up)
	}
	err := os.MkdirAll(dir, perm)
	for _, made := range missing {
		if err == nil {
			err = os.Chmod(made, perm)
		}
	}
	return err
}

// tryWrite is one attempt of writeFile. All names are looked up below an open folder, so that no symlink leads out of
// it.
func tryWrite(dir, name string, data []byte, perm fs.FileMode, before func(*os.Root) error) (
	fs.FileInfo, bool, error,
) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, false, err
	}
	defer root.Close()
	if info, same := holds(root, name, data, perm); same {
		return info, false, nil
	}
	temp := path.Join(path.Dir(name), tempPrefix+strconv.FormatUint(rand.Uint64(), 36))
	info, err := writeTemp(root, temp, data, perm)
	if err == nil && before != nil {
		err = before(root)
	}
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		_ = root.Remove(temp) // what stays is swept by the next run
		return nil, false, err
	}
	return info, true, syncFolder(root, path.Dir(name))
}

// writeTemp writes data to a new file and brings it to the disk.
func writeTemp(root *os.Root, name string, data []byte, perm fs.FileMode) (fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	return info, errors.Join(err, statErr, f.Close())
}

// syncFolder brings a folder's entries to the disk. File systems that cannot do that say EINVAL and are believed.
func syncFolder(root *os.Root, name string) error {
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// holds reports whether name is a regular file of exactly these bytes and rights.
func holds(root *os.Root, name string, data []byte, perm fs.FileMode) (fs.FileInfo, bool) {
	found, info, err := readFile(root, name, int64(len(data)))
	return info, err == nil && info.Mode().Perm() == perm && bytes.Equal(found, data)
}

// errNotOurs says that a name stands for something that we cannot have written: no regular file, or one that is too
// big.
var errNotOurs = errors.New("not a file of ours")

// readIn is readFile of a file in dir.
func readIn(dir, name string, limit int64) ([]byte, fs.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	return readFile(root, name, limit)
}

// readFile reads a regular file of at most limit bytes, and tells which file it was.
func readFile(root *os.Root, name string, limit int64) ([]byte, fs.FileInfo, error) {
	if info, err := root.Lstat(name); err != nil {
		return nil, nil, err
	} else if !info.Mode().IsRegular() { // opening a fifo would wait for its writer
		return nil, info, fmt.Errorf("%s is a %s: %w", name, info.Mode().Type(), errNotOurs)
	}
	f, err := root.OpenFile(name, regular.Flags, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, info, err := regular.From(f, limit)
	if refused, ok := errors.AsType[*regular.Error](err); ok {
		err = fmt.Errorf("%s: %w: %w", name, refused, errNotOurs)
	}
	return data, info, err
}

// classify turns a failure to do op on a file into an error of class publish, with ErrReadOnly in its chain where it
// applies.
func classify(op, file string, err error) error {
	cause := fmt.Errorf("%s %s: %w", op, file, err)
	if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission) {
		cause = fmt.Errorf("%w: %w", ErrReadOnly, cause)
	}
	return &store.Error{Class: store.Publish, Sentence: sentence(op, file, err), Err: cause}
}

// systemWords are those of an error's last cause, which name no file.
func systemWords(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

func sentence(op, file string, err error) string {
	why := "the system says: " + systemWords(err)
	switch {
	case errors.Is(err, syscall.EROFS):
		why = "its file system is read-only; make it writable, or point PUBLIC_DIR and STATE_DIR elsewhere"
	case errors.Is(err, fs.ErrPermission):
		why = fmt.Sprintf("permission denied; give the folder to the user that vitrine runs as (user id %d)", os.Geteuid())
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		why = "the disk or a quota is full, or out of inodes; make room, or remove small files"
	case errors.Is(err, syscall.EFBIG):
		why = "a limit on the size of files is in the way; raise it (ulimit -f, LimitFSIZE)"
	case errors.Is(err, syscall.EIO):
		why = "the disk reports an input/output error; look at its health"
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.EEXIST), errors.Is(err, syscall.ENOTEMPTY):
		why = "something else has that name, such as a folder; move it away"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP),
		strings.HasSuffix(err.Error(), "not a directory"): // os.OpenRoot gives the text alone
		why = "a part of the path is no folder; move it away"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		why = "too many open files; raise the limit (ulimit -n)"
	case errors.Is(err, fs.ErrNotExist):
		why = "the folder went away while writing; the next refresh makes it again"
	}
	return fmt.Sprintf("cannot %s %s: %s", op, file, why)
}
