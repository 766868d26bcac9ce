package web

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"vitrine/render/publish"
)

// entity is a document ready to be sent: one form per coding.
type entity struct {
	forms [codings]*form // nil for a coding that is not there; identity always is
	have  [codings]bool
}

// form is a document in one coding: its bytes and the headers that belong to them. It is immutable and shared by all requests.
//
// A form is also the http.FileSystem that net/http's FileServer serves it from, holding a root folder and, under any other name, the document.
// Implementing http.FileSystem itself, and not fs.FS, is what lets ReadFrom of response see the bytes behind the reader.
type form struct {
	body     []byte
	etag     string
	headers  []headerField
	lasting  int          // how many of the headers, from the first, a 304 repeats (RFC 9110 section 15.4.5)
	length   []string     // the value of Content-Length
	block    []byte       // all header lines of a 200 but for length and date, as net/http would write them
	block304 []byte       // those of a 304
	drafts   sync.Pool    // of http.Header with all headers, for FileServer to look at
	server   http.Handler // FileServer over the form itself
}

type headerField struct {
	name   string
	values []string
}

// newEntity works out all forms of d; nil for nil.
func newEntity(d *publish.Document, cacheControl string) *entity {
	if d == nil {
		return nil
	}
	e := &entity{}
	e.add(identity, d, d.Body, d.ETag, cacheControl)
	if d.BR != nil {
		e.add(br, d, d.BR, d.ETagOf(publish.CodingBR), cacheControl)
	}
	if d.Gzip != nil {
		e.add(gzip, d, d.Gzip, d.ETagOf(publish.CodingGzip), cacheControl)
	}
	return e
}

func (e *entity) add(c coding, d *publish.Document, body []byte, etag, cacheControl string) {
	f := &form{body: body, etag: etag, length: []string{strconv.Itoa(len(body))}}
	f.server = http.FileServer(f)
	f.headers = []headerField{{"Etag", []string{etag}}, {"Cache-Control", []string{cacheControl}}}
	if d.CSP != "" {
		f.headers = append(f.headers, headerField{"Content-Security-Policy", []string{d.CSP}})
	}
	f.lasting = len(f.headers)
	f.headers = append(f.headers, headerField{"Content-Type", []string{d.ContentType}},
		// ServeContent leaves it out once there is a Content-Encoding (golang/go#66735).
		headerField{"Content-Length", f.length})
	if c != identity {
		f.headers = append(f.headers, headerField{"Content-Encoding", []string{codingNames[c]}})
	}
	f.block, f.block304 = f.makeBlocks()
	f.drafts.New = func() any { return f.newDraft() }
	e.forms[c], e.have[c] = f, true
}

func (f *form) newDraft() http.Header {
	h := http.Header{}
	set(h, f.headers)
	return h
}

// makeBlocks lets net/http itself write the lines of a 200 and of a 304, so that they are the same, odd values included, as where it sends them.
func (f *form) makeBlocks() (whole, unchanged []byte) {
	h := http.Header{}
	set(h, f.headers[:f.lasting])
	setCommon(h)
	unchanged = headerLines(h)
	set(h, f.headers)
	h.Set("Accept-Ranges", "bytes")
	h.Del("Content-Length")
	return headerLines(h), unchanged
}

func headerLines(h http.Header) []byte {
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		panic(err) // a buffer does not fail
	}
	return b.Bytes()
}

// serve answers a GET or HEAD of the document, conditional and partial ones included. r.URL.Path must be "/", "" or a name without trailing slash.
func (e *entity) serve(w *response, r *http.Request) {
	if len(r.Header["Range"]) > 0 {
		// A part of a compressed body is of no use to anyone, so that a range means identity. HEAD knows no ranges.
		f := e.forms[identity]
		if r.Method == http.MethodHead {
			f = e.choose(r)
		}
		set(w.Header(), f.headers)
		f.server.ServeHTTP(w, plainRange(r))
		return
	}
	f := e.choose(r)
	switch {
	case f.isUnchanged(r) && w.conn != nil:
		w.sendUnchanged(f)
	case w.conn != nil && r.Method == http.MethodGet && len(f.body) > 0:
		f.serveWhole(w, r)
	default:
		set(w.Header(), f.headers)
		f.server.ServeHTTP(w, r)
	}
}

func (e *entity) choose(r *http.Request) *form {
	return e.forms[choose(r.Header[acceptEncoding], e.have)]
}

// serveWhole lets FileServer decide with a draft of the header. Where it decides for the document, which is nearly always, the ready block goes out
// in place of the draft, and that, as nothing of this request is in it, can serve again.
func (f *form) serveWhole(w *response, r *http.Request) {
	draft := f.drafts.Get().(http.Header)
	w.whole, w.draft = f, draft
	f.server.ServeHTTP(w, r)
	if w.code == http.StatusOK {
		f.drafts.Put(draft)
	}
}

// isUnchanged recognizes, without looking further, what a browser sends to have its copy confirmed. FileServer sees to all other conditions, and
// would answer this one the same.
func (f *form) isUnchanged(r *http.Request) bool {
	return r.Header.Get("If-None-Match") == f.etag && len(r.Header["If-Match"]) == 0
}

func set(h http.Header, fields []headerField) {
	for i := range fields {
		h[fields[i].name] = fields[i].values
	}
}

// plainRange returns r without its Range header unless that asks a GET for one range that can be given. RFC 9110 section 14.2 lets a server
// ignore any other: hundred tiny ranges cost more than a hundred times the file, and net/http answers bytes=-0 with nonsense (golang/go#81262).
func plainRange(r *http.Request) *http.Request {
	if lines := r.Header["Range"]; r.Method == http.MethodGet && len(lines) == 1 && isOneRange(lines[0]) {
		return r
	}
	plain := *r
	plain.Header = r.Header.Clone()
	plain.Header.Del("Range")
	return &plain
}

// isOneRange tells whether v is a single valid byte range: bytes=first-, bytes=first-last with first <= last, or bytes=-n with n > 0.
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
func (f *form) Open(name string) (http.File, error) {
	if name == "/" {
		return rootFolder{}, nil
	}
	return &memoryFile{form: f}, nil
}

// memoryFile is an open document. Every request has its own.
type memoryFile struct {
	form *form
	at   int64
}

// Read is io.Reader.
func (m *memoryFile) Read(p []byte) (int, error) {
	rest := m.form.body[m.at:]
	if len(rest) == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	n := copy(p, rest)
	m.at += int64(n)
	return n, nil
}

// next takes up to n bytes without copying them.
func (m *memoryFile) next(n int64) []byte {
	rest := m.form.body[m.at:]
	rest = rest[:min(n, int64(len(rest)))]
	m.at += int64(len(rest))
	return rest
}

// Seek is io.Seeker; a place outside the document is an error.
func (m *memoryFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.at
	case io.SeekEnd:
		offset += int64(len(m.form.body))
	}
	if offset < 0 || offset > int64(len(m.form.body)) {
		return 0, fs.ErrInvalid
	}
	m.at = offset
	return offset, nil
}

// Close does nothing.
func (m *memoryFile) Close() error { return nil }

// Readdir is http.File; a document has no entries.
func (m *memoryFile) Readdir(int) ([]fs.FileInfo, error) { return nil, fs.ErrInvalid }

// Stat describes the document without a modification time, so that no Last-Modified is sent: whole seconds give a stale 304 where two pages are
// published in one.
func (m *memoryFile) Stat() (fs.FileInfo, error) { return m.form, nil }

// Name, Size, Mode, ModTime, IsDir and Sys are fs.FileInfo of the document.
func (f *form) Name() string       { return "document" }
func (f *form) Size() int64        { return int64(len(f.body)) }
func (f *form) Mode() fs.FileMode  { return 0o444 }
func (f *form) ModTime() time.Time { return time.Time{} }
func (f *form) IsDir() bool        { return false }
func (f *form) Sys() any           { return nil }

// rootFolder is the folder that FileServer finds at "/", before it asks for index.html in it.
type rootFolder struct{}

func (rootFolder) Read([]byte) (int, error)           { return 0, fs.ErrInvalid }
func (rootFolder) Seek(int64, int) (int64, error)     { return 0, fs.ErrInvalid }
func (rootFolder) Close() error                       { return nil }
func (rootFolder) Readdir(int) ([]fs.FileInfo, error) { return nil, nil }
func (rootFolder) Stat() (fs.FileInfo, error)         { return rootFolder{}, nil }
func (rootFolder) Name() string                       { return "/" }
func (rootFolder) Size() int64                        { return 0 }
func (rootFolder) Mode() fs.FileMode                  { return fs.ModeDir | 0o555 }
func (rootFolder) ModTime() time.Time                 { return time.Time{} }
func (rootFolder) IsDir() bool                        { return true }
func (rootFolder) Sys() any                           { return nil }
