package worker

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// settle sleeps and lets everything that is due run.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// moments are the times at which the database was asked.
type moments struct {
	mu sync.Mutex
	at []time.Time
}

func (m *moments) mark(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = append(m.at, time.Now())
	return nil
}

func (m *moments) all() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]time.Time(nil), m.at...)
}

// TestDay: three hours, or 24 with VITRINE_LONG=1, in which refreshes hang, panic, fail and succeed at random: every
// slot of the schedule is served, nothing overlaps, and after every mishap the page is fresh again within seconds.
func TestDay(t *testing.T) {
	hours := extent(3, 24)
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		dice := rand.New(rand.NewPCG(4, 2))
		var mishaps, reads atomic.Int64
		var begun sync.Map // of slots, by minute
		s.before = func(ctx context.Context) error {
			reads.Add(1)
			begun.Store(time.Now().Unix()/300, true)
			time.Sleep(time.Duration(dice.IntN(2000)) * time.Millisecond)
			kind := dice.IntN(10)
			if kind < 4 {
				mishaps.Add(1)
			}
			switch kind {
			case 0:
				panic("the dice say so")
			case 1:
				return hang(ctx)
			case 2:
				return &store.Error{Class: store.ConnectRefused, Sentence: "refused"}
			case 3:
				time.Sleep(90 * time.Second) // does not listen to ctx
			case 4:
				s.rename(time.Now().String())
			}
			return nil
		}
		start := time.Now()
		w := newStage(t, s, func(c *Config) { c.Timeout = 20 * time.Second })
		stop := w.run(t)
		var worst time.Duration
		var failing time.Time
		for time.Since(start) < time.Duration(hours)*time.Hour {
			settle(7 * time.Second)
			st := w.statusNow()
			if bad := st.LastRefresh != nil && st.LastRefresh.Result == status.Failed; !bad {
				failing = time.Time{}
			} else if failing.IsZero() {
				failing = time.Now()
			} else {
				worst = max(worst, time.Since(failing))
			}
			if st.Page != nil {
				if age := time.Since(st.Page.DataAt); age > 10*time.Minute && st.Status != status.Fail ||
					age <= 10*time.Minute && st.Status == status.Fail {
					t.Fatalf("age %s, status %s: %s", age, st.Status, st.Summary)
				}
			}
			if st.ValidUntil.Before(time.Now()) {
				t.Fatalf("at %s the status of a living worker was valid until %s", time.Now(), st.ValidUntil)
			}
		}
		stop()
		time.Sleep(2 * time.Minute) // the end of reads that were given up
		slots := 0
		begun.Range(func(any, any) bool { slots++; return true })
		whole(t, w.last())
		if want := 12 * hours; slots < want {
			t.Errorf("%d of %d slots were served", slots, want)
		}
		if s.most != 1 {
			t.Errorf("%d reads at once", s.most)
		}
		if mishaps.Load() < int64(hours*100/24) || worst > 5*time.Minute {
			t.Errorf("%d mishaps, fresh again after %s at worst", mishaps.Load(), worst)
		}
		if n := len(w.statusNow().History); n < 12*hours || n > status.HistoryLen {
			t.Errorf("history of %d", n)
		}
		t.Logf("%d reads, %d slots, %d mishaps, longest row of failures %s", reads.Load(), slots, mishaps.Load(), worst)
	})
}

// TestSchedule: one refresh at start, then one at each tick, and none while nothing is due.
func TestSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(91 * time.Second) // synctest starts at midnight
		s := newShop(10)
		var asked moments
		s.before = asked.mark
		w := newStage(t, s)
		stop := w.run(t)
		settle(20 * time.Minute)
		stop()
		at := asked.all()
		want := []string{"00:01:31", "00:05:00", "00:10:00", "00:15:00", "00:20:00"}
		if len(at) != len(want) {
			t.Fatalf("refreshes at %v, want %v", at, want)
		}
		for i := range want {
			if got := at[i].UTC().Format("15:04:05"); got != want[i] {
				t.Errorf("refresh at %s, want %s", got, want[i])
			}
		}
		if st := w.statusNow(); st.History[0].Trigger != status.TriggerStartup ||
			st.History[1].Trigger != status.TriggerSchedule {
			t.Errorf("triggers %+v", st.History)
		}
	})
}

// TestJitter: ticks come late by up to the jitter, never early, and the status knows when.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		var asked moments
		s.before = asked.mark
		w := newStage(t, s, func(c *Config) { c.Jitter = time.Minute })
		stop := w.run(t)
		settle(time.Second)
		late := 0
		for range 40 {
			next := *w.statusNow().NextRefreshAt
			settle(time.Until(next) + time.Second)
			at := asked.all()
			got := at[len(at)-1]
			off := got.Sub(got.Truncate(5 * time.Minute))
			if wallTime(got) != next || off < 0 || off >= time.Minute {
				t.Errorf("refresh at %s, announced for %s", got, next)
			}
			if off > 0 {
				late++
			}
		}
		stop()
		if n := len(asked.all()); late < 30 || n != 41 {
			t.Errorf("%d of 40 late, %d refreshes", late, n)
		}
	})
}

// TestRetries: 1, 2, 4, 5, 5 … s after a failure, 29 s where people must sign in rightly first, the next tick after a
// refusal; until one succeeds or the tick comes, which starts the row anew.
func TestRetries(t *testing.T) {
	for _, c := range []struct {
		class store.Class
		want  []time.Duration // before jitter, which shortens by a fifth at most
	}{
		{store.ConnectRefused, []time.Duration{1, 2, 4, 5, 5, 5, 5}},
		{store.Auth, []time.Duration{29, 29, 29}},
		{store.Gate, nil},
	} {
		t.Run(string(c.class), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Second)
				s := newShop(10)
				s.fail(c.class)
				if c.class == store.Gate {
					s.fail("")
					s.stock(0)
				}
				var asked moments
				s.after = asked.mark
				w := newStage(t, s)
				stop := w.run(t)
				synctest.Wait()
				for i, d := range c.want {
					st, at := w.statusNow(), asked.all()
					announced := st.NextRefreshAt.Sub(at[i])
					if st.ValidUntil != st.NextRefreshAt.Add(65*time.Second) {
						t.Errorf("valid until %s, next refresh %s", st.ValidUntil, st.NextRefreshAt)
					}
					settle(d * time.Second)
					if at = asked.all(); len(at) != i+2 {
						t.Fatalf("%d refreshes after try %d", len(at), i+1)
					}
					took := at[i+1].Sub(at[i])
					if took > d*time.Second || took < d*time.Second*8/10 {
						t.Errorf("try %d after %s, want up to %s", i+1, took, d*time.Second)
					}
					if off := took - announced; off.Abs() > 2*time.Millisecond {
						t.Errorf("try %d after %s, announced after %s", i+1, took, announced)
					}
				}
				tries := len(asked.all())
				if c.class == store.Gate {
					settle(4 * time.Minute)
					if n := len(asked.all()); n != 1 {
						t.Errorf("%d tries before the tick", n-1)
					}
				}
				if r := w.statusNow().LastRefresh; tries > 1 && r.Trigger != status.TriggerRetry {
					t.Errorf("trigger %s", r.Trigger)
				}
				// The tick starts the row anew.
				settle(time.Until(time.Now().Truncate(5 * time.Minute).Add(5 * time.Minute)))
				at := asked.all()
				if len(at) < 2 || !at[len(at)-1].Equal(at[len(at)-1].Truncate(time.Minute)) {
					t.Errorf("no refresh at the tick: %v", at)
				}
				n := len(at)
				if c.want != nil {
					settle(c.want[0] * time.Second)
					if more := len(asked.all()) - n; more != 1 {
						t.Errorf("%d tries in the first %s after the tick", more, c.want[0]*time.Second)
					}
				}
				s.fail("")
				s.stock(10)
				settle(30 * time.Second)
				n = len(asked.all())
				settle(3 * time.Minute)
				if st, more := w.statusNow(), len(asked.all())-n; c.class != store.Gate && (st.Status != status.Pass || more != 0) {
					t.Errorf("after recovery: %s %q, %d more refreshes", st.Status, st.Summary, more)
				}
				stop()
			})
		})
	}
}

// TestPlan: which failures are tried again before the next tick, and after how many seconds, up to a fifth less;
// nothing is by a command, which ends.
func TestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newStage(t, newShop(1))
		usual, slow := []time.Duration{1, 2, 4, 5, 5}, []time.Duration{29, 29, 29}
		for class, want := range map[store.Class][]time.Duration{
			store.Publish: usual, store.Other: usual, store.SchemaMismatch: usual, store.ConnectRefused: usual,
			store.AcquireTimeout: usual, store.QueryTimeout: usual, store.Auth: slow, store.TLS: slow,
			store.Template: nil, store.Gate: nil, store.Question: nil, store.Shutdown: nil,
		} {
			o := status.Outcome{Result: status.Failed, ErrorClass: class, Trigger: status.TriggerSchedule}
			try := func(live bool) (after time.Duration, again bool) {
				w.view.live = live
				w.planRetry(o)
				return time.Until(w.view.retryAt), !w.view.retryAt.IsZero()
			}
			if _, again := try(false); again {
				t.Errorf("%s: a command tries again", class)
			}
			if _, again := try(true); again != (want != nil) {
				t.Errorf("%s: tried again %t", class, again)
			}
			for _, d := range want {
				d *= time.Second
				if after, _ := try(true); after > d || after < d*8/10 {
					t.Errorf("%s: after %s, want up to %s", class, after, d)
				}
				o.Trigger = status.TriggerRetry
			}
			w.planRetry(status.Outcome{Result: status.Unchanged})
			if !w.view.retryAt.IsZero() {
				t.Error("a retry after a good refresh")
			}
		}
		w.view.live = false
	})
}

// TestRecovery: after a hanging and failing database comes back the page is fresh within 6 s (I8); three times, or
// eight with VITRINE_LONG=1.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s)
		stop := w.run(t)
		settle(time.Second)
		for range extent(3, 8) {
			s.fail(store.ConnectRefused)
			s.rename(time.Now().String())
			settle(time.Duration(300+rand.IntN(300)) * time.Second)
			s.fail("")
			back := time.Now()
			settle(6 * time.Second)
			st := w.statusNow()
			if st.LastRefresh.Result == status.Failed || st.Page.DataAt.Before(back) {
				t.Errorf("6 s after the database is back: %+v", st.LastRefresh)
			}
		}
		stop()
	})
}

// TestStale: time alone turns warn into fail, on the disk too, with no refresh in between.
func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s, func(c *Config) { c.Schedule = "0 */6 * * *"; c.StaleAfter = 2 * time.Hour })
		stop := w.run(t)
		settle(time.Second)
		s.stock(1)
		w.must(t, Request{}, status.Rejected)
		for _, c := range []struct {
			at   time.Duration
			want string
			says string
		}{{time.Hour, status.Warn, "Page has the data of 00:00:00 UTC: the last refresh was rejected"},
			{2*time.Hour - time.Minute, status.Warn, ""},
			{2*time.Hour + time.Minute, status.Fail,
				"Page has the data of 00:00:00 UTC: the last refresh was rejected (products fell from 10 to 1"}} {
			settle(c.at - time.Since(w.process.StartedAt) + time.Second)
			if st := w.statusNow(); st.Status != c.want {
				t.Errorf("after %s: %s %q", c.at, st.Status, st.Summary)
			}
			if shown := w.last().Status.Status; shown != c.want || w.disk(t).Status != c.want {
				t.Errorf("after %s: shown %s, on the disk %s, want %s", c.at, shown, w.disk(t).Status, c.want)
			}
			contains(t, w.statusNow().Summary, c.says)
		}
		stop()
	})
}

// stalling is a schedule whose cron sleeps far too long once, as after a clock was set back.
type stalling struct {
	cron.Schedule
	calls atomic.Int64
	sleep int64 // the call that stalls
}

func (s *stalling) Next(t time.Time) time.Time {
	if s.calls.Add(1) == s.sleep {
		return t.Add(30 * 24 * time.Hour)
	}
	return s.Schedule.Next(t)
}

// TestWatchdog: when two ticks have not come, the worker refreshes all the same and sets the schedule up anew.
func TestWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		var asked moments
		s.before = asked.mark
		w := newStage(t, s)
		w.ticks = &stalling{Schedule: w.ticks, sleep: 3}
		stop := w.run(t)
		settle(10*time.Minute + time.Second)
		before := len(asked.all()) // start, two ticks; cron now sleeps
		settle(10*time.Minute + 2*time.Second)
		at := asked.all()
		if before != 3 || len(at) != 4 {
			t.Fatalf("refreshes at %v", at)
		}
		if gap := at[3].Sub(at[2]); gap < 10*time.Minute || gap > 10*time.Minute+2*time.Second {
			t.Errorf("the watchdog came after %s", gap)
		}
		settle(20 * time.Minute)
		if at = asked.all(); len(at) != 8 || !at[7].Equal(at[7].Truncate(5*time.Minute)) {
			t.Errorf("the schedule was not set up anew: %v", at)
		}
		contains(t, w.log.text(), "the schedule has stalled")
		stop()
	})
}

// TestClockSet: a step of the clock, either way, is noticed within a second, the schedule set up by the new time, and
// the page refreshed; the status is right at once.
func TestClockSet(t *testing.T) {
	for _, step := range []time.Duration{-time.Hour, time.Hour, -10 * time.Second, 90 * time.Minute} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(25 * time.Hour)
				s := newShop(10)
				w := newStage(t, s)
				var off atomic.Int64
				w.now = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				s.clock = w.now
				ticks := &counted{Schedule: w.ticks}
				w.ticks = ticks
				stop := w.run(t)
				settle(7 * time.Minute)
				reads, planned := s.count(), ticks.calls.Load()
				off.Store(int64(step))
				settle(2 * time.Second)
				if s.count() != reads+1 || ticks.calls.Load() != planned+1 {
					t.Errorf("after the step: %d refreshes more, schedule asked %d times more", s.count()-reads,
						ticks.calls.Load()-planned)
				}
				contains(t, w.log.text(), "the clock was set")
				st := w.statusNow()
				if now := w.now(); st.GeneratedAt.Sub(now).Abs() > time.Second ||
					st.LastSuccessAt.Sub(now).Abs() > 3*time.Second || st.Status == status.Fail && step < 0 {
					t.Errorf("at %s: %+v", now, st)
				}
				settle(time.Hour)
				if n := s.count() - reads - 1; n < 11 || n > 13 {
					t.Errorf("%d refreshes in the hour after", n)
				}
				stop()
			})
		})
	}
}

type counted struct {
	cron.Schedule
	calls atomic.Int64
}

func (c *counted) Next(t time.Time) time.Time {
	c.calls.Add(1)
	return c.Schedule.Next(t)
}

// TestTickBehindHang: a refresh that hangs holds the next tick up, no longer than its deadline, and nothing piles up.
func TestTickBehindHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s, func(c *Config) { c.Schedule = "@every 1s"; c.Timeout = 30 * time.Second })
		stop := w.run(t)
		settle(5*time.Second + 500*time.Millisecond)
		s.set(func() { s.after = hang })
		settle(29 * time.Second)
		n := s.count()
		s.set(func() { s.after = nil })
		settle(3 * time.Second)
		if more := s.count() - n; more > 4 || s.most != 1 {
			t.Errorf("%d refreshes in the 3 s after a hang, %d at once", more, s.most)
		}
		if st := w.statusNow(); st.Status != status.Pass {
			t.Error(st.Summary)
		}
		stop()
	})
}

// TestStopWhileHanging: the end does not wait for a refresh that hangs.
func TestStopWhileHanging(t *testing.T) {
	for name, read := range map[string]func(context.Context) error{"listens": hang,
		"does not": func(context.Context) error { time.Sleep(time.Hour); return nil }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShop(10)
				s.after = read
				w := newStage(t, s)
				stop := w.run(t)
				settle(3 * time.Second)
				begin := time.Now()
				stop()
				if took := time.Since(begin); took > 500*time.Millisecond {
					t.Errorf("the end took %s", took)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// TestLateEncoding: an encoder that does not listen must not bring an older page back.
func TestLateEncoding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s)
		delay := 10 * time.Second
		w.encodings = func(_ context.Context, d *publish.Document) (*publish.Document, error) {
			delay -= 8 * time.Second
			time.Sleep(delay + 8*time.Second)
			out := *d
			out.BR = []byte("br")
			return &out, nil
		}
		stop := w.run(t)
		settle(time.Second)
		s.rename("Newer")
		w.must(t, Request{}, status.Published)
		settle(20 * time.Second)
		contains(t, string(w.last().Page.Body), "Newer")
		whole(t, w.last())
		if w.last().Page.BR == nil {
			t.Error("the newer page has no encodings")
		}
		stop()
	})
}

// TestEncodingFails: what ends in an error leaves the lock to others.
func TestEncodingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newStage(t, newShop(10))
		failed := errors.New("no memory")
		w.encodings = func(context.Context, *publish.Document) (*publish.Document, error) { return nil, failed }
		stop := w.run(t)
		settle(time.Second)
		contains(t, w.log.text(), "encode the page", failed.Error())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if unlock, err := w.cfg.Public.Lock(ctx); err != nil {
			t.Error(err)
		} else {
			unlock()
		}
		stop()
	})
}

// TestEncodings: made after the page is shown, shown again, and ended when a newer page comes.
func TestEncodings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s)
		var begun, ended atomic.Int64
		w.encodings = func(ctx context.Context, d *publish.Document) (*publish.Document, error) {
			begun.Add(1)
			select {
			case <-ctx.Done():
				ended.Add(1)
				return nil, ctx.Err()
			case <-time.After(2 * time.Second):
			}
			return d.Encode(ctx)
		}
		stop := w.run(t)
		settle(time.Second)
		if snap := w.last(); snap.Page == nil || snap.Page.BR != nil || snap.Status.Page.Encodings.BR != 0 {
			t.Error("the page waits for its encodings")
		}
		s.rename("Newer")
		w.must(t, Request{}, status.Published)
		synctest.Wait()
		if begun.Load() != 2 || ended.Load() != 1 {
			t.Errorf("%d begun, %d ended early", begun.Load(), ended.Load())
		}
		settle(2 * time.Second)
		snap := w.last()
		whole(t, snap)
		if e := snap.Status.Page.Encodings; snap.Page.BR == nil || e.BR != len(snap.Page.BR) ||
			e.Gzip != len(snap.Page.Gzip) || w.disk(t).Page.Encodings != e {
			t.Errorf("encodings %+v", e)
		}
		beside := func() {
			t.Helper()
			for name, want := range map[string][]byte{publish.PageBRFile: snap.Page.BR, publish.PageGzipFile: snap.Page.Gzip} {
				if data, err := os.ReadFile(filepath.Join(w.dir, name)); err != nil || !bytes.Equal(data, want) {
					t.Errorf("beside the page: %s: %v", name, err)
				}
			}
		}
		beside()
		_ = os.Remove(filepath.Join(w.dir, publish.PageBRFile)) // beside would have told
		w.must(t, Request{}, status.Unchanged)
		settle(5 * time.Second)
		beside()
		if begun.Load() != 2 || w.last().Page != snap.Page {
			t.Errorf("an unchanged page was encoded again: %d", begun.Load())
		}
		stop()
	})
}
