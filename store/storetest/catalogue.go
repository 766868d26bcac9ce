package storetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/shopspring/decimal"
)

// Product is one product of the real catalogue, as its file has it. Those in stock are published.
type Product struct {
	ID                                int64
	Name                              string `json:"title"`
	SKU, Category, Brand, Description string
	Images                            []string
	Price, DiscountPercentage, Rating decimal.Decimal
	Stock                             int64
	Reviews                           []struct{}
	Meta                              struct{ CreatedAt time.Time }
}

const catalogueFile = "dummyjson-products.json"

// LoadCatalogue fills the tables products and categories of our own schema, which must be there and empty, with the
// real catalogue, and returns it: 194 products in 24 categories (the public project Ovi/DummyJSON), from the file, or
// the folder with it, that VITRINE_CATALOGUE names. It is no part of the project: where the variable is not set the
// test is skipped, everywhere; where it is set, the file must be there.
func LoadCatalogue(t testing.TB, databaseURL string) []Product {
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
	var products []Product
	if err := json.Unmarshal(text, &products); err != nil {
		t.Fatal(err)
	}
	db := Open(t, databaseURL)
	for _, p := range products {
		if _, err := db.Exec("INSERT INTO categories (name) VALUES ($1) ON CONFLICT DO NOTHING", p.Category); err != nil {
			t.Fatal(err)
		}
		// The list price is what the price was before the discount; sales are not in the file and stay 0.
		_, err := db.Exec(`INSERT INTO products (id, name, slug, category, brand, images, description, price, list_price,
				avg_rating, num_reviews, count_in_stock, is_published, created_at)
			VALUES ($1, $2, lower($3), $4, $5, $6, $7, $8::numeric, round($8::numeric * 100 / (100 - NULLIF($9::numeric, 0)), 2),
				$10, $11, $12::bigint, $12::bigint > 0, $13)`,
			p.ID, p.Name, p.SKU, p.Category, p.Brand, pq.Array(p.Images), p.Description, p.Price.String(),
			p.DiscountPercentage.String(), p.Rating.String(), len(p.Reviews), p.Stock, p.Meta.CreatedAt)
		if err != nil {
			t.Fatalf("%s: %v", p.SKU, err)
		}
	}
	return products
}
