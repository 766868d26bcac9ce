package postgres

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vitrine/store/storetest"
)

// benchSplits are the numbers of categories that the products of a bench shop are divided into, one way at a time.
var benchSplits = []int{12, 100, 1000}

// benchSizes are the table sizes to measure: 10,000 products, or those that VITRINE_BENCH_PRODUCTS lists.
func benchSizes(b *testing.B) []int {
	list := os.Getenv("VITRINE_BENCH_PRODUCTS")
	if list == "" {
		return []int{10_000}
	}
	var sizes []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 10_000 {
			b.Fatalf("VITRINE_BENCH_PRODUCTS=%s: sizes of at least 10000, separated by commas, such as 10000,1000000,5000000",
				list)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// unending is a benchmark whose end cleans nothing up: what it starts lives as long as the process, whatever -count
// says.
type unending struct{ testing.TB }

func (unending) Cleanup(func()) {}

// benchPG is one PostgreSQL for all benchmarks of the process, with the settings of a small real server, but without a
// log to write.
var benchPG *storetest.PG

func benchServer(t testing.TB) *storetest.PG {
	if benchPG == nil {
		benchPG = storetest.Private(unending{t}, "shared_buffers=1GB", "maintenance_work_mem=512MB", "autovacuum=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "checkpoint_timeout=1h")
	}
	return benchPG
}

// benchShop is a shop of our own schema in which nine products of ten are published, each with a description of 1,000
// bytes that no card shows.
type benchShop struct {
	url      string
	products int
	split    int // number of categories that the column category holds now
}

var benchShops = map[int]*benchShop{}

// benchShopOf fills a shop, once in the process, as fast as the server can: unlogged, indexes last.
func benchShopOf(b *testing.B, products int) *benchShop {
	b.Helper()
	if s := benchShops[products]; s != nil {
		return s
	}
	s := &benchShop{url: benchServer(b).URL(b), products: products, split: benchSplits[0]}
	begin := time.Now()
	ourSchema(b, s.url)
	storetest.Exec(b, s.url, `ALTER TABLE products SET UNLOGGED`, `DROP INDEX vitrine_products_idx`,
		`ALTER TABLE products DROP CONSTRAINT products_pkey, DROP CONSTRAINT products_slug_key,
			ADD category_100 text NOT NULL, ADD category_1000 text NOT NULL`,
		// 11 divides no number of categories, so that each has its share of what is not published.
		fmt.Sprintf(`INSERT INTO products (name, slug, category, category_100, category_1000, brand, images, description,
			price, list_price, avg_rating, num_reviews, num_sales,
				count_in_stock, is_published)
			SELECT 'Product number ' || i, 'product-number-' || i, 'Category ' || i %% 12, 'Category ' || i %% 100,
				'Category ' || i %% 1000, 'Brand ' || i %% 50,
				ARRAY['https://img.example.com/products/' || i || '/1.webp',
					'https://img.example.com/products/' || i || '/2.webp'], repeat('Ten words. ', 91),
				i %% 500 + 0.99, i %% 700 + 0.99, i %% 50 / 10.0, i %% 1000, (i::bigint * 7919) %% 100003, i %% 90, i %% 11 > 0
			FROM generate_series(1, %d) AS i`, products),
		`ALTER TABLE products ADD PRIMARY KEY (id)`,
		`CREATE INDEX ON products (category, num_sales DESC, avg_rating DESC, id) WHERE is_published`,
		`CREATE INDEX ON products (category_100, num_sales DESC, avg_rating DESC, id) WHERE is_published`,
		`CREATE INDEX ON products (category_1000, num_sales DESC, avg_rating DESC, id) WHERE is_published`,
		`VACUUM ANALYZE products`)
	if took := time.Since(begin); took > 2*time.Second {
		fmt.Fprintf(os.Stderr, "filled a shop of %d products in %.0f s\n", products, took.Seconds())
	}
	benchShops[products] = s
	return s
}

// divide gives the column category another number of categories: another column, and the index on it, get that name.
// listed says whether the table of categories names them, or is empty.
func (s *benchShop) divide(b *testing.B, split int, listed bool) {
	b.Helper()
	if split != s.split {
		storetest.Exec(b, s.url, fmt.Sprintf("ALTER TABLE products RENAME category TO category_%d", s.split),
			fmt.Sprintf("ALTER TABLE products RENAME category_%d TO category", split))
		s.split = split
	}
	storetest.Exec(b, s.url, "TRUNCATE categories")
	if listed {
		storetest.Exec(b, s.url,
			fmt.Sprintf("INSERT INTO categories (name, position) SELECT 'Category ' || i, i FROM generate_series(0, %d) AS i",
				split-1))
	}
	storetest.Exec(b, s.url, "ANALYZE categories")
}

// names are the categories of the shop.
func (s *benchShop) names() []string {
	names := make([]string, s.split)
	for i := range names {
		names[i] = fmt.Sprint("Category ", i)
	}
	return names
}

// open makes a pool of just so many connections, opened and metered.
func (s *benchShop) open(b *testing.B, pool int, categories []string) (*DB, *traffic) {
	b.Helper()
	db := openShop(b, s.url, func(o *Options) {
		o.PoolMin, o.PoolMax, o.QueryTimeout, o.SlowQuery, o.Categories = pool, pool, time.Hour, time.Hour, categories
	})
	if err := db.warm(context.Background(), db.current()); err != nil {
		b.Fatal(err)
	}
	t := &traffic{}
	db.dial.mu.Lock()
	defer db.dial.mu.Unlock()
	for _, w := range slices.Clone(db.dial.wires) {
		w.Conn = &meter{Conn: w.Conn, traffic: t}
	}
	return db, t
}
