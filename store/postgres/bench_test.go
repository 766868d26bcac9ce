package postgres

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// benchPer is the number of products that a category shows.
const benchPer = 8

// benchForm is one way to read a homepage's products.
type benchForm struct {
	name   string
	pool   int  // connections
	listed bool // the table of categories names them
	given  bool // CATEGORIES names them
	whole  bool // it reads the whole table, whatever the categories
	read   func(ctx context.Context, db *DB, names []string) (rows int, err error)
}

var benchForms = []benchForm{
	{name: "given", pool: 1, given: true, read: oneQuery},
	{name: "found-in-table", pool: 1, listed: true, read: oneQuery},
	{name: "found-in-products", pool: 1, read: oneQuery},
	{name: "query-per-category-pool-1", pool: 1, read: queryPerCategory},
	{name: "query-per-category-pool-10", pool: 10, read: queryPerCategory},
	{name: "every-row", pool: 1, whole: true, read: everyRow},
}

// BenchmarkCategories races the one query, for categories that are given, found in their table or found in the
// products, against what a shop does without it: one query per category over a pool of 1 and of 10 (the fault that this
// program mends), and every row, cut in the program (how it was mended first; for 12 categories only, since it reads
// the whole table anyway).
//
// The table has 10,000 products. VITRINE_BENCH_PRODUCTS lists other sizes, side by side: this takes some six minutes,
// 13 GB of memory and 9 GB of temporary disk. What crosses the wire is not counted for every row,
//
//	VITRINE_BENCH_PRODUCTS=10000,1000000,5000000 go test ./store/postgres -run '^$' -bench Categories -timeout 1h
//
// Every result has, beside time and memory, the products returned (rows/op), the time for each (ns/row), the bytes that
// crossed the wire for each in both directions (wireB/row), and round trips per read (trips/op). Sizes of one form run
// side by side, with warm caches.
func BenchmarkCategories(b *testing.B) {
	sizes := benchSizes(b)
	for _, n := range sizes {
		benchShopOf(b, n)
	}
	// Every row of 5 million products lives at once: without, garbage would double that.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(12 << 30))
	for _, f := range benchForms {
		for _, split := range benchSplits {
			for _, n := range sizes {
				if !f.whole || split == benchSplits[0] {
					b.Run(fmt.Sprintf("products=%d/categories=%d/form=%s", n, split, f.name),
						func(b *testing.B) { f.run(b, benchShopOf(b, n), split) })
				}
			}
		}
	}
}

func (f benchForm) run(b *testing.B, s *benchShop, split int) {
	s.divide(b, split, f.listed)
	names := s.names()
	var given []string
	if f.given {
		given = names
	}
	db, t := s.open(b, f.pool, given)
	once := func() {
		if n, err := f.read(b.Context(), db, names); err != nil || n != benchPer*split {
			b.Fatalf("%d products, %v", n, err)
		}
	}
	if f.whole {
		debug.FreeOSMemory()
	} else {
		for range 3 {
			once() // the shop's tables are looked at, caches become warm
		}
	}
	bytes, trips := t.bytes.Load(), t.trips.Load()
	b.ReportAllocs()
	for b.Loop() {
		once()
	}
	ops, rows := float64(b.N), float64(benchPer*split)
	b.ReportMetric(rows, "rows/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/ops/rows, "ns/row")
	b.ReportMetric(float64(t.bytes.Load()-bytes)/ops/rows, "wireB/row")
	b.ReportMetric(float64(t.trips.Load()-trips)/ops, "trips/op")
}

func oneQuery(ctx context.Context, db *DB, _ []string) (int, error) {
	c, _, err := db.Categories(ctx, nil)
	return c.Products(), err
}

// queryPerCategory reads each category by a query of its own, all at once, as Promise.all does: the pool lets through
// what it can. The query is as good as can be, with the columns of a card only.
func queryPerCategory(ctx context.Context, db *DB, names []string) (int, error) {
	const columns = "id, name, slug, brand, images, price, list_price, avg_rating, num_reviews, num_sales, count_in_stock"
	query := fmt.Sprintf("SELECT %s FROM %q.products WHERE category = $1 AND is_published "+
		"ORDER BY num_sales DESC, avg_rating DESC, id LIMIT %d",
		columns, db.schema, benchPer)
	var wg sync.WaitGroup
	counts, errs := make([]int, len(names)), make([]error, len(names))
	for i, name := range names {
		wg.Go(func() {
			_, errs[i] = db.read(ctx, "bench", func(ctx context.Context, c *sqlx.Conn) error {
				rs, err := c.QueryContext(ctx, query, name)
				if err != nil {
					return err
				}
				defer rs.Close()
				rows := make([]row, 0, benchPer)
				for rs.Next() {
					rows = append(rows, row{})
					r := &rows[len(rows)-1]
					if err := rs.Scan(&r.ID, &r.Name, &r.Slug, &r.Brand, &r.Images, &r.Price, &r.ListPrice, &r.Rating, &r.NumReviews,
						&r.NumSales, &r.Stock); err != nil {
						return err
					}
				}
				counts[i] = len(rows)
				return rs.Err()
			})
		})
	}
	wg.Wait()
	n := 0
	for i := range counts {
		if errs[i] != nil {
			return 0, errs[i]
		}
		n += counts[i]
	}
	return n, nil
}

// fullRow is a product with all of its columns.
type fullRow struct {
	ID                                       int64
	Name, Slug, Category, Brand, Description string
	Images                                   pq.StringArray
	Price                                    string
	ListPrice                                *string `db:"list_price"`
	Rating                                   float64 `db:"avg_rating"`
	Reviews                                  int64   `db:"num_reviews"`
	Sales                                    int64   `db:"num_sales"`
	Stock                                    int64   `db:"count_in_stock"`
	Published                                bool    `db:"is_published"`
	CreatedAt                                string  `db:"created_at"`
	UpdatedAt                                string  `db:"updated_at"`
}

// everyRow reads all published products of the categories with all columns, as an ORM's findMany does, groups and
// orders them in the program, and keeps the first of each category.
func everyRow(ctx context.Context, db *DB, names []string) (int, error) {
	// Our own connections refuse an answer of over 64 MB: this one is as a shop has it.
	t, h := db.target, db.target.hosts[0]
	c, err := sqlx.ConnectContext(ctx, "postgres", fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s "+
		"sslmode=disable", h.name, h.port, t.user, t.password, t.dbname))
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var rows []fullRow
	err = c.SelectContext(ctx, &rows, fmt.Sprintf(`SELECT id, name, slug, category, brand, description, images, price,
			list_price, avg_rating, num_reviews,
			num_sales, count_in_stock, is_published, created_at,
				updated_at FROM %q.products WHERE category = ANY($1) AND is_published`, db.schema), pq.Array(names))
	shelves := map[string][]*fullRow{}
	for i := range rows {
		shelves[rows[i].Category] = append(shelves[rows[i].Category], &rows[i])
	}
	n := 0
	for _, s := range shelves {
		slices.SortFunc(s, func(a, b *fullRow) int {
			return cmp.Or(cmp.Compare(b.Sales, a.Sales), cmp.Compare(b.Rating, a.Rating), cmp.Compare(a.ID, b.ID))
		})
		n += len(s[:min(benchPer, len(s))])
	}
	return n, err
}
