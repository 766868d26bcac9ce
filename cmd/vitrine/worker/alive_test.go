package worker

import (
	"testing"
	"testing/synctest"
	"time"
)

// The worker is alive while it works within the deadline of a refresh, and not when something in it does not end.
func TestAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		hang := make(chan time.Duration, 1)
		w := newStage(t, s, func(c *Config) {
			c.Succeeded = func() {
				select {
				case d := <-hang:
					time.Sleep(d)
				default:
				}
			}
		})
		stop := w.run(t)
		defer stop()
		limit := w.cfg.Timeout + aliveGrace
		for range extent(60, 24*60) { // minutes
			settle(time.Minute)
			if !w.Alive() {
				t.Fatal("not alive, although nothing hangs")
			}
		}
		hang <- 2 * limit
		for w.working.Load() == nil {
			settle(time.Second)
		}
		settle(limit - 2*time.Second)
		if !w.Alive() {
			t.Error("not alive within the deadline")
		}
		settle(4 * time.Second)
		if w.Alive() {
			t.Error("alive, although work does not end")
		}
		settle(limit + time.Minute)
		if !w.Alive() {
			t.Error("not alive after it has ended")
		}
	})
}
