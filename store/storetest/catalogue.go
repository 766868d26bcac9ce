package storetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/shopspring/decimal"
)

// Product is one product of the real catalogue, as the tables of a shop hold it.
type Product struct {
	ID                          int64
	Name, Slug, Category, Brand string
	Description                 string
	Images                      []string
	Price, ListPrice            decimal.Decimal // ListPrice is zero where there is no discount
	Rating                      decimal.Decimal
	NumReviews, NumSales, Stock int64
	IsPublished                 bool
	CreatedAt                   time.Time
}

const catalogueFile = "dummyjson-products.json"

// Catalogue reads the real catalogue of 194 products in 24 categories (the public project Ovi/DummyJSON) from the file,
// or the folder with it, that VITRINE_CATALOGUE names. It is no part of the project: where the variable is not set the
// test is skipped, everywhere; where it is set, the file must be there.
func Catalogue(t testing.TB) []Product {
	t.Helper()
	path := os.Getenv("VITRINE_CATALOGUE")
	if path == "" {
		msg := t.Name() + ": VITRINE_CATALOGUE does not name " + catalogueFile
		fmt.Fprintln(os.Stderr, "SKIPPED "+msg)
		t.Skip(msg)
	}
	if s, err := os.Stat(path); err == nil && s.IsDir() {
		path = filepath.Join(path, catalogueFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []dummyProduct
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	products := make([]Product, len(rows))
	for i, r := range rows {
		products[i] = r.product()
	}
	return products
}

// dummyProduct is one object of the file.
type dummyProduct struct {
	ID                        int64
	Title, Description        string
	Category, Brand, SKU      string
	Price, DiscountPercentage decimal.Decimal
	Rating                    decimal.Decimal
	Stock                     int64
	Reviews                   []struct{}
	Images                    []string
	Meta                      struct{ CreatedAt time.Time }
}

// product maps the fields: the list price is what the price was before the discount, rounded to cents; sales are not in
// the file and stay 0.
func (d dummyProduct) product() Product {
	p := Product{ID: d.ID, Name: d.Title, Slug: strings.ToLower(d.SKU), Category: d.Category, Brand: d.Brand, Description: d.Description,
		Images: d.Images, Price: d.Price, Rating: d.Rating, NumReviews: int64(len(d.Reviews)), Stock: d.Stock,
		IsPublished: d.Stock > 0, CreatedAt: d.Meta.CreatedAt}
	if d.DiscountPercentage.IsPositive() {
		hundred := decimal.NewFromInt(100)
		p.ListPrice = d.Price.Mul(hundred).Div(hundred.Sub(d.DiscountPercentage)).Round(2)
	}
	return p
}

// LoadCatalogue fills the tables products and categories of our own schema, which must be there and empty, with the
// real catalogue, and returns it.
func LoadCatalogue(t testing.TB, databaseURL string) []Product {
	t.Helper()
	products := Catalogue(t)
	db := Open(t, databaseURL)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("INSERT INTO categories (name) SELECT * FROM unnest($1::text[])", pq.Array(categoriesOf(products))); err != nil {
		t.Fatal(err)
	}
	for _, p := range products {
		_, err := tx.Exec(`INSERT INTO products (id, name, slug, category, brand, images, description, price, list_price, avg_rating, num_reviews,
			num_sales, count_in_stock, is_published, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,NULLIF($9::numeric,0),$10,$11,$12,$13,$14,$15)`,
			p.ID, p.Name, p.Slug, p.Category, p.Brand, pq.Array(p.Images), p.Description, p.Price.String(), p.ListPrice.String(),
			p.Rating.String(), p.NumReviews, p.NumSales, p.Stock, p.IsPublished, p.CreatedAt)
		if err != nil {
			t.Fatalf("%s: %v", p.Slug, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return products
}

// categoriesOf lists the categories in order of appearance.
func categoriesOf(products []Product) []string {
	var names []string
	seen := map[string]bool{}
	for _, p := range products {
		if !seen[p.Category] {
			seen[p.Category] = true
			names = append(names, p.Category)
		}
	}
	return names
}
