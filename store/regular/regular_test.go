package regular

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRead guards I7 and I14: what is no regular file, or too big, is told and not read.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	small, big := filepath.Join(dir, "small"), filepath.Join(dir, "big")
	if err := errors.Join(os.WriteFile(small, bytes.Repeat([]byte("x"), 1000), 0o600),
		os.WriteFile(big, bytes.Repeat([]byte("x"), 1001), 0o600)); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(small, 1000); err != nil || len(data) != 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	const other = "it is no regular file"
	for path, reason := range map[string]string{big: "it is over 1 MB", dir: other, os.DevNull: other} {
		data, err := Read(path, 1000)
		var refused *Error
		if !errors.As(err, &refused) || data != nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
	if _, err := Read(filepath.Join(dir, "none"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
