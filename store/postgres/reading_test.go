package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine/store"
	"vitrine/store/storetest"
)

// prismaShop makes a schema out of a Prisma migration in testdata.
func prismaShop(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "prisma", name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, string(b))
	return url
}

// lines writes a catalogue down for comparison: a line a category, "name price(list price)[pictures]" a product.
func lines(c store.Catalogue) string {
	var b strings.Builder
	for _, cat := range c.Categories {
		b.WriteString(cat.Name + ":")
		for _, p := range cat.Products {
			fmt.Fprintf(&b, " %s %s", p.Name, p.Price)
			if !p.ListPrice.IsZero() {
				fmt.Fprintf(&b, "(%s)", p.ListPrice)
			}
			if len(p.Images) > 0 {
				fmt.Fprint(&b, p.Images)
			}
			b.WriteString(";")
		}
		b.WriteString("\n")
	}
	return b.String()
}

var prismaShops = []struct {
	name, want string
	given      []string
	givenWant  string
	skipped    int
}{
	{name: "arabic_text_category",
		want:  "أحذية: حذاء جلدي 300; حذاء رياضي 199.5(250)[/a.jpg /b.jpg];\nساعات: ساعة ذهبية 99999.99;\nفارغ:\n",
		given: []string{"مخفي", "لا شيء", "ساعات", "مخفي"}, givenWant: "مخفي:\nلا شيء:\nساعات: ساعة ذهبية 99999.99;\n"},
	{name: "uuid_rating",
		want:  "Shirts: Slim 85.9[/2.jpg]; Tall 99.95[/3.jpg]; Oxford 59.99[/1.jpg];\nSweats: Hoodie 34.99[/4.jpg];\n",
		given: []string{"Sweats"}, givenWant: "Sweats: Hoodie 34.99[/4.jpg];\n"},
	{name: "serial_double", skipped: 4,
		want:  "Caps:\nMugs: Best 19.99(25); Rated 0.1; Plain 7.01[/p.png];\n",
		given: []string{"Mugs", "Caps"}, givenWant: "Mugs: Best 19.99(25); Rated 0.1; Plain 7.01[/p.png];\nCaps:\n"},
	{name: "store_admin_relation",
		want:  "Glasses:\nSuits: New suit 10.01; Old suit 10;\nWatches: Watch 5;\n",
		given: []string{"Watches", "Hats"}, givenWant: "Watches: Watch 5;\nHats:\n"},
	{name: "status_relation",
		want:  "Toys: Bear 12.5[/bear.png];\nكتب: كتاب 12.5(20)[/b.jpg];\n",
		given: []string{"كتب"}, givenWant: "كتب: كتاب 12.5(20)[/b.jpg];\n"},
	{name: "mapped_snake",
		want:  "Coffee: Beans 9;\nTea: Black 3.5; Green 4[/g.png];\n",
		given: []string{"Tea"}, givenWant: "Tea: Black 3.5; Green 4[/g.png];\n"},
	{name: "enum_category",
		want:  "MEN: Coat 10; Shirt 10;\nWOMEN: Dress 30;\n",
		given: []string{"KIDS", "PETS", "MEN"}, givenWant: "KIDS:\nPETS:\nMEN: Coat 10; Shirt 10;\n"},
}

// Prisma shops are read as they stand, and every value of a card is what it was when a shop was still read by its
// tables' names (before.json), so that their pages keep their bytes.
func TestPrismaShops(t *testing.T) {
	var before map[string][]store.Category
	b, err := os.ReadFile("testdata/prisma/before.json")
	if err == nil {
		err = json.Unmarshal(b, &before)
	}
	if err != nil || len(before) != len(prismaShops) {
		t.Fatal(len(before), err)
	}
	for _, c := range prismaShops {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := prismaShop(t, c.name)
			got := readShop(t, openShop(t, url))
			names := cmpopts.IgnoreFields(store.Category{}, "ID", "Slug") // of the categories' own links, which came later
			if d := gocmp.Diff(before[c.name], got.Categories, names, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("-before +now\n%s", d)
			}
			if d := gocmp.Diff(c.want, lines(got)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if len(got.Skipped) != c.skipped {
				t.Errorf("skipped %v", got.Skipped)
			}
			got = readShop(t, openShop(t, url, func(o *Options) { o.Categories = c.given }))
			if d := gocmp.Diff(c.givenWant, lines(got)); d != "" {
				t.Errorf("CATEGORIES=%q: -want +got\n%s", c.given, d)
			}
		})
	}
}

// The last five columns may each be missing; the order falls back to what is there.
func TestPrismaMissingColumns(t *testing.T) {
	optional := []struct{ name, typ, sort string }{
		{"numReviews", "INTEGER", ""}, {"numSales", "INTEGER", "sales"}, {"avgRating", "DECIMAL(3,2)", "rating"},
		{"isPublished", "BOOLEAN", ""}, {"createdAt", "TIMESTAMP(3)", "created"},
	}
	for missing := range 1 << len(optional) {
		var cols []string
		has := map[string]bool{}
		ddl := `CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL,
			"category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL`
		for i, c := range optional {
			if missing&(1<<i) == 0 {
				ddl += fmt.Sprintf(", %q %s NOT NULL", c.name, c.typ)
				cols, has[c.sort] = append(cols, c.name), true
			}
		}
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, ddl+")")
		// Each of sales, rating and created would order the four products its own way.
		values := map[string][]string{"numReviews": {"1", "1", "1", "1"}, "numSales": {"5", "5", "9", "9"},
			"avgRating":   {"3", "4", "1", "2"},
			"isPublished": {"true", "true", "true", "true"},
			"createdAt":   {"'2024-01-02'", "'2024-01-01'", "'2024-01-03'", "'2024-01-04'"}}
		for i, id := range []string{"d", "c", "b", "a"} {
			q := fmt.Sprintf(`INSERT INTO "Product" ("id", "name", "slug", "category", "price"%%s) VALUES ('%s', '%[1]s',
				'%[1]s', 'k', 1%%s)`, id)
			names, vals := "", ""
			for _, c := range cols {
				names += fmt.Sprintf(", %q", c)
				vals += ", " + values[c][i]
			}
			storetest.Exec(t, url, fmt.Sprintf(q, names, vals))
		}
		want := "abcd"
		switch {
		case has["sales"] && has["rating"]:
			want = "abcd" // 9/2, 9/1, 5/4, 5/3
		case has["sales"] && has["created"]:
			want = "abdc"
		case has["rating"]:
			want = "cdab"
		case has["created"]:
			want = "abdc"
		}
		got := ""
		for _, p := range readShop(t, openShop(t, url)).Categories[0].Products {
			got += p.ID
		}
		if got != want {
			t.Errorf("with %v: %s, want %s", cols, got, want)
		}
	}
}

// A column that is renamed, or a table that is replaced, is found again within the refresh that meets the change.
func TestShapeIsFoundAnew(t *testing.T) {
	url := prismaShop(t, "uuid_rating")
	db := openShop(t, url)
	before := lines(readShop(t, db))
	storetest.Exec(t, url, `ALTER TABLE "Product" RENAME COLUMN "rating" TO "avgRating"`)
	if got := lines(readShop(t, db)); got != before {
		t.Errorf("after renaming a column:\n%s", got)
	}
	storetest.Exec(t, url, `ALTER TABLE "Product" DROP COLUMN "price"`)
	_, _, err := db.Categories(context.Background(), nil)
	if store.ClassOf(err) != store.SchemaMismatch ||
		!strings.Contains(store.Sentence(err), `no table of products with a name and a price among "Product"`) {
		t.Errorf("after dropping the price: %v", err)
	}
	storetest.Exec(t, url, `ALTER TABLE "Product" ADD COLUMN "price" DECIMAL(10,2) NOT NULL DEFAULT 2`)
	if got := readShop(t, db); got.Products() != 4 {
		t.Errorf("after the price came back: %v", got)
	}
}

// What the names leave open is told; a big table without the index, too.
func TestShopNotices(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE "Product" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL,
		"category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL, "status" TEXT)`,
		`INSERT INTO "Product" SELECT i, 'n', 'k', 1, 'live' FROM generate_series(1, 20000) AS i`, "ANALYZE")
	db := openShop(t, url)
	if n := db.Notices(); len(n) != 0 {
		t.Errorf("before the first look: %q", n)
	}
	readShop(t, db)
	n := strings.Join(db.Notices(), "\n")
	for _, part := range []string{"no slug column", "CREATE INDEX CONCURRENTLY"} {
		if !strings.Contains(n, part) {
			t.Errorf("%q is not in the notices:\n%s", part, n)
		}
	}
	for _, c := range prismaShops {
		db := openShop(t, prismaShop(t, c.name))
		readShop(t, db)
		if n := db.Notices(); len(n) > 1 || (len(n) == 1 && !strings.Contains(n[0], "slug")) {
			t.Errorf("%s: %q", c.name, n)
		}
	}
}

// A partitioned table is as big as its partitions.
func TestSizeOfPartitions(t *testing.T) {
	for _, parts := range []string{"", "PARTITION BY HASH (id); CREATE TABLE part PARTITION OF products FOR VALUES WITH " +
		"(MODULUS 1, REMAINDER 0)"} {
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, "CREATE TABLE products (id int PRIMARY KEY, name text, slug text, "+
			"category text, price numeric) "+parts, "INSERT INTO products VALUES (1, 'A', 'a', 'K', 1)")
		db := openShop(t, url)
		readShop(t, db)
		m, _, _ := db.reading.get()
		if n := db.sizeOf(t.Context(), m.Products); n != 8192 {
			t.Errorf("%s: %d bytes", parts, n)
		}
	}
}

// CATALOG_SCHEMA decides where both kinds are there; the order is ours first.
func TestBothKinds(t *testing.T) {
	url := prismaShop(t, "uuid_rating")
	ourSchema(t, url)
	storetest.Exec(t, url, `INSERT INTO products (name, slug, category, price) VALUES ('Ours', 'ours', 'Shelf', 1)`)
	for schema, first := range map[string]string{"auto": "Shelf", "": "Shelf", "vitrine": "Shelf", "prisma": "Shirts"} {
		got := readShop(t, openShop(t, url, func(o *Options) { o.Schema = schema }))
		if got.Categories[0].Name != first {
			t.Errorf("CATALOG_SCHEMA=%s: %s", schema, lines(got))
		}
	}
}

// Integer prices need PRICE_UNIT; what the role may not read is named with the grant.
func TestUnusableShops(t *testing.T) {
	url := prismaShop(t, "uuid_rating")
	storetest.Exec(t, url, `ALTER TABLE "Product" ALTER COLUMN "price" DROP DEFAULT,
		ALTER COLUMN "price" TYPE INTEGER USING ("price" * 100)::int`)
	_, _, err := openShop(t, url).Categories(context.Background(), nil)
	if store.ClassOf(err) != store.Question || !strings.Contains(store.Sentence(err), "PRICE_UNIT=minor") {
		t.Errorf("integer price: %v", err)
	}
	for unit, want := range map[string]string{"minor": "34.99", "major": "3499"} {
		got := readShop(t, openShop(t, url, func(o *Options) { o.PriceUnit = unit }))
		if p := got.Categories[1].Products[0].Price.String(); p != want {
			t.Errorf("PRICE_UNIT=%s: %s", unit, p)
		}
	}
}

// A role without rights is told which grant it lacks.
func TestUnreadableColumns(t *testing.T) {
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	b, err := os.ReadFile("testdata/prisma/uuid_rating.sql")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, url, string(b), `CREATE ROLE blind LOGIN PASSWORD 'blind'`,
		`GRANT SELECT ("id", "name", "slug") ON "Product" TO blind`)
	t.Cleanup(func() { storetest.Exec(t, url, "DROP OWNED BY blind", "DROP ROLE blind") })
	db := openShop(t, strings.Replace(url, storetest.Superuser+":"+storetest.Password, "blind:blind", 1))
	_, _, err = db.Categories(context.Background(), nil)
	s := store.Sentence(err)
	if store.ClassOf(err) != store.SchemaMismatch || !strings.Contains(s, "GRANT SELECT ON") ||
		!strings.Contains(s, `"price"`) || strings.Contains(s, "blind") {
		t.Errorf("%v", err)
	}
	storetest.Exec(t, url, `GRANT SELECT ("category", "images", "brand", "stock", "price", "rating", "numReviews",
		"createdAt") ON "Product" TO blind`)
	if got := readShop(t, db); got.Products() != 4 {
		t.Errorf("after the grant: %v", got)
	}
}

// One poisoned row of a database without an encoding does not cost the page.
func TestSQLASCII(t *testing.T) {
	pg := storetest.Server(t)
	storetest.Exec(t, pg.AdminURL(),
		"CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
	t.Cleanup(func() { storetest.Exec(t, pg.AdminURL(), "DROP DATABASE raw WITH (FORCE)") })
	url := strings.TrimSuffix(pg.AdminURL(), "/postgres") + "/raw"
	ourSchema(t, url)
	storetest.Exec(t, url, `INSERT INTO products (name, slug, category, price, images) VALUES (E'Caf\xe9', 'cafe',
		E'Caf\xe9s', 2, ARRAY[E'/caf\xe9.png']), ('شاي', 'tea', 'مشروبات', 1, '{}')`)
	got := lines(readShop(t, openShop(t, url)))
	if want := "Caf\uFFFDs: Caf\uFFFD 2[/caf\uFFFD.png];\nمشروبات: شاي 1;\n"; got != want {
		t.Errorf("got %q", got)
	}
	got = lines(readShop(t, openShop(t, url, func(o *Options) { o.Categories = []string{"مشروبات"} })))
	if want := "مشروبات: شاي 1;\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// Columns of other text types and collations are compared as the columns are, so that an index on them serves.
func TestOtherTextTypes(t *testing.T) {
	for _, typ := range []string{`text COLLATE "und-x-icu"`, `varchar(40) COLLATE "C"`, "varchar", "char(12)", "name"} {
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, `CREATE TABLE "Product" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL,
			"slug" TEXT NOT NULL, "category" `+typ+` NOT NULL, "price" DECIMAL(10,2) NOT NULL)`,
			`CREATE TABLE "Category" ("name" `+typ+` NOT NULL, "isActive" BOOLEAN NOT NULL)`,
			`INSERT INTO "Product" VALUES (1, 'a', 'a', 'b', 1), (2, 'b', 'b', 'É', 1), (3, 'c', 'c', 'a', 1)`)
		if got := lines(readShop(t, openShop(t, url))); got != "a: c 1;\nb: a 1;\nÉ: b 1;\n" {
			t.Errorf("%s, discovered: %q", typ, got)
		}
		if got := lines(readShop(t, openShop(t, url,
			func(o *Options) { o.Categories = []string{"É", "none"} }))); got != "É: b 1;\nnone:\n" {
			t.Errorf("%s, given: %q", typ, got)
		}
		storetest.Exec(t, url, `INSERT INTO "Category" VALUES ('b', true), ('a', false), ('Z', true)`)
		if got := lines(readShop(t, openShop(t, url))); got != "Z:\nb: a 1;\n" {
			t.Errorf("%s, from the table: %q", typ, got)
		}
	}
}
