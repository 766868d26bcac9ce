package status

import (
	"fmt"
	"strings"
	"time"

	"vitrine/render"
	"vitrine/store"
)

// Row is one line of the account that the status page and the terminal both give: what it is about, what there is to
// say, and when that was or, if Due, will be. At is nil where no time belongs to it.
type Row struct {
	Label, Text string
	At          *time.Time
	Due         bool
}

// PageRows tell what is on the page and how old it is.
func (s *Status) PageRows() []Row {
	var rows []Row
	if p := s.Page; p != nil {
		changes := p.Changes.String()
		if s.firstPage() {
			changes = "the first page"
		}
		rows = append(rows,
			Row{Label: "data read", At: &p.DataAt},
			Row{Label: "last new page", Text: changes, At: &p.PublishedAt},
			Row{Label: "on the page", Text: render.Plural(p.Products, "product", "products") + " in " +
				render.Plural(p.Categories, "category", "categories")},
			Row{Label: "weight", Text: p.weight()})
	}
	if s.NextRefreshAt != nil {
		rows = append(rows, Row{Label: "next refresh", At: s.NextRefreshAt, Due: true})
	}
	if s.Page != nil && len(s.Page.Skipped) > 0 {
		rows = append(rows, Row{Label: "left out", Text: render.SkippedWords(s.Page.Skipped)})
	}
	return rows
}

// weight is the page's size, and what most visitors fetch of it once that is made.
func (p *PageInfo) weight() string {
	if p.Encodings.BR == 0 {
		return size(p.Bytes)
	}
	return fmt.Sprintf("%s in br, %s in gzip, %s plain", size(p.Encodings.BR), size(p.Encodings.Gzip), size(p.Bytes))
}

// PartRows describe refreshes, database, pool and templates.
func (s *Status) PartRows() []Row {
	var rows []Row
	add := func(label, text string, at *time.Time) { rows = append(rows, Row{Label: label, Text: text, At: at}) }
	if r := s.LastRefresh; r != nil {
		add("last refresh", fmt.Sprintf("%s%s by %s in %s", r.Result, classSuffix(r.ErrorClass), r.Trigger,
			milliseconds(r.DurationMS)), &r.StartedAt)
		add("its parts", fmt.Sprintf("acquire %s, query %s, render %s, publish %s", milliseconds(r.Phases.AcquireMS),
			milliseconds(r.Phases.QueryMS), milliseconds(r.Phases.RenderMS), milliseconds(r.Phases.PublishMS)), nil)
	}
	if s.ConsecutiveFailures > 0 {
		add("failures in a row", render.Thousands(s.ConsecutiveFailures), nil)
	}
	if s.LastSuccessAt != nil {
		add("last success", "", s.LastSuccessAt)
	}
	d := &s.Database
	add("database", databaseText(d), nil)
	if l := d.Listener; l != nil {
		add("notifications", l.State, &l.Since)
	}
	add("pool", fmt.Sprintf("%d to %d; %d open, %d idle; at most %d in use during the last refresh",
		d.Pool.Min, d.Pool.Max, d.Pool.Open, d.Pool.Idle, d.ActiveConnections), nil)
	add("waits for the pool", fmt.Sprintf("%s, %s in all; %s", render.Thousands(d.Pool.WaitCount),
		milliseconds(d.Pool.WaitMS), render.Plural(int(d.Pool.Resets), "reset", "resets")), nil)
	if u := s.Upload; u != nil {
		add("object storage", u.To+", "+u.Status, u.LastAt)
	}
	source := "the program's own"
	if s.Templates.Source == "folder" {
		source = "the shop's folder"
	}
	add("templates", source, &s.Templates.LoadedAt)
	return rows
}

// databaseText tells what is known of the database: its state, how fast it answers, and what became of the tries so
// far.
func databaseText(d *store.Health) string {
	name := strings.TrimSpace(d.Kind + " " + d.Role)
	if d.ReplayAgeMS != nil {
		name += " (the newest change it has is " + milliseconds(*d.ReplayAgeMS) + " old)"
	}
	if d.Queries.Total == 0 {
		return name + ", not asked yet"
	}
	text := fmt.Sprintf("%s, %s%s, answered in %s; %s of %s tries failed", name, d.Status, classSuffix(d.ErrorClass),
		milliseconds(d.ResponseTimeMS), render.Thousands(d.Queries.Failed), render.Thousands(d.Queries.Total))
	if d.Queries.Slow > 0 {
		text += fmt.Sprintf("; %s slow, the slowest %s", render.Thousands(d.Queries.Slow), milliseconds(d.Queries.SlowestMS))
	}
	return text
}

func classSuffix(c store.Class) string {
	if c == "" {
		return ""
	}
	return " (" + className(c) + ")"
}
