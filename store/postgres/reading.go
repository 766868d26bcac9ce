package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/postgres/shop"
	"vitrine/store/postgres/shop/preset"
)

// readingAge is how long a reading of the shop is believed that the tables themselves do not contradict: a new table or
// key is noticed after that time at the latest. A column that comes, goes or changes is noticed at once, by every
// answer.
const readingAge = 10 * time.Minute

// reading is how the shop was read last.
type reading struct {
	mu      sync.Mutex
	known   bool
	at      time.Time
	mapping shop.Mapping
	indexes []shop.Index
}

// get returns what is known, and whether that is anything recent.
func (k *reading) get() (shop.Mapping, []shop.Index, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.mapping, k.indexes, k.known && time.Since(k.at) < readingAge
}

func (k *reading) set(m shop.Mapping, indexes []shop.Index) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mapping, k.indexes, k.known, k.at = m, indexes, true, time.Now()
}

// stale makes the next refresh look at the catalogue again; what is known stays for sentences.
func (k *reading) stale() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = time.Time{}
}

// mapping returns how the shop is read, from memory or from the system catalogue, which costs two quick queries and
// reads no product.
func (db *DB) mapping(ctx context.Context, c *sqlx.Conn) (shop.Mapping, error) {
	if m, _, ok := db.reading.get(); ok {
		return m, nil
	}
	m, _, err := db.look(ctx, c)
	return m, err
}

// look reads the shop anew. The error of a database without one is an *store.Error of class SchemaMismatch with a
// *shop.Unrecognised inside.
func (db *DB) look(ctx context.Context, c *sqlx.Conn) (shop.Mapping, []shop.Index, error) {
	tables, err := shop.Inspect(ctx, c, db.schema)
	if err != nil {
		return shop.Mapping{}, nil, err
	}
	var m shop.Mapping
	if system, ok := known(tables); ok {
		err = &shop.Unrecognised{Sentence: system.Sentence, Statement: system.Statement}
	} else {
		m, err = shop.Read(tables, db.answers())
	}
	if err != nil {
		return shop.Mapping{}, nil, db.explainShop(ctx, c, err)
	}
	indexes, err := m.Indexes(ctx, c)
	if err != nil {
		return shop.Mapping{}, nil, err
	}
	db.reading.set(m, indexes)
	return m, indexes, nil
}

// explainShop is the error of tables that are no shop to this role.
func (db *DB) explainShop(ctx context.Context, c *sqlx.Conn, err error) error {
	e := &store.Error{Class: store.SchemaMismatch, Sentence: err.Error(), Err: err}
	var denied *shop.Denied
	var unknown *shop.Unrecognised
	switch {
	case errors.As(err, &denied):
		user, _ := db.target.login()
		e.Cure = strings.ReplaceAll(denied.Grant, "<role>", pq.QuoteIdentifier(user))
	case errors.As(err, &unknown):
		if there, lookErr := db.schemaThere(ctx, c); lookErr == nil && !there {
			e.Sentence = fmt.Sprintf("there is no schema %s, which schema= in DATABASE_URL names; "+
				"`vitrine init` makes it, where that is meant", pq.QuoteIdentifier(db.schema))
		}
	}
	return e
}

// hidden is the error of a shop without a product where row level security stands before a table; nil where none does.
func (db *DB) hidden(ctx context.Context, c *sqlx.Conn) error {
	m, _, _ := db.reading.get()
	for _, t := range m.Tables() {
		var active bool
		err := c.QueryRowxContext(ctx, "SELECT pg_catalog.row_security_active($1::bigint::oid)", t.OID).Scan(&active)
		if err != nil {
			return fmt.Errorf("ask for row level security: %w", err)
		}
		if active {
			user, _ := db.target.login()
			return &store.Error{Class: store.SchemaMismatch,
				Sentence: "no product can be seen, since row level security of " + t.Quoted() +
					" shows the role in DATABASE_URL no row: make a policy for it",
				Cure: "CREATE POLICY vitrine_reads ON " + t.Quoted() + " FOR SELECT TO " + pq.QuoteIdentifier(user) +
					" USING (true);"}
		}
	}
	return nil
}

// known reports whether the tables are those of a known shop system.
func known(tables shop.Tables) (preset.System, bool) {
	var list []preset.Table
	for _, t := range tables.List {
		one := preset.Table{Schema: t.Schema, Name: t.Name}
		for _, c := range t.Columns {
			one.Columns = append(one.Columns, c.Name)
		}
		if t.Searched {
			list = append(list, one)
		}
	}
	return preset.Recognise(list)
}

// answers are the owner's settings that decide how a shop is read.
func (db *DB) answers() shop.Settings {
	o := db.opt
	return shop.Settings{Kind: o.Schema, PriceUnit: o.PriceUnit, Store: o.Store, Discount: o.Discount, Ignore: o.Ignore,
		Lang: o.Lang, Currency: o.Currency, Digits: o.CurrencyDigits,
		LangSet: o.Explicit["SITE_LANG"], CurrencySet: o.Explicit["CURRENCY"]}
}

// bigTable is the number of products from which a missing index is worth a notice: below, a scan takes no time that
// anyone sees.
const bigTable = 10_000

// indexNotice says which index is missing on a big table, as the planner estimates it and sizeOf, if not nil, measures
// what it has no figures of; "" where none is.
func (db *DB) indexNotice(sizeOf func(*shop.Table) int64) string {
	_, indexes, _ := db.reading.get()
	for _, x := range indexes {
		t := WholeTable{Rows: x.Table.Rows}
		s := x.Missing()
		if s != "" && t.Rows < 0 && sizeOf != nil {
			t.Bytes = sizeOf(x.Table)
		}
		if s != "" && t.Big() {
			return s
		}
	}
	return ""
}

// shopNotices are sentences about the shop as it was last read: a missing index on a big table, and what its columns do
// not tell.
func (db *DB) shopNotices() []string {
	var list []string
	if n := db.indexNotice(nil); n != "" {
		list = append(list, n)
	}
	db.reading.mu.Lock()
	defer db.reading.mu.Unlock()
	return append(list, db.reading.mapping.Warnings...)
}

// blame says of a query that ran out of its time what held it up: a lock of somebody else's, or an index that is
// missing where the table is big, or its size not known. The next refresh looks at the tables again.
func (db *DB) blame(ctx context.Context, err error) error {
	var e *store.Error
	var limit *limitError
	if !errors.As(err, &e) || e.Class != store.QueryTimeout || !errors.As(err, &limit) || db.custom() {
		return err
	}
	db.reading.stale()
	because := db.lockHolder(ctx)
	if because == "" {
		because = db.indexNotice(func(t *shop.Table) int64 { return db.sizeOf(ctx, t) })
	}
	if because == "" {
		return err
	}
	return &store.Error{Class: e.Class, Sentence: e.Sentence + ": " + because, Err: e.Err}
}

// lockLimit bounds the look for locks.
const lockLimit = 2 * time.Second

// lockHolder says which session has locked a table of the shop against reading; "" where none has.
func (db *DB) lockHolder(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	m, _, _ := db.reading.get()
	var oids []int64
	for _, t := range m.Tables() {
		oids = append(oids, t.OID)
	}
	var table string
	var pid int
	err := db.aside(ctx, "look for locks", func(ctx context.Context, c *sqlx.Conn) error {
		return c.QueryRowxContext(ctx, "SELECT relation::regclass::text, pid FROM pg_catalog.pg_locks WHERE mode = "+
			"'AccessExclusiveLock' AND granted "+
			"AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND relation = ANY "+
			"($1::bigint[]::oid[]) LIMIT 1",
			pq.Array(oids)).Scan(&table, &pid)
	})
	if err != nil { // nothing is locked any more, or the server does not say
		return ""
	}
	return fmt.Sprintf("the session with process id %d holds a lock on %s, "+
		"as a migration does. The page is refreshed once that ends", pid, table)
}

// sizeOf is how many bytes a table takes with its partitions; 0 where the server does not say.
func (db *DB) sizeOf(ctx context.Context, t *shop.Table) (bytes int64) {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	_ = db.aside(ctx, "size of a table", func(ctx context.Context, c *sqlx.Conn) error {
		return c.QueryRowxContext(ctx, "SELECT sum(pg_catalog.pg_relation_size(oid))::bigint FROM ("+
			"SELECT $1::bigint::oid UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree($1::bigint::oid)) AS t (oid)",
			t.OID).Scan(&bytes)
	})
	return bytes
}

// asked is the error of open questions: the page that is up stays until they are answered.
func asked(questions []string) error {
	if len(questions) == 0 {
		return nil
	}
	return &store.Error{Class: store.Question, Sentence: strings.Join(questions, ". ")}
}
