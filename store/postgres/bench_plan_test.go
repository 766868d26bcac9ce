package postgres

import (
	"fmt"
	"strings"
	"testing"

	"vitrine/store/storetest"
)

// wideShops have 40,000 products in 1,000 categories.
var wideShops = []struct {
	name        string
	setup       []string
	list, empty string // fill and empty the table of categories
}{
	{"ours", []string{ourTables(""),
		`INSERT INTO products (name, slug, category, price, num_sales, is_published)
			SELECT 'n', 's' || i, 'k' || i % 1000, 1, (i::bigint * 7919) % 10007,
				i % 11 > 0 FROM generate_series(1, 40000) AS i`},
		`INSERT INTO categories (name, position) SELECT 'k' || i, i FROM generate_series(0, 999) AS i`,
		`TRUNCATE categories`},
	{"prisma", []string{`CREATE TABLE "Category" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL,
		"isActive" BOOLEAN NOT NULL)`,
		`CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL,
			"category" TEXT NOT NULL, "price" DECIMAL(65,30) NOT NULL,
			"numSales" INTEGER, "avgRating" DOUBLE PRECISION NOT NULL, "isPublished" BOOLEAN NOT NULL)`,
		`CREATE INDEX vitrine_idx ON "Product" ("category", "numSales" DESC NULLS LAST, "avgRating" DESC,
			"id") WHERE "isPublished"`,
		`INSERT INTO "Product" SELECT i::text, 'n', 's' || i, 'k' || i % 1000, 1, (i::bigint * 7919) % 10007, 4,
			i % 11 > 0 FROM generate_series(1, 40000) AS i`},
		`INSERT INTO "Category" SELECT i::text, 'k' || i, true FROM generate_series(0, 999) AS i`, `TRUNCATE "Category"`},
}

// With a thousand categories the planner still walks the index for each of them, and neither sorts nor reads the table:
// for every form of the query, in our schema and in a Prisma shop's, on a table that was never analysed and on one that
// was (I3).
func TestPlanOfAThousandCategories(t *testing.T) {
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("k", i)
	}
	for _, c := range wideShops {
		t.Run(c.name, func(t *testing.T) {
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, c.setup...)
			found := openShop(t, url)
			given := openShop(t, url, func(o *Options) { o.Categories = names })
			check := func(form string, db *DB) {
				t.Helper()
				if got := readShop(t, db).Products(); got != 8000 {
					t.Errorf("%s: %d products", form, got)
				}
				if plan := explained(t, db); sorted(plan) != "" || !strings.Contains(plan, "vitrine_") {
					t.Errorf("%s: %s in\n%s", form, sorted(plan), plan)
				}
			}
			for _, analysed := range []string{"never analysed", "analysed"} {
				check("found in the products, "+analysed, found)
				check("given, "+analysed, given)
				storetest.Exec(t, url, c.list)
				check("found in their table, "+analysed, found)
				storetest.Exec(t, url, "ANALYZE", c.empty)
			}
		})
	}
}
