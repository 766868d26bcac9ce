package worker

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule tells when to refresh. All its times are UTC: zones with summer time have holes and doubles in their days.
type Schedule struct{ cron cron.Schedule }

// howTo ends every sentence about a bad schedule.
const howTo = "; write five fields in UTC (minute hour day month weekday) such as */5 * * * *, or @every 5m"

// ParseSchedule understands what cron does: five fields, @hourly and its like, @every with a duration of at least a
// second. The error is a sentence for people that starts after the variable's name and value. It guards against cron
// v3.0.1's traps: specs that panic its parser (TZ=UTC alone), that never fire (30 February), and intervals that it
// silently makes a second.
func ParseSchedule(spec string) (Schedule, error) {
	fields, err := withoutZone(strings.TrimSpace(spec))
	if err != nil {
		return Schedule{}, err
	}
	if every, ok := strings.CutPrefix(fields, "@every "); ok {
		if d, err := time.ParseDuration(strings.TrimSpace(every)); err != nil || d < time.Second {
			return Schedule{}, fmt.Errorf("should be @every with a duration of a second or more%s", howTo)
		}
		fields = "@every " + strings.TrimSpace(every)
	}
	if strings.ContainsFunc(fields, func(r rune) bool { return r > '~' || r < ' ' }) || emptyItem.MatchString(fields) {
		return Schedule{}, fmt.Errorf("is not a schedule%s", howTo)
	}
	parsed, err := cron.ParseStandard("CRON_TZ=UTC " + fields)
	if err != nil {
		return Schedule{}, fmt.Errorf("is not a schedule (%w)%s", err, howTo)
	}
	s := Schedule{parsed}
	if s.Next(time.Now()).IsZero() {
		return Schedule{}, fmt.Errorf("never comes: no such day within five years%s", howTo)
	}
	return s, nil
}

// withoutZone takes a time zone off the spec: UTC may be named, others are refused.
func withoutZone(spec string) (string, error) {
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(spec, "CRON_"), "TZ="); ok {
		zone, fields, _ := strings.Cut(rest, " ")
		if zone != "UTC" {
			return "", fmt.Errorf("names a time zone, but schedules are in UTC%s", howTo)
		}
		spec = strings.TrimSpace(fields)
	}
	if spec == "" {
		return "", fmt.Errorf("is empty%s", howTo)
	}
	return spec, nil
}

// emptyItem is an item of a list without content, which cron takes for "never".
var emptyItem = regexp.MustCompile(`(^|\s|,),|,$|,\s`)

// Next is the first tick after t, UTC; zero where there is none within five years.
func (s Schedule) Next(t time.Time) time.Time { return s.cron.Next(t.UTC()) }

// gapTicks and gapSpan bound the search for the longest gap: a week of minutes.
const (
	gapTicks = 7*24*60 + 1
	gapSpan  = 8 * 24 * time.Hour
)

// Interval is the longest time between two ticks in the week after t, or between the next two where ticks are rarer.
func (s Schedule) Interval(t time.Time) time.Duration {
	last := s.Next(t)
	longest := time.Duration(0)
	for range gapTicks {
		next := s.Next(last)
		if next.IsZero() {
			break
		}
		longest = max(longest, next.Sub(last))
		last = next
		if last.Sub(t) > gapSpan {
			break
		}
	}
	return longest
}

// jittered is the schedule as cron gets it: each tick a random time late, at most Jitter and half the way to the tick
// after it. The worker learns from it when the next tick is.
type jittered struct{ w *Worker }

func (j jittered) Next(t time.Time) time.Time {
	next := j.w.schedule.Next(t)
	if next.IsZero() {
		return next
	}
	late := min(j.w.cfg.Jitter, j.w.schedule.Next(next).Sub(next)/2)
	if late > 0 {
		next = next.Add(rand.N(late))
	}
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	j.w.view.tick = next
	return next
}
