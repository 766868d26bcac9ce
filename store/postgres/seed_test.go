package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vitrine/store"
	"vitrine/store/demo"
	"vitrine/store/storetest"
)

// sample is what the tests seed from: the demo shop.
var sample = demo.Catalogue()

// emptyShop makes our own schema in a fresh place.
func emptyShop(t *testing.T) (url string, db *DB) {
	t.Helper()
	url = storetest.Server(t).URL(t)
	storetest.Exec(t, url, ourTables(""))
	return url, openAt(t, url)
}

func openAt(t *testing.T, url string) *DB {
	t.Helper()
	db, err := Open(Options{URL: store.Secret(url), PoolMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func seed(t *testing.T, db *DB, n int) {
	t.Helper()
	if err := db.Seed(t.Context(), n, sample, nil); err != nil {
		t.Fatal(err)
	}
}

// contentOf is a sum over all that seed decides.
const contentOf = `SELECT count(*) || ' ' || md5(string_agg(p::text, '' ORDER BY id)) FROM (
	SELECT id, name, slug, category, brand, images, price, list_price, avg_rating, num_reviews, num_sales, count_in_stock,
		is_published, extract(epoch FROM created_at) FROM products) AS p`

func TestSeed(t *testing.T) {
	url, db := emptyShop(t)
	var told [][2]int
	if err := db.Seed(t.Context(), 3000, sample, func(done,
		total int) {
		told = append(told, [2]int{done, total})
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0] != [2]int{0, 3000} || told[1] != [2]int{3000, 3000} {
		t.Errorf("progress told %v", told)
	}
	for query, want := range map[string]string{
		`SELECT count(*) FROM products`:                                                               "3000",
		`SELECT count(DISTINCT slug) FROM products`:                                                   "3000",
		`SELECT count(DISTINCT category) FROM products`:                                               "12",
		`SELECT count(*) FROM categories WHERE is_active`:                                             "12",
		`SELECT count(*) FROM products WHERE category NOT IN (SELECT name FROM categories)`:           "0",
		`SELECT count(*) FROM products WHERE list_price <= price OR price <= 0`:                       "0",
		`SELECT count(*) BETWEEN 60 AND 300 FROM products WHERE NOT is_published`:                     "true",
		`SELECT max(n) > 8 * min(n) FROM (SELECT count(*) AS n FROM products GROUP BY category) AS c`: "true",
		`SELECT reltuples FROM pg_class WHERE oid = 'products'::regclass`:                             "3000",
	} {
		if got := storetest.Value(t, url, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	storetest.Exec(t, url, `INSERT INTO products (name, slug, category, price) VALUES ('Own', 'own', 'Kitchen', 1)`)
	if got := storetest.Value(t, url, `SELECT id FROM products WHERE slug = 'own'`); got != "3001" {
		t.Errorf("the next product gets id %s", got)
	}
}

func TestSeedIsTheSameEverywhereAndTwiceWithoutHarm(t *testing.T) {
	url, db := emptyShop(t)
	seed(t, db, 500)
	first := storetest.Value(t, url, contentOf)
	storetest.Exec(t, url, `UPDATE products SET price = 1 WHERE id = 7`)
	seed(t, db, 500)
	if got := storetest.Value(t, url, `SELECT price FROM products WHERE id = 7`); got != "1" {
		t.Errorf("the second seed wrote over an edit: price %s", got)
	}
	other, db2 := emptyShop(t)
	seed(t, db2, 800)
	seed(t, db2, 500)
	if got := storetest.Value(t, other, contentOf); got != first {
		t.Errorf("another database has %s, want %s", got, first)
	}
	storetest.Exec(t, other, `DELETE FROM products WHERE id IN (3, 400)`)
	seed(t, db2, 500)
	if got := storetest.Value(t, other, contentOf); got != first {
		t.Errorf("after rows were deleted there is %s, want %s", got, first)
	}
}

func TestSeedGoesOnAfterAnInterruption(t *testing.T) {
	const n = seedBatch + 700
	url, db := emptyShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Seed(ctx, n, sample, func(done, _ int) {
		if done == seedBatch {
			cancel()
		}
	})
	if err == nil {
		t.Fatal("the interrupted seed reports success")
	}
	if got := storetest.Value(t, url, `SELECT count(*) FROM products`); got != "10000" {
		t.Fatalf("%s rows after the interruption, want whole transactions", got)
	}
	var start int
	if err := db.Seed(t.Context(), n, sample, func(done, _ int) {
		if start == 0 {
			start = done
		}
	}); err != nil {
		t.Fatal(err)
	}
	if start != seedBatch {
		t.Errorf("the second seed began at %d", start)
	}
	other, db2 := emptyShop(t)
	seed(t, db2, n)
	if got, want := storetest.Value(t, url, contentOf), storetest.Value(t, other, contentOf); got != want {
		t.Errorf("interrupted: %s, in one go: %s", got, want)
	}
}

// Seed touches nothing that it has not made.
func TestSeedRefuses(t *testing.T) {
	ownProduct := `INSERT INTO products (name, slug, category, price) VALUES ('Own', 'own', 'Kitchen', 1)`
	for name, c := range map[string]struct {
		setup []string
		want  string
	}{
		"nothing there": {nil, "vitrine init"},
		"a Prisma shop": {[]string{`CREATE TABLE "Product" (id text PRIMARY KEY, name text, slug text, category text,
			price numeric)`}, `"Product"`},
		"own products":   {[]string{ourTables(""), ownProduct}, "has not made"},
		"own categories": {[]string{ourTables(""), `INSERT INTO categories (name) VALUES ('Hats')`}, "has not made"},
		"own columns":    {[]string{ourTables(""), `ALTER TABLE products ADD colour text`}, "a shop's own"},
		"other products": {[]string{`CREATE TABLE products (id int, title text)`}, "a shop's own"},
		"only a view":    {[]string{`CREATE VIEW products AS SELECT 1 AS id`}, "a shop's own"},
		"products marked": {[]string{ourTables(""),
			`COMMENT ON TABLE products IS '` + seedMark + `'`, ownProduct}, "has not made"},
	} {
		t.Run(name, func(t *testing.T) {
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, c.setup...)
			tables := `SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace`
			before := storetest.Value(t, url, tables)
			err := openAt(t, url).Seed(t.Context(), 10, sample, nil)
			var own *store.Error
			if !errors.As(err, &own) || !strings.Contains(own.Sentence, c.want) {
				t.Fatalf("error %v, want a sentence with %q", err, c.want)
			}
			if after := storetest.Value(t, url, tables); after != before {
				t.Errorf("%s tables and indexes, there were %s", after, before)
			}
			if strings.Contains(c.want, "made") && storetest.Value(t, url,
				`SELECT count(*) FROM products WHERE slug <> 'own'`) != "0" {
				t.Error("there are new products")
			}
		})
	}
}

func TestSeedRefusesTheProductsPutBesideItsOwn(t *testing.T) {
	url, db := emptyShop(t)
	seed(t, db, 50)
	storetest.Exec(t, url, `INSERT INTO products (name, slug, category, price) VALUES ('Own', 'own', 'Kitchen', 1)`)
	if err := db.Seed(t.Context(), 10, sample, nil); store.ClassOf(err) != store.Other || err == nil {
		t.Fatalf("error %v, want a refusal", err)
	}
	if got := storetest.Value(t, url, `SELECT count(*) FROM products`); got != "51" {
		t.Errorf("%s products, want all 51", got)
	}
}
