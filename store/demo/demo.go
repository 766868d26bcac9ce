// Package demo knows the demo shop, which is data: its products stand in products.tsv, the drawings of those that the
// page shows in pictures/. It is read from SQLite, in memory, by the same methods that store/postgres has ([DB]), so
// that everything else does its real work.
package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"vitrine/store"
)

//go:embed products.tsv pictures/*.svg schema.sql homepage.sql
var files embed.FS

// prefix is the address of the pictures in the web root.
const prefix = "/_vitrine/demo/"

// item is one line of products.tsv.
type item struct {
	product   store.Product
	category  string
	published bool
}

// Catalogue is the whole demo shop, products included that are not published. It costs no database; ReadAt and Source
// are zero. The caller owns it.
func Catalogue() store.Catalogue {
	c := store.Catalogue{Order: store.OrderSales}
	for _, i := range items() {
		if n := len(c.Categories); n == 0 || c.Categories[n-1].Name != i.category {
			c.Categories = append(c.Categories, store.Category{Name: i.category})
		}
		last := &c.Categories[len(c.Categories)-1]
		last.Products = append(last.Products, i.product)
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
	r := csv.NewReader(strings.NewReader(embedded("products.tsv")))
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
		list = append(list, item{category: field["category"], published: field["published"] == "true", product: store.Product{
			ID: field["id"], Name: field["name"], Slug: field["slug"], Brand: field["brand"],
			Images: []string{prefix + field["picture"] + ".svg"},
			Price:  price, ListPrice: before, Rating: rating, NumReviews: number("reviews"), NumSales: number("sales"),
			Stock: &stock,
		}})
	}
	return list
}

// embedded is the text of an embedded file.
func embedded(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the names are constants
	}
	return string(text)
}
