package shop

import (
	"fmt"
	"slices"
	"strings"
)

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
		if !d.answered {
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
	list := slices.Clone(m.Unused)
	for _, c := range m.Products.Columns {
		same := func(u Column) bool { return u.Name == c.Name }
		told := func(s string) bool { return strings.HasPrefix(s, c.quoted()+" ") }
		if !slices.ContainsFunc(m.used[m.Products], same) && !slices.ContainsFunc(m.Unused, told) {
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
