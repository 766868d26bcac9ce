package web

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// conn is a connection under net/http that answers plain visits by itself. Nearly all of a shop's visits ask for the
// same bytes, so those are recorded once (see record) and replayed, for a fraction of what net/http needs to read a
// request and to write a header.
//
// It replays only while net/http waits for a request and holds no part of one: what is not replayed then is given to
// net/http as it came. Whatever is replayed, net/http with the same handler would have answered with the same bytes but
// for the date.
type conn struct {
	net.Conn
	endpoint *Endpoint
	state    atomic.Int32 // of closed and answering

	// These belong to net/http's goroutine of the connection; reads of other goroutines end before that calls it idle.
	handed  []byte    // given to net/http and not answered as far as is known
	fresh   bool      // net/http was never given anything
	idle    bool      // net/http has answered everything and waits for a request
	lost    bool      // what net/http holds is not known any more
	late    bool      // net/http is about to set a deadline that counts from accept, for the request that it got now
	renewed time.Time // when deadlines were last set here; zero after net/http has set them
}

// maxHanded is up to how much is kept of what net/http was given: a request without a body is rarely larger.
const maxHanded = 8 << 10

const (
	closed    = 1 << iota // by net/http
	answering             // a replayed answer is being sent
	replayed              // and net/http has been given nothing since
)

// Read is net.Conn. It returns what is not replayed, and io.EOF where no more is to be said, by which net/http closes
// without a word.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err == nil && c.mayReplay() {
			now := time.Now()
			if answer := c.endpoint.replay(p[:n], now); answer != nil {
				if !c.send(answer, now) || c.endpoint.ending.Load() {
					return 0, io.EOF
				}
				continue
			}
		}
		if n > 0 {
			c.hand(p[:n])
		}
		return n, err
	}
}

// mayReplay reports whether what was received is the beginning of a request. A fresh connection is not idle to
// net/http, so that it cannot be let go: the last quarter of the places is not for those.
func (c *conn) mayReplay() bool {
	e := c.endpoint
	return e.replay != nil && (c.idle || c.fresh && e.open.Load() <= e.limit-e.limit/4)
}

// hand takes note of what net/http is given. Its deadlines for a first request count from accept, and have passed where
// others were replayed before.
func (c *conn) hand(p []byte) {
	if c.fresh && !c.renewed.IsZero() {
		_ = c.SetReadDeadline(time.Now().Add(c.endpoint.server.ReadHeaderTimeout)) // it fails where the next read will
		c.late = true
	}
	c.fresh, c.idle = false, false
	c.state.And(^replayed)
	if c.lost = c.lost || c.endpoint.replay == nil || len(c.handed)+len(p) > maxHanded; c.lost {
		c.handed = nil
		return
	}
	c.handed = append(c.handed, p...)
}

// SetReadDeadline is net.Conn. What net/http sets first when it has a first header is the deadline of the whole
// request.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.late {
		c.late, t = false, time.Now().Add(c.endpoint.server.ReadTimeout)
	}
	return c.Conn.SetReadDeadline(t)
}

// becomeIdle is called when net/http has answered a request. It may hold parts of others, or a byte that it read
// meanwhile to learn of the client's end.
func (c *conn) becomeIdle() {
	var ok bool
	c.handed, ok = cutHead(c.handed)
	c.lost = c.lost || !ok
	c.idle, c.renewed = !c.lost && len(c.handed) == 0, time.Time{}
}

// send writes a whole answer, after renewing the deadlines as net/http does, but at most once a second, which is
// cheaper. It reports whether the connection can go on.
func (c *conn) send(answer []byte, now time.Time) bool {
	if c.state.Or(answering|replayed)&closed != 0 {
		return false
	}
	var err error
	if now.Sub(c.renewed) >= time.Second {
		c.renewed = now
		if err = c.SetReadDeadline(now.Add(c.endpoint.server.IdleTimeout)); err == nil {
			err = c.SetWriteDeadline(now.Add(c.endpoint.server.WriteTimeout))
		}
	}
	if err == nil {
		_, err = c.Conn.Write(answer)
	}
	if c.state.And(^answering)&closed != 0 {
		_ = c.end() // it was closed by net/http, which has been told so
		return false
	}
	return err == nil
}

// Close is net.Conn. net/http may call it at any time, since it takes the connection for idle, and with a lock held: so
// a replayed answer under way is neither cut off nor waited for; its sender closes.
func (c *conn) Close() error {
	switch before := c.state.Or(closed); {
	case before&closed != 0:
		return net.ErrClosed
	case before&answering != 0:
		return nil
	}
	return c.end()
}

// letGo closes a connection between two replayed answers, which net/http may take for a new one and wait for. A client
// that sends just now finds it ended before the first byte, and repeats.
func (c *conn) letGo() {
	if c.state.Load()&(replayed|answering) == replayed {
		_ = c.Close()
	}
}

func (c *conn) end() error {
	err := c.Conn.Close()
	c.endpoint.mu.Lock()
	delete(c.endpoint.conns, c)
	c.endpoint.mu.Unlock()
	c.endpoint.open.Add(-1)
	return err
}

var crlf = []byte("\r\n")

// cutHead returns what follows the first request in p, which net/http has answered; nil for nothing. It fails where
// that is not beyond doubt: where the request may have had a body, or lines that do not end in CR LF.
func cutHead(p []byte) (rest []byte, ok bool) {
	for first, lines := true, p; ; first = false {
		line, rest, ok := bytes.Cut(lines, crlf)
		switch {
		case !ok || bytes.IndexByte(line, '\n') >= 0:
			return nil, false
		case len(line) == 0 && len(rest) == 0:
			return nil, !first
		case len(line) == 0:
			return rest, !first
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		for _, other := range [...]string{"content-length", "transfer-encoding", "expect", "upgrade"} {
			if len(name) >= len(other) && bytes.EqualFold(bytes.TrimSpace(name), []byte(other)) {
				return nil, false
			}
		}
		lines = rest
	}
}

// plainVisit is what the answer to a plain visit depends on.
type plainVisit struct{ host, encoding, tag field }

// field is a header field that may come once.
type field struct {
	value []byte
	lines int
}

var requestLine = []byte("GET / HTTP/1.1\r\n")

// parseVisit reports whether head, all that was received, is a plain visit: one whole GET of the homepage that net/http
// accepts, with no header that may change its answer beside those in v.
func parseVisit(head []byte) (v plainVisit, ok bool) {
	lines, ok := bytes.CutPrefix(head, requestLine)
	for ok {
		var line, name, value []byte
		if line, lines, ok = bytes.Cut(lines, crlf); !ok {
			break
		}
		if len(line) == 0 {
			return v, len(lines) == 0 && v.host.lines == 1 && v.encoding.lines <= 1 && v.tag.lines <= 1 &&
				httpguts.ValidHostHeader(string(v.host.value))
		}
		if name, value, ok = bytes.Cut(line, []byte(":")); ok {
			ok = v.add(name, bytes.Trim(value, " "))
		}
	}
	return v, false
}

// add takes note of one header field; false where it may change the answer or net/http may refuse it.
func (v *plainVisit) add(name, value []byte) bool {
	var buffer [48]byte
	if len(name) > len(buffer) {
		return false
	}
	lower := buffer[:len(name)]
	for i, b := range name {
		switch {
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		case b != '-' && (b < 'a' || 'z' < b):
			return false
		}
		lower[i] = b
	}
	for _, b := range value {
		if b < ' ' || b == 0x7f {
			return false
		}
	}
	var known *field
	switch string(lower) {
	case "host":
		known = &v.host
	case "accept-encoding":
		known = &v.encoding
	case "if-none-match":
		known = &v.tag
	case "connection":
		return bytes.EqualFold(value, []byte("keep-alive"))
	default:
		return isHarmless(lower)
	}
	known.value = value
	known.lines++
	return true
}

// isHarmless reports whether neither net/http nor our handlers ever look at a header, given in small letters.
func isHarmless(name []byte) bool {
	switch string(name) {
	case "accept", "accept-charset", "accept-language", "alt-used", "authorization", "cache-control", "cdn-loop",
		"cookie", "dnt", "early-data", "forwarded", "from", "origin", "pragma", "priority", "purpose", "referer", "save-data",
		"traceparent", "tracestate", "true-client-ip", "upgrade-insecure-requests", "user-agent", "via":
		return true
	}
	for _, prefix := range [...]string{"x-", "sec-", "cf-"} {
		if bytes.HasPrefix(name, []byte(prefix)) {
			return true
		}
	}
	return false
}
