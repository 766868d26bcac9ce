package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vitrine/render"
	"vitrine/store"
)

// Values of Status.Status.
const (
	Pass = "pass"
	Warn = "warn"
	Fail = "fail"
)

// clockSkew is how far the clocks of a writer and a reader may differ.
const clockSkew = time.Minute

// TooOld reports whether data read at that time counts as old: read longer ago than stale, or later than now, when
// nobody knows its age.
func TooOld(dataAt, now time.Time, stale time.Duration) bool {
	return now.Sub(dataAt) > stale || Ahead(dataAt, now)
}

// Ahead reports whether a time is later than now: a clock was wrong then, or is now.
func Ahead(t, now time.Time) bool { return t.Sub(now) > clockSkew }

// Evaluate fills Status and Summary as of now. The page counts as failing when its data is older than stale; degraded
// are sentences about what does not work as it should, none of which costs visitors anything.
func (s *Status) Evaluate(now time.Time, stale time.Duration, degraded []string) {
	reasons := s.reasons(degraded)
	next := s.next("try", now)
	if s.Page == nil {
		s.Status, s.Summary = Fail, "No page yet: the first refresh is under way"
		if len(reasons) > 0 {
			s.Summary = "No page yet: " + strings.Join(reasons, ", and ") + next
		}
		return
	}
	old := TooOld(s.Page.DataAt, now, stale)
	if Ahead(s.Page.DataAt, now) {
		reasons = append(reasons, "that is later than now, so nobody knows how old it is: a clock was or is wrong")
	}
	if old && len(reasons) == 0 {
		reasons = []string{"no refresh has succeeded since it was read"}
	}
	switch {
	case old:
		s.Status = Fail
	case len(reasons) > 0:
		s.Status = Warn
	default:
		s.Status = Pass
		s.Summary = fmt.Sprintf("Page is fresh: %s and %s%s, read at %s%s",
			render.Plural(s.Page.Categories, "category", "categories"), render.Plural(s.Page.Products, "product", "products"),
			s.Page.loss(), timeOrDay(s.Page.DataAt, now), s.next("refresh", now))
		return
	}
	// The time of the data and not its age, which would be wrong a second later.
	s.Summary = "Page has the data of " + timeOrDay(s.Page.DataAt, now) + ": " + strings.Join(reasons, ", and ") + next
}

// next says when the next try or refresh is due; "" where none is known to come.
func (s *Status) next(what string, now time.Time) string {
	if s.NextRefreshAt == nil {
		return ""
	}
	return "; next " + what + " " + timeOrDay(*s.NextRefreshAt, now)
}

// largeLoss is the part of a page's products, one in so many, whose loss at one stroke the summary tells, although the
// gate let it pass.
const largeLoss = 4

// loss is what the summary says of products that went with the last change; "" where they are few.
func (p *PageInfo) loss() string {
	fewer := p.Changes.Removed.Count - p.Changes.Added.Count
	if fewer < 1 || fewer*largeLoss < p.Products+fewer {
		return ""
	}
	return fmt.Sprintf(" (%d fewer than before)", fewer)
}

// reasons are why the status does not pass, as parts of a sentence. What to do about them is in Advice.
func (s *Status) reasons(degraded []string) []string {
	var out []string
	if last := s.LastRefresh; last != nil && last.ErrorClass != "" {
		subject := "the last refresh "
		if s.ConsecutiveFailures > 1 {
			subject = fmt.Sprintf("%d refreshes ", s.ConsecutiveFailures)
		}
		out = append(out, fmt.Sprintf("%s%s (%s)", subject, last.verb(), headline(last.Message)))
	}
	if s.Templates.Error != "" && (s.LastRefresh == nil || s.hasOwnMessage()) {
		out = append(out, fmt.Sprintf("the newest templates are not in use (%s)", headline(s.Templates.Error)))
	}
	if l := s.Database.Listener; l != nil && l.State != store.Listening {
		out = append(out, "the database's notifications do not arrive")
	}
	for _, sentence := range degraded {
		if h := headline(sentence); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

func (o *Outcome) verb() string {
	if o.Result == Rejected {
		return "was rejected"
	}
	return "failed"
}

// hasOwnMessage reports whether the last refresh's message says more than the templates' error, which is shown with it.
func (s *Status) hasOwnMessage() bool {
	last := s.LastRefresh
	return last != nil && last.Message != "" &&
		(s.Templates.Error == "" || last.ErrorClass != store.Template && last.Message != s.Templates.Error)
}

// Advice is what people should read: in full, with what to do about it, and each once. It is what went wrong last, then
// the notices.
func (s *Status) Advice() []string {
	var list []string
	if last := s.LastRefresh; last != nil && last.ErrorClass != "" && s.hasOwnMessage() {
		list = append(list, fullStop("The last refresh "+last.verb()+": "+last.Message))
	}
	if s.Templates.Error != "" {
		list = append(list, fullStop("The newest templates are not in use: "+s.Templates.Error))
	}
	return append(list, s.Notices...)
}

func fullStop(text string) string {
	if strings.TrimRight(text, ".!?") == text {
		text += "."
	}
	return text
}

// At is the status as a reader at now must take it: after ValidUntil it is Fail, whatever was written, since whoever
// wrote it has stopped or is stuck (invariant I11). What was the summary is then no more than the past, and goes.
func (s Status) At(now time.Time) Status {
	if s.StoppedAt != nil {
		return s // which says so
	}
	if now.After(s.ValidUntil) {
		s.Status, s.Summary = Fail, s.expiredSummary()
	} else if s.Page != nil && Ahead(s.Page.DataAt, now) {
		s.Status = Fail
		s.Summary = "The page's data is of " + dateTime(s.Page.DataAt) + ", which is later than now: a clock was or is wrong"
	}
	return s
}

// Stop makes the status the last one of a program that was told to stop.
func (s *Status) Stop(at time.Time) {
	s.Status, s.StoppedAt, s.NextRefreshAt = Fail, &at, nil
	s.Summary = "Stopped at " + dateTime(at) + "; the page that is up stays as it is until vitrine runs again"
}

// expiredSummary is the summary of a status that nobody renews any more.
func (s *Status) expiredSummary() string {
	switch {
	case s.StoppedAt != nil:
		return s.Summary
	case s.NextRefreshAt == nil && s.LastRefresh != nil:
		return "No server runs: `vitrine render` was the last to look, and nobody has since " + dateTime(s.GeneratedAt)
	}
	return "The worker has stopped or is stuck: nobody has renewed this status since " + dateTime(s.GeneratedAt)
}

// firstPage reports whether the page that is up is the first of its history: nothing was published before it.
func (s *Status) firstPage() bool {
	published := 0
	for _, h := range s.History {
		if h.Result == Published {
			published++
		}
	}
	return s.Page != nil && s.Page.Changes.None() && published == 1 && len(s.History) < HistoryLen
}
