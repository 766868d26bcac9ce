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
	h, coding, status := accept(f.coding), f.coding, http.StatusOK
	if s.name == plain {
		coding = ""
	}
	page := r.published[coding]
	if f.matches {
		head, _, err := s.ask(ctx, h, status, coding)
		if err != nil {
			return nil, err
		}
		if tag := head.Get("Etag"); tag != "" {
			h.Set("If-None-Match", tag)
		} else {
			h.Set("If-Modified-Since", head.Get("Last-Modified"))
		}
		status, page = http.StatusNotModified, ""
	}
	_, body, err := s.ask(ctx, h, status, coding)
	if err == nil && body != page {
		err = fmt.Errorf("%s does not serve the page as %s: %d bytes", s.name, f.name, len(body))
	}
	return h, err
}

// accept is the header of a client that takes a coding; "" is none.
func accept(coding string) http.Header {
	h := http.Header{}
	if coding != "" {
		h.Set("Accept-Encoding", coding)
	}
	return h
}

// plainClient sends what it is told, without an Accept-Encoding of its own, on connections that it does not keep.
var plainClient = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true},
}

// ask sends one GET and returns what is answered, undecoded; it is an error where that has another status or coding.
func (s *server) ask(ctx context.Context, h http.Header, status int, coding string) (http.Header, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(), nil)
	if err != nil {
		return nil, "", err
	}
	req.Header = h
	resp, err := plainClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if got := resp.Header.Get("Content-Encoding"); err == nil && (resp.StatusCode != status || got != coding) {
		err = fmt.Errorf("%s answers %d with coding %q, not %d with %q", s.name, resp.StatusCode, got, status, coding)
	}
	return resp.Header, string(body), err
}

func (s *server) url() string { return "http://" + s.addr + "/" }
