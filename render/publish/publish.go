package publish

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vitrine/render"
	"vitrine/render/status"
)

// PublishPage makes body the page that static hosts serve, in one rename (invariant I5), and writes nothing where it is
// that already (I6). Call it on every good refresh, an unchanged one too: it puts back what was deleted. The caller
// holds the lock and has saved a State whose Page describes body, so that after a crash at any instant Load knows the
// page that is there.
//
// An error is a *store.Error of class publish, and the old page stands; errors.Is(err, ErrReadOnly) tells that trying
// again will not help and the page may be served from memory. A page that we do not know, somebody's own index.html,
// is copied to the state folder before it is replaced.
//
// The compressed forms beside the page that was up are removed first, for good, so that a static host never serves an
// older page in them than the page itself; SaveEncodings puts the new ones there.
func (p *Public) PublishPage(body []byte) error {
	kept, why := p.keepForeignPage()
	if err := p.write(p.dir, PageFile, body, p.removeEncodings); err != nil {
		return err
	}
	if kept != "" {
		p.note(noteKept, kept, why)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[ETag(body)] = true
	return nil
}

// maxReplaced is how many pages of others are kept: somebody may write one every few seconds.
const maxReplaced = 10

// keepForeignPage copies an index.html that is none of ours into the state folder, before it is replaced, and says so.
func (p *Public) keepForeignPage() (said string, err error) {
	body, _, err := readIn(p.dir, PageFile, 10*render.MaxPageBytes)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(body) == 0 || p.isOurs(ETag(body))) {
		return "", nil
	}
	done := "there was no room for a copy, since " + p.stateDir + " has " + strconv.Itoa(maxReplaced) + " of such pages"
	if kept, _ := filepath.Glob(filepath.Join(p.stateDir, "replaced-*.html")); err != nil {
		done = "it could not be read to be copied"
	} else if len(kept) < maxReplaced {
		name := "replaced-" + ETag(body)[1:9] + ".html"
		if _, _, err = writeFile(p.stateDir, name, body, 0o600, nil); err == nil {
			done = "it was copied to " + filepath.Join(p.stateDir, name)
		} else {
			done = "it could not be copied to " + p.stateDir
		}
	}
	return fmt.Sprintf("%s was no page that vitrine knows; %s before it was replaced", filepath.Join(p.dir, PageFile),
		done), err
}

// isOurs reports whether a state or, where the state was lost, the status document beside the page has its ETag.
func (p *Public) isOurs(tag string) bool {
	p.mu.Lock()
	known := p.known[tag]
	p.mu.Unlock()
	if known {
		return true
	}
	st, _, _ := p.readStatus() // as much of it as can be read
	return st.Page != nil && st.Page.ETag == tag
}

// maxStatusBytes bounds what is read as status.json: many times what a full history makes.
const maxStatusBytes = 16 << 20

// readStatus reads the status document, and tells which file it was. A field that another version of the program writes
// in another type is left out, but none of the page: zero products would be taken for its word.
func (p *Public) readStatus() (st status.Status, info fs.FileInfo, err error) {
	data, info, err := readIn(p.dir, StatusJSONFile, maxStatusBytes)
	if err == nil {
		err = json.Unmarshal(data, &st)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && !strings.HasPrefix(wrong.Field, "page.") {
		err = nil
	}
	return st, info, err
}

// SaveStatus writes status.json and status.html as PublishPage writes the page. Both are tried; the error is that of
// the first that failed, of class publish.
func (p *Public) SaveStatus(json, html []byte) error {
	errJSON := p.write(p.dir, StatusJSONFile, json, nil)
	errHTML := p.write(p.dir, StatusHTMLFile, html, nil)
	return cmp.Or(errJSON, errHTML)
}

// SaveAssets writes the files of assets under _vitrine/, those that differ, each as PublishPage writes the page. The
// caller holds the lock. The error is that of the first file that failed, of class publish; the others are written all
// the same.
func (p *Public) SaveAssets(assets render.Assets) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		data, err := assets[name]()
		if err != nil {
			errs = append(errs, classify("read", path.Join(AssetsDir, name), err))
		} else if err := p.write(p.dir, path.Join(AssetsDir, name), data, nil); err != nil {
			errs = append(errs, err)
		}
	}
	return cmp.Or(errs...)
}

// RemoveAssets removes all files under _vitrine/ but those of assets: the folder is ours as a whole. Call it when no
// page that is up refers to them.
func (p *Public) RemoveAssets(assets render.Assets) error {
	public, err := os.OpenRoot(p.dir)
	if err != nil {
		return classify("open", p.dir, err)
	}
	defer public.Close()
	root, err := public.OpenRoot(AssetsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody has emptied the folder: what is needed is put back
	}
	if err != nil {
		return classify("open", AssetsDir, err)
	}
	defer root.Close()
	var old []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && assets[name] == nil {
			old = append(old, name)
		}
		return err
	})
	for _, name := range old {
		err = errors.Join(err, root.Remove(name))
		p.forget(path.Join(AssetsDir, name))
	}
	if err != nil {
		return classify("remove an old file of", AssetsDir, err)
	}
	return nil
}

// Changed reports whether index.html is another file than this process last loaded or published: another process has
// published, and Load gives its page. It costs one stat. A page that is gone is no change: what is in memory stays up,
// see Damaged.
func (p *Public) Changed() bool {
	now, err := os.Lstat(filepath.Join(p.dir, PageFile))
	if err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.written[PageFile]
	return was == nil || !sameState(now, was)
}

// sameState reports whether two looks at a name saw one unchanged file.
func sameState(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// write is writeFile into one of the two folders, of which everybody may read the public one, with classed errors and
// notices. A folder whose fsync failed is told as a notice: readers have the new bytes, only a power cut could bring
// the old ones back.
func (p *Public) write(dir, name string, data []byte, before func(*os.Root) error) error {
	place, perm := notePublic, fs.FileMode(0o644)
	if dir == p.stateDir {
		place, perm = noteState, 0o600
	}
	info, wrote, err := writeFile(dir, name, data, perm, before)
	file := filepath.Join(dir, name)
	switch {
	case err == nil && wrote:
		p.clear(noteSync)
		p.clear(place)
	case err != nil && wrote:
		p.note(noteSync, sentence("sync the folder of", file, err), err)
	case err != nil:
		err = classify("write", file, err)
		if errors.Is(err, ErrReadOnly) {
			p.note(place, sentence("write", dir, err)+advice[place], err)
		}
		return err
	}
	if dir == p.dir {
		p.remember(name, info)
	}
	return nil
}
