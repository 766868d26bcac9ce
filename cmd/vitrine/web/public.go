package web

import (
	"net/http"
	"strings"
	"sync/atomic"

	"vitrine/render/publish"
)

// Handler returns what visitors and monitors reach: the page, the files of the public folder, status and health.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &response{ResponseWriter: w, coding: identity}
		s.answer(answer, r, s.view.Load())
		s.requests.count(answer.code, answer.coding)
	})
}

func (s *Server) answer(w *response, r *http.Request, v *view) {
	if isOperatorPath(r.URL.Path) { // whatever the method
		refuse(w, r, http.StatusNotFound)
	} else if validate(w, r) {
		s.route(w, r, v)
	}
}

// validate lets GET and HEAD without a body through and answers everything else: 405 for other methods, 413 for a body
// and 400 for a target that is no path.
func validate(w http.ResponseWriter, r *http.Request) bool {
	code := 0
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		code = http.StatusMethodNotAllowed
	case r.ContentLength != 0:
		code = http.StatusRequestEntityTooLarge
	case r.URL.Opaque != "" || r.URL.Path != "" && r.URL.Path[0] != '/': // "*", or "host:80" as in CONNECT
		code = http.StatusBadRequest
	default:
		return true
	}
	refuse(w, r, code)
	return false
}

// refuse answers with a code alone. A connection that brings a body is closed, so that its bytes can never be taken for
// another request (RFC 9112 section 11.2).
func refuse(w http.ResponseWriter, r *http.Request, code int) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	sendLine(w, r, code, "")
}

// isOperatorPath reports whether a path belongs to the admin listener, and so must look absent here.
func isOperatorPath(path string) bool {
	return path == "/refresh" || path == "/metrics" || strings.HasPrefix(path, "/debug/pprof")
}

func (s *Server) route(w *response, r *http.Request, v *view) {
	switch r.URL.Path {
	case "/", "":
		s.sendResource(w, r, v, v.page)
	case "/status.json":
		s.sendResource(w, r, v, v.statusJSON)
	case "/status.html":
		s.sendResource(w, r, v, v.statusHTML)
	case "/livez":
		s.livez(w, r)
	case "/readyz":
		s.readyz(w, r)
	case "/api/health/database":
		s.databaseHealth(w, r)
	case devScriptPath, devEventsPath:
		if !s.config.Dev {
			sendDocument(w, r, http.StatusNotFound, v.notFound)
			return
		}
		s.serveDev(w, r)
	default:
		s.file(w, r, v)
	}
}

// sendResource answers from memory; where there is nothing yet, with the branded 503.
func (s *Server) sendResource(w *response, r *http.Request, v *view, res *resource) {
	if res == nil {
		sendUnavailable(w, r, v)
		return
	}
	res.serve(w, r)
}

func sendUnavailable(w *response, r *http.Request, v *view) {
	w.Header().Set("Retry-After", "5") // seconds: the worker's retries are never further apart
	sendDocument(w, r, http.StatusServiceUnavailable, v.unavailable)
}

// sendDocument answers with an error page of the shop.
func sendDocument(w *response, r *http.Request, code int, d *publish.Document) {
	h := w.Header()
	h.Set("Content-Type", d.ContentType)
	if d.CSP != "" {
		h.Set("Content-Security-Policy", d.CSP)
	}
	sendBody(w, r, code, d.Body)
}

// counters count answers by status code and content coding.
type counters [600][codings]atomic.Int64

// count counts one answer; 0 is a body written without a status, so 200.
func (c *counters) count(code int, chosen coding) {
	if code == 0 {
		code = http.StatusOK
	}
	if code < len(c) {
		c[code][chosen].Add(1)
	}
}
