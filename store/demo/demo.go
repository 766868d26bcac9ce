// Package demo knows the demo shop, which is data: its products stand in products.tsv, the drawings of those that the
// page shows in pictures/. It is read from SQLite, in memory, by the same methods that store/postgres has ([DB]), so
// that everything else does its real work.
package demo

import (
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"vitrine/store"
)

//go:embed pictures/*.svg
var files embed.FS

//go:embed products.tsv
var productsTSV string

// schemaSQL makes the tables and fills them with the products of $1.
//
//go:embed schema.sql
var schemaSQL string

//go:embed homepage.sql
var homepageSQL string

// prefix is the address of the pictures in the web root.
const prefix = "/_vitrine/demo/"

// item is one line of products.tsv.
type item struct {
	store.Product
	Category  string `json:"category"`
	Published bool   `json:"published"`
}

// Catalogue is the whole demo shop, products included that are not published. It costs no database; ReadAt and Source
// are zero. The caller owns it.
func Catalogue() store.Catalogue {
	c := store.Catalogue{Order: "sales"}
	for _, i := range items() {
		if n := len(c.Categories); n == 0 || c.Categories[n-1].Name != i.Category {
			c.Categories = append(c.Categories, store.Category{Name: i.Category})
		}
		last := &c.Categories[len(c.Categories)-1]
		last.Products = append(last.Products, i.Product)
	}
	return c
}

// Pictures are the drawings that products of c refer to, by path below /_vitrine/: those of the demo shop, and of
// tables that `vitrine seed` filled.
func Pictures(c store.Catalogue) map[string][]byte {
	pictures := map[string][]byte{}
	for _, category := range c.Categories {
		for _, p := range category.Products {
			for _, address := range p.Images {
				name, ours := strings.CutPrefix(address, prefix)
				if svg, err := fs.ReadFile(files, "pictures/"+name); ours && err == nil {
					pictures["demo/"+name] = svg
				}
			}
		}
	}
	return pictures
}

// items reads products.tsv. A fault in it is one of this program, which the tests see.
func items() []item {
	r := csv.NewReader(strings.NewReader(productsTSV))
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("products.tsv: %v", err))
	}
	var list []item
	for _, line := range lines[1:] {
		field := map[string]string{}
		for i, name := range lines[0] {
			field[name] = line[i]
		}
		number := func(name string) int64 { n, _ := strconv.ParseInt(field[name], 10, 64); return n }
		price, _ := decimal.NewFromString(field["price"])
		before, _ := decimal.NewFromString(field["list_price"]) // empty: no sale
		rating, _ := strconv.ParseFloat(field["rating"], 64)
		stock := number("stock")
		list = append(list, item{Category: field["category"], Published: field["published"] == "true", Product: store.Product{
			ID: field["id"], Name: field["name"], Slug: field["slug"], Brand: field["brand"],
			Images: []string{prefix + field["picture"] + ".svg"},
			Price:  price, ListPrice: before, Rating: rating, NumReviews: number("reviews"), NumSales: number("sales"),
			Stock: &stock,
		}})
	}
	return list
}

// whole is the demo shop as schema.sql takes it.
func whole() string {
	text, _ := json.Marshal(items()) // strings and numbers always encode
	return string(text)
}
