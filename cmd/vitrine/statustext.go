package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"vitrine/render"
	"vitrine/render/status"
)

// sparks are the eight heights of a sparkline; sparkWidth is how many refreshes it shows.
var sparks = []rune("▁▂▃▄▅▆▇█")

const sparkWidth = 48

// writeStatus prints the state, its sentence, a small table and a sparkline of the last refreshes.
func writeStatus(w io.Writer, st status.Status, now time.Time, colour bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", paint(strings.ToUpper(st.Status), st.Status, colour), oneLine(st.Summary))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range statusRows(st, now) {
		fmt.Fprintf(t, "  %s\t%s\n", row[0], oneLine(row[1]))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range st.Notices {
		fmt.Fprintf(&b, "  note: %s\n", oneLine(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oneLine is text of a document that anyone may have written, without what a terminal would obey or take for another line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// statusRows are the table's lines: a name and what to say about it.
func statusRows(st status.Status, now time.Time) [][2]string {
	var rows [][2]string
	add := func(name, format string, args ...any) {
		rows = append(rows, [2]string{name, fmt.Sprintf(format, args...)})
	}
	if p := st.Page; p != nil {
		add("page", "%s, %s, %s, data %s old", plural(p.Categories, "category", "categories"),
			plural(p.Products, "product", "products"), weight(*p), ago(now.Sub(p.DataAt)))
		what := p.Changes.String()
		if st.FirstPage() {
			what = "the first page"
		}
		add("last publish", "%s ago, %s", ago(now.Sub(p.PublishedAt)), what)
		if left := render.SkippedWords(p.Skipped); left != "" {
			add("left out", "%s", left)
		}
	}
	if r := st.LastRefresh; r != nil {
		add("last refresh", "%s %s ago by %s in %.0f ms", r.Result, ago(now.Sub(r.StartedAt)), r.Trigger, r.DurationMS)
		if r.ErrorClass != "" && st.TellMessage() {
			add("", "%s", r.Message)
		}
	}
	if next := st.NextRefreshAt; next != nil && next.After(now) {
		add("next refresh", "%s UTC, in %s", next.UTC().Format(time.TimeOnly), ago(next.Sub(now)))
	} else if next != nil {
		add("next refresh", "due since %s UTC", next.UTC().Format(time.TimeOnly))
	}
	d := st.Database
	if d.Queries.Total == 0 {
		add("database", "%s, not asked yet", d.Kind)
	} else {
		add("database", "%s, %s in %.1f ms, %d of %d tries failed", d.Kind, d.Status, d.ResponseTimeMS, d.Queries.Failed, d.Queries.Total)
	}
	add("pool", "%d open, %d in use at most, %d waits, %d resets", d.Pool.Open, d.ActiveConnections, d.Pool.WaitCount, d.Pool.Resets)
	if st.Templates.Error != "" {
		add("templates", "broken: %s", st.Templates.Error)
	}
	if len(st.History) > 1 {
		add("history", "%s  (duration; x failed or rejected)", sparkline(st.History))
	}
	return rows
}

// weight is the page's size, and what most visitors fetch of it once that is made.
func weight(p status.PageInfo) string {
	if p.Encodings.BR == 0 {
		return fmt.Sprintf("%.1f KB", float64(p.Bytes)/1000)
	}
	return fmt.Sprintf("%.1f KB (br %.1f KB)", float64(p.Bytes)/1000, float64(p.Encodings.BR)/1000)
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
		b.WriteRune(sparks[min(len(sparks)-1, int(h.DurationMS/longest*float64(len(sparks))))])
	}
	return b.String()
}

// colourful tells whether to write colours: to a terminal that knows them, unless the environment asks for none (https://no-color.org).
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
