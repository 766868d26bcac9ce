package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

// shapeAge is how long a recognised shop is believed: a column that was added since then (isPublished, say) is noticed after that
// time at the latest. A column that went away is noticed at once, because the query fails.
const shapeAge = 10 * time.Minute

// shop is what is known of the shop's tables between two refreshes.
type shop struct {
	mu      sync.Mutex
	known   bool
	at      time.Time
	shape   shape
	indexes []index
}

// get returns what is known, and whether that is anything recent.
func (k *shop) get() (shape, []index, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shape, k.indexes, k.known && time.Since(k.at) < shapeAge
}

func (k *shop) set(s shape, indexes []index) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shape, k.indexes, k.known, k.at = s, indexes, true, time.Now()
}

// stale makes the next refresh look at the catalogue again; what is known stays for sentences.
func (k *shop) stale() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = time.Time{}
}

// find returns the shop's shape, from memory or from the system catalogue, which costs two or three quick queries and reads no
// product. The error of an unknown shop is an *Error of class SchemaMismatch, with an *Unrecognised inside.
func (db *DB) find(ctx context.Context, c *sqlx.Conn) (shape, error) {
	if s, _, ok := db.shop.get(); ok {
		return s, nil
	}
	s, indexes, err := db.look(ctx, c)
	if err == nil {
		db.shop.set(s, indexes)
	}
	return s, err
}

// look recognises the shop anew, and refuses one that cannot be shown as it is.
func (db *DB) look(ctx context.Context, c *sqlx.Conn) (shape, []index, error) {
	s, indexes, err := db.locate(ctx, c)
	if err == nil {
		err = s.usable(db.opt.PriceUnit)
	}
	return s, indexes, err
}

// locate recognises the shop anew, and reads which indexes its products have.
func (db *DB) locate(ctx context.Context, c *sqlx.Conn) (shape, []index, error) {
	var names []string
	for _, kind := range []string{shapeVitrine, shapePrisma} {
		for _, n := range append(productTables(kind), categoryTables(kind)...) {
			names = append(names, strings.ToLower(n))
		}
	}
	tables, ascii, err := readTables(ctx, c, db.schema, names)
	if err != nil {
		return shape{}, nil, err
	}
	s, ok := recognise(tables, db.opt.Schema)
	if !ok {
		return shape{}, nil, db.unrecognised(ctx, c)
	}
	s.ascii = ascii
	indexes, err := readIndexes(ctx, c, s.products.oid)
	return s, indexes, err
}

// usable refuses a recognised shop that cannot be shown as it is: columns that the role may not read, and prices of unknown unit.
func (s shape) usable(priceUnit string) error {
	var hidden []string
	for _, r := range append([]string{"category"}, append(columns, "created_at")...) {
		if c, ok := s.cols[r]; ok && !c.readable {
			hidden = append(hidden, c.quoted())
		}
	}
	for _, c := range s.products.columns {
		if !c.readable && len(published(table{columns: []column{c}}, "p")) > 0 {
			hidden = append(hidden, c.quoted())
		}
	}
	grant := s.products.quoted()
	if t := s.category.table; t != nil && (!s.category.name.readable || !s.category.id.readable) {
		hidden = append(hidden, t.quoted()+"."+s.category.name.quoted())
		grant += ", " + t.quoted()
	}
	if len(hidden) > 0 {
		return &store.Error{Class: store.SchemaMismatch, Sentence: fmt.Sprintf("the database role may not read %s of %s. As the tables' owner run "+
			"GRANT USAGE ON SCHEMA %s TO <role>; GRANT SELECT ON %s TO <role>;",
			strings.Join(hidden, ", "), s.products.quoted(), pq.QuoteIdentifier(s.products.schema), grant)}
	}
	if c := s.cols["price"]; c.integer() && priceUnit == "" {
		return unitMissing(c.quoted() + " of " + s.products.quoted())
	}
	return nil
}

// unitMissing is the error for an integer price column of unknown unit.
func unitMissing(what string) error {
	return &store.Error{Class: store.SchemaMismatch, Sentence: "the price column " + what +
		" holds whole numbers, which may be cents or whole units; set PRICE_UNIT=minor (1999 is 19.99) or PRICE_UNIT=major (1999 is 1999.00)"}
}

// readTables reads tables and their columns, in the order in which schemas are searched; nil names mean every table.
func readTables(ctx context.Context, c *sqlx.Conn, schema string, names []string) (tables []table, ascii bool, err error) {
	rows, err := c.QueryContext(ctx, execute("tables.sql", nil), schema, pq.Array(names))
	if err != nil {
		return nil, false, fmt.Errorf("read the system catalogue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t table
		var col column
		var relkind, class string
		if err := rows.Scan(&t.oid, &t.schema, &t.name, &relkind, &t.rows, &col.name, &col.typ, &col.base, &class, &col.notNull,
			&col.readable, pq.Array(&col.labels), &ascii); err != nil {
			return nil, false, fmt.Errorf("read the system catalogue: %w", err)
		}
		t.relkind, col.class = relkind[0], class[0]
		if n := len(tables); n == 0 || tables[n-1].oid != t.oid {
			tables = append(tables, t)
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, col)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("read the system catalogue: %w", err)
	}
	return tables, ascii, nil
}
