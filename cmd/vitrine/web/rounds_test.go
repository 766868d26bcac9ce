package web

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowRefresh counts its calls and takes its time.
func slowRefresh(calls *atomic.Int32, forced *atomic.Int32, takes time.Duration) func(context.Context, bool) RefreshResult {
	return func(_ context.Context, force bool) RefreshResult {
		calls.Add(1)
		if force {
			forced.Add(1)
		}
		time.Sleep(takes)
		return RefreshResult{Result: ResultPublished}
	}
}

// A burst, however it is spread over the first second, is two refreshes; everybody is answered, and nobody by a refresh that began before the
// request was made.
func TestBurstIsTwoRefreshes(t *testing.T) {
	for _, takes := range []time.Duration{5 * time.Millisecond, 300 * time.Millisecond, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var calls, forced, tooEarly atomic.Int32
			var lastBegan atomic.Int64
			refresh := slowRefresh(&calls, &forced, takes)
			rs := rounds{stop: make(chan struct{}), refresh: func(ctx context.Context, force bool) RefreshResult {
				lastBegan.Store(time.Now().UnixNano())
				return refresh(ctx, force)
			}}
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					time.Sleep(time.Duration(i) * 40 * time.Microsecond)
					asked := time.Now().UnixNano()
					result, wait := rs.ask(t.Context(), false)
					if result.Result != ResultPublished || wait != 0 {
						t.Errorf("request %d: %+v, wait %v", i, result, wait)
					}
					if lastBegan.Load() < asked {
						tooEarly.Add(1)
					}
				})
			}
			all.Wait()
			if calls.Load() != 2 || tooEarly.Load() != 0 {
				t.Errorf("a refresh of %v: %d refreshes, %d answers from before the request", takes, calls.Load(), tooEarly.Load())
			}
		})
	}
}

// One client after the other: one refresh a second, and the rest is told how long to wait.
func TestOneRoundASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, forced atomic.Int32
		rs := rounds{stop: make(chan struct{}), refresh: slowRefresh(&calls, &forced, 10*time.Millisecond)}
		refused := 0
		for range 100 { // ten seconds
			if _, wait := rs.ask(t.Context(), false); wait > 0 {
				refused++
				if seconds(wait) != 1 {
					t.Fatalf("Retry-After %d for %v", seconds(wait), wait)
				}
			} else {
				time.Sleep(90 * time.Millisecond)
				continue
			}
			time.Sleep(100 * time.Millisecond)
		}
		if calls.Load() != 10 || refused != 90 {
			t.Errorf("in ten seconds %d refreshes and %d refusals, want 10 and 90", calls.Load(), refused)
		}
	})
}

// Clients that always find a round running cannot make rounds follow one another faster than that.
func TestChainIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, forced atomic.Int32
		rs := rounds{stop: make(chan struct{}), refresh: slowRefresh(&calls, &forced, 10*time.Millisecond)}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				for ctx.Err() == nil {
					if _, wait := rs.ask(ctx, false); wait > 0 {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		if n := int(calls.Load()); n > int(took/refreshInterval)+1 || n < 10 {
			t.Errorf("%d refreshes in %v", n, took)
		}
	})
}

// One forced request in a shared round forces it; the running round is left alone.
func TestForceIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, forced atomic.Int32
		rs := rounds{stop: make(chan struct{}), refresh: slowRefresh(&calls, &forced, time.Second)}
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				rs.ask(t.Context(), i == 5)
			})
		}
		all.Wait()
		if calls.Load() != 2 || forced.Load() != 1 {
			t.Errorf("%d refreshes, %d forced, want 2 and 1", calls.Load(), forced.Load())
		}
	})
}

// Who goes away ends his waiting only: neither the round that he began nor the one that he shares.
func TestClientGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, forced atomic.Int32
		rs := rounds{stop: make(chan struct{}), refresh: slowRefresh(&calls, &forced, time.Second)}
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 3 { // the first begins, the second leads the next round, the third shares it
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				result, _ := rs.ask(gone, false)
				if want := []string{ResultPublished, ResultPublished, ResultDeadline}[i]; result.Result != want {
					t.Errorf("client %d: %s, want %s", i, result.Result, want)
				}
			})
		}
		time.Sleep(10 * time.Millisecond)
		leave()
		all.Wait()
		if calls.Load() != 2 {
			t.Errorf("%d refreshes, want 2", calls.Load())
		}
	})
}

// At the end nothing new begins, nobody is left waiting, and a refresh that panics holds nobody up.
func TestRoundsStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, forced atomic.Int32
		stop := make(chan struct{})
		rs := rounds{stop: stop, refresh: slowRefresh(&calls, &forced, 100*time.Millisecond)}
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if result, _ := rs.ask(t.Context(), false); (result.Result == ResultPublished) != (i == 0) {
					t.Errorf("client %d: %+v", i, result)
				}
			})
		}
		time.Sleep(500 * time.Millisecond) // the first round is over, the second waits for its second
		close(stop)
		all.Wait()
		if calls.Load() != 1 || time.Since(rs.began) >= refreshInterval {
			t.Errorf("%d refreshes, ended after %v", calls.Load(), time.Since(rs.began))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		rs := rounds{stop: make(chan struct{}), refresh: func(context.Context, bool) RefreshResult {
			time.Sleep(time.Second)
			panic("broken")
		}}
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				time.Sleep(time.Duration(i) * time.Millisecond)
				rs.ask(t.Context(), false)
			})
		}
		all.Wait()
		if rs.running != nil || rs.next != nil {
			t.Error("a round is left behind")
		}
	})
}
