package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vitrine/render/status"
)

// TestJoiningRule: which requests share the refresh that runs, and which share one that follows.
func TestJoiningRule(t *testing.T) {
	plain, forced, dry := Request{Trigger: "signal"}, Request{Trigger: "signal",
		Force: true}, Request{Trigger: "signal", DryRun: true}
	for _, c := range []struct {
		name    string
		running Request
		sent    bool // the running refresh has sent its query
		asked   []Request
		reads   int
		shares  []int // which read answers each request, 1 being the running one; 0: its own, whichever
	}{
		{"before the query: joins", plain, false, []Request{plain, plain}, 1, []int{1, 1}},
		{"after the query: one following for all", plain, true, []Request{plain, plain, plain}, 2, []int{2, 2, 2}},
		{"forced does not join unforced", plain, false, []Request{forced}, 2, []int{2}},
		{"forced share a following forced one", plain, false, []Request{forced, forced}, 2, []int{2, 2}},
		{"forced joins forced", forced, false, []Request{forced}, 1, []int{1}},
		{"unforced joins forced", forced, false, []Request{plain}, 1, []int{1}},
		{"forced does not join a waiting unforced one", plain, true, []Request{plain, forced}, 3, []int{2, 3}},
		{"unforced joins a waiting forced one", plain, true, []Request{forced, plain}, 2, []int{2, 2}},
		{"unforced joins the unforced one that waits", plain, true, []Request{plain, forced, plain, forced}, 3, []int{2, 3,
			2, 3}},
		{"dry runs never join", plain, false, []Request{dry, dry}, 3, []int{2, 3}},
		{"nobody joins a dry run", dry, false, []Request{plain, forced}, 3, []int{2, 3}},
		{"nobody joins a waiting dry run", plain, true, []Request{dry, plain}, 3, []int{2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShop(10)
				release := make(chan struct{})
				held := func(context.Context) error { <-release; return nil }
				if c.sent {
					s.after = held
				} else {
					s.before = held
				}
				w := newStage(t, s)
				answers := make([]Report, len(c.asked)+1)
				var wg sync.WaitGroup
				ask := func(i int, r Request) {
					wg.Go(func() { answers[i], _ = w.Refresh(t.Context(), r) })
					time.Sleep(time.Millisecond)
					synctest.Wait()
				}
				ask(0, c.running)
				for i, r := range c.asked {
					ask(i+1, r)
				}
				if n := s.count(); n != 1 {
					t.Fatalf("%d reads at once", n)
				}
				close(release)
				wg.Wait()
				if n := s.count(); n != c.reads {
					t.Errorf("%d reads, want %d", n, c.reads)
				}
				order := map[string]int{answers[0].Outcome.ID: 1}
				for i, want := range c.shares {
					id := answers[i+1].Outcome.ID
					if order[id] == 0 {
						order[id] = len(order) + 1
					}
					if order[id] != want {
						t.Errorf("request %d was answered by refresh %d, want %d", i+1, order[id], want)
					}
				}
				if s.most != 1 {
					t.Errorf("%d reads at once", s.most)
				}
			})
		})
	}
}

// TestEditBeforeRequest: whenever it is asked, the answer comes with what was committed before.
func TestEditBeforeRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		s.before = func(context.Context) error { time.Sleep(70 * time.Millisecond); return nil }
		s.after = func(context.Context) error { time.Sleep(50 * time.Millisecond); return nil }
		w := newStage(t, s)
		var wg sync.WaitGroup
		for i := range 60 {
			time.Sleep(time.Duration(i*7%30) * time.Millisecond)
			name := fmt.Sprintf("Edit number %d.", i)
			s.rename(name)
			wg.Go(func() {
				r, err := w.Refresh(t.Context(), Request{Trigger: "signal", Force: i%5 == 0})
				if err != nil {
					t.Error(err)
				}
				if started := r.Outcome.StartedAt; started.IsZero() {
					t.Error("no outcome")
				}
				var on int
				_, after, _ := strings.Cut(string(w.last().Page.Body), "Edit number ")
				if _, err := fmt.Sscanf(after, "%d.", &on); err != nil || on < i {
					t.Errorf("edit %d was answered while edit %d was up (%v)", i, on, err)
				}
			})
		}
		wg.Wait()
		if s.most != 1 {
			t.Errorf("%d reads at once", s.most)
		}
	})
}

// TestImpatientCaller: whose context ends has the answer at once, and the refresh goes on for the others.
func TestImpatientCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		s.before = func(context.Context) error { time.Sleep(10 * time.Second); return nil }
		w := newStage(t, s)
		var wg sync.WaitGroup
		wg.Go(func() { w.must(t, Request{}, status.Published) })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		r, err := w.Refresh(ctx, Request{Trigger: "signal"})
		if !errors.Is(err, context.DeadlineExceeded) || r.Outcome.Result != "" || time.Since(begin) != 2*time.Second {
			t.Errorf("after %s: %+v, %v", time.Since(begin), r.Outcome, err)
		}
		wg.Wait()
		if s.count() != 1 || w.page() == "" {
			t.Errorf("%d reads; page of %d bytes", s.count(), len(w.page()))
		}
		if _, err := w.Refresh(ctx, Request{Trigger: "signal"}); !errors.Is(err, context.DeadlineExceeded) || s.count() != 1 {
			t.Errorf("asked with a context that has ended: %v, %d reads", err, s.count())
		}
	})
}

// TestClose: a running refresh is cancelled, those who wait and those who come are turned away, nothing of it enters
// the history.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s)
		w.must(t, Request{}, status.Published)
		s.set(func() { s.after = hang })
		errs := make(chan error, 3)
		ask := func() {
			go func() { _, err := w.Refresh(t.Context(), Request{Trigger: "signal"}); errs <- err }()
			synctest.Wait()
		}
		ask()
		ask()
		w.Close()
		ask()
		stopped := 0
		for range 3 {
			if err := <-errs; errors.Is(err, ErrStopped) {
				stopped++
			} else if err == nil {
				t.Error("a refresh without an end was good")
			}
		}
		if st := w.statusNow(); stopped != 2 || st.ConsecutiveFailures != 0 || len(st.History) != 1 ||
			st.Status != status.Pass {
			t.Errorf("%d turned away; after the end: %s %q, %d failures", stopped, st.Status, st.Summary, st.ConsecutiveFailures)
		}
		if w.Reload(t.Context()) != ErrStopped {
			t.Error("reload after the end")
		}
	})
}

// TestStopMidPublish: a publish begun is finished even when the program ends meanwhile.
func TestStopMidPublish(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	a := w.ready(t, status.TriggerHTTP)
	w.end()
	if err := w.publish(a, w.view.set.ts); err != nil || !a.onDisk {
		t.Fatalf("publish after the end: %v", err)
	}
	if _, err := w.finish(a, nil); err != nil || w.last().Page == nil || w.page() != string(w.last().Page.Body) {
		t.Errorf("finish after the end: %v", err)
	}
}

// httpShop is a stage whose reads take so long; ask is POST /refresh.
func httpShop(t *testing.T, takes time.Duration) (s *shop, ask func(force bool) (Report, time.Duration)) {
	s = newShop(10)
	s.after = func(context.Context) error { time.Sleep(takes); return nil }
	w := newStage(t, s)
	return s, func(force bool) (Report, time.Duration) {
		r, err := w.Refresh(t.Context(), Request{Trigger: status.TriggerHTTP, Force: force})
		var tooSoon *TooSoonError
		if errors.As(err, &tooSoon) {
			return r, tooSoon.Wait
		} else if err != nil {
			t.Error(err)
		}
		return r, 0
	}
}

// TestBurstOverHTTP: a burst, however it is spread over the first second, is two refreshes; everybody is answered, and
// nobody by a refresh that read before the request was made.
func TestBurstOverHTTP(t *testing.T) {
	for _, takes := range []time.Duration{5 * time.Millisecond, 300 * time.Millisecond, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, ask := httpShop(t, takes)
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					time.Sleep(time.Duration(i) * 40 * time.Microsecond)
					asked := time.Now()
					r, wait := ask(false)
					if wait != 0 || r.Page == nil || r.Page.DataAt.Before(wallTime(asked)) {
						t.Errorf("request %d: wait %s, %+v", i, wait, r.Page)
					}
				})
			}
			all.Wait()
			if s.count() != 2 {
				t.Errorf("a refresh of %v: %d reads for a burst", takes, s.count())
			}
		})
	}
}

// TestLateInABurst: who comes after a crowd has been answered waits for the next refresh with the others, and is not
// told to come again.
func TestLateInABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ask := httpShop(t, time.Millisecond)
		s.before = func(context.Context) error { time.Sleep(20 * time.Millisecond); return nil }
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 15 * time.Millisecond)
				asked := time.Now()
				if r, wait := ask(false); wait != 0 || r.Page == nil || r.Page.DataAt.Before(wallTime(asked)) {
					t.Errorf("request %d: wait %s, %+v", i, wait, r.Page)
				}
			})
		}
		all.Wait()
		if s.count() != 2 {
			t.Errorf("%d reads for a burst", s.count())
		}
	})
}

// TestOneRefreshASecond: of clients that come one after the other one begins a refresh each second, and the rest are
// told when to come again.
func TestOneRefreshASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ask := httpShop(t, 10*time.Millisecond)
		refused := 0
		for range 100 { // ten seconds
			_, wait := ask(false)
			if wait < 0 || wait > httpInterval {
				t.Fatalf("told to wait %s", wait)
			}
			if wait > 0 {
				refused++
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(90 * time.Millisecond)
		}
		if s.count() != 10 || refused != 90 {
			t.Errorf("in ten seconds %d refreshes and %d refusals, want 10 and 90", s.count(), refused)
		}
	})
}

// TestChainOverHTTP: clients that always find a refresh running cannot make refreshes follow one another faster than
// one a second.
func TestChainOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ask := httpShop(t, 10*time.Millisecond)
		began := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				for time.Since(began) < 10*time.Second {
					if _, wait := ask(false); wait > 0 {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		all.Wait()
		if n, most := s.count(), int(time.Since(began)/httpInterval)+1; n > most || n < 10 {
			t.Errorf("%d refreshes in %s", n, time.Since(began))
		}
	})
}

// TestForceOverHTTP: a forced request shares a refresh with forced ones only; the others take part in theirs.
func TestForceOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ask := httpShop(t, time.Second)
		ask(false)
		s.stock(2) // refused unless forced
		s.set(func() { s.after = func(context.Context) error { time.Sleep(time.Second); return nil } })
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if r, _ := ask(true); r.Outcome.Result != status.Published && r.Outcome.Result != status.Unchanged {
					t.Errorf("client %d: %s", i, r.Line())
				}
			})
		}
		all.Wait()
		if s.count() != 3 {
			t.Errorf("%d reads", s.count())
		}
	})
}

// TestCloseWhilePaced: at the end a refresh that waits for its second does not begin, and nobody is left waiting.
func TestCloseWhilePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		s.after = func(context.Context) error { time.Sleep(100 * time.Millisecond); return nil }
		w := newStage(t, s)
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := w.Refresh(t.Context(), Request{Trigger: status.TriggerHTTP})
				errs <- err
			}()
			settle(time.Millisecond)
		}
		settle(200 * time.Millisecond) // the first is over, the second waits
		w.Close()
		if first, second := <-errs, <-errs; first != nil || !errors.Is(second, ErrStopped) || s.count() != 1 {
			t.Errorf("%v, %v, %d reads", first, second, s.count())
		}
	})
}
