package main

import (
	"cmp"
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
	hint := ""
	if r.Shop != nil && r.Shop.Products.Name == "products" {
		hint = ", or fill empty tables with `vitrine seed --products 1000` to try"
	}
	describePage(f, r.Catalogue, r.QueryMS, hint, c)
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
var answers = regexp.MustCompile(`\b((?:PRICE_UNIT|CURRENCY|SITE_LANG|CATALOG_[A-Z]+)=.+?)` +
	`(?:, | or | where | if |\)| \(|; |$)`)

// describePage tells what the page would show of a catalogue that a query gave in so many milliseconds; hint is what
// else the owner can do where there is nothing to show.
func describePage(f *findings, cat store.Catalogue, queryMS float64, hint string, c config) {
	page, skipped := render.NewPage(c.site(), cat)
	level := "pass"
	if page.Products < c.MinProducts {
		level = "fail"
	}
	f.add(level, "query", "%s, %s in %.1f ms", plural(page.Shelves, "category", "categories"),
		plural(page.Products, "product", "products"), queryMS)
	showCards(f, page, c)
	if page.Products < c.MinProducts {
		fix := ""
		if page.Products > 0 {
			hint, fix = "", fmt.Sprintf("MIN_PRODUCTS=%d", page.Products)
		}
		f.add("fail", "MIN_PRODUCTS", "asks for at least %d, so this page would be refused: publish products%s, or lower it",
			c.MinProducts, hint).Fix = fix
	}
	if left := render.SkippedWords(render.TallySkipped(skipped)); left != "" {
		f.add("warn", "left out", "%s", left)
	}
}

// showCards shows the first three cards as visitors would see them, and the first category's link.
func showCards(f *findings, page render.Page, c config) {
	shown := 0
	var last render.Category
	for _, last = range page.Categories {
		for _, card := range last.Cards[:min(len(last.Cards), 3-shown)] {
			parts := []string{card.Name, card.Price}
			if card.ListPrice != "" {
				parts = append(parts, "was "+card.ListPrice)
			}
			if card.SoldOut {
				parts = append(parts, "sold out")
			}
			parts = append(parts, "picture "+cmp.Or(card.Image, "none"), "link "+cmp.Or(card.URL, "none"))
			f.add("pass", "card", "%s", strings.Join(parts, " · "))
			shown++
		}
		if shown == 3 {
			break
		}
	}
	if shown == 0 {
		return
	}
	f.add("pass", "category link", "%s · %s", last.Name, last.URL)
	if !last.All && c.CategoryURL != "" {
		other := ""
		if last.ID != "" {
			other = ", or {id}"
		}
		f.add("info", "CATEGORY_URL", "%s cannot be filled in, since %s has no such thing: take {category}, the name%s",
			c.CategoryURL, last.Name, other)
	}
}
