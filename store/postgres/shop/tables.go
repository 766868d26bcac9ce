// Package shop reads a shop: from what the system catalogue says of tables, columns and keys ([Inspect]) it makes a
// [Mapping], which says which column plays which role on the page, and from that the one statement that the page's
// products are read by. Primary and foreign keys count first, names last. What neither tells is a question to the
// owner, never a guess.
package shop

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Column is one column as the system catalogue describes it; types are those at the end of domains over domains.
type Column struct {
	Name   string
	Type   string // full name, quoted and qualified as needed: a cast to it is valid SQL
	Base   string // pg_type.typname
	Class  byte   // pg_type.typcategory: S text, N number, B boolean, A array, D time, E enum, U other
	Item   string // pg_type.typname of an array's elements
	Labels []string
	// Scale is the number of decimals that numeric is declared with, -1 where it is not.
	Scale int
	// Default is what a row has that does not say, of numbers that may be a status; "" for none, and of all others.
	Default string
	// NotNull says that the column cannot be NULL, Readable that this role may read it.
	NotNull, Readable bool
}

func (c Column) quoted() string { return pq.QuoteIdentifier(c.Name) }

// integer reports whether the column holds whole numbers, of which nobody can tell whether they are cents.
func (c Column) integer() bool {
	return c.Base == "int2" || c.Base == "int4" || c.Base == "int8" || c.Scale == 0
}

// decimals reports whether the column's type says that it holds parts of a unit.
func (c Column) decimals() bool {
	return c.Scale > 0 || c.Base == "money"
}

// dated reports whether the column holds days: a time of day has none.
func (c Column) dated() bool { return is(c.Base, "date", "timestamp", "timestamptz") }

// text reports whether the column holds text, and textArray whether it holds several.
func (c Column) text() bool { return c.Class == 'S' || c.Base == "citext" }
func (c Column) textArray() bool {
	return c.Class == 'A' && slices.Contains([]string{"text", "varchar", "bpchar", "citext"}, c.Item)
}

// Table is one relation as the system catalogue describes it.
type Table struct {
	OID          int64
	Schema, Name string
	Kind         byte    // r table, p partitioned, v view, m materialized view, f foreign
	Rows         float64 // the planner's estimate, -1 where it was never analysed
	Columns      []Column
	// Searched says that it is in the schema that DATABASE_URL names.
	Searched bool
	hash     int64  // over the names and types of its columns
	primary  Column // without a name where there is none
	keys     []key
	singular []string // the words of its name, each as one of it
}

// Quoted is the table's name as SQL, with its schema.
func (t *Table) Quoted() string {
	return pq.QuoteIdentifier(t.Schema) + "." + pq.QuoteIdentifier(t.Name)
}

// column returns the column of that name.
func (t *Table) column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// find returns the first column that answers to one of names and is of one of the type classes. Names come in order of
// preference.
func (t *Table) find(classes string, names ...string) (Column, bool) {
	for _, n := range names {
		for _, c := range t.Columns {
			fits := strings.IndexByte(classes, c.Class) >= 0 || c.text() && strings.Contains(classes, "S")
			if fits && t.bare(c) == n {
				return c, true
			}
		}
	}
	return Column{}, false
}

// Tables is what the system catalogue says of a database.
type Tables struct {
	List []*Table
	// Total counts the tables that are there; List may hold fewer, those that look like a shop's first.
	Total int
	ascii bool  // the server stores bytes of no known encoding (SQL_ASCII)
	last  int64 // the oid of the newest table
}

//go:embed tables.sql
var tablesSQL string

// Inspect reads the tables that this connection can see. schema is the one that DATABASE_URL names.
func Inspect(ctx context.Context, c *sqlx.Conn, schema string) (Tables, error) {
	rows, err := c.QueryContext(ctx, tablesSQL, schema)
	if err != nil {
		return Tables{}, fmt.Errorf("read the system catalogue: %w", err)
	}
	defer rows.Close()
	var ts Tables
	numbers, foreign := map[int64]map[string]Column{}, map[int64][]string{} // columns by attnum; keys as text
	for rows.Next() {
		var t Table
		var col Column
		var kind, class, attnum string
		var primary, keys []string
		var standard sql.NullString
		if err := rows.Scan(&t.OID, &t.Schema, &t.Name, &kind, &t.Rows, &t.Searched, &ts.Total, &t.hash, pq.Array(&primary),
			pq.Array(&keys), &attnum, &col.Name, &col.Type, &col.Base, &class, &col.Item, &col.NotNull,
			&col.Scale, &standard, &col.Readable, pq.Array(&col.Labels), &ts.ascii, &ts.last); err != nil {
			return Tables{}, fmt.Errorf("read the system catalogue: %w", err)
		}
		col.Class, col.Default = class[0], standard.String
		if n := len(ts.List); n == 0 || ts.List[n-1].OID != t.OID {
			t.Kind, t.singular = kind[0], singulars(words(t.Name))
			ts.List, numbers[t.OID], foreign[t.OID] = append(ts.List, &t), map[string]Column{}, keys
		}
		last := ts.List[len(ts.List)-1]
		last.Columns, numbers[t.OID][attnum] = append(last.Columns, col), col
		if len(primary) == 1 && primary[0] == attnum {
			last.primary = col
		}
	}
	if err := rows.Err(); err != nil {
		return Tables{}, fmt.Errorf("read the system catalogue: %w", err)
	}
	ts.link(numbers, foreign)
	return ts, nil
}
