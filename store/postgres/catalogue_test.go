package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/storetest"
)

// The real catalogue: 24 categories, top 8 each by sales, rating, id, with up to three pictures, as in the file; and the same from a Prisma shop's tables.
func TestRealCatalogue(t *testing.T) {
	url := storetest.Server(t).URL(t)
	ourSchema(t, url)
	products := storetest.LoadCatalogue(t, url)
	storetest.Exec(t, url, "UPDATE categories SET position = 0") // both kinds by name
	want := expected(products)
	if len(want) != 24 {
		t.Fatalf("%d categories in the file", len(want))
	}
	ours := readShop(t, openShop(t, url))
	if d := gocmp.Diff(want, ours.Categories, sameCards); d != "" {
		t.Errorf("our schema: -file +read\n%s", d)
	}
	prisma := readShop(t, openShop(t, prismaCatalogue(t, products)))
	if d := gocmp.Diff(ours.Categories, prisma.Categories, sameCards); d != "" {
		t.Errorf("-ours +prisma\n%s", d)
	}
	if ours.Source == prisma.Source {
		t.Error("two databases have one fingerprint")
	}
}

func expected(products []storetest.Product) []store.Category {
	products = slices.DeleteFunc(slices.Clone(products), func(p storetest.Product) bool { return !p.IsPublished })
	slices.SortFunc(products, func(a, b storetest.Product) int {
		return cmp.Or(strings.Compare(a.Category, b.Category), -cmp.Compare(a.NumSales, b.NumSales), -a.Rating.Cmp(b.Rating), cmp.Compare(a.ID, b.ID))
	})
	var cats []store.Category
	for _, p := range products {
		if n := len(cats); n == 0 || cats[n-1].Name != p.Category {
			cats = append(cats, store.Category{Name: p.Category})
		}
		cat := &cats[len(cats)-1]
		if len(cat.Products) == 8 {
			continue
		}
		card := store.Product{ID: fmt.Sprint(p.ID), Name: p.Name, Slug: p.Slug, Brand: p.Brand, Images: p.Images[:min(3, len(p.Images))], Price: p.Price, Rating: p.Rating.InexactFloat64(),
			NumReviews: p.NumReviews, NumSales: p.NumSales, Stock: &p.Stock}
		if p.ListPrice.GreaterThan(p.Price) {
			card.ListPrice = p.ListPrice
		}
		cat.Products = append(cat.Products, card)
	}
	return cats
}

// prismaCatalogue loads the file into a Prisma shop, last product first.
func prismaCatalogue(t *testing.T, products []storetest.Product) string {
	t.Helper()
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE "Product" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL UNIQUE, "category" TEXT NOT NULL, "images" TEXT[],
		"brand" TEXT, "description" TEXT NOT NULL, "price" DECIMAL(65,30) NOT NULL, "listPrice" DOUBLE PRECISION, "countInStock" INTEGER NOT NULL,
		"avgRating" DOUBLE PRECISION, "numReviews" INTEGER NOT NULL DEFAULT 0, "numSales" INTEGER, "isPublished" BOOLEAN NOT NULL DEFAULT false,
		"createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
		`CREATE TABLE "Category" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL UNIQUE, "isActive" BOOLEAN NOT NULL DEFAULT true)`)
	db := storetest.Open(t, url)
	for _, p := range slices.Backward(products) {
		_, err := db.Exec(`INSERT INTO "Product" VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7, $8::numeric, $9::float8, $10, $11::float8, $12, $13, $14, $15)`,
			p.ID, p.Name, p.Slug, p.Category, pq.Array(p.Images), p.Brand, p.Description, p.Price.String(), p.ListPrice.String(), p.Stock,
			p.Rating.String(), p.NumReviews, p.NumSales, p.IsPublished, p.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`INSERT INTO "Category" VALUES ($1, $1) ON CONFLICT DO NOTHING`, p.Category); err != nil {
			t.Fatal(err)
		}
	}
	return url
}
