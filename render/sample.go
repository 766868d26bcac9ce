package render

import (
	"github.com/shopspring/decimal"

	"vitrine/store"
)

// samplePages are what a set of templates must be able to render before it is used: every kind of page, empty and with
// everything a page can have, in both directions.
func samplePages() []Page {
	var pages []Page
	for _, lang := range []string{"en", "ar-EG"} {
		s := Site{Name: "Sample", URL: "https://shop.example/", Lang: lang, Currency: "EUR",
			ProductURL: "/product/{slug}", CategoryURL: "/search?category={category}"}
		bare := Site{Name: "Sample", Lang: lang, Currency: "EUR", Demo: true}
		for _, site := range []Site{s, bare} {
			empty, _ := NewPage(site, store.Catalogue{})
			full, _ := NewPage(site, sampleCatalogue())
			full.Description = "Sample"
			pages = append(pages, empty, full, newPage(site, "notfound"), newPage(site, "unavailable"))
		}
	}
	return pages
}

// sampleCatalogue has a product of every sort that a card can show, and a category without any.
func sampleCatalogue() store.Catalogue {
	none := int64(0)
	price, before := decimal.RequireFromString("1234.5"), decimal.RequireFromString("1999.99")
	all := store.Product{
		ID: "1", Name: "Everything", Slug: "everything", Brand: "Brand", Images: []string{"/pictures/1.jpg"},
		Price: price, ListPrice: before, Rating: 4.5, NumReviews: 1204, Stock: &none,
	}
	plain := store.Product{ID: "2", Name: "Nothing but a name", Slug: "plain", Price: price}
	rated := store.Product{ID: "3", Name: "Rated, not counted", Slug: "rated", Price: price, Rating: 3}
	return store.Catalogue{Categories: []store.Category{
		{Name: "Full", Products: []store.Product{all, plain, rated, all, plain, rated, all}},
		{Name: "Empty"},
		{Name: "One", Products: []store.Product{plain}},
	}}
}
