package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// recording is an answer as net/http sent it, around the value of its Date.
type recording struct {
	before, after []byte
	current       atomic.Pointer[dated]
}

type dated struct {
	second int64
	answer []byte
}

// at returns the answer as it would be sent now. It must not be changed.
func (r *recording) at(now time.Time) []byte {
	second := now.Unix()
	if d := r.current.Load(); d != nil && d.second == second {
		return d.answer
	}
	answer := slices.Concat(r.before, []byte(now.UTC().Format(http.TimeFormat)), r.after)
	r.current.Store(&dated{second, answer})
	return answer
}

// recordings are the answers to all plain visits of a page: whole, where it is sent in one writeTimeout, and unchanged
// to who has it.
type recordings struct{ whole, unchanged [codings]recording }

// replay returns the answer to a plain visit and counts it; nil where head is anything else.
func (s *Server) replay(head []byte, now time.Time) []byte {
	v := s.view.Load()
	if v.recordings == nil {
		return nil
	}
	visit, ok := parseVisit(head)
	if !ok {
		return nil
	}
	c, ok := chooseKnown(string(visit.encoding.value), v.page.have)
	switch {
	case !ok:
		return nil
	case visit.tag.lines == 0 && len(v.page.representations[c].body) <= writeStep:
		s.requests.count(http.StatusOK, c)
		return v.recordings.whole[c].at(now)
	case string(visit.tag.value) == v.page.representations[c].etag:
		s.requests.count(http.StatusNotModified, c)
		return v.recordings.unchanged[c].at(now)
	}
	return nil
}

// record has srv, which it closes, answer plain visits of page.
func record(srv *http.Server, page *resource) (*recordings, error) {
	here, there := net.Pipe()
	ln := &oneConn{conns: make(chan net.Conn, 1)}
	ln.conns <- there
	go func() { _ = srv.Serve(ln) }() // until Close
	defer srv.Close()
	defer here.Close()
	all := &recordings{}
	for c, rep := range page.representations {
		if rep == nil {
			continue
		}
		request := "GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: " + codingNames[c] + "\r\n"
		if len(rep.body) <= writeStep {
			if err := all.whole[c].record(here, request, http.StatusOK); err != nil {
				return nil, err
			}
		}
		request += "If-None-Match: " + rep.etag + "\r\n"
		if err := all.unchanged[c].record(here, request, http.StatusNotModified); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// record sends a request and keeps the answer, which must have a status code.
func (r *recording) record(server net.Conn, request string, code int) error {
	if _, err := io.WriteString(server, request+"\r\n"); err != nil {
		return err
	}
	var raw bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(server, &raw)), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	before, rest, dated := bytes.Cut(raw.Bytes(), []byte("\r\nDate: "))
	if !dated || resp.StatusCode != code {
		return fmt.Errorf("status %d, date %q", resp.StatusCode, resp.Header.Get("Date"))
	}
	r.before, r.after = raw.Bytes()[:len(before)+len("\r\nDate: ")], rest[len(http.TimeFormat):]
	return nil
}

// oneConn is a net.Listener with the one connection that conns holds.
type oneConn struct{ conns chan net.Conn }

func (l *oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

// Close is net.Listener; net/http calls it once.
func (l *oneConn) Close() error { close(l.conns); return nil }

func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "recording"} }
