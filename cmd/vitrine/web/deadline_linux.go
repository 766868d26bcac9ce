package web

import (
	"sync"
	"time"
)

// deadlineGrain is how much earlier than asked for a deadline may come. All timeouts of this package are a multiple of it.
const deadlineGrain = time.Second

// deadline keeps one direction's deadline of a connection. net/http sets some ten a request, most of which no read or write ever sees; here
// one is handed to the poller only when a read or write begins, and not where the one it already has is almost the same.
type deadline struct {
	apply func(time.Time) error // the connection's own SetReadDeadline or SetWriteDeadline

	mu          sync.Mutex
	want, armed time.Time // zero is none
	busy        bool      // a read or write is under way
}

// set asks for t, as net.Conn has it: a read or write under way obeys at once.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	if !d.busy {
		return nil
	}
	d.armed = t
	return d.apply(t)
}

// began stands in for the time where that has only to be known well enough to recognize a deadline that was set in order to end a call, as net/http's
// are, which lie decades ago: it saves a look at the clock, and here the poller's work.
var began = time.Now()

// begin is called before a read or write. Where it is false that need not be tried, as it was to be ended, and end is not called. On a connection that is
// closed it has no effect, which the read or write will tell.
func (d *deadline) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.want.IsZero() && d.want.Before(began) {
		return false
	}
	d.busy = true
	if !d.near() {
		d.armed = d.want
		_ = d.apply(d.want)
	}
	return true
}

// near tells whether the armed deadline will do: it is the one asked for or comes up to a grain earlier.
func (d *deadline) near() bool {
	if d.want.IsZero() || d.armed.IsZero() {
		return d.want.IsZero() && d.armed.IsZero()
	}
	early := d.want.Sub(d.armed)
	return early >= 0 && early < deadlineGrain
}

// end is called after a read or write.
func (d *deadline) end() {
	d.mu.Lock()
	d.busy = false
	d.mu.Unlock()
}
