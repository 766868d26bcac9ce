package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// grace is how long after the end of an operation's context its connection may still answer: long enough for a cancel
// request to come through on a healthy network, short enough that a deadline holds on a dead one.
const grace = 250 * time.Millisecond

// cancelLimit bounds the second connection that lib/pq opens to cancel a query.
const cancelLimit = 2 * time.Second

// dialer makes the network connections of one PostgreSQL connection: first its own, later those for cancel requests.
//
// lib/pq 1.12.3 does not honour a context while it waits for a silent peer (lib/pq#620, #450). So every connection here
// has a deadline at every moment that something is awaited, and the deadline follows the context.
type dialer struct {
	owner *connector
	wire  *wire
}

// Dial is never called by lib/pq, which prefers DialContext; its interface demands it.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout is as little used as Dial.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext connects. The first connection's reads and writes end with ctx until [wire.ready] is called; every later
// one is for a cancel request and lives for cancelLimit at most.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	first := d.wire == nil
	if !first {
		limited, cancel := context.WithTimeout(ctx, cancelLimit)
		defer cancel()
		defer context.AfterFunc(d.owner.ctx, cancel)()
		ctx = limited
	}
	nd := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second,
		Count: 3}}
	conn, err := nd.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, owner: d.owner, guard: guard{budget: connectBudget}}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if first {
		d.wire = w
		w.unwatch = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	}
	if !d.owner.add(w) { // from here on the owner may close it
		_ = w.Close()
		return nil, net.ErrClosed
	}
	return w, nil
}

// wire is a network connection whose Write arms an absolute deadline for everything up to the end of the answer.
type wire struct {
	net.Conn
	owner   *connector
	unwatch func() bool
	ahead   []byte // what await has read

	mu     sync.Mutex
	guard  guard
	armed  bool          // connecting is over
	budget time.Duration // how long an answer may take from the last Write on; 0 means as long as the context lets it
	end    time.Time     // set when the operation's context has ended: nothing may last longer
	made   time.Time     // when connecting was over
	busy   bool          // an operation is under way
	turn   int           // counts operations, so that the end of one cannot hit the next
	used   time.Time     // when the last one ended
}

// Read receives what the guard lets through.
func (w *wire) Read(p []byte) (n int, err error) {
	if n = copy(p, w.ahead); n > 0 {
		w.ahead = w.ahead[n:]
	} else {
		n, err = w.Conn.Read(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if bad := w.guard.received(p[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}

// await waits until the other side says something unasked, at most for limit. Whose operation the connection is in may
// call it.
func (w *wire) await(limit time.Duration) error {
	var one [1]byte
	_ = w.Conn.SetReadDeadline(time.Now().Add(limit))
	n, err := w.Conn.Read(one[:])
	if w.ahead = append(w.ahead, one[:n]...); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// Write sends, and arms the deadline anew.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.guard.sent(p)
	if w.armed {
		w.arm()
	}
	w.mu.Unlock()
	return w.Conn.Write(p)
}

// arm sets the deadline that holds from now on; w.mu is held.
func (w *wire) arm() {
	deadline := w.end
	if deadline.IsZero() && w.budget > 0 {
		deadline = time.Now().Add(w.budget)
	}
	_ = w.Conn.SetDeadline(deadline)
}

// ready ends the connecting: from now on deadlines are those of operations.
func (w *wire) ready(budget time.Duration) {
	w.unwatch()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.budget, w.made = true, budget, time.Now()
	w.guard.armed, w.guard.budget = true, answerBudget
	w.used = w.made
	_ = w.Conn.SetDeadline(time.Time{})
}

// begin starts an operation that ends with ctx and whose answers may take budget each (0: as long as ctx lets them).
// finish must be called when the operation is over.
func (w *wire) begin(ctx context.Context, budget time.Duration) (finish func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.budget, w.end, w.busy = budget, time.Time{}, true
	w.guard.told = nil
	w.turn++
	turn := w.turn
	stop := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.turn == turn {
			w.end = time.Now().Add(grace)
			w.arm()
		}
	})
	return func() {
		stop()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.turn++
		w.used, w.busy = time.Now(), false
	}
}

// refused is what the guard found wrong; nil for nothing.
func (w *wire) refused() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.guard.err
}

// idle is how long ago the last operation ended, or connecting.
func (w *wire) idle() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.used)
}

// olderThan tells whether the connection was made before t.
func (w *wire) olderThan(t time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made.Before(t)
}

// Close closes the connection and forgets it.
func (w *wire) Close() error {
	if w.unwatch != nil {
		w.unwatch()
	}
	w.owner.remove(w)
	return w.Conn.Close()
}

// add registers a connection; false means that the connector is closed.
func (c *connector) add(w *wire) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.wires = append(c.wires, w)
	return true
}

func (c *connector) remove(w *wire) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wires = slices.DeleteFunc(c.wires, func(o *wire) bool { return o == w })
	for conn, o := range c.wireOf {
		if o == w {
			delete(c.wireOf, conn)
		}
	}
}

// wireFor returns the network connection under a driver connection; nil where it is not one of ours.
func (c *connector) wireFor(conn any) *wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	dc, _ := conn.(driver.Conn)
	return c.wireOf[dc]
}

// close closes every network connection that is left, those for cancel requests included.
func (c *connector) close() {
	c.stop()
	c.mu.Lock()
	wires := slices.Clone(c.wires)
	c.mu.Unlock()
	for _, w := range wires {
		_ = w.Close()
	}
	c.tries.Wait()
}
