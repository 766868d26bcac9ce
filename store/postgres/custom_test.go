package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine/store"
	"vitrine/store/storetest"
)

// customShop is a shop of its own kind with the file; write replaces the file.
func customShop(t *testing.T, query string, change ...func(*Options)) (db *DB, write func(string)) {
	t.Helper()
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE goods (sku text, title text, shelf text, cents int, sold int, pictures text[],
		mood char(4), seen timestamptz)`,
		`INSERT INTO goods VALUES ('a', 'Anchor', 'Boats', 1999, 3, '{/a.png,NULL}'), ('b', 'Buoy', 'Boats', 500, 9, NULL),
			('c', 'Cleat', 'Boats', 250, 1, NULL),
			('d', 'Duck', 'Bath', 100, 5, NULL), ('e', NULL, 'Bath', 100, 4, NULL), ('f', 'Lost', NULL, 100, 9, NULL),
				('g', 'Gone', ' ', 100, 9, NULL)`)
	schema := url[strings.LastIndex(url, "=")+1:]
	path := filepath.Join(t.TempDir(), "query.sql")
	write = func(q string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(q, " goods", " "+schema+".goods")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(query)
	return openShop(t, url, append([]func(*Options){func(o *Options) { o.QueryFile = path }}, change...)...), write
}

func TestCustomQuery(t *testing.T) {
	all := "SELECT shelf AS category, sku AS id, title AS name, sku AS slug, (cents / 100.0)::numeric(10,2) AS price, " +
		"pictures AS images FROM goods ORDER BY shelf DESC, sold DESC"
	for _, c := range []struct {
		name, query string
		want        string
		per         int
		given       []string
	}{
		{"in the order given", all, "Boats: Buoy 5; Anchor 19.99[/a.png]; Cleat 2.5;\nBath: Duck 1;\n", 8, nil},
		{"cut", all, "Boats: Buoy 5; Anchor 19.99[/a.png];\nBath: Duck 1;\n", 2, nil},
		{"the categories asked for", all, "Bath: Duck 1;\nHats:\n", 8, []string{"Bath", "Hats", "Bath"}},
		{"with $1 and $2", strings.Replace(all, "ORDER",
			"WHERE (cardinality($1::text[]) = 0 OR shelf = ANY($1)) AND sold > $2 ORDER", 1),
			"Boats: Buoy 5; Anchor 19.99[/a.png];\nBath: Duck 1;\n", 2, nil},
		{"with $2 alone", strings.Replace(all, "ORDER", "WHERE sold > $2 ORDER", 1), "Boats: Buoy 5;\nBath: Duck 1;\n", 4,
			nil},
		{"with $1 alone", strings.Replace(all, "ORDER", "WHERE shelf = ANY($1) ORDER", 1), "Bath: Duck 1;\n", 8,
			[]string{"Bath"}},
		{"comments and a semicolon", "-- c;\n" + all + " -- end; of\n;\n",
			"Boats: Buoy 5; Anchor 19.99[/a.png]; Cleat 2.5;\nBath: Duck 1;\n", 8, nil},
		{"float and every column", `SELECT shelf AS category, sku AS id, title AS name, sku AS slug,
			cents / 100.0::float8 AS price, 100 AS list_price, 'b' AS brand, '/p.png' AS images,
			4.5 AS avg_rating, 3 AS num_reviews, sold AS num_sales, NULL::int AS count_in_stock FROM goods WHERE sku = 'a'`,
			"Boats: Anchor 19.99(100)[/p.png];\n", 8, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, _ := customShop(t, c.query, func(o *Options) { o.PerCategory, o.Categories = c.per, c.given })
			if d := gocmp.Diff(c.want, lines(readShop(t, db))); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// Rows that belong nowhere are left out and counted.
func TestCustomSkips(t *testing.T) {
	db, _ := customShop(t,
		"SELECT shelf AS category, sku AS id, title AS name, sku AS slug, cents::numeric AS price FROM goods ORDER BY sku")
	want := []store.Skipped{{Reason: store.SkipNoName, Slug: "e"}, {Reason: store.SkipNoCategory, Slug: "f"},
		{Reason: store.SkipNoCategory, Slug: "g"}}
	if d := gocmp.Diff(want, readShop(t, db).Skipped); d != "" {
		t.Error(d)
	}
}

// Mistakes are told with the column and what is allowed, and never in the server's words.
func TestCustomMistakes(t *testing.T) {
	const cols = "shelf AS category, sku AS id, title AS name, sku AS slug, cents::numeric AS price"
	for _, c := range []struct{ query, sentence string }{
		{"SELECT shelf AS category, sku AS id, title AS name, cents::numeric AS price FROM goods",
			`column "slug" is missing; required are category, id, name, slug, price; optional are list_price, brand, images`},
		{"SELECT " + cols + ", 1 AS colour FROM goods", `column "colour" is not known`},
		{"SELECT " + cols + ", 1 AS price FROM goods", `column "price" is there twice`},
		{"SELECT " + cols + ", sold AS images FROM goods", `column "images" has type int4; allowed are text, varchar, _text`},
		{"SELECT " + cols + ", seen AS num_sales FROM goods", `column "num_sales" has type timestamptz; allowed are numeric`},
		{"SELECT " + cols + ", pictures AS brand FROM goods", `column "brand" has type _text`},
		{"SELECT shelf AS category, sku AS id, title AS name, sku AS slug, cents AS price FROM goods",
			"set PRICE_UNIT=minor"},
		{"SELECT shelf AS category, sku AS id, title AS name, sku AS slug, cents::money AS price FROM goods",
			`column "price" has type money; allowed are numeric`},
		{"SELECT " + cols + "\nFROM goods\nWHERE sols > 1", `no such column at line 3, column 7: "sols" (SQLSTATE 42703`},
		{"SELECT " + cols + " FROM nowhere.goods_", `no such table at line 1`},
		{"SELECT " + cols + " FROM goods WHERE AND", `a syntax error at line 1`},
		{"SELECT " + cols + " FROM goods WHERE cents / (sold - 9) > 0", `a division by zero (SQLSTATE 22012`},
		{"SELECT " + cols + " FROM goods, generate_series(1, 2000)", `more than 10000 rows`},
		{"UPDATE goods SET sold = 1", `a syntax error at line 1`},
		{"SELECT " + cols + " FROM goods; DROP TABLE goods", `a syntax error at line 1`},
		{"SELECT " + cols + " FROM goods) AS s; DROP TABLE goods; --", `a syntax error at line 1`},
		{"WITH gone AS (DELETE FROM goods RETURNING *) SELECT " + cols + " FROM gone",
			`a statement that the server does not take`},
		{"SELECT " + cols + " FROM goods WHERE sold > $3", "a parameter beyond $2"},
		{" ;\n", "it is empty"},
		{"SELECT " + cols + " FROM goods WHERE sku = '\xff'", "not UTF-8"},
	} {
		db, _ := customShop(t, c.query)
		_, _, err := db.Categories(context.Background(), nil)
		want := store.SchemaMismatch
		if strings.Contains(c.sentence, "PRICE_UNIT") {
			want = store.Question
		}
		if store.ClassOf(err) != want || !strings.Contains(store.Sentence(err), c.sentence) ||
			strings.Contains(store.Sentence(err), "pq:") {
			t.Errorf("%s\n  %v\n  want %q", c.query, err, c.sentence)
		}
	}
	db, _ := customShop(t, "", func(o *Options) { o.QueryFile = filepath.Join(t.TempDir(), "none.sql") })
	if _, _, err := db.Categories(context.Background(), nil); store.ClassOf(err) != store.SchemaMismatch ||
		!strings.Contains(store.Sentence(err), "cannot be read: no such file") {
		t.Errorf("no file: %v", err)
	}
}

// 10,000 rows pass, one more does not.
func TestCustomRowLimit(t *testing.T) {
	q := "SELECT 'k' AS category, i AS id, 'n' AS name, 's' || i AS slug, 1.0 AS price FROM generate_series(1, %d) AS i"
	db, write := customShop(t, fmt.Sprintf(q, 10_000))
	if got := readShop(t, db); got.Products() != 8 {
		t.Errorf("10,000 rows: %d products", got.Products())
	}
	write(fmt.Sprintf(q, 10_001))
	if _, _, err := db.Categories(context.Background(), nil); store.ClassOf(err) != store.SchemaMismatch {
		t.Errorf("10,001 rows: %v", err)
	}
	// The server stops, too: a statement that would give rows for hours is refused at once.
	write("SELECT 'k' AS category, generate_series(1, 2000000000) AS id, 'n' AS name, 's' AS slug, 1.0 AS price")
	if _, _, err := db.Categories(context.Background(), nil); store.ClassOf(err) != store.SchemaMismatch {
		t.Errorf("endless rows: %v", err)
	}
}

// The file is read at each refresh; its content is part of the settings' fingerprint, and so are CATEGORIES and the
// count.
func TestCustomReload(t *testing.T) {
	q := "SELECT shelf AS category, sku AS id, title AS name, sku AS slug, cents::numeric AS price " +
		"FROM goods WHERE sku = 'a'"
	db, write := customShop(t, q)
	first := readShop(t, db)
	if again := readShop(t, db); again.Source != first.Source {
		t.Error("the fingerprint changes by itself")
	}
	write(strings.Replace(q, "'a'", "'b'", 1))
	second := readShop(t, db)
	if got := lines(second); got != "Boats: Buoy 500;\n" {
		t.Errorf("after the edit: %s", got)
	}
	if second.Source.Database != first.Source.Database || second.Source.Settings == first.Source.Settings {
		t.Error("fingerprints after the edit: the database is the same, the settings are not")
	}
	db.opt.PerCategory = 3
	if third := readShop(t, db); third.Source.Settings == second.Source.Settings {
		t.Error("PRODUCTS_PER_CATEGORY is not in the fingerprint")
	}
}
