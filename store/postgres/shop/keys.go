package shop

import (
	"fmt"
	"slices"
	"strings"
)

// key is a foreign key of one column, or what looks like one by its name.
type key struct {
	from     Column
	to       *Table
	toColumn Column // the column of to that is referred to
	declared bool   // or else told by its name
}

// declared reports whether the database holds the column to the key that it is.
func (t *Table) declared(c Column) bool {
	return slices.ContainsFunc(t.keys, func(k key) bool { return k.from.Name == c.Name && k.declared })
}

// refers reports whether the column leads to another table.
func (t *Table) refers(c Column) bool {
	return slices.ContainsFunc(t.keys, func(k key) bool { return k.from.Name == c.Name })
}

// isKey reports whether a column is the table's primary key or leads to another table.
func (t *Table) isKey(c Column) bool { return t.refers(c) || c.Name == t.primary.Name }

// link fills in the keys: those that are declared, then those that names tell of.
func (ts Tables) link(numbers map[int64]map[string]Column, foreign map[int64][]string) {
	byOID := map[int64]*Table{}
	for _, t := range ts.List {
		byOID[t.OID] = t
		if t.primary.Name == "" {
			t.primary = t.likelyKey()
		}
	}
	for _, t := range ts.List {
		for _, k := range foreign[t.OID] {
			var from, to string
			var oid int64
			_, err := fmt.Sscan(k, &from, &oid, &to)
			one := key{numbers[t.OID][from], byOID[oid], numbers[oid][to], true}
			if err == nil && one.from.Name != "" && one.toColumn.Name != "" {
				t.keys = append(t.keys, one)
			}
		}
	}
	for _, t := range ts.List {
		for _, c := range t.Columns {
			if !t.isKey(c) {
				if to := ts.namedBy(t, c); to != nil {
					t.keys = append(t.keys, key{c, to, to.primary, false})
				}
			}
		}
	}
}

// likelyKey is the column that tells the rows of a view, or of a table without a primary key, apart.
func (t *Table) likelyKey() Column {
	c, _ := t.find("NSU", "id", "uuid")
	return c
}

// namedBy returns the table that c refers to by its name, as categoryId does to categories; nil where none, or more
// than one, fits.
func (ts Tables) namedBy(t *Table, c Column) *Table {
	w := singulars(words(c.Name))
	n := len(w)
	if n == 0 {
		return nil
	}
	if n > 1 && w[n-1] == "id" {
		w = w[:n-1]
	} else if strings.IndexByte("NU", c.Class) < 0 || !is(w[n-1], categoryWords...) {
		return nil // a text column without id in its name holds text
	}
	parent := w[0] == "parent"
	switch {
	case parent && (len(w) == 1 || w[1] == lastWord(t.Name)), strings.Join(w, " ") == "variant of":
		w = t.singular
	case parent: // of another table
		w = w[1:]
	}
	var found *Table
	best := 0
	for _, to := range ts.List {
		if to.primary.Name == "" || to.Schema != t.Schema || !sameFamily(to.primary, c) {
			continue
		}
		switch n := alike(to.singular, w); {
		case n > best:
			found, best = to, n
		case n == best && n > 0:
			found = nil
		}
	}
	if parent && best == 0 && t.primary.Name != "" && sameFamily(t.primary, c) { // no table is called so: its own rows
		return t
	}
	return found
}

// sameFamily reports whether the columns' values are compared by PostgreSQL as they are, and by an index of either.
func sameFamily(a, b Column) bool {
	whole := func(c Column) bool { return is(c.Base, "int2", "int4", "int8") }
	text := func(c Column) bool { return is(c.Base, "text", "varchar") }
	return a.Base == b.Base || whole(a) && whole(b) || text(a) && text(b)
}

// alike says how well the words of a table's name fit those of a key's: 3 the same, 2 the one ends with the other, 0
// not.
func alike(table, w []string) int {
	a, b := strings.Join(table, ""), strings.Join(w, "")
	switch {
	case a == b:
		return 3
	case b != "" && strings.HasSuffix(a, b) && len(table) > len(w):
		return 2
	}
	return 0
}

// tellsOfSales reports whether the rows of a table are what was sold or moved, by its name: sales, sale_items,
// line_items, stock_movements.
func tellsOfSales(t *Table) bool {
	last := lastWord(t.Name)
	return last == "sale" || slices.ContainsFunc(t.singular, func(w string) bool {
		return is(w, "line", "lineitem", "movement", "adjustment", "receipt", "alert", "notification", "rental") ||
			w == "sale" && is(last, "item", "record", "detail")
	})
}

// child is a table whose rows belong to another's.
type child struct {
	table *Table
	key
}

// children are the tables with a key to t, but for those that record what happened to it.
func (ts Tables) children(t *Table) []child {
	var list []child
	for _, c := range ts.List {
		if c == t || begins(c.Name, elseWords...) || tellsOfSales(c) {
			continue
		}
		for _, k := range c.keys {
			if k.to == t {
				list = append(list, child{c, k})
			}
		}
	}
	return list
}
