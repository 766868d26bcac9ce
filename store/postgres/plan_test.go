package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"vitrine/store/storetest"
)

// bulk fills a Prisma table with 20,000 products in 40 categories, one of them half of the table; the rest as the shape
// has it.
const bulk = `INSERT INTO "Product" ("id", "name", "slug", "category", "price"%s)
	SELECT i::text, 'n', 's' || i, 'k' || CASE WHEN i %% 2 = 0 THEN 0 ELSE i %% 39 END,
		1%s FROM generate_series(1, 20000) AS i`

var planShops = []struct {
	name  string
	setup []string
}{
	{"ours", []string{ourTables(""),
		`INSERT INTO products (name, slug, category, price, num_sales, is_published) SELECT 'n', 's' || i,
			'k' || CASE WHEN i % 2 = 0 THEN 0 ELSE i % 39 END, 1, i % 1000, i % 10 > 0
			FROM generate_series(1, 20000) AS i`}},
	{"prisma, not null", []string{`CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL,
		"slug" TEXT NOT NULL, "category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL,
			"numSales" INTEGER NOT NULL, "avgRating" DECIMAL(3,2) NOT NULL, "isPublished" BOOLEAN NOT NULL)`,
		fmt.Sprintf(bulk, `, "numSales", "avgRating", "isPublished"`, ", i % 1000, 4, i % 10 > 0")}},
	{"prisma, nullable", []string{`CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL,
		"slug" TEXT NOT NULL, "category" VARCHAR(40), "price" DECIMAL(10,2) NOT NULL,
			"numSales" INTEGER, "avgRating" DOUBLE PRECISION, "isPublished" BOOLEAN)`,
		fmt.Sprintf(bulk, `, "numSales", "isPublished"`, ", NULLIF(i % 1000, 0), i % 10 > 0"),
		`CREATE TABLE "Category" ("name" TEXT, "isActive" BOOLEAN)`,
		`INSERT INTO "Category" VALUES ('k1', true), ('k2', true), ('k3', false)`}},
	{"prisma, created only", []string{`CREATE TABLE "Product" ("id" BIGINT PRIMARY KEY, "name" TEXT NOT NULL,
		"slug" TEXT NOT NULL, "category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL,
			"createdAt" TIMESTAMP(3) NOT NULL DEFAULT now(), "isArchived" BOOLEAN NOT NULL DEFAULT false,
				"deletedAt" TIMESTAMP(3))`,
		strings.Replace(fmt.Sprintf(bulk, "", ""), "i::text", "i", 1)}},
	{"prisma, no sort columns", []string{`CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL,
		"slug" TEXT NOT NULL, "category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL)`,
		fmt.Sprintf(bulk, "", "")}},
	{"prisma, by key, with status", []string{`CREATE TYPE "S" AS ENUM ('DRAFT', 'ACTIVE')`,
		`CREATE TABLE "Category" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL)`,
		`INSERT INTO "Category" SELECT i, 'k' || i FROM generate_series(0, 38) AS i`,
		`CREATE TABLE "Product" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL, "categoryId" INTEGER NOT NULL,
			"price" DECIMAL(65,30) NOT NULL, "numSales" INTEGER NOT NULL, "status" "S" NOT NULL)`,
		`INSERT INTO "Product" ("name", "categoryId", "price", "numSales", "status") SELECT 'n',
			CASE WHEN i % 2 = 0 THEN 0 ELSE i % 39 END, 1, i % 1000, 'ACTIVE' FROM generate_series(1, 20000) AS i`}},
	{"prisma, enum category", []string{`CREATE TYPE "K" AS ENUM ('k0', 'k1', 'k2')`,
		`CREATE TABLE "Product" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL, "category" "K" NOT NULL,
			"price" DECIMAL(65,30) NOT NULL, "isPublished" BOOLEAN NOT NULL)`,
		`INSERT INTO "Product" ("name", "category", "price", "isPublished") SELECT 'n', ('k' || i % 3)::"K", 1,
			true FROM generate_series(1, 20000) AS i`}},
}

// The index that init proposes serves the very query that is run: no sort, no sequential scan of the products, for each
// kind of shop and each form of categories, on a table that was never analysed and on one that was (I3).
func TestPlanWalksTheIndex(t *testing.T) {
	ctx := context.Background()
	for _, c := range planShops {
		t.Run(c.name, func(t *testing.T) {
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, c.setup...)
			found := openShop(t, url)
			given := openShop(t, url, func(o *Options) { o.Categories = []string{"k0", "k1", "nowhere"} })
			if c.name != "ours" {
				if plan := explained(t, found); sorted(plan) == "" {
					t.Errorf("without the index the plan is already good, so this test shows nothing:\n%s", plan)
				}
				plan, err := found.PlanInit(ctx)
				if err != nil || len(plan.Steps) != 1 {
					t.Fatalf("%v, %+v", err, plan)
				}
				if err := found.Init(ctx, plan, nil); err != nil {
					t.Fatal(err)
				}
			}
			explained(t, found)
			storetest.Exec(t, url, "ALTER TABLE "+found.reading.mapping.Products.Quoted()+" SET (autovacuum_enabled = false)")
			for range 2 {
				for _, db := range []*DB{found, given} {
					if plan := explained(t, db); sorted(plan) != "" || !strings.Contains(plan, "vitrine_") {
						t.Errorf("CATEGORIES=%q: %s in\n%s", db.opt.Categories, sorted(plan), plan)
					}
				}
				storetest.Exec(t, url, "ANALYZE")
			}
			if again, err := found.PlanInit(ctx); err != nil || len(again.Steps) != 0 {
				t.Errorf("a second plan: %v, %+v", err, again.Steps)
			}
		})
	}
}

func explained(t *testing.T, db *DB) string {
	t.Helper()
	plan, err := db.Explain(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Text
}

// sorted names what a plan must not have where products are read: below the LIMIT of a category, and where categories
// are looked for. The few rows that come out are sorted at the end.
func sorted(plan string) string {
	depth, sort := -1, false
	for line := range strings.Lines(plan) {
		at := strings.Index(line, "->")
		if at >= 0 && at <= depth {
			depth, sort = -1, false
		}
		if depth < 0 && strings.Contains(line, "->  Limit") {
			depth = at
		}
		sort = sort || depth >= 0 && strings.Contains(line, "Sort")
		product := strings.Contains(line, " on products") || strings.Contains(line, ` on "Product"`)
		switch {
		case product && strings.Contains(line, "Seq Scan"):
			return "Seq Scan"
		case product && sort:
			return "Sort"
		}
	}
	return ""
}

// The cost does not grow with the table: a query over 100 times the rows touches about as many pages (I3).
func TestPagesDoNotGrow(t *testing.T) {
	var pages [2]int
	for i, rows := range []int{2_000, 200_000} {
		url := storetest.Server(t).URL(t)
		ourSchema(t, url)
		storetest.Exec(t, url, fmt.Sprintf(`INSERT INTO products (name, slug, category, price, num_sales) SELECT 'n',
			's' || i, 'k' || i %% 12, 1, i %% 1000
			FROM generate_series(1, %d) AS i`, rows), "VACUUM ANALYZE products")
		db := openShop(t, url)
		readShop(t, db)
		plan, err := db.Explain(context.Background(), true)
		if err != nil {
			t.Fatal(err)
		}
		pages[i] = plan.Pages
	}
	if pages[0] == 0 || pages[1] > 3*pages[0] {
		t.Errorf("pages touched: %d with 2,000 products, %d with 200,000", pages[0], pages[1])
	}
}

// An index that another tool made under another name serves as well; one that is like it in name only does not.
func TestServes(t *testing.T) {
	for _, c := range []struct {
		index string
		want  bool
	}{
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC, "id") WHERE "isPublished"`, true},
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC, "id")`, true},
		{`("category" DESC, "numSales" DESC NULLS LAST, "avgRating" DESC, "id") WHERE "isPublished" = true`, true},
		{`("category", "numSales" NULLS FIRST, "avgRating", "id" DESC)`, true},
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC, "id", "name") INCLUDE ("slug")`, true},
		{`("category", "numSales" DESC, "avgRating" DESC, "id") WHERE "isPublished"`, false},
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC NULLS LAST, "id")`, false},
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC)`, false},
		{`("category", "numSales" DESC NULLS LAST, "avgRating" DESC, "id") WHERE "name" <> ''`, false},
		{`(lower("category"), "numSales" DESC NULLS LAST, "avgRating" DESC, "id")`, false},
		{`("category")`, false},
	} {
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, `CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL,
			"category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL,
			"numSales" INTEGER, "avgRating" DECIMAL(3,2) NOT NULL, "isPublished" BOOLEAN NOT NULL)`,
			fmt.Sprintf(bulk, `, "numSales", "avgRating", "isPublished"`, ", i % 1000, 4, i % 10 > 0"),
			`CREATE INDEX theirs ON "Product" `+c.index, "ANALYZE")
		db := openShop(t, url)
		plan := explained(t, db)
		if got := db.reading.indexes[0].Served; got != c.want {
			t.Errorf("%s: serves %t, want %t", c.index, got, c.want)
		}
		if c.want && sorted(plan) != "" {
			t.Errorf("%s is said to serve, but:\n%s", c.index, plan)
		}
	}
}
