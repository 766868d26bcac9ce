package postgres

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine/store"
	"vitrine/store/postgres/shop"
	"vitrine/store/storetest"
)

const storesOfOneTable = `CREATE TABLE "Category" ("id" text PRIMARY KEY, "name" text NOT NULL, "slug" text,
	"isActive" boolean NOT NULL DEFAULT true);
	CREATE TABLE "Product" ("id" serial PRIMARY KEY, "name" text NOT NULL, "slug" text NOT NULL,
		"price" numeric NOT NULL, "sold" int NOT NULL, "storeId" text, "categoryId" text REFERENCES "Category");
	INSERT INTO "Category" VALUES ('t', 'Tea', 'the-tea'), ('c', 'Coffee', 'the-coffee');
	INSERT INTO "Product" ("name", "slug", "price", "sold", "storeId", "categoryId") VALUES ('Green', 'green', 4, 5,
		'north', 't'), ('Beans', 'beans', 9, 1, 'north', 'c')`

// question returns the sentence of a refusal with a question; "" where there was none.
func question(t *testing.T, db *DB, seen shop.Seen) (string, store.Catalogue) {
	t.Helper()
	cat, _, err := db.Categories(context.Background(), seen)
	if err != nil && store.ClassOf(err) != store.Question {
		t.Fatal(err)
	}
	if err != nil {
		return store.Sentence(err), cat
	}
	return "", cat
}

// A second store is asked about in the very refresh in which it shows: where shown products differ, where a bounded
// look finds it, and where the page that is up had another. What is not shown is no reason to ask again.
func TestQuestionOfTheStore(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, storesOfOneTable)
	db := openShop(t, url, func(o *Options) { o.PerCategory = 1 })
	q, cat := question(t, db, nil)
	if q != "" || gocmp.Diff(map[string][]string{"storeId": {"north"}}, cat.Seen) != "" || cat.Order != "sales" {
		t.Fatalf("one store: %q, %v, %s", q, cat.Seen, cat.Order)
	}
	if c := cat.Categories[0]; c.Slug != "the-coffee" || c.ID != "c" {
		t.Errorf("%+v", c)
	}
	storetest.Exec(t, url, `INSERT INTO "Product" ("name", "slug", "price", "sold", "storeId",
		"categoryId") VALUES ('Weak', 'weak', 1, 0, 'south', 't')`)
	if q, _ := question(t, db, cat.Seen); q != "" {
		t.Errorf("a product that is not shown: %q", q)
	}
	if q, _ := question(t, db, nil); !strings.Contains(q, "north and south") ||
		!strings.Contains(q, "CATALOG_STORE=north") {
		t.Errorf("without a memory: %q", q)
	}
	storetest.Exec(t, url, `UPDATE "Product" SET "storeId" = 'south'`)
	if q, _ := question(t, db, cat.Seen); !strings.Contains(q, "north and south") {
		t.Errorf("all of another store: %q", q)
	}
	if q, _ := question(t, db, shop.Seen{}); q != "" {
		t.Errorf("a first page of that store: %q", q)
	}
	answered := openShop(t, url, func(o *Options) { o.Store = "north" })
	if q, _ := question(t, answered, nil); !strings.Contains(q, "no product is left") || !strings.Contains(q, "south") {
		t.Errorf("an answer that leaves nothing: %q", q)
	}
}

// migrations are made under a running shop of storesOfOneTable; want is the page of the very next refresh, or words of
// its one sentence.
var migrations = []struct{ name, change, want string }{
	{"a flag", `ALTER TABLE "Product" ADD "isDraft" boolean NOT NULL DEFAULT false;
		UPDATE "Product" SET "isDraft" = true WHERE "name" = 'Green'`,
		"Coffee: Beans 9;\nTea:\n"},
	{"a flag of the categories", `ALTER TABLE "Category" ADD "deletedAt" timestamp;
		UPDATE "Category" SET "deletedAt" = '2024-01-01' WHERE "id" = 'c'`,
		"Tea: Green 4;\n"},
	{"prices in cents", `ALTER TABLE "Product" ALTER "price" TYPE integer USING ("price" * 100)::int`, "PRICE_UNIT=minor"},
	{"a column that is renamed", `ALTER TABLE "Product" RENAME "sold" TO "salesCount";
		ALTER TABLE "Category" RENAME "isActive" TO "published";
		UPDATE "Category" SET "published" = false WHERE "id" = 'c'`, "Tea: Green 4;\n"},
	{"an order that may be NULL", `INSERT INTO "Product" ("name", "slug", "price", "sold", "storeId",
		"categoryId") VALUES ('Mate', 'mate', 1, 9, 'north', 't');
		ALTER TABLE "Product" ALTER "sold" DROP NOT NULL; UPDATE "Product" SET "sold" = NULL WHERE "name" = 'Green'`,
		"Coffee: Beans 9;\nTea: Mate 1; Green 4;\n"},
	{"a table in place of another", `CREATE TABLE "New" (LIKE "Product" INCLUDING ALL);
		ALTER TABLE "New" ADD "hidden" boolean;
		INSERT INTO "New" SELECT *, "name" = 'Green' FROM "Product"; ALTER TABLE "Product" RENAME TO "ProductOld";
			ALTER TABLE "New" RENAME TO "Product"`,
		"Coffee: Beans 9;\nTea:\n"},
	{"a status that nobody understands", `ALTER TABLE "Product" ADD "status" text DEFAULT 'vigente';
		UPDATE "Product" SET "status" = 'retirado' WHERE "name" = 'Green'`,
		"retirado and vigente"},
	{"a table of stores that are off", `CREATE TABLE "Store" ("id" text PRIMARY KEY, "name" text, "isActive" boolean);
		INSERT INTO "Store" VALUES ('north', 'North', true);
		INSERT INTO "Store" VALUES ('closed', 'Closed', false);
			UPDATE "Product" SET "storeId" = 'closed' WHERE "name" = 'Green'`, "Coffee: Beans 9;\nTea:\n"},
	{"a lifecycle", `ALTER TABLE "Product" ADD "lifecycle" varchar(20) DEFAULT 'live';
		UPDATE "Product" SET "lifecycle" = 'retired' WHERE "name" = 'Green'`,
		"Coffee: Beans 9;\nTea:\n"},
	{"categories that go", `DROP TABLE "Category" CASCADE`, "All products: Green 4; Beans 9;\n"},
}

// No remembered reading publishes: whatever changes in the tables counts in the very next refresh, and takes one
// sentence.
func TestMigrationCountsAtOnce(t *testing.T) {
	for _, m := range migrations {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, storesOfOneTable)
			db := openShop(t, url)
			for range 2 {
				if got := readShop(t, db); got.Products() != 2 {
					t.Fatal(lines(got))
				}
			}
			storetest.Exec(t, url, m.change)
			cat, _, err := db.Categories(context.Background(), nil)
			if got := lines(cat); err == nil && got != m.want {
				t.Errorf("-want +got\n%s", gocmp.Diff(m.want, got))
			}
			if s := store.Sentence(err); err != nil &&
				(store.ClassOf(err) != store.Question || !strings.Contains(s, m.want) || strings.Contains(s, ". ")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A slug that is renamed counts in the very refresh: addresses are made of what is there, and that is told.
func TestSlugThatIsRenamed(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, storesOfOneTable)
	db := openShop(t, url)
	for _, to := range []struct{ change, slug, told string }{
		{`SELECT`, "green", ""},
		{`ALTER TABLE "Product" RENAME "slug" TO "handle"`, "green", ""},
		{`ALTER TABLE "Product" RENAME "handle" TO "way"`, "1", "no slug column"},
	} {
		storetest.Exec(t, url, to.change)
		got := readShop(t, db).Categories[1].Products[0].Slug
		if told := strings.Join(db.Notices(), ""); got != to.slug || !strings.Contains(told, to.told) ||
			(told == "") != (to.told == "") {
			t.Errorf("%s: %q, told %q", to.change, got, told)
		}
	}
}

// A product that is spelt otherwise than its category is found in the refresh in which that begins, and told.
func TestSpellingThatComesLater(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE categories (id int PRIMARY KEY, name text)`,
		`INSERT INTO categories VALUES (1, 'Tea'), (2, 'Mugs')`,
		`CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, category text)`,
		`INSERT INTO products VALUES (1, 'Green', 'green', 4, 'Tea'), (2, 'Black', 'black', 3, 'Tea'),
			(3, 'Cup', 'cup', 9, 'Mugs')`)
	db := openShop(t, url)
	const want = "Mugs: Cup 9;\nTea: Green 4; Black 3;\n"
	if got := readShop(t, db); lines(got) != want || len(got.Notices) != 0 {
		t.Fatalf("%s %q", lines(got), got.Notices)
	}
	storetest.Exec(t, url, `UPDATE products SET category = ' tea' WHERE id = 1`)
	if got := readShop(t, db); lines(got) != want || len(got.Notices) != 1 {
		t.Errorf("one product: %s %q", lines(got), got.Notices)
	}
}

// Rights on the categories that are taken away are an error with the grant, never "no table" (I4, I13).
func TestCategoriesThatMayNotBeRead(t *testing.T) {
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	storetest.Exec(t, url, storesOfOneTable, `UPDATE "Category" SET "isActive" = false WHERE "id" = 'c'`,
		`CREATE ROLE half LOGIN PASSWORD 'half'`,
		`GRANT SELECT ON "Product", "Category" TO half`)
	t.Cleanup(func() { storetest.Exec(t, url, "DROP OWNED BY half", "DROP ROLE half") })
	db := openShop(t, strings.Replace(url, storetest.Superuser+":"+storetest.Password, "half:half", 1))
	if got := lines(readShop(t, db)); got != "Tea: Green 4;\n" {
		t.Fatal(got)
	}
	storetest.Exec(t, url, `REVOKE SELECT ON "Category" FROM half`)
	_, _, err := db.Categories(context.Background(), nil)
	if s := store.Sentence(err); store.ClassOf(err) != store.SchemaMismatch ||
		!strings.Contains(s, `GRANT SELECT ON "public"."Category" TO`) {
		t.Errorf("%v", err)
	}
}

// Names in CATEGORIES that the shop spells otherwise are used and told; names that it does not have are told with those
// that it has.
func TestNamesThatTheShopDoesNotHave(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, storesOfOneTable)
	cat := readShop(t, openShop(t, url, func(o *Options) { o.Categories = []string{"tea", "Cofee"} }))
	if got := lines(cat); got != "Tea: Green 4;\nCofee:\n" {
		t.Error(got)
	}
	want := []string{`CATEGORIES names "tea", which the shop spells "Tea"`,
		`CATEGORIES names "Cofee", which the shop does not have; it has "Coffee", "Tea"`}
	if d := gocmp.Diff(want, cat.Warnings); d != "" {
		t.Error(d)
	}
	url = storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric,
		category text)`, `INSERT INTO products VALUES (1, 'A', 'a', 1, 'Boots '), (2, 'B', 'b', 2, 'Hats')`)
	cat = readShop(t, openShop(t, url, func(o *Options) { o.Categories = []string{"Boots", "Shoes"} }))
	if got := lines(cat); got != "Boots : A 1;\nShoes:\n" || len(cat.Warnings) != 2 ||
		!strings.Contains(cat.Warnings[1], `it has "Boots ", "Hats"`) {
		t.Errorf("%s %q", got, cat.Warnings)
	}
}

// The printed statement gives the same page, asks the same questions, and runs by itself.
func TestPrintedStatement(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, storesOfOneTable)
	r, err := openShop(t, url).Inspect(context.Background())
	if err != nil || r.Shop == nil {
		t.Fatal(err, r.Mismatch)
	}
	path := filepath.Join(t.TempDir(), "shop.sql")
	if err := os.WriteFile(path, []byte(r.Shop.File([]string{"what; is\nopen?"})), 0o600); err != nil {
		t.Fatal(err)
	}
	own := openShop(t, url, func(o *Options) { o.QueryFile = path })
	if d := gocmp.Diff(lines(readShop(t, openShop(t, url))), lines(readShop(t, own))); d != "" {
		t.Errorf("-shop +file\n%s", d)
	}
	storetest.Exec(t, url, `UPDATE "Product" SET "storeId" = 'south' WHERE "name" = 'Green'`)
	if q, _ := question(t, own, nil); !strings.Contains(q, "storeId") || !strings.Contains(q, "north and south") {
		t.Errorf("asked %q", q)
	}
	storetest.Exec(t, url, `ALTER TABLE "Product" ALTER "price" TYPE numeric(9,0)`)
	if r, err = openShop(t, url).Inspect(context.Background()); err != nil ||
		os.WriteFile(path, []byte(r.Shop.File(r.Questions)), 0o600) != nil {
		t.Fatal(err)
	}
	if q, _ := question(t, own, nil); !strings.Contains(q, "PRICE_UNIT=minor") {
		t.Errorf("whole numbers: asked %q", q)
	}
}
