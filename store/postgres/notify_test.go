package postgres

import (
	"os"
	"strings"
	"testing"

	"github.com/lib/pq"

	"vitrine/store/storetest"
)

// shopFile is a shape of a shop of package shop's tests, without its page.
func shopFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("shop/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	sql, _, _ := strings.Cut(string(text), "-- page")
	return sql
}

const countingShop = `CREATE TABLE "Category" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL,
		"isActive" BOOLEAN NOT NULL);
	CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL,
		"price" DECIMAL(10,2) NOT NULL, "images" TEXT[], "stock" INT NOT NULL, "rating" FLOAT NOT NULL,
		"numSales" INT NOT NULL, "numReviews" INT NOT NULL, "isPublished" BOOLEAN NOT NULL,
		"updatedAt" TIMESTAMP, "views" INT,
		"categoryId" TEXT NOT NULL REFERENCES "Category");
	INSERT INTO "Category" VALUES ('c', 'Tea', true);
	INSERT INTO "Product" VALUES ('p', 'Green', 'green', 3, '{}', 1, 4, 9, 2, true, now(), 1, 'c')`

// Triggers tell of what the page shows and of nothing else, one notification a statement.
func TestNotifyTriggers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shop        string
		loud, quiet []string
	}{
		"prisma": {countingShop, []string{
			`UPDATE "Product" SET "price" = 4`, `UPDATE "Product" SET "isPublished" = false`,
			`UPDATE "Category" SET "name" = 'Teas'`, `DELETE FROM "Product"`, `TRUNCATE "Product"`,
			`INSERT INTO "Category" SELECT 'c' || n, 'C', true FROM generate_series(1, 5000) n`,
		}, []string{
			`UPDATE "Product" SET "stock" = 0, "numSales" = 10, "updatedAt" = now(), "views" = 2`,
			`UPDATE "Product" SET "rating" = 5, "numReviews" = 3`,
		}},
		"join table": {shopFile(t, "join-table-camel-case.sql"), []string{
			`DELETE FROM "CollectionItem"`, `UPDATE "Item" SET "gallery" = '[]'`, `UPDATE "Collection" SET "sortOrder" = 3`,
		}, []string{
			`INSERT INTO "OrderItem" ("itemName") VALUES ('A')`, `INSERT INTO "ProductTag" VALUES (gen_random_uuid(), 'x')`,
		}},
		"child table": {shopFile(t, "variants-with-sale-and-dates.sql"), []string{
			`UPDATE goods_skus SET special_price = 2`, `UPDATE departments SET enabled = 0`, `UPDATE goods SET title = 'x'`,
			`DELETE FROM goods_skus WHERE sku = '1a'`,
		}, []string{`UPDATE goods_skus SET on_hand = 1`, `UPDATE goods SET units_sold = 1, views = 2`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.Server(t).NewDatabase(t)
			storetest.Exec(t, url, c.shop)
			db := openShop(t, url)
			plan, err := db.PlanNotify(t.Context(), "shop")
			if err != nil {
				t.Fatal(err)
			}
			initialise(t, db, plan)
			initialise(t, db, plan)
			if again, err := db.PlanNotify(t.Context(), "shop"); err != nil || len(again.Steps) != 0 {
				t.Errorf("a second plan: %+v, %v", again.Steps, err)
			}
			notifications := counter(t, url, "shop")
			for _, statement := range c.loud {
				if n := notifications(statement); n != 1 {
					t.Errorf("%d notifications of %s", n, statement)
				}
			}
			for _, statement := range c.quiet {
				if n := notifications(statement); n != 0 {
					t.Errorf("%d notifications of %s", n, statement)
				}
			}
			if other, err := db.PlanNotify(t.Context(), "other"); err != nil || len(other.Steps) != len(plan.Steps)-1 {
				t.Errorf("another channel: %+v, %v", other.Steps, err)
			}
			undo(t, url, plan)
			if n := notifications(c.loud[0]); n != 0 {
				t.Errorf("%d notifications after the undoing", n)
			}
		})
	}
}

// counter returns what counts the notifications of a statement.
func counter(t *testing.T, url, channel string) func(statement string) int {
	t.Helper()
	heard := make(chan *pq.Notification, 32)
	c, err := pq.NewListenerConn(url+"?sslmode=disable", heard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		for range heard { // until lib/pq has ended
		}
	})
	if _, err := c.Listen(channel); err != nil {
		t.Fatal(err)
	}
	return func(statement string) int {
		storetest.Exec(t, url, statement, "SELECT pg_notify('"+channel+"', 'end')")
		for n := 0; ; n++ {
			if got := <-heard; got == nil || got.Extra == "end" {
				return n
			}
		}
	}
}

// A table that somebody writes to holds init up for seconds, not the shop's other writes for longer.
func TestNotifyTriggersDoNotQueue(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).NewDatabase(t)
	storetest.Exec(t, url, countingShop)
	db := openShop(t, url)
	plan, err := db.PlanNotify(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := storetest.Open(t, url).Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`UPDATE "Product" SET "price" = 5`); err != nil {
		t.Fatal(err)
	}
	err = db.Init(t.Context(), plan, nil)
	if err == nil || !strings.Contains(err.Error(), "the table is busy") {
		t.Errorf("beside an open transaction: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	initialise(t, db, plan)
}
