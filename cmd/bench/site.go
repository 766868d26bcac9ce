package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// site is the one published page that everybody serves: vitrine's own answers, saved as files for the peers.
type site struct {
	dir  string            // index.html, index.html.br and index.html.gz: the peers' web root
	body map[string][]byte // by coding: "", "br", "gzip"
	sent map[string]int    // bytes on the wire by coding, header included
}

// codings are those that vitrine answers with, and what a peer's precompressed file is called; "" is identity.
var codings = []struct{ name, suffix string }{{"", ""}, {"gzip", ".gz"}, {"br", ".br"}}

// publish lets vitrine publish the demo homepage once and saves what it answers.
func (r *race) publish(ctx context.Context) (site, error) {
	r.say("publishing the demo homepage")
	v, err := r.startVitrine(ctx, vitrineOptions{})
	if err != nil {
		return site{}, err
	}
	defer r.end(v.child)
	s := site{body: map[string][]byte{}, sent: map[string]int{}}
	if s.dir, err = r.folder("www"); err != nil {
		return s, err
	}
	for _, c := range codings {
		a, err := ask(ctx, v.url(), http.Header{"Accept-Encoding": {orIdentity(c.name)}})
		if err != nil {
			return s, err
		}
		if a.status != http.StatusOK || a.coding != c.name {
			return s, fmt.Errorf("publish: vitrine answers %d with coding %q instead of %q", a.status, a.coding, c.name)
		}
		s.body[c.name], s.sent[c.name] = a.body, a.wire
		if err := os.WriteFile(filepath.Join(s.dir, "index.html"+c.suffix), a.body, 0o644); err != nil {
			return s, err
		}
	}
	return s, nil
}

func orIdentity(coding string) string {
	if coding == "" {
		return "identity"
	}
	return coding
}

// answer is one response, undecoded.
type answer struct {
	status       int
	coding, etag string
	modified     string
	body         []byte
	wire         int // bytes on the wire: status line, header and body
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
	for name, values := range h {
		req.Header[name] = values
	}
	resp, err := plainClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{
		status: resp.StatusCode, body: body,
		coding: resp.Header.Get("Content-Encoding"), etag: resp.Header.Get("Etag"), modified: resp.Header.Get("Last-Modified"),
	}
	var header bytes.Buffer
	resp.Header.Del("Connection") // answers our own "Connection: close"
	if writeErr := resp.Header.Write(&header); writeErr != nil {
		return a, errors.Join(err, writeErr)
	}
	a.wire = len("HTTP/1.1 "+resp.Status+"\r\n") + header.Len() + len("\r\n") + len(body)
	return a, err
}
