package main

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"vitrine/store"
	"vitrine/store/postgres"
)

// check counts what the page would show, and tells of rows left out once a reason, not once a row.
func TestCheckCountsWhatThePageShows(t *testing.T) {
	c := config{MinProducts: 1, ProductURL: "/product/{slug}", Currency: "USD", SiteLang: "en"}
	var r postgres.Report
	products := make([]store.Product, 100)
	for i := range products {
		products[i] = store.Product{Name: "n", Slug: "s", Price: decimal.NewFromInt(1), Images: []string{"javascript:x"}}
	}
	products[0].Images = nil
	r.Catalogue.Categories = []store.Category{{Name: "k", Products: products}}
	var f findings
	describeShop(&f, r, c)
	var told []string
	for _, one := range f {
		told = append(told, one.Level+" "+one.Subject+": "+one.Sentence)
	}
	text := strings.Join(told, "\n")
	if !strings.Contains(text, "1 category, 100 products in") || !strings.Contains(text,
		"can be used: 99 (s, s, s, s, s, …)") || len(f) > 6 {
		t.Error(text)
	}
}
