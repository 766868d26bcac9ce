package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// form is one way to answer the homepage.
type form struct {
	name, coding string // Accept-Encoding; "" is none
	matches      bool   // the client has the page already: 304
	bound        float64
}

// forms with what vitrine's processor time per request may at most be, as a multiple of nginx's: the project's own
// targets.
var forms = []form{
	{name: "br", coding: "br", bound: 0.95},
	{name: "gzip", coding: "gzip", bound: 0.95},
	{name: "304", matches: true, bound: 1.1},
	{name: "identity", bound: 1.15},
}

// header makes s answer with f; it is an error where s does not, byte for byte, serve the published page. The plain
// FileServer knows no codings and answers with identity.
func (r *race) header(ctx context.Context, f form, s *server) (http.Header, error) {
	status, coding := http.StatusOK, f.coding
	if s.name == plain {
		coding = ""
	}
	body, h := r.published[coding], http.Header{}
	if f.coding != "" {
		h.Set("Accept-Encoding", f.coding)
	}
	if f.matches {
		a, err := ask(ctx, s.url(), h)
		if err != nil {
			return nil, err
		}
		status, body = http.StatusNotModified, ""
		if a.etag != "" {
			h.Set("If-None-Match", a.etag)
		} else {
			h.Set("If-Modified-Since", a.modified)
		}
	}
	a, err := ask(ctx, s.url(), h)
	if err == nil && (a.status != status || a.coding != coding || a.body != body) {
		err = fmt.Errorf("%s does not serve the page as %s: status %d, coding %q, %d bytes",
			s.name, f.name, a.status, a.coding, len(a.body))
	}
	return h, err
}

// answer is one response, undecoded.
type answer struct {
	status                       int
	coding, etag, modified, body string
}

// plainClient sends what it is told, without an Accept-Encoding of its own, on connections that it does not keep.
var plainClient = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true},
}

// ask sends one GET.
func ask(ctx context.Context, url string, h http.Header) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header = h
	resp, err := plainClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	h = resp.Header
	return answer{resp.StatusCode, h.Get("Content-Encoding"), h.Get("Etag"), h.Get("Last-Modified"), string(body)}, err
}

func (s *server) url() string { return "http://" + s.addr + "/" }
