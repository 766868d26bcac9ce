package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/regular"
)

// stateSchema is the version of state.json that this program writes, and the highest it reads.
const stateSchema = 1

// maxStateBytes bounds what is read as state.json: several times the largest that 10,000 products make.
const maxStateBytes = 64 << 20

// State is what outlives the process: the last good catalogue and the history that the status tells. It is kept in
// STATE_DIR, readable by its owner only.
type State struct {
	Schema int `json:"schema"`
	// Page belongs to the index.html that is up. As Load returns it, it is nil where no record fits that file.
	Page *StoredPage `json:"page"`
	// Previous is what Page was before the last publish: save Page=new, Previous=old, and only then publish the new
	// page. As Load returns it with a nil Page, it is the newest record there is, whose catalogue can be rendered
	// again.
	Previous            *StoredPage           `json:"previous"`
	LastRefresh         *status.Outcome       `json:"last_refresh"`
	LastSuccessAt       *time.Time            `json:"last_success_at"`
	ConsecutiveFailures int                   `json:"consecutive_failures"`
	History             []status.HistoryEntry `json:"history"` // oldest first
}

// StoredPage is a published page without its HTML: the catalogue it was rendered from, whose Source says whose page it
// is.
type StoredPage struct {
	Info      status.PageInfo `json:"info"`
	Catalogue store.Catalogue `json:"catalogue"`
}

// Bare reports whether only the description of the page is left: it can be shown, but not rendered again.
func (s *StoredPage) Bare() bool { return len(s.Catalogue.Categories) == 0 && s.Info.Products > 0 }

// SaveState writes the state durably. The caller holds the lock. Schema is set here, and History cut to the newest
// status.HistoryLen. A state.json that Load could not understand is moved aside first, never overwritten. The error is
// of class publish.
func (p *Public) SaveState(st State) error {
	st.Schema = stateSchema
	st.History = st.History[max(0, len(st.History)-status.HistoryLen):]
	data, err := json.Marshal(st)
	if err != nil {
		return classify("encode", stateFile, err)
	}
	if err := p.moveBadState(); err != nil {
		return err
	}
	err = p.write(p.stateDir, stateFile, data, nil)
	if err == nil {
		p.know(st)
	}
	return err
}

func (p *Public) know(st State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, page := range []*StoredPage{st.Page, st.Previous} {
		if page != nil {
			p.known[page.Info.ETag] = true
		}
	}
}

// moveBadState keeps a state.json that was not understood aside: the first one only, since two versions of the program
// over one folder would make one at every refresh.
func (p *Public) moveBadState() error {
	p.mu.Lock()
	_, bad := p.notices[noteBad]
	p.mu.Unlock()
	if !bad {
		return nil
	}
	from := filepath.Join(p.stateDir, stateFile)
	to := from + ".kept-1"
	if _, err := os.Lstat(to); err == nil {
		p.note(noteMoved, from+" could not be read and was replaced, since "+to+" is kept already; "+
			"the history starts anew", nil)
	} else {
		if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return classify("move aside", from, err)
		}
		p.note(noteMoved, from+" could not be read and was kept as "+to+"; the history starts anew", nil)
	}
	p.clear(noteBad)
	return nil
}

// Load reads what is up: the state and the bytes of index.html. State.Page is the record whose ETag is that of the
// bytes, or what the status document beside them tells; where none fits, because the page is gone or somebody else's,
// Page and the bytes are nil. It needs no lock, and never sees the state of one publish with the page of another. A
// state.json that is missing is an empty State; one that is corrupt, foreign or of a newer program too, with a notice.
// An error (class publish) tells that index.html is there and cannot be read.
func (p *Public) Load() (State, []byte, error) {
	for attempt := 1; ; attempt++ {
		body, info, err := p.readPage()
		st := p.readState()
		st.match(body)
		p.know(st)
		p.remember(PageFile, info)
		if st.Page == nil {
			st.Page = p.describedPage(body)
		}
		if err != nil || st.Page != nil || attempt == 5 || !p.Changed() {
			if st.Page == nil {
				body = nil
			}
			return st, body, err
		}
	}
}

// describedPage makes a record from status.json when the state is lost or could not be written; nil where that is not
// about these bytes. It has no products, so the page can be served, by those whose page it is, but not rendered again.
func (p *Public) describedPage(body []byte) *StoredPage {
	st, _, err := p.readStatus()
	info := st.Page
	if err != nil || body == nil || info == nil || info.Source == nil || info.ETag != ETag(body) {
		return nil
	}
	source := store.Source{Database: info.Source.Database, Settings: info.Source.Settings}
	return &StoredPage{Info: *info, Catalogue: store.Catalogue{ReadAt: info.DataAt, Source: source}}
}

// match keeps as Page the record that fits body. The state is saved before the page is renamed, so after a crash
// between the two it is Previous that fits.
func (st *State) match(body []byte) {
	tag := ETag(body)
	fits := func(s *StoredPage) bool { return body != nil && s != nil && s.Info.ETag == tag }
	switch {
	case fits(st.Page):
	case fits(st.Previous):
		st.Page, st.Previous = st.Previous, nil
	case st.Page != nil:
		st.Page, st.Previous = nil, st.Page
	}
}

// readPage reads index.html; nil bytes where there is none, or none that we can have written.
func (p *Public) readPage() ([]byte, fs.FileInfo, error) {
	body, info, err := readIn(p.dir, PageFile, render.MaxPageBytes)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotOurs) {
		return nil, info, nil
	}
	if err != nil {
		return nil, nil, classify("read", filepath.Join(p.dir, PageFile), err)
	}
	return body, info, nil
}

func (p *Public) readState() State {
	st, err := p.parseState()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.note(noteBad, filepath.Join(p.stateDir, stateFile)+" cannot be used ("+badStateReason(err)+
			"); it will be kept aside, and the history starts anew", err)
		return State{}
	}
	p.clear(noteBad)
	return st
}

// errNewerState says that a later version of the program wrote the state.
var errNewerState = errors.New("written by a newer version of vitrine")

func badStateReason(err error) string {
	refused, ok := errors.AsType[*regular.Error](err)
	switch {
	case ok:
		return refused.Reason
	case errors.Is(err, errNewerState):
		return errNewerState.Error()
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return "it is damaged or not ours"
}

func (p *Public) parseState() (State, error) {
	data, _, err := readIn(p.stateDir, stateFile, maxStateBytes)
	if err != nil {
		return State{}, err
	}
	var st State
	switch err = json.Unmarshal(data, &st); {
	case st.Schema > stateSchema: // whatever else in it could not be read
		err = fmt.Errorf("schema %d: %w", st.Schema, errNewerState)
	case err == nil && st.Schema < 1:
		err = fmt.Errorf("no schema: %w", errNotOurs)
	}
	return st, err
}
