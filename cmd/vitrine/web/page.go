package web

import (
	"bytes"
	"io/fs"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vitrine/render/publish"
)

// resource is a document ready to be sent: one representation per content coding (RFC 9110 section 3.2).
type resource struct {
	representations [codings]*representation // nil for a coding that is not there; identity always is
	have            [codings]bool
}

// representation is a document in one coding: its bytes and the headers that belong to them. It is immutable and shared
// by all requests.
//
// It is also the http.FileSystem that net/http's FileServer serves it from, holding a root folder and, under any other
// name, the document.
type representation struct {
	coding coding
	body   []byte
	etag   string
	header http.Header
	server http.Handler // FileServer over the representation itself
}

// newResource works out all representations of d; nil for nil.
func newResource(d *publish.Document, cacheControl string) *resource {
	if d == nil {
		return nil
	}
	res := &resource{}
	res.add(identity, d, d.Body, d.ETag, cacheControl)
	if d.BR != nil {
		res.add(br, d, d.BR, d.ETagOf(publish.CodingBR), cacheControl)
	}
	if d.Gzip != nil {
		res.add(gzip, d, d.Gzip, d.ETagOf(publish.CodingGzip), cacheControl)
	}
	return res
}

func (res *resource) add(c coding, d *publish.Document, body []byte, etag, cacheControl string) {
	rep := &representation{coding: c, body: body, etag: etag, header: http.Header{
		"Etag": {etag}, "Cache-Control": {cacheControl}, "Content-Type": {d.ContentType},
		// ServeContent leaves it out once there is a Content-Encoding (golang/go#66735).
		"Content-Length": {strconv.Itoa(len(body))},
	}}
	if d.CSP != "" {
		rep.header["Content-Security-Policy"] = []string{d.CSP}
	}
	if c != identity {
		rep.header["Content-Encoding"] = []string{codingNames[c]}
	}
	rep.server = http.FileServer(rep)
	res.representations[c], res.have[c] = rep, true
}

// serve answers a GET or HEAD of the document, conditional and partial ones included. r.URL.Path must be "/", "" or a
// name without trailing slash.
func (res *resource) serve(w *response, r *http.Request) {
	rep := res.representations[choose(r.Header[acceptEncoding], res.have)]
	if len(r.Header["Range"]) > 0 {
		r = plainRange(r)
		if r.Method == http.MethodGet { // part of a compressed body is of no use to anyone; HEAD knows no ranges
			rep = res.representations[identity]
		}
	}
	maps.Copy(w.Header(), rep.header)
	w.coding = rep.coding
	rep.server.ServeHTTP(w, r)
}

// plainRange returns r without its Range header unless that asks a GET for one range that can be given. RFC 9110
// section 14.2 lets a server ignore any other: hundred tiny ranges cost more than a hundred times the file, and
// net/http answers bytes=-0 with nonsense (golang/go#81262).
func plainRange(r *http.Request) *http.Request {
	if lines := r.Header["Range"]; r.Method == http.MethodGet && len(lines) == 1 && isOneRange(lines[0]) {
		return r
	}
	plain := *r
	plain.Header = r.Header.Clone()
	plain.Header.Del("Range")
	return &plain
}

// isOneRange reports whether v is a single valid byte range: bytes=first-, bytes=first-last with first <= last, or
// bytes=-n with n > 0.
func isOneRange(v string) bool {
	spec, ok := strings.CutPrefix(v, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash {
		return false
	}
	from, fromErr := strconv.ParseUint(first, 10, 62)
	to, toErr := strconv.ParseUint(last, 10, 62)
	switch {
	case first == "":
		return toErr == nil && to > 0
	case last == "":
		return fromErr == nil
	}
	return fromErr == nil && toErr == nil && from <= to
}

// Open is http.FileSystem: the root folder for "/", the document for every other name.
func (rep *representation) Open(name string) (http.File, error) {
	return memoryFile{bytes.NewReader(rep.body), name == "/"}, nil
}

// memoryFile is an open document, or the folder that FileServer finds at "/" before it asks for index.html in it. Every
// request has its own.
type memoryFile struct {
	*bytes.Reader
	folder bool
}

// Close, Readdir and Stat are http.File.
func (memoryFile) Close() error                       { return nil }
func (memoryFile) Readdir(int) ([]fs.FileInfo, error) { return nil, nil }
func (f memoryFile) Stat() (fs.FileInfo, error)       { return f, nil }

// Name, Mode, ModTime, IsDir and Sys are fs.FileInfo, with the Size of the reader. There is no time, so that no
// Last-Modified is sent: whole seconds give a stale 304 where two pages are published in one.
func (memoryFile) Name() string       { return "document" }
func (memoryFile) Mode() fs.FileMode  { return 0o444 }
func (memoryFile) ModTime() time.Time { return time.Time{} }
func (f memoryFile) IsDir() bool      { return f.folder }
func (memoryFile) Sys() any           { return nil }
