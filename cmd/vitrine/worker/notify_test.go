package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vitrine/render/status"
)

// A notification is followed by a refresh once it is quiet, many in a row by few, and a refresh under way by one more.
func TestNotified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		var asked moments
		s.before = asked.mark
		changed := make(chan func(), 1)
		w := newStage(t, s, func(c *Config) {
			c.Listen = func(ctx context.Context, f func()) error {
				changed <- f
				<-ctx.Done()
				return nil
			}
		})
		defer w.run(t)()
		notify := <-changed
		refreshes := func(every time.Duration, n int) []time.Duration {
			settle(10 * time.Second)
			before, begin := len(asked.all()), time.Now()
			for range n {
				notify()
				settle(every)
			}
			settle(10 * time.Second)
			var after []time.Duration
			for _, at := range asked.all()[before:] {
				after = append(after, at.Sub(begin))
			}
			return after
		}
		if at := refreshes(0, 1); len(at) != 1 || at[0] != notifyQuiet {
			t.Errorf("after one notification: %v", at)
		}
		if at := refreshes(time.Millisecond, 300); len(at) != 1 || at[0] < 299*time.Millisecond ||
			at[0] > 500*time.Millisecond {
			t.Errorf("after 300 in a row: %v", at)
		}
		if at := refreshes(100*time.Millisecond, 60); len(at) > 4 || len(at) < 3 || at[0] > 2100*time.Millisecond {
			t.Errorf("during six seconds without a pause: %v", at)
		}
		if st := w.statusNow(); st.LastRefresh.Trigger != status.TriggerNotify {
			t.Errorf("trigger %s", st.LastRefresh.Trigger)
		}
		s.set(func() { s.before = func(ctx context.Context) error { time.Sleep(time.Second); return asked.mark(ctx) } })
		if at := refreshes(500*time.Millisecond, 2); len(at) != 2 {
			t.Errorf("a notification during a refresh: %v", at)
		}
	})
}
