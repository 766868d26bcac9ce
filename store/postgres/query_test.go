package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lib/pq"
	"pgregory.net/rapid"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine/store"
	"vitrine/store/storetest"
)

// openShop opens a DATABASE_URL with 8 products a category and a currency of two digits, unless change says otherwise.
func openShop(t testing.TB, url string, change ...func(*Options)) *DB {
	t.Helper()
	o := Options{URL: store.Secret(url), PerCategory: 8, Log: slog.New(slog.DiscardHandler)}
	o.CurrencyDigits = 2
	for _, c := range change {
		c(&o)
	}
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// read reads the page's catalogue and fails the test if that fails.
func readShop(t testing.TB, db *DB) store.Catalogue {
	t.Helper()
	cat, _, err := db.Categories(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// ourSchema makes our own tables in the schema of url.
func ourSchema(t testing.TB, url string) {
	t.Helper()
	storetest.Exec(t, url, ourTables(""))
}

// good is a plain in-memory product; model the catalogue that a page must show of such products.
type good struct {
	id              int
	category        string
	sales           int
	rating          float64
	published       bool
	name, slug      string
	price           string
	stock, reviews  int
	brand, imageURL string
}

type group struct {
	name     string
	position int
	active   bool
}

func listed(groups []group, name string) bool {
	return slices.ContainsFunc(groups, func(g group) bool { return g.name == name })
}

func model(goods []good, groups []group, want []string, per int) []store.Category {
	var names []string
	for _, n := range want {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(want) == 0 {
		var active []group
		for _, g := range groups {
			if g.active {
				active = append(active, g)
			}
		}
		slices.SortFunc(active, func(a, b group) int {
			return cmp.Or(cmp.Compare(a.position, b.position), strings.Compare(a.name, b.name))
		})
		for _, g := range active {
			names = append(names, g.name)
		}
		if len(active) == 0 {
			for _, g := range goods {
				if g.published && !slices.Contains(names, g.category) && !listed(groups, g.category) {
					names = append(names, g.category)
				}
			}
			slices.Sort(names)
		}
	}
	cats := []store.Category{}
	for _, name := range names {
		var list []good
		off := slices.ContainsFunc(groups, func(g group) bool { return g.name == name && !g.active })
		for _, g := range goods {
			if g.published && g.category == name && !off {
				list = append(list, g)
			}
		}
		slices.SortFunc(list, func(a, b good) int {
			return cmp.Or(-cmp.Compare(a.sales, b.sales), -cmp.Compare(a.rating, b.rating), cmp.Compare(a.id, b.id))
		})
		cat := store.Category{Name: name}
		for _, g := range list[:min(per, len(list))] {
			stock := int64(g.stock)
			p := store.Product{ID: fmt.Sprint(g.id), Name: g.name, Slug: g.slug, Brand: g.brand, Rating: g.rating,
				NumReviews: int64(g.reviews), NumSales: int64(g.sales), Stock: &stock}
			p.Price, _ = unit{digits: 2}.price(g.price)
			if g.imageURL != "" {
				p.Images = []string{g.imageURL}
			}
			cat.Products = append(cat.Products, p)
		}
		cats = append(cats, cat)
	}
	return cats
}

var awkward = []string{"Shoes", "Shoelaces", "أحذية", `O'Brien "and" sons`, `back\slash`, "{a,b}", "NULL", "ÅÄÖ",
	"Zebra", "👟 runners", " led by space", "%_", "日本語", "$1", "a;--b", "é", "é"}

func drawGoods(t *rapid.T) []good {
	var goods []good
	ids := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
		for i := 1; i <= 400 && yield(i); i++ {
		}
	})).Draw(t, "ids")
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(awkward), 0, 6, rapid.ID).Draw(t, "shelves") {
		for range rapid.IntRange(0, 30).Draw(t, "products") {
			id := ids[len(goods)]
			goods = append(goods, good{id: id, category: name, sales: rapid.IntRange(0, 3).Draw(t, "sales"),
				rating:    rapid.SampledFrom([]float64{0, 3.5, 4.25, 5}).Draw(t, "rating"),
				published: rapid.IntRange(0, 4).Draw(t, "published") > 0,
				name:      rapid.SampledFrom(awkward).Draw(t, "name"), slug: fmt.Sprintf("s-%d", id),
				brand: rapid.SampledFrom([]string{"", "Nike's"}).Draw(t, "brand"),
				price: rapid.SampledFrom([]string{"0", "19.99", "1000000.5"}).Draw(t, "price"),
				stock: rapid.IntRange(-1, 3).Draw(t, "stock"), reviews: id % 7,
				imageURL: rapid.SampledFrom([]string{"", `/a "b",{c}.png`}).Draw(t, "image")})
		}
	}
	return goods
}

func drawGroups(t *rapid.T) []group {
	var groups []group
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(awkward), 0, 6, rapid.ID).Draw(t, "categories") {
		groups = append(groups, group{name, rapid.IntRange(-1, 2).Draw(t, "position"), rapid.Bool().Draw(t, "active")})
	}
	return groups
}

// fill replaces what the shop holds.
func fill(t testing.TB, db *sql.DB, goods []good, groups []group) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	must := func(q string, args ...any) {
		t.Helper()
		if _, err := tx.Exec(q, args...); err != nil {
			t.Fatalf("%v in %s", err, q)
		}
	}
	must("DELETE FROM products")
	must("DELETE FROM categories")
	for _, g := range groups {
		must("INSERT INTO categories (name, position, is_active) VALUES ($1, $2, $3)", g.name, g.position, g.active)
	}
	for _, g := range goods {
		must(`INSERT INTO products (id, name, slug, category, brand, images, price, avg_rating, num_reviews, num_sales,
			count_in_stock, is_published)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			g.id, g.name, g.slug, g.category, g.brand, pq.Array([]string{g.imageURL}), g.price, g.rating, g.reviews, g.sales,
			g.stock, g.published)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

var sameCards = gocmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Category{}, "ID")}

// All three forms of categories agree with the plain model, whatever order the rows were inserted in (I6).
func TestFormsAgreeWithModel(t *testing.T) {
	url := storetest.Server(t).URL(t)
	ourSchema(t, url)
	pg := storetest.Open(t, url)
	db := openShop(t, url)
	rapid.Check(t, func(rt *rapid.T) {
		goods, groups := drawGoods(rt), drawGroups(rt)
		var want []string
		if rapid.Bool().Draw(rt, "given") {
			want = rapid.SliceOfN(rapid.SampledFrom(awkward), 1, 8).Draw(rt, "want")
		}
		per := rapid.IntRange(1, 10).Draw(rt, "per")
		fill(t, pg, goods, groups)
		db.opt.Categories, db.opt.PerCategory = want, per
		got := readShop(t, db)
		if d := gocmp.Diff(model(goods, groups, want, per), got.Categories, sameCards); d != "" {
			rt.Fatalf("CATEGORIES=%q: -model +read\n%s", want, d)
		}
		if len(got.Skipped) != 0 {
			rt.Fatalf("skipped %v", got.Skipped)
		}
	})
}

// A refresh is one SELECT that reads products, on one connection (I2); looking at the catalogue happens once and reads
// none.
func TestOneDataQuery(t *testing.T) {
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	ourSchema(t, url)
	u, err := parseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, url, "ALTER DATABASE "+u.dbname+" SET log_statement = 'all'")
	fill(t, storetest.Open(t, url), []good{{id: 1, category: "a", published: true, name: "n", slug: "s", price: "1"}}, nil)
	db := openShop(t, url, func(o *Options) { o.PoolMax = 1 })
	for i := range 3 {
		before := logged(t, pg, url)
		asked := time.Now()
		if _, cost, err := db.Categories(context.Background(), nil); err != nil || cost.SentAt.Before(asked) {
			t.Fatalf("sent at %s, %v", cost.SentAt, err)
		}
		log := logged(t, pg, url)[len(before):]
		n := 0
		for statement := range strings.SplitSeq(log, "LOG:  ") {
			if strings.Contains(statement, `"products"`) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d statements read products:\n%s", n, log)
		}
		if i > 0 && strings.Contains(log, "reltuples") {
			t.Errorf("the catalogue was looked at again:\n%s", log)
		}
	}
}

// logged is the server's log up to a mark that this call makes.
func logged(t *testing.T, pg *storetest.PG, url string) string {
	t.Helper()
	storetest.Exec(t, url, "SELECT 'mark'")
	b, err := os.ReadFile(pg.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// CATEGORIES that no product has, or none at all, are no error.
func TestEmptyShop(t *testing.T) {
	url := storetest.Server(t).URL(t)
	ourSchema(t, url)
	if got := readShop(t, openShop(t, url)); len(got.Categories) != 0 {
		t.Errorf("empty shop: %v", got.Categories)
	}
	got := readShop(t, openShop(t, url, func(o *Options) { o.Categories = []string{"b", "a", "b", ""} }))
	if d := gocmp.Diff([]store.Category{{Name: "b"}, {Name: "a"}}, got.Categories, sameCards); d != "" {
		t.Error(d)
	}
}
