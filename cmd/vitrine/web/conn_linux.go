package web

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// conn is a TCP connection that costs less under net/http: it can gather an answer's writes, so that header and body leave in one system call with a
// block of headers made beforehand, and between two requests it does without net/http and a goroutine, or, where there are few connections and it is
// a busy one, stays with net/http, at home.
type conn struct {
	socket

	// These belong to the goroutine that serves the connection.
	stream   stream // the socket, or the home
	between  bool   // nothing was read since the last answer, or since there is the connection, and net/http holds no part of a request
	complete bool   // what was read last ended as a request's header does
	answers  int

	held    *[maxHeld]byte // non-nil while gathering
	heldLen int
	block   []byte    // header lines to send after the status line; nil when there are none, or no more
	vector  [4][]byte // kept here so that a write allocates nothing
}

// maxHeld is the size of net/http's write buffer: larger is a body.
const maxHeld = 4 << 10

// heldBuffers are shared by all connections, since only those that are just answering need one.
var heldBuffers = sync.Pool{New: func() any { return new([maxHeld]byte) }}

// RemoteAddr is net.Conn. It is the first that net/http asks for in a connection's goroutine, and so the place to give that the stack it is going to
// need, while there is next to nothing on it to be copied.
func (c *conn) RemoteAddr() net.Addr {
	growStack()
	return c.socket.RemoteAddr()
}

//go:noinline
func growStack() byte {
	var room [7 << 10]byte
	return room[len(noStack)]
}

var noStack = ""

// stream is what a conn sends and receives through.
type stream interface {
	io.Reader
	write(parts [][]byte) (int, error)                // all of them, at once where there is room; the slices are used up
	sendFile(file *os.File, max int64) (int64, error) // from where it is at
	CloseWrite() error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// busy is how many answers make a connection worth a home: a visitor asks less often, a proxy more.
const busy = 16

// Close closes the connection, or for net/http only where it is to rest.
func (c *conn) Close() error {
	if c.leave() || c.close() {
		return nil
	}
	return net.ErrClosed
}

// changed is told of a change of state by net/http. It no longer knows a connection that it calls closed, which so can rest.
func (c *conn) changed(state http.ConnState) {
	switch state {
	case http.StateIdle:
		c.answered()
	case http.StateClosed:
		c.rest()
	}
}

// CloseWrite tells the other end that no more will come.
func (c *conn) CloseWrite() error { return c.stream.CloseWrite() }

// SetDeadline, SetReadDeadline and SetWriteDeadline are net.Conn, but for coming up to a second early or late.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
func (c *conn) SetReadDeadline(t time.Time) error  { return c.stream.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.stream.SetWriteDeadline(t) }

// Read is net.Conn. Between two requests it does not wait, unless at home, but has the connection rest, which to its caller looks like a timeout. One
// byte is what net/http tries to read while a request is answered, to learn of the client's end.
func (c *conn) Read(p []byte) (n int, err error) {
	if c.between && len(p) > 1 && !c.keepsHome() {
		n, err = c.readOrLeave(p)
	} else {
		n, err = c.stream.Read(p)
	}
	if n > 0 {
		c.between, c.complete = false, bytes.HasSuffix(p[:n], endOfHeader)
	}
	return n, err
}

// keepsHome tells whether the connection is at home and has to be there, after moving it where that is not so.
func (c *conn) keepsHome() bool {
	h, atHome := c.stream.(*home)
	switch {
	case atHome && c.lot.crowded():
		if err := c.leaveHome(h.reads.want); err != nil {
			return true // and try again after the next request
		}
		c.stream = &c.socket
		return false
	case !atHome && c.answers >= busy && c.until.IsZero() && !c.lot.crowded():
		h, err := c.goHome()
		if err != nil {
			return false
		}
		c.stream = h
		return true
	}
	return atHome
}

var endOfHeader = []byte("\r\n\r\n")

// answered is told that a request was answered. What net/http then still holds of others is whole requests, which it answers before it asks for more,
// or less than 4 bytes (Peek in its serve): after the end of a header that can only be the CR and LF of empty lines, which RFC 9112 section 2.2 lets
// a server ignore. Where it may be more the connection stays.
func (c *conn) answered() {
	c.between = c.complete
	c.answers++
}

// receiving is told that a request with a body was read. It may have come together with the one before, so that nothing was read since that was
// answered, and a wait for the body must not pass for one between two requests.
func (c *conn) receiving() { c.between = false }

// gather makes the next Write, which must begin with the status line of an answer, wait for the one after it or for release, and puts block, whole
// header lines, behind that status line. Only the goroutine that answers a request may use it, and only around one Write and Flush of a response.
func (c *conn) gather(block []byte) {
	c.held, c.block = heldBuffers.Get().(*[maxHeld]byte), block
}

// release ends gathering and sends what may be waiting. A failure shows in the next write.
func (c *conn) release() {
	if c.heldLen > 0 {
		_, _ = c.sendWithHeld(nil)
	}
	heldBuffers.Put(c.held)
	c.held, c.block = nil, nil
}

// These are net/http's own words to requests that it cannot read (RFC 9112 section 6.1, RFC 9110 section 15.6.6), and ours instead. The fault is the
// client's, and a stranger must not be able to raise the count of 5xx answers that a proxy or a monitor takes for a failing server.
var (
	unknownCoding  = []byte("HTTP/1.1 501 Not Implemented" + refusal + "Unsupported transfer encoding")
	unknownVersion = []byte("HTTP/1.1 505 HTTP Version Not Supported: unsupported protocol version" + refusal +
		"505 HTTP Version Not Supported: unsupported protocol version")
	badRequest = []byte("HTTP/1.1 400 Bad Request" + refusal + "400 Bad Request")
)

const refusal = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write is net.Conn. net/http calls it with its full or flushed buffer, and for a body larger than that directly with the rest of the body.
func (c *conn) Write(p []byte) (int, error) {
	switch {
	case c.held == nil && (bytes.Equal(p, unknownCoding) || bytes.Equal(p, unknownVersion)):
		_, err := c.send(badRequest)
		return len(p), err
	case c.held == nil:
		return c.send(p)
	case c.heldLen == 0 && c.block != nil:
		c.heldLen = copy(c.held[:], p) // a copy, since net/http reuses its buffer
		if rest := p[c.heldLen:]; len(rest) > 0 {
			n, err := c.sendWithHeld(rest)
			return len(p) - len(rest) + n, err
		}
		return len(p), nil
	}
	return c.sendWithHeld(p)
}

func (c *conn) send(p []byte) (int, error) {
	c.vector[0] = p
	n, err := c.stream.write(c.vector[:1])
	c.vector[0] = nil
	return n, err
}

// sendWithHeld sends what is held and p, with the block in its place, and returns how much of p was sent.
func (c *conn) sendWithHeld(p []byte) (int, error) {
	held := c.held[:c.heldLen]
	status := bytes.IndexByte(held, '\n') + 1
	before := len(held) + len(c.block)
	c.vector = [4][]byte{held[:status], c.block, held[status:], p}
	n, err := c.stream.write(c.vector[:])
	c.vector, c.heldLen, c.block = [4][]byte{}, 0, nil
	return max(n-before, 0), err
}

// ReadFrom is io.ReaderFrom. A file goes out in steps, each with a deadline of its own, so that a big picture may take its time on a slow line
// while a client that reads nothing is cut off.
func (c *conn) ReadFrom(src io.Reader) (int64, error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		return c.copyFrom(src)
	}
	file, ok := limited.R.(*os.File)
	if !ok {
		return c.copyFrom(src)
	}
	var sent int64
	for limited.N > 0 {
		n, err := c.stream.sendFile(file, min(limited.N, writeStep))
		if err == errors.ErrUnsupported {
			n, err = c.copyFrom(io.LimitReader(file, min(limited.N, writeStep)))
		}
		sent, limited.N = sent+n, limited.N-n
		if err != nil || n == 0 {
			return sent, err
		}
		if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// copyFrom is ReadFrom by reading and writing.
func (c *conn) copyFrom(src io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, src)
}
