package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vitrine/render/status"
)

func (p *Public) remember(name string, info fs.FileInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written[name] = info
}

func (p *Public) forget(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.written, name)
}

// Damaged reports whether one of our files in the public folder is gone, exchanged or written to; index.html only
// whether it is gone, since others publish it, too: see Changed. It costs one stat a file.
func (p *Public) Damaged() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, was := range p.written {
		info, err := os.Lstat(filepath.Join(p.dir, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && name != PageFile && !sameState(was, info) {
			return true
		}
	}
	return false
}

// KeepStatusOfAnother reports whether the status files are those of another process that runs over the same folder, and
// takes them for right then: two that put theirs back would do so for ever. A command has no next refresh, and puts
// nothing back.
func (p *Public) KeepStatusOfAnother(ours status.Process, now time.Time) bool {
	st, info, err := p.readStatus()
	if err != nil || st.Schema == 0 {
		return false
	}
	if st.Process.PID == ours.PID && st.Process.StartedAt.Equal(ours.StartedAt) ||
		st.StoppedAt != nil || st.NextRefreshAt == nil || now.After(st.ValidUntil) || status.Ahead(st.GeneratedAt, now) {
		return false
	}
	page, err := os.Lstat(filepath.Join(p.dir, StatusHTMLFile))
	if err != nil || !page.Mode().IsRegular() {
		return false
	}
	p.remember(StatusJSONFile, info)
	p.remember(StatusHTMLFile, page)
	return true
}
