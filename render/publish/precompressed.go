package publish

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// pageEncodings are the files that static hosts serve in the page's place to whoever accepts their coding (nginx's
// gzip_static and brotli_static, Caddy's precompressed), with the document's bytes for each.
func pageEncodings(d *Document) map[string][]byte {
	return map[string][]byte{PageBRFile: d.BR, PageGzipFile: d.Gzip}
}

// SaveEncodings makes the compressed forms of page the files beside index.html, where index.html is that page and
// they differ; a page that another process has published meanwhile keeps its own. A form that the page does not have
// is removed. The caller holds the lock. The error is of class publish; the page itself is up whatever it says.
func (p *Public) SaveEncodings(page *Document) error {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return nil // no folder, no page in it
	}
	defer root.Close()
	if _, same := holds(root, PageFile, page.Body, 0o644); !same {
		return nil
	}
	var errs []error
	for name, data := range pageEncodings(page) {
		if data == nil {
			if _, err := p.remove(root, name); err != nil {
				errs = append(errs, classify("remove", filepath.Join(p.dir, name), err))
			}
		} else if _, err := p.write(notePublic, p.dir, name, data, 0o644, nil); err != nil {
			errs = append(errs, err)
		}
	}
	return cmp.Or(errs...)
}

// removeEncodings removes the compressed forms of the page that is about to be replaced, and brings that to the disk:
// after a power cut, too, no form may be of an older page than index.html.
func (p *Public) removeEncodings(root *os.Root) error {
	removed := false
	for name := range pageEncodings(&Document{}) {
		gone, err := p.remove(root, name)
		if err != nil {
			return err
		}
		removed = removed || gone
	}
	if !removed {
		return nil
	}
	return syncFolder(root, ".")
}

func (p *Public) remove(root *os.Root, name string) (bool, error) {
	p.forget(name)
	err := root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
