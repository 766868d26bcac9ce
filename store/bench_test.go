package store

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store/storetest"
)

// benchShop is a shop of VITRINE_BENCH_PRODUCTS products (default 20,000) in 12 categories, each with a description that no card shows.
// VITRINE_BENCH_URL names a database that is kept between runs: it is filled where it has no products table.
func benchShop(b *testing.B) string {
	b.Helper()
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv("VITRINE_BENCH_PRODUCTS")); err == nil {
		n = v
	}
	url := os.Getenv("VITRINE_BENCH_URL")
	if url == "" {
		url = storetest.Server(b).URL(b)
	} else if storetest.Value(b, url, "SELECT to_regclass('products')") != "" {
		return url
	}
	ourSchema(b, url)
	storetest.Exec(b, url, fmt.Sprintf(`INSERT INTO products (name, slug, category, brand, images, description, price, list_price, avg_rating, num_reviews, num_sales, count_in_stock, is_published)
		SELECT 'Product number ' || i, 'product-number-' || i, 'Category ' || i %% 12, 'Brand ' || i %% 50,
			ARRAY['https://img.example.com/products/' || i || '/1.webp', 'https://img.example.com/products/' || i || '/2.webp'], repeat('Words about it. ', 80),
			i %% 500 + 0.99, i %% 700 + 0.99, i %% 50 / 10.0, i %% 1000, (i::bigint * 7919) %% 100003, i %% 90, i %% 10 > 0
		FROM generate_series(1, %d) AS i`, n), "ANALYZE products")
	return url
}

func benchCategories() []string {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprint("Category ", i))
	}
	return names
}

// BenchmarkCategories races the one query against what a shop does without it, for 12 categories: every row, sliced in the program
// (the fix that this program replaces), and one query per category over 1 and over 10 connections (the fault it was to mend).
func BenchmarkCategories(b *testing.B) {
	url := benchShop(b)
	db := openShop(b, url, func(o *Options) { o.PoolMax = 10; o.QueryTimeout = 1 << 40; o.Categories = benchCategories() })
	found := openShop(b, url, func(o *Options) { o.PoolMax = 1 })
	one, _, err := db.Categories(context.Background(), nil)
	if err != nil || one.Products() != 96 {
		b.Fatal(err, one.Products())
	}
	run := func(name string, read func(context.Context) (int, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := read(context.Background()); err != nil || n != 96 {
					b.Fatal(n, err)
				}
			}
		})
	}
	run("one query, given", func(ctx context.Context) (int, error) {
		c, _, err := db.Categories(ctx, nil)
		return c.Products(), err
	})
	run("one query, found", func(ctx context.Context) (int, error) {
		c, _, err := found.Categories(ctx, nil)
		return c.Products(), err
	})
	run("query per category, pool 1", func(ctx context.Context) (int, error) { return perCategory(ctx, db, 1) })
	run("query per category, pool 10", func(ctx context.Context) (int, error) { return perCategory(ctx, db, 10) })
	run("every row, sliced here", func(ctx context.Context) (int, error) { return everyRow(ctx, db) })
}

// perCategory reads each category by a query of its own, at most pool at a time.
func perCategory(ctx context.Context, db *DB, pool int) (int, error) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, pool)
	counts, errs := make([]int, 12), make([]error, 12)
	for i, name := range benchCategories() {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			_, errs[i] = db.read(ctx, "bench", nil, func(ctx context.Context, c *sqlx.Conn) error {
				s, err := db.find(ctx, c)
				if err != nil {
					return err
				}
				rows, err := queryRows(ctx, c, s.statement([]string{name}, 8))
				counts[i] = len(rows)
				return err
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

// everyRow reads all published products of the categories with all columns, and slices in the program.
func everyRow(ctx context.Context, db *DB) (int, error) {
	type full struct {
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
	}
	n := 0
	_, err := db.read(ctx, "bench", nil, func(ctx context.Context, c *sqlx.Conn) error {
		var rows []full
		err := c.SelectContext(ctx, &rows, `SELECT id, name, slug, category, brand, description, images, price, list_price, avg_rating, num_reviews, num_sales,
			count_in_stock, is_published FROM `+db.shop.shape.products.quoted()+` WHERE category = ANY($1) AND is_published`, pq.Array(benchCategories()))
		shelves := map[string][]full{}
		for _, r := range rows {
			shelves[r.Category] = append(shelves[r.Category], r)
		}
		n = 0
		for _, s := range shelves {
			slices.SortFunc(s, func(a, b full) int { return int(b.Sales - a.Sales) })
			n += len(s[:min(8, len(s))])
		}
		return err
	})
	return n, err
}
