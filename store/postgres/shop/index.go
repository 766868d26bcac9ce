package shop

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Index is an index that the statement needs, and what is there of it.
type Index struct {
	Table *Table
	Name  string
	// Create makes it and Drop takes it back; Possible is false on views and foreign tables.
	Create, Drop string
	Possible     bool
	// Main says that the products are walked by it; the others serve look-ups of a product's rows in child tables.
	Main bool
	// Served says that there is one that serves, By its name; Broken that one of this name is there and does not:
	// incomplete, or outdated.
	Served, Broken bool
	Incomplete     bool
	By             string
}

//go:embed indexes.sql
var indexesSQL string

// Indexes are those that the statement needs, the products' own first.
func (m *Mapping) Indexes(ctx context.Context, c *sqlx.Conn) ([]Index, error) {
	var oids []int64
	for t := range m.used {
		oids = append(oids, t.OID)
	}
	rows, err := c.QueryContext(ctx, indexesSQL, pq.Array(oids))
	if err != nil {
		return nil, fmt.Errorf("read the tables' indexes: %w", err)
	}
	defer rows.Close()
	var there []present
	for rows.Next() {
		var x present
		err := rows.Scan(&x.table, &x.name, &x.valid, &x.method, pq.Array(&x.keys), pq.Array(&x.flags), &x.condition)
		if err != nil {
			return nil, fmt.Errorf("read the tables' indexes: %w", err)
		}
		there = append(there, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the tables' indexes: %w", err)
	}
	list := []Index{m.mainIndex(there)}
	for _, c := range m.lookup {
		list = append(list, childIndex(c, there))
	}
	return slices.DeleteFunc(list, func(x Index) bool { return x.Table == nil }), nil
}

// mainIndex is the one that the statement walks, once per category: by the category's column, then in the order of the
// page. Where a join table tells the categories there is no such order, and none is needed.
func (m *Mapping) mainIndex(there []present) Index {
	by, method := "("+m.order("")+")", ""
	serves := m.serves
	switch {
	case m.array.Name != "":
		by, method = "("+m.array.quoted()+")", "USING gin "
		serves = func(x present) bool {
			return x.begins("gin", m.array) && m.implies(x.condition)
		}
	case m.key.Name != "":
		by = "(" + m.key.quoted() + ", " + m.order("") + ")"
	case strings.HasPrefix(m.shelf.from, "EXISTS"):
		return Index{}
	}
	where := ""
	for _, c := range m.shown {
		if c.fixed {
			where += " AND " + strings.ReplaceAll(c.sql, "p."+c.column.quoted(), c.column.quoted())
		}
	}
	if where != "" {
		where = " WHERE " + strings.TrimPrefix(where, " AND ")
	}
	x := newIndex(m.Products, "vitrine_"+m.Products.Name+"_idx", method+by+where)
	x.Main = true
	return x.compare(there, serves)
}

// childIndex is one that finds a product's rows in a child table.
func childIndex(c lookup, there []present) Index {
	x := newIndex(c.table, "vitrine_"+c.table.Name+"_"+c.column+"_idx", "("+pq.QuoteIdentifier(c.column)+")")
	return x.compare(there, func(p present) bool {
		return p.begins("btree", Column{Name: c.column}) && p.condition == ""
	})
}

// newIndex words the statements. A build does not block the shop's writes; only on a partitioned table, where
// PostgreSQL has no CONCURRENTLY, it does.
func newIndex(t *Table, name, what string) Index {
	how := "CONCURRENTLY "
	if t.Kind == 'p' {
		how = ""
	}
	short := []rune(strings.ToLower(name))
	for len(string(short)) > 63 { // NAMEDATALEN
		short = short[:len(short)-1]
	}
	x := Index{Table: t, Name: string(short), Possible: strings.IndexByte("rpm", t.Kind) >= 0}
	x.Create = fmt.Sprintf("CREATE INDEX %s%s ON %s %s;", how, pq.QuoteIdentifier(x.Name), t.Quoted(), what)
	x.Drop = fmt.Sprintf("DROP INDEX %sIF EXISTS %s.%s;", how, pq.QuoteIdentifier(t.Schema), pq.QuoteIdentifier(x.Name))
	return x
}

// compare notes what is there.
func (x Index) compare(there []present, serves func(present) bool) Index {
	for _, p := range there {
		switch {
		case p.table != x.Table.OID:
		case serves(p):
			x.Served, x.By = true, p.name
		case p.name == x.Name:
			x.Broken, x.Incomplete = true, !p.valid
		}
	}
	return x
}

// Missing says that an index is missing, or that its build was interrupted, and what to run: what is there under its
// name goes first, or the statement would fail. "" where nothing is missing.
func (x Index) Missing() string {
	what := "does not fit the query any more"
	switch {
	case x.Served || !x.Possible:
		return ""
	case !x.Broken:
		kind := "table"
		if x.Main {
			kind = "products table"
		}
		const none = "the %s %s has no index %s, which the query needs; `vitrine init` makes it, or run: %s"
		return fmt.Sprintf(none, kind, x.Table.Quoted(), pq.QuoteIdentifier(x.Name), x.Create)
	case x.Incomplete:
		what = "is not complete: its build is still running or was interrupted"
	}
	const broken = "the index %s of %s %s; `vitrine init` makes it anew, or run, one at a time: %s %s"
	return fmt.Sprintf(broken, pq.QuoteIdentifier(x.Name), x.Table.Quoted(), what, x.Drop, x.Create)
}
