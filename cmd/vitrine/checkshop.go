package main

import (
	"fmt"
	"regexp"
	"strings"

	"vitrine/render"
	"vitrine/store"
	"vitrine/store/postgres"
)

// describeShop tells how the shop is read, what came of it, and what is open.
func describeShop(f *findings, r postgres.Report, c config) {
	if r.Custom {
		f.add("pass", "shop", "read by the statement in %s", c.QueryFile)
	}
	if r.Shop != nil {
		for _, role := range r.Shop.Describe() {
			f.add("pass", role.Name, "%s", role.Column)
		}
	}
	kind := ""
	if r.Shop != nil && r.Shop.Products.Name == "products" {
		kind = "vitrine"
	}
	describePage(f, r.Catalogue, r.QueryMS, kind, c)
	for _, n := range r.Catalogue.Notices {
		f.add("info", "shop", "%s", n)
	}
	for _, w := range r.Catalogue.Warnings {
		f.add("warn", "shop", "%s", w)
	}
	for _, q := range r.Questions {
		one := f.add("fail", "question", "%s", q)
		var all []string
		for _, m := range answers.FindAllStringSubmatch(q, -1) {
			all = append(all, "# "+m[1])
		}
		one.Fix = strings.Join(all, "\n")
	}
}

// answers are the settings that a question names. Each is printed as a comment: which one is true only the owner knows.
var answers = regexp.MustCompile(`\b((?:PRICE_UNIT|CURRENCY|SITE_LANG|CATALOG_[A-Z]+)=.+?)(?:, | or | where | if |\)| \(|; |$)`)

// seedHint is what else the owner of our own, empty tables can do.
func seedHint(kind string, shown int) string {
	if kind != "vitrine" || shown > 0 {
		return ""
	}
	return ", or fill empty tables with `vitrine seed --products 1000` to try"
}

// describePage tells what the page would show of a catalogue that a query gave in so many milliseconds; kind is that of
// the shop.
func describePage(f *findings, cat store.Catalogue, queryMS float64, kind string, c config) {
	page, skipped := render.NewPage(c.site(), cat)
	level := "pass"
	if page.Products < c.MinProducts {
		level = "fail"
	}
	f.add(level, "query", "%s, %s in %.1f ms", plural(page.Shelves, "category", "categories"),
		plural(page.Products, "product", "products"), queryMS)
	showCards(f, page, c)
	if page.Products < c.MinProducts {
		const refused = "asks for at least %d, so this page would be refused: publish products%s, or lower it"
		one := f.add("fail", "MIN_PRODUCTS", refused, c.MinProducts, seedHint(kind, page.Products))
		if page.Products > 0 {
			one.Fix = fmt.Sprintf("MIN_PRODUCTS=%d", page.Products)
		}
	}
	if left := render.SkippedWords(render.TallySkipped(skipped)); left != "" {
		f.add("warn", "left out", "%s", left)
	}
}

// showCards shows the first three cards as visitors would see them, and the first category's link.
func showCards(f *findings, page render.Page, c config) {
	shown := 0
	for _, category := range page.Categories {
		for _, card := range category.Cards {
			if shown++; shown > 3 {
				break
			}
			parts := []string{card.Name, card.Price}
			if card.ListPrice != "" {
				parts = append(parts, "was "+card.ListPrice)
			}
			if card.SoldOut {
				parts = append(parts, "sold out")
			}
			parts = append(parts, "picture "+orNone(card.Image), "link "+orNone(card.URL))
			f.add("pass", "card", "%s", strings.Join(parts, " · "))
		}
		if shown >= 3 || shown > 0 && category.Name == page.Categories[len(page.Categories)-1].Name {
			f.add("pass", "category link", "%s · %s", category.Name, category.URL)
			if !category.All && c.CategoryURL != "" {
				f.add("info", "CATEGORY_URL", "%s cannot be filled in, since %s has no such thing: take {category}, the name%s", c.CategoryURL,
					category.Name, map[bool]string{true: ", or {id}"}[category.ID != ""])
			}
			return
		}
	}
}

func orNone(address string) string {
	if address == "" {
		return "none"
	}
	return address
}
