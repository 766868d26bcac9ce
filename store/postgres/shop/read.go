package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// reader makes one Mapping.
type reader struct {
	Mapping
	all  Tables
	set  Settings
	self Column // of Products, that leads to a row's parent; without a name where rows have none

	stocked bool // something tells the stock of a product
}

// Read finds the shop among the tables. The error is an *Unrecognised or a *Denied.
func Read(ts Tables, set Settings) (Mapping, error) {
	t, err := ts.products(set.Schema)
	if err != nil {
		return Mapping{}, err
	}
	r := &reader{all: ts, set: set}
	r.Products, r.ascii, r.last, r.ignore = t, ts.ascii, ts.last, set.Ignore
	r.used, r.counters = map[*Table][]Column{}, map[*Table][]string{}
	r.id = t.primary
	r.use(t, r.id)
	r.findParent()
	r.selectText()
	r.findStock()
	r.findPrice()
	r.findPictures()
	r.findCategories()
	r.findOwner()
	r.findLanguage()
	r.hide()
	r.sort()
	if err := r.denied(); err != nil {
		return Mapping{}, err
	}
	return r.Mapping, nil
}

// use notes that the statement reads c of t, and returns it quoted.
func (r *reader) use(t *Table, c Column) string {
	if !slices.ContainsFunc(r.used[t], func(u Column) bool { return u.Name == c.Name }) {
		r.used[t] = append(r.used[t], c)
	}
	return c.quoted()
}

// p is column c of a product.
func (r *reader) p(c Column) string { return "p." + r.use(r.Products, c) }

func (r *reader) role(name, column string) { r.Roles = append(r.Roles, Role{name, column}) }

func (r *reader) ask(format string, args ...any) {
	if question := fmt.Sprintf(format, args...); !slices.Contains(r.Questions, question) {
		r.Questions = append(r.Questions, question)
	}
}

func (r *reader) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// ignored reports whether CATALOG_IGNORE names the column, alone or with its table.
func (r *reader) ignored(t *Table, c Column) bool {
	return slices.ContainsFunc(r.set.Ignore, func(name string) bool {
		table, column, both := strings.Cut(strings.ToLower(name), ".")
		if !both {
			table, column = "", table
		}
		return strings.ToLower(c.Name) == column && (!both || strings.ToLower(t.Name) == table)
	})
}

// output adds a column to the result.
func (r *reader) output(name, sql string) { r.columns = append(r.columns, selected{name, sql}) }

// counts notes that c of t moves with every checkout or review.
func (r *reader) counts(t *Table, c Column) {
	r.counters[t] = append(r.counters[t], c.Name)
}

// noteLookup notes a child table that is looked up for each row, which an index should serve.
func (r *reader) noteLookup(t *Table, column Column) {
	if !slices.ContainsFunc(r.lookup, func(c lookup) bool { return c.table == t && c.column.Name == column.Name }) {
		r.lookup = append(r.lookup, lookup{t, column})
	}
}

// attempt runs f and forgets the columns that it noted where f does not come to anything.
func (r *reader) attempt(f func() bool) bool {
	used, lookup, doubts, questions := maps.Clone(r.used), r.lookup, r.doubts, r.Questions
	if f() {
		return true
	}
	r.used, r.lookup, r.doubts, r.Questions = used, lookup, doubts, questions
	return false
}

// denied is the error of what the role may not read: without a flag or a categories table the page would show what it
// must not.
func (r *reader) denied() error {
	var columns, tables []string
	schemas := map[string]bool{}
	for _, t := range r.Tables() {
		n := len(columns)
		for _, c := range r.used[t] {
			if !c.Readable {
				columns = append(columns, c.quoted()+" of "+t.Quoted())
			}
		}
		if len(columns) > n {
			tables, schemas[t.Schema] = append(tables, t.Quoted()), true
		}
	}
	if len(columns) == 0 {
		return nil
	}
	var usage strings.Builder
	for _, s := range slices.Sorted(maps.Keys(schemas)) {
		fmt.Fprintf(&usage, "GRANT USAGE ON SCHEMA %s TO <role>; ", pq.QuoteIdentifier(s))
	}
	grant := fmt.Sprintf("%sGRANT SELECT ON %s TO <role>;", usage.String(), strings.Join(tables, ", "))
	sentence := "the database role may not read " + strings.Join(columns, ", ") + ". As the tables' owner run " + grant
	return &Denied{sentence, grant}
}
