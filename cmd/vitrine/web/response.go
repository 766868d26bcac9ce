package web

import (
	"io"
	"net/http"
	"time"

	"vitrine/render/publish"
)

// response is the ResponseWriter of a visitor's request. It gives every answer the headers that all carry, notes the
// status for the counters, and keeps errors out of caches.
type response struct {
	http.ResponseWriter
	code   int    // 0 until WriteHeader
	coding coding // of the representation that was chosen
}

// WriteHeader passes code on. An error is never to be stored, and does not carry the length or coding of the document
// that it stands in for.
func (w *response) WriteHeader(code int) {
	w.code = code
	h := w.Header()
	setCommon(h)
	if code >= http.StatusBadRequest {
		h.Set("Cache-Control", publish.CacheNever)
		if code == http.StatusPreconditionFailed { // which FileServer sends without body and without cleaning up
			delete(h, "Content-Length")
			delete(h, "Content-Encoding")
			delete(h, "Content-Type")
		}
	}
	w.ResponseWriter.WriteHeader(code)
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

// ReadFrom sends src, which FileServer's io.CopyN hands over, in steps that have writeTimeout each: a big picture may
// take its time on a slow line, while a client that reads nothing is cut off. FileServer has written the header.
func (w *response) ReadFrom(src io.Reader) (sent int64, err error) {
	for {
		n, err := io.CopyN(w.ResponseWriter, src, writeStep)
		sent += n
		switch {
		case err == io.EOF:
			return sent, nil
		case err != nil:
			return sent, err
		}
		// It fails where the next write will.
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(writeTimeout))
	}
}
