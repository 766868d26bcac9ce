package worker

import (
	"strings"
	"testing"
	"time"
)

func TestParseSchedule(t *testing.T) {
	from := time.Date(2026, 3, 8, 12, 1, 30, 0, time.UTC)
	good := map[string]struct {
		next     time.Duration // after from
		interval time.Duration
	}{
		"*/5 * * * *":             {3*time.Minute + 30*time.Second, 5 * time.Minute},
		"  */5  * * * * ":         {3*time.Minute + 30*time.Second, 5 * time.Minute},
		"TZ=UTC */5 * * * *":      {3*time.Minute + 30*time.Second, 5 * time.Minute},
		"CRON_TZ=UTC 0 * * * *":   {58*time.Minute + 30*time.Second, time.Hour},
		"@every 5m":               {5 * time.Minute, 5 * time.Minute},
		"@every  90s":             {90 * time.Second, 90 * time.Second},
		"@every 1s":               {time.Second, time.Second},
		"@hourly":                 {58*time.Minute + 30*time.Second, time.Hour},
		"0 9,17 * * *":            {4*time.Hour + 58*time.Minute + 30*time.Second, 16 * time.Hour},
		"* 9-17 * * 1-5":          {20*time.Hour + 58*time.Minute + 30*time.Second, 63*time.Hour + time.Minute},
		"30 2 * * *":              {14*time.Hour + 28*time.Minute + 30*time.Second, 24 * time.Hour},
		"0 0 29 2 *":              {0, 4*365*24*time.Hour + 24*time.Hour},
		"*/5 * * * MON-FRI":       {0, 48*time.Hour + 5*time.Minute},
		"0 0 1 1 *":               {0, 366 * 24 * time.Hour},
		"@yearly":                 {0, 366 * 24 * time.Hour},
		"0-59/2 0-23 1-31 1-12 ?": {30 * time.Second, 2 * time.Minute},
	}
	for spec, want := range good {
		s, err := ParseSchedule(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := s.Next(from).Sub(from); want.next != 0 && got != want.next {
			t.Errorf("%q: next after %s, want %s", spec, got, want.next)
		}
		if got := s.Interval(from); got != want.interval && want.interval < 300*24*time.Hour {
			t.Errorf("%q: interval %s, want %s", spec, got, want.interval)
		}
		if s.Interval(from) < time.Second {
			t.Errorf("%q: interval %s", spec, s.Interval(from))
		}
	}
	bad := map[string]string{
		"": "is empty", "TZ=UTC": "is empty", "CRON_TZ=UTC ": "is empty", "TZ=": "time zone",
		"TZ=Europe/Berlin 0 9 * * *": "time zone", "CRON_TZ=America/New_York */5 * * * *": "time zone",
		"*/5 * * *": "expected exactly 5 fields", "* * * * * *": "expected exactly 5", "0 0 30 2 *": "never comes",
		"@every 0s": "a second or more", "@every -5m": "a second or more", "@every 500ms": "a second or more",
		"@every": "is not a schedule", "@every soon": "a second or more", "61 * * * *": "is not a schedule",
		"*/0 * * * *": "is not a schedule", "a b c d e": "is not a schedule", ", * * * *": "is not a schedule",
		"1,,2 * * * *": "is not a schedule", "@never": "is not a schedule",
		"\x00 * * * *": "is not a schedule", "5-1 * * * *": "is not a schedule", "*/5\n* * * *": "is not a schedule",
	}
	for spec, want := range bad {
		s, err := ParseSchedule(spec)
		if err == nil {
			t.Errorf("%q: accepted, next %s", spec, s.Next(from))
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "*/5 * * * *") {
			t.Errorf("%q: %v; want %q and an example", spec, err, want)
		}
	}
}

// FuzzParseSchedule: no spec panics, and what is accepted ticks, forwards and at least a second apart.
func FuzzParseSchedule(f *testing.F) {
	for _, spec := range []string{"*/5 * * * *", "TZ=UTC", "CRON_TZ=UTC */5 * * * *", "TZ=UTC  ", "0 0 30 2 *",
		"0 0 29 2 *", "@every 0s", "@every -5m",
		"@every 500ms", "@every 1h30m", "@every 2562047h47m16s", "@hourly", "@", "@every ", ", * * * *",
		"1-2-3 * * * *", "*/99999999999 * * * *",
		"0 0 31 2,4,6 *", "* * * jan-dec sun", "? ? ? ? ?", "59 23 31 12 6", "0/7 1/5 * * 0-6/2"} {
		f.Add(spec)
	}
	from := time.Date(2026, 12, 31, 23, 59, 59, 999, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSchedule(spec)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: not a sentence: %q", spec, err)
			}
			return
		}
		at := s.Next(from)
		if at.IsZero() || at.Before(from) {
			t.Fatalf("%q: first tick %s", spec, at)
		}
		for range 3 {
			next := s.Next(at)
			if next.IsZero() {
				return
			}
			if next.Sub(at) < time.Second {
				t.Fatalf("%q: %s after %s", spec, next, at)
			}
			at = next
		}
	})
}
