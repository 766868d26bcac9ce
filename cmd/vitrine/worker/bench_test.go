package worker

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/demo"
	"vitrine/store/postgres"
	"vitrine/store/storetest"
)

// phases are the parts of a refresh, summed over a benchmark.
type phases struct {
	acquire, query, render, publish float64 // milliseconds, as the status tells them
	encode                          time.Duration
	encodeBytes                     uint64
}

// BenchmarkRefresh is a whole refresh through the worker, with real folders and a real database: the demo shop
// (SQLite), and PostgreSQL with 12 and with 1,000 categories of 8 products. The page is another one each time, or the
// same.
//
// Time, B/op and allocs/op are what passes until the page is up and the status is written. The metrics are the phases
// of the status in milliseconds per refresh; rest-ms is what belongs to none of them (lock, looking at the folder,
// state, status). encode-ms and encode-B are the compressed representations, which are made after that, in the
// background.
func BenchmarkRefresh(b *testing.B) {
	for _, shop := range []struct {
		database   string
		categories int
	}{{"sqlite", 12}, {"postgres", 12}, {"postgres", 1000}} {
		for _, page := range []string{"changed", "unchanged"} {
			b.Run(fmt.Sprintf("database=%s/categories=%d/page=%s", shop.database, shop.categories, page), func(b *testing.B) {
				db, err := openBench(b, shop.database, shop.categories)
				must(b, err)
				b.Cleanup(func() { db.Close() })
				refreshes(b, db, page == "changed")
			})
		}
	}
}

// benchShop is a shop of our own schema, filled with so many categories of 10 products, and the names and addresses of
// an ordinary shop.
func benchShop(b *testing.B, categories int) store.Secret {
	b.Helper()
	url := storetest.Server(b).URL(b)
	db, err := postgres.Open(postgres.Options{URL: store.Secret(url)})
	must(b, err)
	defer db.Close()
	plan, err := db.PlanInit(b.Context())
	if err == nil {
		err = db.Init(b.Context(), plan, func(string) {})
	}
	must(b, err)
	storetest.Exec(b, url, fmt.Sprintf(`INSERT INTO products (name, slug, category, brand, images, price, list_price,
			avg_rating, num_reviews, num_sales, count_in_stock)
		SELECT md5(i::text) || ' ' || i, 'product-number-' || i, 'Category ' || i %% %d, 'Brand ' || i %% 50,
			ARRAY['https://img.example.com/' || md5(i::text) || '.webp'],
			i %% 500 + 0.99, i %% 700 + 0.99, i %% 50 / 10.0, i %% 1000, (i::bigint * 7919) %% 100003, i %% 90
		FROM generate_series(1, %d) AS i`, categories, 10*categories), "VACUUM ANALYZE products")
	return store.Secret(url)
}

// benchDatabase is either kind.
type benchDatabase interface {
	Categories(ctx context.Context, seen map[string][]string) (store.Catalogue, store.Cost, error)
	Health() store.Health
	Source() store.Source
	Notices() []string
	Close() error
}

func openBench(b *testing.B, kind string, categories int) (benchDatabase, error) {
	if kind == "sqlite" {
		return demo.Open(demo.Options{PerCategory: 8, Digits: 2, PoolMax: 1, Timeout: time.Minute, Slow: time.Minute})
	}
	o := postgres.Options{URL: benchShop(b, categories), PerCategory: 8, PoolMax: 1}
	o.CurrencyDigits = 2
	return postgres.Open(o)
}

// refreshes runs the benchmark over one database.
func refreshes(b *testing.B, db benchDatabase, change bool) {
	log := slog.New(slog.DiscardHandler)
	root, n := b.TempDir(), 0
	st := stageAt(b, newShop(0), root, func(c *Config) {
		c.Log, c.Health, c.Source, c.Notices = log, db.Health, db.Source, db.Notices
		c.Read = func(ctx context.Context, _ map[string][]string) (store.Catalogue, store.Cost, error) {
			cat, cost, err := db.Categories(ctx, nil)
			if change && err == nil {
				n++
				cat.Categories[0].Products[0].Name = fmt.Sprint("Product, edition ", n)
			}
			return cat, cost, err
		}
	})
	st.view.live = true // it encodes as a running worker does
	var sum phases
	st.encodings = func(ctx context.Context, d *publish.Document) (*publish.Document, error) { return d.Encode(ctx) }
	once := func(result string) {
		p := st.must(b, Request{Force: true}, result).Outcome
		sum.acquire += p.Phases.AcquireMS
		sum.query += p.Phases.QueryMS
		sum.render += p.Phases.RenderMS
		sum.publish += p.Phases.PublishMS
	}
	once(status.Published)
	st.tasks.Wait()
	sum = phases{}
	want := status.Unchanged
	if change {
		want = status.Published
	}
	b.ReportAllocs()
	for b.Loop() {
		once(want)
		b.StopTimer()
		sum.waitEncoded(st)
		b.StartTimer()
	}
	sum.report(b)
}

// waitEncoded waits for the compressed representations, and takes their time and memory.
func (p *phases) waitEncoded(st *stage) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	st.tasks.Wait()
	p.encode += time.Since(begin)
	runtime.ReadMemStats(&after)
	p.encodeBytes += after.TotalAlloc - before.TotalAlloc
}

func (p *phases) report(b *testing.B) {
	ops := float64(b.N)
	for _, m := range []struct {
		name string
		sum  float64
	}{
		{"acquire-ms", p.acquire}, {"query-ms", p.query}, {"render-ms", p.render}, {"publish-ms", p.publish},
		{"rest-ms", store.Milliseconds(b.Elapsed()) - p.acquire - p.query - p.render - p.publish},
		{"encode-ms", store.Milliseconds(p.encode)}, {"encode-B", float64(p.encodeBytes)},
	} {
		b.ReportMetric(m.sum/ops, m.name)
	}
}
