package web

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A crowd is worth clearing up after when it was crowdSize connections and no more than a quarter is left of it.
const (
	crowdSize  = 50
	crowdDelay = 3 * time.Second // for connections that close and come back
)

// crowd counts connections and has the memory of a crowd given back to the system soon after it has gone, where the collector, with little to do
// then, would keep it for many minutes.
type crowd struct {
	tidy func()

	open atomic.Int64 // changed with mu held

	mu      sync.Mutex
	peak    int64
	pending bool
}

// size is how many connections are open.
func (c *crowd) size() int64 { return c.open.Load() }

// giveBack collects twice, since sync.Pool, where net/http keeps its buffers, lets go of what it holds only the second time.
func giveBack() {
	debug.FreeOSMemory()
	debug.FreeOSMemory()
}

func (c *crowd) come() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peak = max(c.peak, c.open.Add(1))
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open.Add(-1)
	if c.gone() && !c.pending {
		c.pending = true
		time.AfterFunc(crowdDelay, c.tidyUp)
	}
}

// gone tells whether there was a crowd and there no longer is. c.mu is held.
func (c *crowd) gone() bool { return c.peak >= crowdSize && c.size() <= c.peak/4 }

func (c *crowd) tidyUp() {
	c.mu.Lock()
	gone := c.gone()
	c.pending = false
	if gone {
		c.peak = c.size()
	}
	c.mu.Unlock()
	if gone {
		c.tidy()
	}
}
