package render

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"vitrine/templates"
)

// assetPrefix is where the page's own small files are served from.
const assetPrefix = "/_vitrine/"

// maxAssetBytes bounds each of them: they are read as a whole.
const maxAssetBytes = 10 << 20

// Assets are the small files for public/_vitrine/ by their path below it. They are read when they are asked for.
type Assets map[string]func() ([]byte, error)

// newAssets are the status page's script, which nobody replaces, then the files of the assets/ of each folder, then
// those that ship. Of files of one name the first counts. An error is a *TemplateError.
func newAssets(folders ...fs.FS) (Assets, error) {
	a := Assets{"status.js": func() ([]byte, error) { return fs.ReadFile(templates.Status, "status/status.js") }}
	for _, folder := range append(folders, templates.Files) {
		own, err := fs.Sub(folder, assetsDir)
		if err == nil {
			err = a.add(own)
		}
		if _, ok := errors.AsType[*TemplateError](err); ok {
			return nil, err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &TemplateError{File: assetsDir, Message: "cannot be read"}
		}
	}
	return a, nil
}

// DefaultAsset is the address of a small file that ships with the program, for the status page.
func DefaultAsset(name string) (string, error) {
	a, err := newAssets()
	if err != nil {
		return "", err
	}
	return a.address(name)
}

// leftOver are files that editors and file managers leave behind.
var leftOver = regexp.MustCompile(`(?i)~$|^#.*#$|___jb_(?:tmp|old)___$|\.(?:bak|orig|rej|sw[a-p]|tmp)$` +
	`|^(?:thumbs\.db|desktop\.ini|__macosx)$`)

// add adds the files of a folder whose names are not taken. Links count as what they lead to; names that begin with a
// dot, and what editors leave behind, are left out.
func (a Assets) add(folder fs.FS) error {
	return fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		hidden := name != "." && (strings.HasPrefix(base, ".") || leftOver.MatchString(base))
		switch {
		case err != nil:
			return err
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || d.IsDir():
			return nil
		}
		info, err := fs.Stat(folder, name)
		if err != nil || !info.Mode().IsRegular() {
			return nil // a link that leads nowhere or to a folder, a fifo
		}
		if info.Size() > maxAssetBytes {
			return &TemplateError{File: path.Join(assetsDir, name), Message: fmt.Sprintf(
				"is larger than %d MB, too large for a file of the templates; put it into PUBLIC_DIR", maxAssetBytes>>20)}
		}
		if _, taken := a[name]; !taken {
			a[name] = func() ([]byte, error) { return fs.ReadFile(folder, name) }
		}
		return nil
	})
}

// address is the template function asset: where a file of assets/ is served, with a mark of its content, so that a
// changed file is never taken from a cache.
func (a Assets) address(name string) (string, error) {
	read, ok := a[name]
	if !ok {
		return "", fmt.Errorf("there is no file %q in assets/", name)
	}
	text, err := read()
	if err != nil {
		return "", fmt.Errorf("the file %q in assets/ cannot be read", name)
	}
	sum := sha256.Sum256(text)
	u := url.URL{Path: assetPrefix + name, RawQuery: "v=" + hex.EncodeToString(sum[:4])}
	return u.String(), nil
}
