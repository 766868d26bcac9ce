package web

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// The poller hears of a deadline only where a read or write needs it, and never of a later one than asked for.
func TestDeadlineApplied(t *testing.T) {
	var applied []time.Time
	d := deadline{apply: func(at time.Time) error { applied = append(applied, at); return nil }}
	start := time.Now()
	at := func(after time.Duration) time.Time { return start.Add(after) }
	use := func(want time.Time, news bool) {
		t.Helper()
		before := len(applied)
		if err := d.set(want); err != nil {
			t.Fatal(err)
		}
		if len(applied) != before {
			t.Error("applied while nothing was under way")
		}
		if d.begin() {
			d.end()
		}
		if got := len(applied) > before; got != news {
			t.Errorf("%v: applied %v, want %v", want.Sub(start), got, news)
		}
		if !d.armed.IsZero() && d.armed.After(want) {
			t.Errorf("armed %v after the one asked for", d.armed.Sub(want))
		}
	}
	use(time.Time{}, false)
	use(at(10*time.Second), true)
	use(at(10*time.Second), false)
	use(at(10*time.Second+deadlineGrain-1), false)
	use(at(10*time.Second+deadlineGrain), true)
	use(at(10*time.Second), true) // earlier
	use(at(75*time.Second), true) // much later
	use(time.Time{}, true)
	use(time.Unix(1, 0), false) // nothing needs to be tried, and so nothing to be ended
	use(time.Time{}, false)
	d.begin()
	before := len(applied)
	if err := d.set(at(5 * time.Second)); err != nil || len(applied) != before+1 {
		t.Errorf("while busy: applied %d times, %v", len(applied)-before, err)
	}
	d.end()
}

// On a real connection: a deadline set before a read ends it, one set during a read ends that, and none lets it go on.
func TestDeadlineOnConnection(t *testing.T) {
	for where, change := range map[string]func(*testing.T, *conn) *conn{"socket": asked, "home": atHome} {
		t.Run(where, func(t *testing.T) {
			here, there := pair(t)
			testDeadlines(t, change(t, here), there)
		})
	}
}

func testDeadlines(t *testing.T, here *conn, there net.Conn) {
	one := make([]byte, 1)
	timesOut := func(when string) {
		t.Helper()
		if _, err := here.Read(one); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v, want a timeout", when, err)
		}
	}
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set(here.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	timesOut("set before")
	set(here.SetReadDeadline(time.Time{}))
	go func() { set(here.SetReadDeadline(time.Unix(1, 0))) }()
	timesOut("set during")
	set(here.SetDeadline(time.Time{}))
	if _, err := io.WriteString(there, "x"); err != nil {
		t.Fatal(err)
	}
	if n, err := here.Read(one); n != 1 || err != nil {
		t.Errorf("without: %d %v", n, err)
	}
	set(here.SetDeadline(time.Unix(1, 0)))
	if _, err := here.Write(one); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write after the deadline: %v", err)
	}
}
