package render

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"vitrine/store/regular"
	"vitrine/templates"
)

// assetPrefix is where the page's own small files are served from.
const assetPrefix = "/_vitrine/"

// maxAssetBytes bounds each of them: they are read as a whole.
const maxAssetBytes = 10 << 20

// Assets are the small files for public/_vitrine/ by their path below it. They are read when they are asked for.
type Assets map[string]func() ([]byte, error)

// assetSet is the small files of a set, and the addresses under which they are served. Those are worked out once, when
// the set is loaded, so that a page of it can be made though a file is gone since; a file that could not be read has
// none.
type assetSet struct {
	files     Assets
	addresses map[string]string
}

// newAssets are the status page's script, which nobody replaces, then the files of assets/ in the author's folder dir
// ("" for none), then those that ship. Of files of one name the first counts. An error is a *TemplateError.
func newAssets(dir string) (assetSet, error) {
	a := assetSet{Assets{}, map[string]string{}}
	a.put("status.js", func() ([]byte, error) { return fs.ReadFile(templates.Status, "status/status.js") })
	if dir != "" {
		own := filepath.Join(dir, assetsDir)
		err := a.add(os.DirFS(own), func(name string) ([]byte, error) {
			return regular.Read(filepath.Join(own, name), maxAssetBytes) // it may be another thing by then
		})
		if _, ok := errors.AsType[*TemplateError](err); ok {
			return assetSet{}, err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return assetSet{}, &TemplateError{File: assetsDir, Message: "cannot be read"}
		}
	}
	shipped, _ := fs.Sub(templates.Files, assetsDir) // the name is a valid one
	return a, a.add(shipped, func(name string) ([]byte, error) { return fs.ReadFile(shipped, name) })
}

// DefaultAsset is the address of a small file that ships with the program, for the status page.
func DefaultAsset(name string) (string, error) {
	a, err := newAssets("")
	if err != nil {
		return "", err
	}
	return a.address(name)
}

// leftOver are files that editors and file managers leave behind.
var leftOver = regexp.MustCompile(`(?i)~$|^#.*#$|___jb_(?:tmp|old)___$|\.(?:bak|orig|rej|sw[a-p]|tmp)$` +
	`|^(?:thumbs\.db|desktop\.ini|__macosx)$`)

// add adds the files of a folder whose names are not taken; read reads one of them. Links count as what they lead to;
// names that begin with a dot, and what editors leave behind, are left out.
func (a assetSet) add(folder fs.FS, read func(name string) ([]byte, error)) error {
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
		if _, taken := a.files[name]; !taken {
			a.put(name, func() ([]byte, error) { return read(name) })
		}
		return nil
	})
}

// put adds a file, with its address: in it is a mark of its content, so that a changed file is never taken from a
// cache.
func (a assetSet) put(name string, read func() ([]byte, error)) {
	a.files[name] = read
	if text, err := read(); err == nil {
		sum := sha256.Sum256(text)
		u := url.URL{Path: assetPrefix + name, RawQuery: "v=" + hex.EncodeToString(sum[:4])}
		a.addresses[name] = u.String()
	}
}

// address is the template function asset: where a file of assets/ is served.
func (a assetSet) address(name string) (string, error) {
	if _, ok := a.files[name]; !ok {
		return "", fmt.Errorf("there is no file %q in assets/", name)
	}
	address, ok := a.addresses[name]
	if !ok {
		return "", fmt.Errorf("the file %q in assets/ cannot be read", name)
	}
	return address, nil
}
