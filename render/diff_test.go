package render

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"vitrine/store"
)

var testSite = Site{Name: "Shop", Lang: "en", Currency: "USD", ProductURL: "/product/{slug}",
	CategoryURL: "/search?category={category}"}

// testProduct is a card's worth of product number n.
func testProduct(n int, change ...func(*store.Product)) store.Product {
	p := store.Product{ID: fmt.Sprint("id", n), Name: fmt.Sprint("Name ", n), Slug: fmt.Sprint("slug-", n),
		Price: decimal.New(int64(100+n), -2), Rating: 4.5, NumReviews: 3}
	for _, f := range change {
		f(&p)
	}
	return p
}

func testProducts(from, to int) (out []store.Product) {
	for n := from; n <= to; n++ {
		out = append(out, testProduct(n))
	}
	return out
}

func testCatalogue(categories ...store.Category) store.Catalogue {
	return store.Catalogue{Categories: categories}
}

func testShelf(name string, products ...store.Product) store.Category {
	return store.Category{Name: name, Products: products}
}

func pageOf(c store.Catalogue) Page {
	p, _ := NewPage(testSite, c)
	return p
}

func TestDiff(t *testing.T) {
	zero, two := int64(0), int64(2)
	base := testCatalogue(testShelf("A", testProducts(1, 3)...), testShelf("B", testProducts(4, 6)...))
	with := func(n int, f func(*store.Product)) store.Catalogue {
		c := testCatalogue(testShelf("A", testProducts(1, 3)...), testShelf("B", testProducts(4, 6)...))
		f(&c.Categories[(n-1)/3].Products[(n-1)%3])
		return c
	}
	set := func(names ...string) ChangeSet {
		return ChangeSet{Count: len(names), Names: append([]string{}, names...)}
	}
	for _, c := range []struct {
		name       string
		prev, next store.Catalogue
		want       Changes
		line       string
	}{
		{"same", base, base, Changes{set(), set(), set()}, "no product changed"},
		{"from nothing", testCatalogue(), testCatalogue(testShelf("A", testProducts(1, 2)...)),
			Changes{set("Name 1", "Name 2"), set(), set()}, "+2 -0, 0 changed"},
		{"to nothing", testCatalogue(testShelf("A", testProducts(1, 2)...)), testCatalogue(),
			Changes{set(), set("Name 1", "Name 2"), set()}, "+0 -2, 0 changed"},
		{"at most five names, in page order", testCatalogue(),
			testCatalogue(testShelf("B", testProducts(5, 8)...), testShelf("A", testProducts(1, 3)...)),
			Changes{ChangeSet{7, []string{"Name 5", "Name 6", "Name 7", "Name 8", "Name 1"}}, set(), set()}, "+7 -0, 0 changed"},
		{"name", base, with(2, func(p *store.Product) { p.Name = "New" }), Changes{set(), set(), set("New")},
			"+0 -0, 1 changed"},
		{"price", base, with(4, func(p *store.Product) { p.Price = decimal.New(5, 0) }), Changes{set(), set(), set("Name 4")},
			"+0 -0, 1 changed"},
		{"same price, written longer", base, with(4, func(p *store.Product) { p.Price = decimal.New(10400, -4) }),
			Changes{set(), set(), set()}, "no product changed"},
		{"slug", base, with(1, func(p *store.Product) { p.Slug = "other" }), Changes{set(), set(), set("Name 1")},
			"+0 -0, 1 changed"},
		{"picture", base, with(1, func(p *store.Product) { p.Images = []string{"/a.png"} }),
			Changes{set(), set(), set("Name 1")}, "+0 -0, 1 changed"},
		{"sale", base, with(1, func(p *store.Product) { p.ListPrice = decimal.New(9, 0) }),
			Changes{set(), set(), set("Name 1")}, "+0 -0, 1 changed"},
		{"rating", base, with(1, func(p *store.Product) { p.Rating = 1 }), Changes{set(), set(), set("Name 1")},
			"+0 -0, 1 changed"},
		{"sold out", base, with(1, func(p *store.Product) { p.Stock = &zero }), Changes{set(), set(), set("Name 1")},
			"+0 -0, 1 changed"},
		{"stock that is not shown", base, with(1, func(p *store.Product) { p.Stock = &two }), Changes{set(), set(), set()},
			"no product changed"},
		{"sales that are not shown", base, with(1, func(p *store.Product) { p.NumSales = 99 }), Changes{set(), set(), set()},
			"no product changed"},
		{"order within a shelf", base, testCatalogue(testShelf("A", testProduct(3), testProduct(2), testProduct(1)),
			testShelf("B", testProducts(4, 6)...)),
			Changes{set(), set(), set()}, "no product changed"},
		{"moved to another category", base, testCatalogue(testShelf("A", testProducts(1, 2)...),
			testShelf("B", testProducts(3, 6)...)),
			Changes{set(), set(), set("Name 3")}, "+0 -0, 1 changed"},
		{"in two categories counts once", base, testCatalogue(testShelf("A", testProducts(1, 4)...),
			testShelf("B", testProducts(4, 6)...)),
			Changes{set(), set(), set("Name 4")}, "+0 -0, 1 changed"},
		{"same name, other id", base, with(1, func(p *store.Product) { p.ID = "x" }),
			Changes{set("Name 1"), set("Name 1"), set()}, "+1 -1, 0 changed"},
		{"row that cannot be shown", base, with(1, func(p *store.Product) { p.Slug = "\n" }),
			Changes{set(), set("Name 1"), set()}, "+0 -1, 0 changed"},
		{"all at once", base, testCatalogue(testShelf("A", testProduct(2, func(p *store.Product) { p.Brand = "b" }),
			testProduct(9)), testShelf("B", testProducts(4, 6)...)),
			Changes{set("Name 9"), set("Name 1", "Name 3"), set("Name 2")}, "+1 -2, 1 changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Diff(pageOf(c.prev), pageOf(c.next))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if got.String() != c.line {
				t.Errorf("line %q, want %q", got, c.line)
			}
			back := Diff(pageOf(c.next), pageOf(c.prev))
			if back.Added.Count != got.Removed.Count || back.Removed.Count != got.Added.Count ||
				back.Changed.Count != got.Changed.Count {
				t.Errorf("the other way round: %v, this way: %v", back, got)
			}
			if slices.Contains([]bool{got.Added.Names == nil, got.Removed.Names == nil, got.Changed.Names == nil}, true) {
				t.Error("a list is nil: it would be null in the status")
			}
		})
	}
}
