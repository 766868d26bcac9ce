package web

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"vitrine/render/publish"
)

// Addresses that exist in dev mode only.
const (
	devScriptPath = "/_vitrine/dev.js"
	devEventsPath = "/_vitrine/dev"
)

//go:embed dev.js
var devScript []byte

// liveState is what a browser compares and shows. The zero state is that of a server without a page.
type liveState struct {
	// Page is the page's ETag and the time its templates were read, since a save may touch assets only; empty while
	// there is no page.
	Page string `json:"page"`
	// Error is what is wrong with the templates: file:line and our words, then the line's text; empty when all is well.
	Error string `json:"error"`
}

func liveStateOf(snap *publish.Snapshot) liveState {
	templates := snap.Status.Templates
	state := liveState{Error: templates.Error}
	if snap.Page != nil {
		state.Page = strings.Trim(snap.Page.ETag, `"`) + "-" + strconv.FormatInt(templates.LoadedAt.UnixNano(), 36)
	}
	if snap.TemplateLine != "" {
		state.Error += "\n\n    " + snap.TemplateLine
	}
	return state
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
	directives := strings.Split(policy, ";")
	for _, name := range []string{"script-src", "connect-src"} {
		i := slices.IndexFunc(directives, func(d string) bool {
			words := strings.Fields(d)
			return len(words) > 0 && words[0] == name
		})
		if i < 0 {
			i, directives = len(directives), append(directives, " "+name)
		}
		directives[i] = strings.ReplaceAll(directives[i], " 'none'", "") + " 'self'" // none means none but alone
	}
	return strings.Join(directives, ";")
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
	h.Set("Cache-Control", publish.CacheNever)
	h.Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	liftWriteTimeout(w)
	for sent := ""; ; {
		v := s.view.Load()
		if event := v.live.event(); event != sent {
			_, err := io.WriteString(w, event)
			if errors.Join(err, http.NewResponseController(w).Flush()) != nil {
				return // the client is gone
			}
			sent = event
		}
		select {
		case <-v.replaced:
		case <-r.Context().Done():
			return
		case <-s.draining.Done():
			return
		}
	}
}

func (l liveState) event() string {
	data, _ := json.Marshal(l) // two strings cannot fail
	return "retry: 500\nevent: state\ndata: " + string(data) + "\n\n"
}
