package web

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// writeStep is how much of a file may be sent under one write deadline: slower than writeStep per writeTimeout, about 9 KB/s, is cut off.
const writeStep = 256 << 10

// conn is a TCP connection that costs less under net/http: it can gather an answer's writes, so that header and body leave in one system call with a
// block of headers made beforehand, and it passes deadlines on only where they matter.
type conn struct {
	*net.TCPConn
	free          func()
	reads, writes deadline

	held    *[maxHeld]byte // non-nil while gathering
	heldLen int
	block   []byte    // header lines to send after the status line; nil when there are none, or no more
	vector  [4][]byte // kept here so that a write allocates nothing
	buffers net.Buffers
}

// maxHeld is the size of net/http's write buffer: larger is a body.
const maxHeld = 4 << 10

// heldBuffers are shared by all connections, since only those that are just answering need one.
var heldBuffers = sync.Pool{New: func() any { return new([maxHeld]byte) }}

func newConn(tcp *net.TCPConn, free func()) *conn {
	c := &conn{TCPConn: tcp, free: free}
	c.reads.apply, c.writes.apply = tcp.SetReadDeadline, tcp.SetWriteDeadline
	return c
}

// Close closes the connection and frees its slot of the listener.
func (c *conn) Close() error {
	defer c.free()
	return c.TCPConn.Close()
}

// SetDeadline, SetReadDeadline and SetWriteDeadline are net.Conn, but for coming up to deadlineGrain early.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.reads.set(t); err != nil {
		return err
	}
	return c.writes.set(t)
}
func (c *conn) SetReadDeadline(t time.Time) error  { return c.reads.set(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.writes.set(t) }

// Read is net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.reads.begin()
	defer c.reads.end()
	return c.TCPConn.Read(p)
}

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
	c.writes.begin()
	defer c.writes.end()
	return c.TCPConn.Write(p)
}

// sendWithHeld sends what is held and p, with the block in its place, and returns how much of p was sent.
func (c *conn) sendWithHeld(p []byte) (int, error) {
	c.writes.begin()
	defer c.writes.end()
	held := c.held[:c.heldLen]
	status := bytes.IndexByte(held, '\n') + 1
	before := len(held) + len(c.block)
	c.vector = [4][]byte{held[:status], c.block, held[status:], p}
	c.buffers = c.vector[:]
	n, err := c.buffers.WriteTo(c.TCPConn)
	c.vector, c.heldLen, c.block = [4][]byte{}, 0, nil
	return max(int(n)-before, 0), err
}

// ReadFrom is io.ReaderFrom. A file goes out in steps, each with a deadline of its own, so that a big picture may take its time on a slow line
// while a client that reads nothing is cut off.
func (c *conn) ReadFrom(src io.Reader) (int64, error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		return c.sendFrom(src)
	}
	if _, ok := limited.R.(*os.File); !ok {
		return c.sendFrom(src)
	}
	var sent int64
	for limited.N > 0 {
		step := io.LimitedReader{R: limited.R, N: min(limited.N, writeStep)}
		n, err := c.sendFrom(&step)
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

func (c *conn) sendFrom(src io.Reader) (int64, error) {
	c.writes.begin()
	defer c.writes.end()
	return c.TCPConn.ReadFrom(src)
}
