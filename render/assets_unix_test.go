//go:build unix

package render

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAssetGone guards I7: a set goes on rendering the page it did after a file of its assets/ was deleted, and a pipe
// in the place of one is no file that anybody waits for.
func TestAssetGone(t *testing.T) {
	dir := folderOf(t, "assets/mark.svg", "<svg/>", "home.html", `{{asset "mark.svg"}}</html>`)
	set, file := load(t, dir), filepath.Join(dir, assetsDir, "mark.svg")
	page, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
	before, err := set.Render(page)
	must(t, err)
	must(t, os.Remove(file))
	if after, err := set.Render(page); err != nil || !bytes.Equal(after, before) {
		t.Errorf("a file of assets/ is gone: %q, %v; before %q", after, err, before)
	}
	must(t, syscall.Mkfifo(file, 0o600))
	read := make(chan error, 1)
	go func() {
		_, err := set.Assets(nil)["mark.svg"]()
		read <- err
	}()
	select {
	case err := <-read:
		if err == nil {
			t.Error("a pipe was read")
		}
	case <-time.After(10 * time.Second):
		t.Error("a pipe in the place of a file holds its reader up")
	}
}
