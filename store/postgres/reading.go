package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/postgres/shop"
	"vitrine/store/postgres/shop/preset"
)

// readingAge is how long a reading of the shop is believed that the tables themselves do not contradict: a new table or key is noticed after
// that time at the latest. A column that comes, goes or changes is noticed at once, by every answer.
const readingAge = 10 * time.Minute

// reading is how the shop was read last.
type reading struct {
	mu      sync.Mutex
	known   bool
	at      time.Time
	mapping shop.Mapping
	indexes []shop.Index

	complete atomic.Bool // the last answer had all the categories that CATEGORIES names
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

// mapping returns how the shop is read, from memory or from the system catalogue, which costs two quick queries and reads no product.
func (db *DB) mapping(ctx context.Context, c *sqlx.Conn) (shop.Mapping, error) {
	if m, _, ok := db.reading.get(); ok {
		return m, nil
	}
	m, _, err := db.look(ctx, c)
	return m, err
}

// look reads the shop anew. The error of a database without one is an *store.Error of class SchemaMismatch with a *shop.Unrecognised inside.
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
		return shop.Mapping{}, nil, &store.Error{Class: store.SchemaMismatch, Sentence: err.Error(), Err: err}
	}
	indexes, err := m.Indexes(ctx, c)
	if err != nil {
		return shop.Mapping{}, nil, err
	}
	db.reading.set(m, indexes)
	return m, indexes, nil
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
		Lang: o.Lang, Currency: o.Currency, LangSet: o.Explicit["SITE_LANG"], CurrencySet: o.Explicit["CURRENCY"], Digits: o.CurrencyDigits}
}

// bigTable is the number of products from which a missing index is worth a notice: below, a scan takes no time that anyone sees.
const bigTable = 10_000

// neverAnalysed is the planner's estimate of a table that it has no figures of, the least there is. A table filled a minute ago has
// it however big it is, so a query that did run out of time asks for no more.
const neverAnalysed = -1

// indexNotice says which index is missing on a table of at least big rows by the planner's estimate; "" where none is.
func (db *DB) indexNotice(big float64) string {
	db.reading.mu.Lock()
	defer db.reading.mu.Unlock()
	for _, x := range db.reading.indexes {
		if s := x.Missing(); s != "" && x.Table.Rows >= big {
			return s
		}
	}
	return ""
}

// shopNotices are sentences about the shop as it was last read: a missing index on a big table, and what its columns do not tell.
func (db *DB) shopNotices() []string {
	var list []string
	if n := db.indexNotice(bigTable); n != "" {
		list = append(list, n)
	}
	db.reading.mu.Lock()
	defer db.reading.mu.Unlock()
	return append(list, db.reading.mapping.Warnings...)
}

// blameIndex adds to a query timeout that the index is missing, where that is known, and has the next refresh look again.
func (db *DB) blameIndex(err error) error {
	var e *store.Error
	if !errors.As(err, &e) || e.Class != store.QueryTimeout || db.custom() {
		return err
	}
	db.reading.stale()
	hint := db.indexNotice(neverAnalysed)
	if hint == "" {
		return err
	}
	return &store.Error{Class: e.Class, Sentence: e.Sentence + ": " + hint, Err: e.Err}
}

// asked is the error of open questions: the page that is up stays until they are answered.
func asked(questions []string) error {
	if len(questions) == 0 {
		return nil
	}
	return &store.Error{Class: store.Question, Sentence: strings.Join(questions, ". ")}
}
