package web

import (
	"testing"
	"testing/synctest"
	"time"
)

// Memory is given back once after each crowd, not while there is one, and not for a few connections.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tidied := 0
		c := &crowd{tidy: func() { tidied++ }}
		move := func(n int, want int) {
			t.Helper()
			for range n {
				c.come()
			}
			for range -n {
				c.leave()
			}
			time.Sleep(2 * crowdDelay)
			synctest.Wait()
			if tidied != want {
				t.Errorf("with %d open: given back %d times, want %d", c.size(), tidied, want)
			}
		}
		move(crowdSize-1, 0)
		move(1-crowdSize, 0)
		move(2000, 0)
		move(-1400, 0)
		move(-200, 1)
		move(-400, 2) // the rest was a crowd, too
		move(crowdSize, 2)
		move(-crowdSize, 3)
		for range 1000 {
			c.come()
		}
		for range 1000 {
			c.leave()
		}
		for range 1000 { // back again before the time is up
			c.come()
		}
		move(0, 3)
	})
}
