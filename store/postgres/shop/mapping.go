package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Settings are the owner's answers, and what the page is for.
type Settings struct {
	// Schema is CATALOG_SCHEMA: auto, vitrine, prisma or custom; "" is auto. Vitrine and prisma say which tables to begin
	// with.
	Schema string
	// PriceUnit, Store and Discount are PRICE_UNIT ("", major or minor), CATALOG_STORE and CATALOG_DISCOUNT ("", percent,
	// amount or ignore); Ignore is CATALOG_IGNORE, columns that mean nothing.
	PriceUnit, Store, Discount string
	Ignore                     []string
	// Lang and Currency are SITE_LANG and CURRENCY; LangSet and CurrencySet say that the owner chose them.
	Lang, Currency       string
	LangSet, CurrencySet bool
	// CurrencyDigits is the number of decimals of the currency: without any a whole number is no riddle.
	CurrencyDigits int
}

// Role is one part of the page and the column that plays it.
type Role struct{ Name, Column string }

// Mapping is how a shop is read.
type Mapping struct {
	// Products is the table of the products, Categories that of their categories, nil where there is none.
	Products, Categories *Table
	// Roles say which column plays which part, Hidden what a product meets that visitors may see.
	Roles  []Role
	Hidden []string
	// Order is what a category's products are ordered by: sales, rating, newest or id.
	Order string
	// Minor says that prices are in minor units (cents), by their column's name or PRICE_UNIT.
	Minor bool
	// Questions are open whatever the rows hold, each a sentence with its answers; what the rows leave open, Ask
	// tells.
	Questions []string
	Warnings  []string

	ignore  []string // CATALOG_IGNORE
	sellers []string // columns that tell whose product it is and choose nothing
	ascii   bool
	last    int64  // see Tables
	key     Column // of Products, that an index begins with; "" where products are chosen otherwise
	array   Column // of Products, that holds several categories, for an index
	shelf   shelf
	id      Column
	sorting []Column
	shown   []condition // what a product meets that visitors may see
	columns []selected  // the select list
	joins   []string    // lateral joins to the products that are shown
	doubts  []doubt
	used    map[*Table][]Column
	// counters are columns that move with every checkout or review, by name.
	counters map[*Table][]string
	lookup   []lookup // child tables, for indexes
}

// selected is one column of the result.
type selected struct{ name, sql string }

// lookup is a child table that is looked up by one of its columns, for each product that is shown.
type lookup struct {
	table  *Table
	column Column
}

// Unrecognised is the error of a database in which no shop is seen, or a known system whose statement is its owner's
// to choose.
type Unrecognised struct {
	Sentence string
	// Statement is the text of a CATALOG_QUERY_FILE for a known system, "" otherwise.
	Statement string
}

func (e *Unrecognised) Error() string { return e.Sentence }

// Denied is the error of a shop whose tables this role may not read.
type Denied struct {
	Sentence string
	// Grant are the statements that give the rights, to <role>.
	Grant string
}

func (e *Denied) Error() string { return e.Sentence }

// Tables are those that the statement reads, in a fixed order.
func (m *Mapping) Tables() []*Table {
	return slices.SortedFunc(maps.Keys(m.used), func(a, b *Table) int {
		return strings.Compare(a.Quoted(), b.Quoted())
	})
}

const fileHead = `-- The homepage's products, as vitrine reads them.
-- $1 (text[]) are the names in CATEGORIES, $2 is PRODUCTS_PER_CATEGORY.
-- Required columns: category, id, name, slug, price. Values in doubts that differ between products are asked about;
-- where you have chosen by a condition, take them out.
`

// Describe says how the shop is read, a role a line, for its owner to look at once.
func (m *Mapping) Describe() []Role {
	list := append([]Role{{"products", m.Products.Quoted()}}, m.Roles...)
	hidden := "nothing"
	if len(m.Hidden) > 0 {
		hidden = strings.Join(m.Hidden, " AND ")
	}
	list = append(list, Role{"shown where", hidden})
	for _, d := range m.doubts {
		if !d.answered && d.kind != aboutMinor {
			where := d.label + " of " + d.table.Quoted()
			list = append(list, Role{"looked at", where + ": asked about where it differs"})
		}
	}
	if unused := m.unused(); len(unused) > 0 {
		list = append(list, Role{"not used", strings.Join(unused, ", ")})
	}
	return list
}

// unused are the products' columns that the page is not made of, those that could mean something first.
func (m *Mapping) unused() []string {
	const most = 30
	list := slices.Clone(m.sellers)
	for _, c := range m.Products.Columns {
		same := func(u Column) bool { return u.Name == c.Name }
		told := func(s string) bool { return strings.HasPrefix(s, c.quoted()+" ") }
		if !slices.ContainsFunc(m.used[m.Products], same) && !slices.ContainsFunc(m.sellers, told) {
			list = append(list, c.quoted())
		}
	}
	if n := len(list) - most; n > 0 {
		list = append(list[:most], fmt.Sprintf("and %d more", n))
	}
	return list
}

// File is the statement with what it is made of and what is open, as text for a CATALOG_QUERY_FILE.
func (m *Mapping) File(questions []string) string {
	var b strings.Builder
	b.WriteString(fileHead)
	for _, r := range m.Describe() {
		fmt.Fprintf(&b, "-- %s: %s\n", r.Name, oneLine(r.Column))
	}
	for _, q := range questions {
		fmt.Fprintf(&b, "-- OPEN: %s\n", oneLine(q))
	}
	for _, w := range m.Warnings {
		fmt.Fprintf(&b, "-- NOTE: %s\n", oneLine(w))
	}
	return b.String() + m.Statement(true) + "\n"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

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

// Quoted are the columns as SQL, with commas between them.
func (w Watched) Quoted() string {
	quoted := make([]string, len(w.Columns))
	for i, c := range w.Columns {
		quoted[i] = pq.QuoteIdentifier(c)
	}
	return strings.Join(quoted, ", ")
}
