package demo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"
	_ "modernc.org/sqlite" // the driver

	"vitrine/store"
)

// Options say how the demo shop is read; every field is required but Categories.
type Options struct {
	// Categories are asked for by name, in page order; none means the active ones of the table.
	Categories []string
	// PerCategory is how many products a category shows, Digits the number of decimals of the currency.
	PerCategory, Digits int
	// PoolMax connections are open at a time; the query ends after Timeout, and is counted as slow after Slow.
	PoolMax       int
	Timeout, Slow time.Duration
}

// DB reads the demo shop. Its methods do what those of postgres.DB do, and may be called concurrently.
type DB struct {
	opt   Options
	pool  *sql.DB         // may read only
	owner *sql.DB         // may write, and keeps the shop in memory
	ctx   context.Context // ends with Close
	stop  context.CancelFunc

	probing sync.Mutex // held while a probe runs, which all callers share
	mu      sync.Mutex // guards what follows
	health  store.Health
	recent  []bool // which of the last 20 operations failed
}

var opened atomic.Int64 // gives each shop in this process a name of its own

// Open makes the demo shop, which lives in memory.
func Open(o Options) (*DB, error) {
	name := fmt.Sprintf("file:demo-%d?mode=memory&cache=shared", opened.Add(1))
	db := &DB{opt: o, health: store.Health{Kind: "sqlite", Status: "unknown"}}
	var errs [3]error
	db.owner, errs[0] = sql.Open("sqlite", name)
	db.pool, errs[1] = sql.Open("sqlite", name+"&_pragma=query_only(true)")
	db.owner.SetMaxOpenConns(1)
	db.pool.SetMaxOpenConns(o.PoolMax)
	_, errs[2] = db.owner.Exec(schemaSQL, whole())
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("open the demo shop: %w", err)
	}
	db.ctx, db.stop = context.WithCancel(context.Background())
	return db, nil
}

// Close ends operations that are under way; the shop is gone with it.
func (db *DB) Close() error {
	db.stop()
	return errors.Join(db.pool.Close(), db.owner.Close())
}

// Source says whose catalogue this is, without reading it; Settings is empty.
func (db *DB) Source() store.Source { return store.Source{Database: sum("demo")} }

// Notices are none: there is nothing to set up.
func (db *DB) Notices() []string { return nil }

// Unknown are the parameters of DATABASE_URL without a meaning; the demo shop's has none.
func (db *DB) Unknown() []string { return nil }

// Where says which database this is.
func (db *DB) Where() string { return "the demo shop" }

// Health is what is known of the shop, without asking it.
func (db *DB) Health() store.Health {
	db.mu.Lock()
	defer db.mu.Unlock()
	h, s := db.health, db.pool.Stats()
	h.Pool = store.PoolStats{Max: s.MaxOpenConnections, Open: s.OpenConnections, InUse: s.InUse, Idle: s.Idle,
		WaitCount: s.WaitCount, WaitMS: store.Milliseconds(s.WaitDuration), ClosedIdle: s.MaxIdleClosed}
	return h
}

// Probe asks the shop for a sign of life, at most once a second, and returns the health that follows.
func (db *DB) Probe(ctx context.Context) store.Health {
	db.probing.Lock()
	defer db.probing.Unlock()
	if h := db.Health(); h.CheckedAt != nil && time.Since(*h.CheckedAt) < time.Second {
		return h
	}
	ping := func(ctx context.Context, c *sql.Conn) error { return c.PingContext(ctx) }
	_, _ = db.read(ctx, ping) // Health has the outcome
	return db.Health()
}

// Categories reads the page's catalogue in one query. The error is a classed *Error.
func (db *DB) Categories(ctx context.Context, _ map[string][]string) (store.Catalogue, store.Cost, error) {
	want := []string{}
	for _, name := range db.opt.Categories {
		if name != "" && !slices.Contains(want, name) {
			want = append(want, name)
		}
	}
	names, _ := json.Marshal(want) // strings always encode
	cat := store.Catalogue{Order: "sales", ReadAt: time.Now().UTC(), Source: db.Source()}
	cat.Source.Settings = sum(fmt.Sprintf("%q %d", want, db.opt.PerCategory))
	cost, err := db.read(ctx, func(ctx context.Context, c *sql.Conn) error {
		rows, err := c.QueryContext(ctx, homepageSQL, string(names), db.opt.PerCategory)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := db.add(&cat, rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return store.Catalogue{}, cost, err
	}
	return cat, cost, nil
}

// add enters one row of homepage.sql.
func (db *DB) add(cat *store.Catalogue, rows *sql.Rows) error {
	var category string
	var id, name, slug, brand, images, price, before sql.NullString
	var rating sql.NullFloat64
	var reviews, sales, stock sql.NullInt64
	err := rows.Scan(&category, &id, &name, &slug, &brand, &images, &price, &before, &rating, &reviews, &sales, &stock)
	if err != nil {
		return err
	}
	if n := len(cat.Categories); n == 0 || cat.Categories[n-1].Name != category {
		cat.Categories = append(cat.Categories, store.Category{Name: category})
	}
	if !id.Valid {
		return nil // a category without products
	}
	p := store.Product{ID: id.String, Name: name.String, Slug: slug.String, Brand: brand.String, Rating: rating.Float64,
		NumReviews: reviews.Int64, NumSales: sales.Int64, Stock: &stock.Int64}
	_ = json.Unmarshal([]byte(images.String), &p.Images) // what is no list costs the picture only
	amount, err := decimal.NewFromString(price.String)
	if err != nil || amount.IsNegative() {
		cat.Skipped = append(cat.Skipped, store.Skipped{Reason: store.SkipBadPrice, Slug: cmp.Or(p.Slug, p.ID)})
		return nil
	}
	p.Price = amount.Round(int32(db.opt.Digits))
	if list, err := decimal.NewFromString(before.String); err == nil && list.GreaterThan(amount) {
		p.ListPrice = list.Round(int32(db.opt.Digits))
	}
	last := &cat.Categories[len(cat.Categories)-1]
	last.Products = append(last.Products, p)
	return nil
}

// read runs fn on one connection, within the deadline, and enters the outcome into the health. The error is a classed
// *Error.
func (db *DB) read(ctx context.Context, fn func(context.Context, *sql.Conn) error) (store.Cost, error) {
	ctx, cancel := context.WithTimeout(ctx, db.opt.Timeout)
	defer cancel()
	defer context.AfterFunc(db.ctx, cancel)()
	var cost store.Cost
	start := time.Now()
	c, err := db.pool.Conn(ctx)
	if err == nil {
		defer c.Close()
		cost.Acquire, cost.InUse = time.Since(start), db.pool.Stats().InUse
		start = time.Now()
		cost.SentAt = start
		err = fn(ctx, c)
		cost.Query = time.Since(start)
	}
	err = db.classify(ctx, err)
	db.record(cost, time.Since(start), store.ClassOf(err))
	return cost, err
}

// record enters an outcome into the health. Who gave up says nothing about the shop.
func (db *DB) record(cost store.Cost, took time.Duration, class store.Class) {
	if class == store.Shutdown {
		return
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	h, now := &db.health, time.Now().UTC()
	h.Status, h.ErrorClass, h.CheckedAt, h.ResponseTimeMS = "pass", class, &now, store.Milliseconds(took)
	h.ActiveConnections = max(cost.InUse, 1)
	h.Queries.Total++
	h.Queries.SlowestMS = max(h.Queries.SlowestMS, store.Milliseconds(cost.Query))
	if cost.Query >= db.opt.Slow {
		h.Queries.Slow++
	}
	if class == "" {
		h.Queries.OK++
	} else {
		h.Status = "fail"
		h.Queries.Failed++
	}
	db.recent = append(db.recent, class != "")
	db.recent = db.recent[max(0, len(db.recent)-20):]
	failed := slices.DeleteFunc(slices.Clone(db.recent), func(failed bool) bool { return !failed })
	h.FailureRate = float64(len(failed)) / float64(len(db.recent))
}

// classify gives an error its class and sentence.
func (db *DB) classify(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled), db.ctx.Err() != nil:
		return &store.Error{Class: store.Shutdown, Sentence: "the program is stopping", Err: err}
	case ctx.Err() != nil:
		return &store.Error{Class: store.QueryTimeout, Sentence: "the demo shop did not answer in time", Err: err}
	}
	return &store.Error{Class: store.Other, Sentence: "the demo shop cannot be read; start the program again", Err: err}
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
