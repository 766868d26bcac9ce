// Package regular reads files that others may have put there: regular ones only, since opening a pipe would wait for
// its writer, and only up to a limit (invariants I7 and I14).
package regular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Flags open a file for reading without waiting for anybody.
const Flags = os.O_RDONLY | syscall.O_NONBLOCK

// Error says why a file that is there is not read, as part of a sentence.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

// Read reads a regular file of at most limit bytes. The error is an *fs.PathError, with an *Error where it is another
// thing or too big.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, Flags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, _, err := From(f, limit)
	if _, refused := errors.AsType[*Error](err); refused {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return data, err
}

// From is Read of a file opened with Flags, and tells which file it was.
func From(f *os.File, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, info, &Error{"it is no regular file"}
	}
	data := bytes.NewBuffer(make([]byte, 0, min(info.Size(), limit)+bytes.MinRead))
	_, err = data.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && int64(data.Len()) > limit {
		return nil, info, &Error{fmt.Sprintf("it is over %d MB", (limit+999_999)/1_000_000)}
	}
	return data.Bytes(), info, err
}
