package postgres

import (
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"vitrine/store"
)

// demoVersion is raised with every change of the demo shop's schema or words: a program then sets an older file aside.
const demoVersion = 1

// demoImages is the address that the program's own pictures have in the web root.
const demoImages = "/_vitrine/demo/"

// demoRow is one product as the demo's table and the seed store it. Money is in cents, rating in hundredths.
type demoRow struct {
	id                          int64
	name, slug, category, brand string
	image                       string
	price, list                 int64 // list is 0 where there is no sale
	rating                      int64
	reviews, sales, stock       int64
	published                   bool
	created                     time.Time
}

// DemoCatalogue is the whole demo shop as it is first made: every product of every category in the order of the word lists, those
// that are not published included. It costs no database; ReadAt and Source are zero. The caller owns it.
func DemoCatalogue() store.Catalogue {
	var c store.Catalogue
	for _, r := range demoRows() {
		if n := len(c.Categories); n == 0 || c.Categories[n-1].Name != r.category {
			c.Categories = append(c.Categories, store.Category{Name: r.category})
		}
		last := &c.Categories[len(c.Categories)-1]
		last.Products = append(last.Products, r.product())
	}
	return c
}

func (r demoRow) product() store.Product {
	return store.Product{
		ID: decimal.NewFromInt(r.id).String(), Name: r.name, Slug: r.slug, Brand: r.brand, Images: []string{r.image},
		Price: decimal.New(r.price, -2), ListPrice: decimal.New(r.list, -2), Rating: float64(r.rating) / 100,
		NumReviews: r.reviews, NumSales: r.sales, Stock: &r.stock,
	}
}

// demoRows derives every product's figures from its slug and its place in the list.
func demoRows() []demoRow {
	var rows []demoRow
	for _, shelf := range demoShelves {
		for place, p := range shelf.products {
			rows = append(rows, p.row(shelf, place, int64(len(rows)+1)))
		}
	}
	return rows
}

// row makes one product. Good places sell more, what sells more is reviewed more, and about a quarter is on sale.
func (p demoProduct) row(shelf demoShelf, place int, id int64) demoRow {
	slug := slugOf(p.name)
	d := diceOf(slug)
	r := demoRow{
		id: id, name: p.name, slug: slug, category: shelf.name, brand: p.brand, image: demoImages + slug + ".svg",
		price: p.price, rating: 390 + d.roll(95), stock: 5 + d.roll(140), published: p.flag != draft,
		created: time.Date(2024, 1, 8, 9, 0, 0, 0, time.UTC).Add(time.Duration(id) * 31 * time.Hour),
	}
	if d.roll(9) == 0 {
		r.rating -= 65
	}
	r.sales = shelf.volume * (85 + d.roll(30)) / (100 + 24*int64(place))
	r.reviews = r.sales * (4 + d.roll(9)) / 100
	if d.roll(4) == 0 {
		r.list = listPrice(p.price, []int64{10, 15, 20, 25, 30, 40}[d.roll(6)])
	}
	if d.roll(8) == 0 {
		r.stock = 1 + d.roll(4)
	}
	switch p.flag {
	case soldOut:
		r.stock = 0
	case draft:
		r.sales, r.reviews, r.rating, r.list = 0, 0, 0, 0
	case fresh:
		r.sales, r.reviews, r.rating, r.list = 3, 0, 0, 0
	}
	return r
}

// listPrice is the price in cents before percent were taken off, with the same kind of ending: .00 (by fives from 50 on) or .99.
func listPrice(price, percent int64) int64 {
	full := price * 100 / (100 - percent)
	switch {
	case price%100 != 0:
		return (full+50)/100*100 - 1
	case price < 5000:
		return (full + 99) / 100 * 100
	}
	return (full + 499) / 500 * 500
}

// slugOf writes a name as an address: lower-case letters, digits and single hyphens, at most about 60 of them, cut between words.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(name), "'", ""), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	slug := ""
	for _, w := range words {
		if slug != "" && len(slug)+len(w) >= 60 {
			break
		}
		slug += "-" + w
	}
	return strings.TrimPrefix(slug, "-")
}

// dice give the same numbers on every run and every machine (SplitMix64, Steele, Lea and Flood 2014).
type dice uint64

// diceOf seeds with a word (FNV-1a).
func diceOf(word string) *dice {
	d := dice(14695981039346656037)
	for _, b := range []byte(word) {
		d = (d ^ dice(b)) * 1099511628211
	}
	return &d
}

// roll returns a number from 0 to n-1.
func (d *dice) roll(n int64) int64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) & math.MaxInt64 % uint64(n))
}
