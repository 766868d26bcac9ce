package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"vitrine/render/publish"
)

func (s *Server) livez(w http.ResponseWriter, r *http.Request) {
	sendLine(w, r, http.StatusOK, "ok")
}

// readyz says whether this server should be sent visitors: it has a page and is not about to end.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.draining.Err() != nil:
		sendLine(w, r, http.StatusServiceUnavailable, "draining")
	case s.view.Load().page == nil:
		sendLine(w, r, http.StatusServiceUnavailable, "no page yet")
	default:
		sendLine(w, r, http.StatusOK, "ok")
	}
}

func (s *Server) databaseHealth(w *response, r *http.Request) {
	doc, ok := s.config.Health(r.Context())
	code := http.StatusOK
	if !ok {
		code = http.StatusServiceUnavailable
	}
	s.sendJSON(w, r, code, doc)
}

// sendJSON answers with doc. A document that cannot be marshalled is a mistake in the program.
func (s *Server) sendJSON(w http.ResponseWriter, r *http.Request, code int, doc any) {
	body, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		s.config.Log.Error("marshal an answer", "path", r.URL.Path, "error", err)
		sendLine(w, r, http.StatusInternalServerError, "internal error")
		return
	}
	w.Header().Set("Content-Type", publish.ContentType(".json"))
	sendBody(w, r, code, append(body, '\n'))
}

// sendLine answers with a line of plain text: line, or what the status code is called.
func sendLine(w http.ResponseWriter, r *http.Request, code int, line string) {
	line = cmp.Or(line, http.StatusText(code))
	w.Header().Set("Content-Type", publish.ContentType(".txt"))
	sendBody(w, r, code, []byte(line+"\n"))
}

// sendBody answers with a body that is not to be stored; HEAD gets its header only.
func sendBody(w http.ResponseWriter, r *http.Request, code int, body []byte) {
	h := w.Header()
	h.Set("Cache-Control", publish.CacheNever)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone is no fault of ours
	}
}
