package postgres

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// What may come from the other side, in bytes: while connecting in all and in one message, then for one answer.
const (
	connectBudget = 1 << 20
	answerBudget  = 64 << 20
	errorBudget   = 4 << 10
)

var (
	errNotPostgres = errors.New("what answers is not PostgreSQL")
	errAnswerSize  = errors.New("the answer is larger than 64 MB")
)

// Types of the messages that a server sends (PostgreSQL manual, 55.7), while it signs a client in and afterwards.
const (
	connectTypes = "RKSZENv"
	answerTypes  = connectTypes + "TDCInt123sAVGHWdc"
)

// guard watches what a server sends. lib/pq believes the length in a message's head, be it that of a web server's
// "HTTP/1.0 503": it would take gigabytes for that, or panic. So the guard reads along, and refuses what PostgreSQL
// does not say; under TLS it can only count.
type guard struct {
	state  guardState
	armed  bool // connecting is over
	budget int
	head   []byte // what is there of a message's type and length
	left   int    // bytes to come of a message
	told   []byte // the last error that a server told after connecting, as far as errorBudget
	errors bool   // the message under way is one
	err    error  // what was wrong; from then on everything is
}

type guardState int

const (
	inMessages guardState = iota
	inReply               // one byte answers the request for TLS
	inHello               // TLS begins
	inOpaque              // TLS, or an error in plain text
)

// sent notes what the client asks for.
func (g *guard) sent(p []byte) {
	const requestTLS = "\x00\x00\x00\x08\x04\xd2\x16\x2f"
	switch {
	case g.armed:
		g.budget = answerBudget
	case string(p) == requestTLS:
		g.state = inReply
	case g.state == inMessages && len(p) > 0 && p[0] == 0x16: // sslnegotiation=direct
		g.state = inHello
	}
}

// received checks what came.
func (g *guard) received(p []byte) error {
	if g.budget -= len(p); g.budget < 0 && g.err == nil {
		if g.err = errNotPostgres; g.armed {
			g.err = errAnswerSize
		}
	}
	for len(p) > 0 && g.err == nil && g.state != inOpaque {
		p = g.step(p)
	}
	return g.err
}

// step takes what it understands off p.
func (g *guard) step(p []byte) []byte {
	switch {
	case g.state == inReply:
		g.state = map[byte]guardState{'S': inHello, 'N': inMessages, 'E': inOpaque}[p[0]]
		if g.state == inMessages && p[0] != 'N' {
			g.err = errNotPostgres
		}
		return p[1:]
	case g.state == inHello:
		if g.state = inOpaque; p[0] != 0x15 && p[0] != 0x16 { // alert, handshake
			g.err = errNotPostgres
		}
		return nil
	case g.left > 0:
		n := min(g.left, len(p))
		g.left -= n
		if g.errors {
			g.told = append(g.told, p[:min(n, errorBudget-len(g.told))]...)
		}
		return p[n:]
	}
	n := min(5-len(g.head), len(p))
	if g.head = append(g.head, p[:n]...); len(g.head) == 5 {
		g.message(g.head[0], int(binary.BigEndian.Uint32(g.head[1:])))
		g.head = g.head[:0]
	}
	return p[n:]
}

// message begins a message of a type and length; the length counts itself.
func (g *guard) message(kind byte, length int) {
	types, most := connectTypes, connectBudget
	if g.armed {
		types, most = answerTypes, answerBudget
	}
	switch {
	case kind == 'E' && (length < 8 || length > most):
		g.state = inOpaque // a server that is short of resources says so in plain text
	case !strings.ContainsRune(types, rune(kind)) || length < 4 || length > most && !g.armed:
		g.err = errNotPostgres
	case length > most:
		g.err = errAnswerSize
	}
	g.left = length - 4
	if g.errors = kind == 'E' && g.armed; g.errors {
		g.told = nil
	}
}

// ended is an error of a connection that the server ended with an error of its own, which lib/pq keeps to itself. It is
// known unless it came inside TLS.
type ended struct {
	error
	server *pq.Error
}

func (e *ended) Error() string { return e.error.Error() + ": " + e.server.Error() }
func (e *ended) Unwrap() error { return e.error }

// why adds to the error of a lost connection what the server said last on it, if that ended it.
func (w *wire) why(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !errors.Is(err, driver.ErrBadConn) || len(w.guard.told) == 0 {
		return err
	}
	var server pq.Error
	fatal := false
	for field := range strings.SplitSeq(string(w.guard.told), "\x00") {
		switch {
		case slices.Contains([]string{"VFATAL", "VPANIC", "SFATAL"}, field): // PgBouncer has no V
			fatal = true
		case strings.HasPrefix(field, "C"):
			server.Code = pqerror.Code(field[1:])
		case strings.HasPrefix(field, "M"):
			server.Message = field[1:]
		}
	}
	if !fatal {
		return err
	}
	return &ended{err, &server}
}
