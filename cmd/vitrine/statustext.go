package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"vitrine/render/status"
)

// sparks are the eight heights of a sparkline; sparkWidth is how many refreshes it shows.
var sparks = []rune("▁▂▃▄▅▆▇█")

const sparkWidth = 48

// statusText tells the state, its sentence, a small table with a sparkline of the last refreshes, and what to do.
func statusText(st status.Status, now time.Time, colour bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", paint(strings.ToUpper(st.Status), st.Status, colour), oneLine(st.Summary))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range slices.Concat(st.PageRows(), st.PartRows()) {
		fmt.Fprintf(t, "  %s\t%s\n", row.Label, oneLine(rowText(row, now)))
	}
	if len(st.History) > 1 {
		fmt.Fprintf(t, "  history\t%s  (duration; x failed or rejected)\n", sparkline(st.History))
	}
	_ = t.Flush() // into memory
	for _, n := range st.Advice() {
		fmt.Fprintf(&b, "  note: %s\n", oneLine(n))
	}
	return b.String()
}

// oneLine is text of a document that anyone may have written, without what a terminal would obey or take for another
// line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// rowText is what the terminal says of a row: how long ago it was, or when it is due, and its text.
func rowText(r status.Row, now time.Time) string {
	var parts []string
	switch at := r.At; {
	case at == nil:
	case r.Due && at.After(now):
		parts = append(parts, at.UTC().Format(time.TimeOnly)+" UTC, in "+ago(at.Sub(now)))
	case r.Due:
		parts = append(parts, "due since "+at.UTC().Format(time.TimeOnly)+" UTC")
	default:
		parts = append(parts, ago(now.Sub(*at))+" ago")
	}
	if r.Text != "" {
		parts = append(parts, r.Text)
	}
	return strings.Join(parts, ", ")
}

// sparkline draws the durations of the last refreshes, an x for each that did not publish.
func sparkline(history []status.HistoryEntry) string {
	history = history[max(0, len(history)-sparkWidth):]
	longest := 1.0
	for _, h := range history {
		longest = max(longest, h.DurationMS)
	}
	var b strings.Builder
	for _, h := range history {
		if h.Result == status.Failed || h.Result == status.Rejected {
			b.WriteByte('x')
			continue
		}
		b.WriteRune(sparks[max(0, min(len(sparks)-1, int(h.DurationMS/longest*float64(len(sparks)))))])
	}
	return b.String()
}

// colourful reports whether to write colours: to a terminal that knows them, unless the environment asks for none
// (https://no-color.org).
func colourful(terminal bool, environ []string) bool {
	for _, v := range environ {
		if name, value, _ := strings.Cut(v, "="); name == "NO_COLOR" && value != "" || name == "TERM" && value == "dumb" {
			return false
		}
	}
	return terminal
}

// paint colours text by state, on a terminal only.
func paint(text, status string, colour bool) string {
	code, known := map[string]string{"pass": "32", "warn": "33", "fail": "31"}[status]
	if !colour || !known {
		return text
	}
	return "\x1b[1;" + code + "m" + text + "\x1b[0m"
}

// ago is a duration as people say it: 42 s, 12 min, 3 h 20 min, 2 days.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
