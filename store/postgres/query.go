package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

// Categories reads the page's catalogue: one data query on one connection, whatever the kind of shop and however many categories.
// sent, if not nil, is called right before the first statement goes out. The error is a classed *Error; of an unknown kind of shop
// it holds an *Unrecognised.
func (db *DB) Categories(ctx context.Context, sent func()) (store.Catalogue, store.Cost, error) {
	var cat store.Catalogue
	cost, err := db.read(ctx, "query categories", sent, func(ctx context.Context, c *sqlx.Conn) (err error) {
		if cat, err = db.catalogue(ctx, c); err == nil {
			db.learnRole(ctx, c)
		}
		return err
	})
	if err != nil {
		return store.Catalogue{}, cost, db.blameIndex(err)
	}
	return cat, cost, nil
}

// catalogue reads by the way that the options and the kind of shop ask for.
func (db *DB) catalogue(ctx context.Context, c *sqlx.Conn) (store.Catalogue, error) {
	want, per := wanted(db.opt.Categories), db.opt.PerCategory
	u := unit{minor: db.opt.PriceUnit == "minor", digits: int32(db.opt.CurrencyDigits)}
	cat := store.Catalogue{ReadAt: time.Now().UTC()}
	cat.Source.Database = db.database
	kind, hash := shapeVitrine, ""
	var rows []row
	var skipped []store.Skipped
	var err error
	switch {
	case db.custom():
		var q customQuery
		if q, err = readQuery(db.opt.QueryFile); err == nil {
			kind, hash = shapeCustom, q.hash
			rows, skipped, err = q.read(ctx, c, want, per, db.opt.PriceUnit)
		}
	default:
		kind, rows, err = db.shopRows(ctx, c, want, per)
	}
	if err != nil {
		return store.Catalogue{}, err
	}
	cat.Source.Settings = settings(kind, hash, want, per)
	cat.Categories, cat.Skipped = shelves(rows, want, per, u)
	cat.Skipped = append(skipped, cat.Skipped...)
	return cat, nil
}

// custom reports whether the shop brings its own SELECT.
func (db *DB) custom() bool {
	return db.opt.QueryFile != "" && (db.opt.Schema == shapeCustom || db.opt.Schema == shapeAuto || db.opt.Schema == "")
}

// shopRows runs the query that fits the shop. A query that fails because the shop's tables were changed since they were looked at
// is made anew, once.
func (db *DB) shopRows(ctx context.Context, c *sqlx.Conn, want []string, per int) (string, []row, error) {
	_, _, remembered := db.shop.get()
	s, err := db.find(ctx, c)
	if err != nil {
		return "", nil, err
	}
	rows, err := queryRows(ctx, c, s.statement(want, per))
	if changed(err) && remembered {
		db.shop.stale()
		if s, err = db.find(ctx, c); err != nil {
			return "", nil, err
		}
		rows, err = queryRows(ctx, c, s.statement(want, per))
	}
	return s.kind, rows, err
}

// changed reports whether the server refused the statement because tables, columns or types are not what they were.
func changed(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code.Class() == "42" || e.Code.Class() == "22" || e.Code.Class() == "3F")
}

// queryRows runs a statement and reads all of its rows; an error never comes with rows.
func queryRows(ctx context.Context, c *sqlx.Conn, st statement) ([]row, error) {
	rs, err := c.QueryContext(ctx, st.sql, st.args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	rows := make([]row, 0, 128)
	for rs.Next() {
		if len(rows) == cap(rows) {
			rows = slices.Grow(rows, len(rows)) // by append's quarter, a long answer would be copied five times over
		}
		rows = append(rows, row{})
		if err := rs.Scan(rows[len(rows)-1].dest()...); err != nil {
			return nil, err
		}
	}
	if err := rs.Err(); err != nil {
		return nil, err
	}
	return rows, nil
}

// blameIndex adds to a query timeout that the index is missing, where that is known, and has the next refresh look again.
func (db *DB) blameIndex(err error) error {
	var e *store.Error
	if !errors.As(err, &e) || e.Class != store.QueryTimeout || db.custom() {
		return err
	}
	db.shop.stale()
	hint := db.indexNotice(neverAnalysed)
	if hint == "" {
		return err
	}
	return &store.Error{Class: e.Class, Sentence: e.Sentence + ": " + hint, Err: e.Err}
}

// neverAnalysed is the planner's estimate of a table that it has no figures of, the least there is. A table filled a minute ago has
// it however big it is, so a query that did run out of time asks for no more.
const neverAnalysed = -1

// indexNotice says that the index is missing, if that is known and the table has at least big rows by the planner's estimate; ""
// otherwise.
func (db *DB) indexNotice(big float64) string {
	db.shop.mu.Lock()
	defer db.shop.mu.Unlock()
	if k := &db.shop; k.known && k.shape.products.rows >= big {
		return k.shape.indexMissing(k.indexes)
	}
	return ""
}

// shopNotices are sentences about the shop as it was last looked at: a missing index on a big table, and what names did not tell.
func (db *DB) shopNotices() []string {
	var list []string
	if n := db.indexNotice(bigTable); n != "" {
		list = append(list, n)
	}
	db.shop.mu.Lock()
	defer db.shop.mu.Unlock()
	if !db.shop.known {
		return list
	}
	return append(list, db.shop.shape.doubts()...)
}

// settings is Source.Settings: what may rightly change the page at one stroke.
func settings(kind, queryHash string, want []string, per int) string {
	b, _ := json.Marshal([]any{kind, queryHash, want, per}) // cannot fail: strings and a number
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// wanted prepares CATEGORIES for the query: duplicates are dropped, and names that no database holds; the order stays.
func wanted(names []string) []string {
	seen := make(map[string]bool, len(names))
	var list []string
	for _, n := range names {
		if n != "" && !seen[n] && utf8.ValidString(n) && !strings.ContainsRune(n, 0) {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}
