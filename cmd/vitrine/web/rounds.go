package web

import (
	"context"
	"math"
	"sync"
	"time"
)

// refreshInterval is how far apart refreshes asked for over HTTP begin at least.
const refreshInterval = time.Second

// rounds lets any number of people ask for a refresh at once while refreshes begin at most once per refreshInterval.
//
// A request that finds nothing under way begins a round of its own, or is told to come back (429) where the last one began less than an interval
// ago. One that finds a round running shares the following round with all others who do: that begins after it was asked for, so that it
// holds every edit made before, and not sooner than an interval after the last. So a burst is two refreshes and everybody gets an answer, and
// a client that asks again and again is told 429.
type rounds struct {
	refresh func(ctx context.Context, force bool) RefreshResult
	stop    <-chan struct{} // closed when nothing new is to begin

	mu            sync.Mutex
	running, next *round
	began         time.Time // the last round
}

// round is one call of refresh and what all who share it are told.
type round struct {
	force  bool // guarded by rounds.mu until the round runs
	done   chan struct{}
	result RefreshResult // set before done is closed
}

var shuttingDown = RefreshResult{Result: ResultFailed, Message: "the server is shutting down"}

// ask refreshes, or shares a refresh. wait > 0 says that none was begun and after how long to ask again. ctx ends the waiting, never a refresh
// that others may share.
func (rs *rounds) ask(ctx context.Context, force bool) (result RefreshResult, wait time.Duration) {
	rs.mu.Lock()
	if next := rs.next; next != nil {
		next.force = next.force || force
		rs.mu.Unlock()
		return next.wait(ctx), 0
	}
	mine := &round{force: force, done: make(chan struct{})}
	before := rs.running
	if before == nil {
		if wait := rs.pause(); wait > 0 {
			rs.mu.Unlock()
			return RefreshResult{}, wait
		}
		rs.begin(mine)
		rs.mu.Unlock()
		return rs.run(ctx, mine), 0
	}
	rs.next = mine
	rs.mu.Unlock()
	return rs.runAfter(ctx, before, mine), 0
}

// pause is how long until the next round may begin. rs.mu is held.
func (rs *rounds) pause() time.Duration {
	if rs.began.IsZero() {
		return 0
	}
	return refreshInterval - time.Since(rs.began)
}

// begin makes r the running round. rs.mu is held.
func (rs *rounds) begin(r *round) { rs.running, rs.began = r, time.Now() }

// runAfter runs r when the round before it has ended and the interval is over. It goes on when its own client has gone, since others wait for r.
func (rs *rounds) runAfter(ctx context.Context, before, r *round) RefreshResult {
	<-before.done
	rs.mu.Lock()
	pause := time.NewTimer(rs.pause())
	rs.mu.Unlock()
	defer pause.Stop()
	stopped := false
	select {
	case <-pause.C:
	case <-rs.stop:
		stopped = true
	}
	rs.mu.Lock()
	rs.next = nil
	if stopped {
		rs.mu.Unlock()
		r.result = shuttingDown
		close(r.done)
		return r.result
	}
	rs.begin(r)
	rs.mu.Unlock()
	return rs.run(ctx, r)
}

func (rs *rounds) run(ctx context.Context, r *round) RefreshResult {
	defer func() {
		rs.mu.Lock()
		rs.running = nil
		rs.mu.Unlock()
		close(r.done)
	}()
	r.result = RefreshResult{Result: ResultFailed, Message: "the refresh broke off; the log has the details"} // where refresh panics
	r.result = rs.refresh(context.WithoutCancel(ctx), r.force)
	return r.result
}

func (r *round) wait(ctx context.Context) RefreshResult {
	select {
	case <-r.done:
		return r.result
	case <-ctx.Done():
		return RefreshResult{Result: ResultDeadline, Message: "you went away before the refresh ended"}
	}
}

// seconds is d as Retry-After has it: whole, rounded up.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
