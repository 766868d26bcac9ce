package web

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"vitrine/render/publish"
)

// Addresses that exist in dev mode only.
const (
	devScriptPath = "/_vitrine/dev.js"
	devEventsPath = "/_vitrine/dev"
)

//go:embed dev.js
var devScript []byte

// liveReload tells every open browser what is up. The zero state is that of a server without a page.
type liveReload struct {
	mu      sync.Mutex
	state   liveState
	changed chan struct{} // closed and replaced at every change
}

// liveState is what a browser compares and shows.
type liveState struct {
	// Page identifies one state of page and assets, as pageRevision gives it; empty while there is no page.
	Page string `json:"page"`
	// Error is what is wrong with the templates: file:line and our words, then the line's text; empty when all is well.
	Error string `json:"error"`
}

func newLiveReload() *liveReload { return &liveReload{changed: make(chan struct{})} }

func (l *liveReload) announce(snap *publish.Snapshot) {
	now := liveState{Page: pageRevision(snap), Error: snap.Status.Templates.Error}
	if snap.TemplateLine != "" {
		now.Error += "\n\n    " + snap.TemplateLine
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now == l.state {
		return
	}
	l.state = now
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *liveReload) current() (liveState, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state, l.changed
}

// pageRevision is the page's ETag and the time its templates were read, since a save may touch assets only; empty while
// there is no page.
func pageRevision(snap *publish.Snapshot) string {
	if snap.Page == nil {
		return ""
	}
	return strings.Trim(snap.Page.ETag, `"`) + "-" + strconv.FormatInt(snap.Status.Templates.LoadedAt.UnixNano(), 36)
}

// devPage returns d with the live reload script, which its policy then allows; nil for nil. revision is what the script
// compares with.
func devPage(d *publish.Document, revision string) *publish.Document {
	if d == nil {
		return nil
	}
	script := `<script src="` + devScriptPath + `?page=` + revision + `" defer></script>`
	at := bytes.LastIndex(d.Body, []byte("</body>"))
	if at < 0 {
		at = len(d.Body)
	}
	body := slices.Concat(d.Body[:at], []byte(script), d.Body[at:])
	return publish.NewDocument(body, d.ContentType, devCSP(d.CSP))
}

// devCSP lets the policy load the script and open its stream.
func devCSP(policy string) string {
	if policy == "" {
		return ""
	}
	var directives []string
	missing := map[string]bool{"script-src": true, "connect-src": true}
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		if missing[words[0]] {
			delete(missing, words[0])
			words = allowSelf(words)
		}
		directives = append(directives, strings.Join(words, " "))
	}
	for _, name := range []string{"script-src", "connect-src"} {
		if missing[name] {
			directives = append(directives, name+" 'self'")
		}
	}
	return strings.Join(directives, "; ")
}

// allowSelf adds 'self' to a directive; 'none' must then go.
func allowSelf(words []string) []string {
	kept := words[:1]
	for _, source := range words[1:] {
		if source != "'none'" && source != "'self'" {
			kept = append(kept, source)
		}
	}
	return append(kept, "'self'")
}

func (s *Server) serveDev(w *response, r *http.Request) {
	if r.URL.Path == devScriptPath {
		w.Header().Set("Content-Type", publish.ContentType(".js"))
		sendBody(w, r, http.StatusOK, devScript)
		return
	}
	s.streamEvents(w, r)
}

// streamEvents sends the state as a server-sent event, now and at every change, until the client goes or the server
// drains.
func (s *Server) streamEvents(w *response, r *http.Request) {
	h := w.Header()
	h["Cache-Control"] = noStore
	h.Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead || !s.liftWriteTimeout(w) {
		return
	}
	state, changed := s.live.current()
	for event := state.event(); ; {
		if !sendEvent(w, event) {
			return
		}
		select {
		case <-changed:
			state, changed = s.live.current()
			event = state.event()
		case <-r.Context().Done():
			return
		case <-s.draining:
			return
		}
	}
}

// sendEvent reports whether the client is still there.
func sendEvent(w *response, event string) bool {
	if _, err := w.Write([]byte(event)); err != nil {
		return false
	}
	return http.NewResponseController(w).Flush() == nil
}

func (l liveState) event() string {
	data, err := json.Marshal(l)
	if err != nil {
		panic(err) // two strings cannot fail
	}
	return "retry: 500\nevent: state\ndata: " + string(data) + "\n\n"
}
