package postgres

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

// secondTry is when a try to connect gets a second one beside it, and how long that may take.
const secondTry = 3 * time.Second

// connector makes the pool's connections: each host in turn, each TLS mode that the URL allows, all inside one
// deadline.
type connector struct {
	target *target
	limit  time.Duration // of one Connect
	budget time.Duration // of one answer, until an operation says otherwise
	reread func()        // takes a login that has changed since the last connect

	ctx  context.Context // ends with close
	stop context.CancelFunc

	tries   sync.WaitGroup // attempts under way, those included that another has beaten
	opening atomic.Int32   // Connects under way

	mu     sync.Mutex
	wires  []*wire
	wireOf map[driver.Conn]*wire
}

func newConnector(t *target, limit, budget time.Duration, reread func()) *connector {
	c := &connector{target: t, limit: limit, budget: budget, reread: reread, wireOf: map[driver.Conn]*wire{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Driver returns lib/pq's driver.
func (c *connector) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection within the connect timeout or ctx, whichever ends first, whatever the network does. The
// error is a *connectError.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	c.opening.Add(1)
	defer c.opening.Add(-1)
	c.reread()
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	conn, errs := c.hedge(limited)
	if conn == nil {
		return nil, &connectError{errs: errs, took: time.Since(start)}
	}
	return conn, nil
}

// attempt is how one try to connect ended.
type attempt struct {
	conn  driver.Conn
	errs  []error
	whole bool // it had all the time that there is
}

// hedge connects, and begins anew beside the first try every secondTry: on a network that swallowed the first packets
// the first try stays silent, however well the network is afterwards. The first try has the whole limit all the same,
// for a server that is only slow. The first connection made wins. So two are being made at a time, beyond the pool's
// maximum for a moment, but only where one has been silent for seconds.
func (c *connector) hedge(ctx context.Context) (driver.Conn, []error) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan attempt)
	defer close(over)
	defer cancel()
	begin := func(whole bool, limit time.Duration) {
		c.tries.Go(func() {
			limited, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			conn, errs := c.tryHosts(limited)
			select {
			case ended <- attempt{conn, errs, whole}:
			case <-over:
				if conn != nil {
					_ = conn.Close()
				}
			}
		})
	}
	begin(true, c.limit)
	again := time.NewTicker(secondTry)
	defer again.Stop()
	for {
		select {
		case a := <-ended:
			if a.conn != nil || a.whole {
				return a.conn, a.errs
			}
		case <-again.C:
			begin(false, secondTry)
		}
	}
}

// tryHosts returns a connection to the first host that takes one, or the error of each. Hosts share the time that is
// left evenly, so that a host behind a black hole leaves enough for the next.
func (c *connector) tryHosts(ctx context.Context) (driver.Conn, []error) {
	hosts := slices.Clone(c.target.hosts)
	if c.target.shuffle {
		rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	}
	rounds := []pq.TargetSessionAttrs{c.target.session}
	if c.target.session == pq.TargetSessionAttrsPreferStandby {
		rounds = []pq.TargetSessionAttrs{pq.TargetSessionAttrsStandby, pq.TargetSessionAttrsAny}
	}
	var errs []error
	left := len(hosts) * len(rounds)
	for _, session := range rounds {
		for _, h := range hosts {
			share, cancel := shareOf(ctx, left)
			conn, err := c.tryModes(share, h, session)
			cancel()
			if err == nil {
				return conn, nil
			}
			errs = append(errs, err)
			left--
		}
	}
	return nil, errs
}

// shareOf gives ctx's remaining time divided by n.
func shareOf(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(n))
}

// tryModes connects to one host in the first TLS mode that both sides like.
func (c *connector) tryModes(ctx context.Context, h host, session pq.TargetSessionAttrs) (driver.Conn, error) {
	modes := c.target.modesOf(h)
	var err error
	for i, mode := range modes {
		var conn driver.Conn
		if conn, err = c.tryOne(ctx, h, mode, session); err == nil {
			return conn, nil
		}
		if i+1 < len(modes) && !c.otherMode(err, mode) {
			break
		}
	}
	return nil, fmt.Errorf("connect to %s: %w", h, err)
}

// modesOf are the TLS modes to try with a host, in order.
func (t *target) modesOf(h host) []pq.SSLMode {
	if h.isSocket() {
		return []pq.SSLMode{pq.SSLModeDisable}
	}
	return t.tls.modes
}

// otherMode tells whether an error is a reason to try the next TLS mode: only where the mode itself may be at fault.
func (c *connector) otherMode(err error, mode pq.SSLMode) bool {
	var server *pq.Error
	var op *net.OpError
	switch {
	case errors.Is(err, errNotPostgres):
		return false
	case errors.As(err, &server):
		return server.Code == "28000" // pg_hba.conf: libpq, too, then tries the other way
	case mode == pq.SSLModeDisable, c.target.tls.strict && isTLS(err):
		return false
	case errors.As(err, &op) && (op.Op == "dial" || op.Timeout()):
		return false
	}
	return !isTimeout(err)
}

// tryOne connects to one host in one TLS mode.
func (c *connector) tryOne(ctx context.Context, h host, mode pq.SSLMode,
	session pq.TargetSessionAttrs) (_ driver.Conn, err error) {
	d := &dialer{owner: c}
	defer func() {
		if r := recover(); r != nil { // lib/pq, of a length under 4 inside TLS
			if d.wire != nil {
				_ = d.wire.Close()
			}
			err = fmt.Errorf("%w: %v", errNotPostgres, r)
		}
	}()
	t := c.target
	user, password := t.login()
	cfg := pq.Config{
		Host: h.name, Port: h.port, Hostaddr: h.addr, User: user, Password: password, Database: t.dbname, ApplicationName: t.appName,
		SSLMode: mode, SSLSNI: true, SSLNegotiation: t.tls.negotiation, SSLRootCert: t.tls.root, SSLCert: t.tls.cert, SSLKey: t.tls.key,
		TargetSessionAttrs: session,
		// One round trip, and the one form of query that is right behind PgBouncer's transaction and statement modes.
		BinaryParameters: true,
		ClientEncoding:   "UTF8", Datestyle: "ISO, MDY",
	}
	if mode == pq.SSLModeDisable {
		cfg.SSLNegotiation = ""
	}
	pc, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	pc.Dialer(d)
	conn, err := pc.Connect(ctx)
	if err != nil {
		if d.wire != nil {
			_ = d.wire.Close() // lib/pq leaves it open in some of its error paths
			err = errors.Join(err, d.wire.refused())
		}
		return nil, err
	}
	d.wire.ready(c.budget)
	c.mu.Lock()
	c.wireOf[conn] = d.wire
	c.mu.Unlock()
	return conn, nil
}

// connectError is a Connect that failed: the error of each host tried.
type connectError struct {
	errs []error
	took time.Duration
}

func (e *connectError) Error() string {
	texts := make([]string, len(e.errs))
	for i, err := range e.errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the error of each host.
func (e *connectError) Unwrap() []error { return e.errs }

// isTLS tells an error of the TLS layer itself: a handshake or a certificate that did not work out.
func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verify *tls.CertificateVerificationError
	var op *net.OpError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) || isX509(err) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}
