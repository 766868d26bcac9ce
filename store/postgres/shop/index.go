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
	x := newIndex(c.table, "vitrine_"+c.table.Name+"_"+c.column.Name+"_idx", "("+c.column.quoted()+")")
	return x.compare(there, func(p present) bool {
		return p.begins("btree", c.column) && p.condition == ""
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

// present is one index that is there.
type present struct {
	table     int64
	name      string
	valid     bool // false while it is being built, and for ever after a build that was interrupted
	method    string
	keys      []string // column names, "" for an expression
	flags     []int64  // of pg_index.indoption: 1 DESC, 2 NULLS FIRST
	condition string   // as PostgreSQL prints it
}

// begins reports whether the index can be used and begins with the column.
func (x present) begins(method string, c Column) bool {
	return x.valid && x.method == method && len(x.keys) > 0 && x.keys[0] == c.Name
}

// serves reports whether the statement can walk x without sorting: the keys begin as it orders, in its directions or
// all of them reversed, and the condition asks for nothing that the statement does not.
func (m *Mapping) serves(x present) bool {
	var keys []string
	var flags []int64
	if m.key.Name != "" {
		keys, flags = append(keys, m.key.Name), append(flags, 0)
	}
	first := len(keys) // the category is compared for equality: its direction does not matter
	for _, c := range m.sorting {
		f := int64(1)
		if c.NotNull {
			f |= 2
		}
		keys, flags = append(keys, c.Name), append(flags, f)
	}
	keys, flags = append(keys, m.id.Name), append(flags, 0)
	usable := x.valid && x.method == "btree" && min(len(x.keys), len(x.flags)) >= len(keys)
	if !usable || !slices.Equal(x.keys[:len(keys)], keys) {
		return false
	}
	same, reversed := true, true
	for i := first; i < len(keys); i++ {
		same = same && x.flags[i] == flags[i]
		reversed = reversed && x.flags[i] == flags[i]^3
	}
	return (same || reversed) && m.implies(x.condition)
}

// implies reports whether every part of an index condition is among the statement's own.
func (m *Mapping) implies(condition string) bool {
	if condition == "" {
		return true
	}
	var have []string
	for _, c := range m.shown {
		have = append(have, bare(strings.ReplaceAll(c.sql, "p."+c.column.quoted(), c.column.quoted())))
	}
	for part := range strings.SplitSeq(condition, " AND ") {
		if !slices.Contains(have, bare(part)) {
			return false
		}
	}
	return true
}

var castsAndSigns = strings.NewReplacer("(", "", ")", "", `"`, "", " ", "",
	"'", "", "::bigint", "", "::numeric", "", "::text", "", "::bpchar", "",
	"::integer", "", "::charactervarying", "", "::uuid", "")

// bare is a condition without what PostgreSQL may print differently: parentheses, quotes, spaces, casts of literals,
// "= true", lists.
func bare(condition string) string {
	condition = strings.TrimSuffix(castsAndSigns.Replace(condition), "=true")
	lists := strings.NewReplacer("<>ALLARRAY[", "NOTIN", "=ANYARRAY[", "IN", "]", "", "[]", "", "::bit", "")
	return lists.Replace(condition)
}
