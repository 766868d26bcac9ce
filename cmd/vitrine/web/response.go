package web

import (
	"io"
	"net/http"
)

// response is the ResponseWriter of a visitor's request. It notes the status for the counters, keeps errors out of caches, and sends documents
// of ours together with their header.
type response struct {
	http.ResponseWriter
	conn *conn // nil where the connection is not one of ours
	code int
}

// WriteHeader passes code on. An error is never to be stored, and does not carry the length or coding of the document that it stands in for.
func (w *response) WriteHeader(code int) {
	w.code = code
	if code >= http.StatusBadRequest {
		h := w.Header()
		h["Cache-Control"] = noStore
		if code == http.StatusPreconditionFailed { // which FileServer sends without body and without cleaning up
			delete(h, "Content-Length")
			delete(h, "Content-Encoding")
			delete(h, "Content-Type")
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ReadFrom sends src, which FileServer's io.CopyN hands over. A document's bytes are written as they lie, without a copy, and on a connection of
// ours in one system call with the header; everything else goes net/http's way, which uses sendfile for files.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	if limited, ok := src.(*io.LimitedReader); ok {
		if file, ok := limited.R.(*memoryFile); ok {
			body := file.next(limited.N)
			limited.N -= int64(len(body))
			return w.writeWhole(body)
		}
	}
	return io.Copy(w.ResponseWriter, src)
}

func (w *response) writeWhole(body []byte) (int64, error) {
	if w.conn == nil {
		n, err := w.Write(body)
		return int64(n), err
	}
	w.conn.gather()
	defer w.conn.release()
	n, err := w.Write(body)
	w.ResponseWriter.(http.Flusher).Flush() // what is left in net/http's buffer, while gathering; a connection of ours comes with net/http
	return int64(n), err
}
