package web

import (
	"io"
	"net/http"
)

// response is the ResponseWriter of a visitor's request. It gives every answer the headers that all carry, notes the status for the counters, keeps
// errors out of caches, and sends documents with the header block that was made for them.
type response struct {
	http.ResponseWriter
	conn *conn // nil where the connection is not one of ours
	code int   // 0 until WriteHeader

	// whole is the form that is about to be sent as one piece, in answer to a plain GET on a connection of ours; nil otherwise. While FileServer
	// decides about it, it sees draft in place of the real header.
	whole *form
	draft http.Header
}

// Header is http.ResponseWriter.
func (w *response) Header() http.Header {
	if w.draft != nil {
		return w.draft
	}
	return w.ResponseWriter.Header()
}

// WriteHeader passes code on. An error is never to be stored, and does not carry the length or coding of the document that it stands in for.
func (w *response) WriteHeader(code int) {
	w.code = code
	if w.whole != nil {
		if code == http.StatusOK {
			w.writeBare()
			return
		}
		w.giveUpWhole()
	}
	h := w.Header()
	setCommon(h)
	if code >= http.StatusBadRequest {
		h["Cache-Control"] = noStore
		if code == http.StatusPreconditionFailed { // which FileServer sends without body and without cleaning up
			delete(h, "Content-Length")
			delete(h, "Content-Encoding")
			delete(h, "Content-Type")
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

// writeBare gives net/http only what it needs itself: the length, and that there is a type. All other headers lie ready in the form's block.
func (w *response) writeBare() {
	h := w.ResponseWriter.Header()
	h["Content-Length"] = w.whole.length
	h["Content-Type"] = nil // known, and not to be written
	w.ResponseWriter.WriteHeader(http.StatusOK)
}

// giveUpWhole makes the draft the real header, for an answer that is not the document.
func (w *response) giveUpWhole() {
	draft := w.draft
	w.whole, w.draft = nil, nil
	h := w.Header()
	for name, values := range draft {
		h[name] = values
	}
	delete(h, "Accept-Ranges") // left in the draft by an answer before this
}

// Write is io.Writer, for answers that say 200 by it.
func (w *response) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ReadFrom sends src, which FileServer's io.CopyN hands over. A document's bytes are written as they lie, without a copy; everything else goes
// net/http's way, which uses sendfile for files.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	if limited, ok := src.(*io.LimitedReader); ok {
		if file, ok := limited.R.(*memoryFile); ok {
			body := file.next(limited.N)
			limited.N -= int64(len(body))
			return w.writeDocument(body)
		}
	}
	return io.Copy(w.ResponseWriter, src)
}

func (w *response) writeDocument(body []byte) (int64, error) {
	if w.whole == nil {
		n, err := w.Write(body)
		return int64(n), err
	}
	w.conn.gather(w.whole.block)
	defer w.conn.release()
	n, err := w.Write(body)
	w.flush()
	return int64(n), err
}

// sendUnchanged answers 304 with the block that was made for it. The connection must be one of ours.
func (w *response) sendUnchanged(f *form) {
	w.code = http.StatusNotModified
	w.ResponseWriter.WriteHeader(w.code)
	w.conn.gather(f.block304)
	defer w.conn.release()
	w.flush()
}

// flush sends what is in net/http's buffer, which, on a connection of ours, can be flushed.
func (w *response) flush() { w.ResponseWriter.(http.Flusher).Flush() }
