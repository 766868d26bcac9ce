package shop

import (
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Watched is a table whose changes are to be seen on the page at once.
type Watched struct {
	Table *Table
	// Columns are those that the page shows, unquoted, in byte order, without counters.
	Columns []string
}

// Watched are the tables that the statement reads, without counters such as sales, stock and ratings: those move with
// every checkout. A table that only counts is left out.
func (m *Mapping) Watched() []Watched {
	var list []Watched
	for _, t := range m.Tables() {
		w := Watched{Table: t}
		telling := false
		for _, c := range m.used[t] {
			if !slices.Contains(m.counters[t], c.Name) {
				w.Columns = append(w.Columns, c.Name)
				telling = telling || !t.isKey(c)
			}
		}
		if len(w.Columns) > 0 && (telling || len(m.counters[t]) == 0) {
			slices.Sort(w.Columns)
			list = append(list, w)
		}
	}
	return list
}

// isKey reports whether a column is the table's primary key or leads to another table.
func (t *Table) isKey(c Column) bool { return t.refers(c) || c.Name == t.primary.Name }

// Quoted are the columns as SQL, with commas between them.
func (w Watched) Quoted() string {
	quoted := make([]string, len(w.Columns))
	for i, c := range w.Columns {
		quoted[i] = pq.QuoteIdentifier(c)
	}
	return strings.Join(quoted, ", ")
}

// counts notes that c of t moves with every checkout or review.
func (r *reader) counts(t *Table, c Column) {
	r.counters[t] = append(r.counters[t], c.Name)
}
