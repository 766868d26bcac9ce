package render

import (
	"math"
	"strconv"

	"vitrine/store"
)

// Page is what a template gets as its dot, on the homepage and on the error pages alike. It is the contract with
// template authors: fields are added, never renamed or removed. Text is plain (html/template escapes it where it
// stands), cleaned of control characters, and comes from the database: put <bdi> around names. It holds no time and
// nothing of the request, so that the same content gives the same bytes.
type Page struct {
	// Kind is home, notfound or unavailable.
	Kind string
	// Name is the shop's name.
	Name string
	// Title and Description are for <title> and the meta description; Description is empty on error pages.
	Title, Description string
	// Lang is for <html lang>, Dir for <html dir>: "ar-EG" and "rtl".
	Lang, Dir string
	// Locale is the language in Open Graph's spelling, with the likeliest region where SITE_LANG has none: "ar_EG",
	// "en_US".
	Locale string
	// Currency is the ISO 4217 code; prices are already written out.
	Currency string
	// Logo, Search, Header and Footer are what the owner has set of them; nil and empty where nothing is.
	Logo   *Logo
	Search *Search
	Header []Link
	Footer []Group
	// Order is what a category's products are ordered by: sales, rating, newest or id; empty where it is not known.
	Order string
	// URL is the homepage's absolute address, for canonical and Open Graph; empty when the shop has not told it.
	URL string
	// Image is the absolute address of the first picture, for Open Graph; empty without one.
	Image string
	// Demo is true in the demo shop: show a banner. NoIndex asks search engines to keep the page out; so does the demo.
	Demo, NoIndex bool
	// Products counts the cards, Shelves the categories that have any.
	Products, Shelves int
	// Categories are in page order. One that was asked for by name and has no products is there too, with no Cards.
	Categories []Category
	// StructuredData is for one <script type="application/ld+json">{{.StructuredData}}</script>; html/template writes
	// it as JSON.
	StructuredData any
}

// Category is one section of the page.
type Category struct {
	// Name is the category as the database has it; Slug and ID are those of the shop's categories table, empty where it
	// has none.
	Name, Slug, ID string
	// URL is the category's page, or, where the shop has none, its section itself ("#c1").
	URL string
	// Anchor is the section's id on this page, "c1", "c2", …
	Anchor string
	// All is true where URL leads to a page of its own: show "see all".
	All bool
	// Cards are the products, in the page's Order.
	Cards []Card
}

// Card is one product.
type Card struct {
	// ID is the product's id as the database has it.
	ID string
	// Slug is its slug; empty where the shop has none.
	Slug string
	// Name is never empty. Brand may be.
	Name, Brand string
	// URL is the product's page; empty where the shop has none.
	URL string
	// Image is the picture's address; empty without one: draw a placeholder. Image2 is that of a second picture; often
	// empty.
	Image, Image2 string
	// Price is written out in the shop's way: "1.234,50 €".
	Price string
	// ListPrice is the price before the sale, written out; empty without a sale.
	ListPrice string
	// Discount is the sale in whole percent, rounded down, 1 to 99; 0 without a sale worth telling.
	Discount int
	// Rated is true where there is a rating; Rating is 0 to 5 with one decimal, Stars the same in half stars, 0 to 10.
	Rated  bool
	Rating float64
	Stars  int
	// Reviews counts them; it may be 0 on a rated product.
	Reviews int64
	// SoldOut is true where the shop keeps stock and has none left. Stock is how many are left, -1 where the shop does
	// not tell.
	SoldOut bool
	Stock   int64
	// Eager is true for the first cards of the page, which are above the fold: load their pictures at once, all others
	// lazily.
	Eager bool
}

// eagerCards is how many pictures are loaded at once: one row on a desktop, two on a phone.
const eagerCards = 4

// NewPage makes the homepage's content of a catalogue. The second value lists the rows that are not on the page: those
// the catalogue skipped, then those that have no name to show or whose address must not be linked, in page order.
func NewPage(s Site, c store.Catalogue) (Page, []store.Skipped) {
	p := newPage(s, "home")
	p.Order = c.Order
	skipped := append([]store.Skipped(nil), c.Skipped...)
	for _, cat := range c.Categories {
		section, left := newCategory(s, cat, len(p.Categories)+1)
		skipped = append(skipped, left...)
		if section.Name == "" {
			continue
		}
		for i := range section.Cards {
			section.Cards[i].Eager = p.Products+i < eagerCards
		}
		p.Products += len(section.Cards)
		if len(section.Cards) > 0 {
			p.Shelves++
		}
		p.Categories = append(p.Categories, section)
	}
	if image := resolve(s.URL, firstImage(p.Categories)); isAbsolute(image) {
		p.Image = image
	}
	p.StructuredData = structuredData(s, p)
	return p, skipped
}

// newPage fills what every kind of page has.
func newPage(s Site, kind string) Page {
	name, l := s.DisplayName(), localeOf(s.Lang)
	p := Page{
		Kind: kind, Name: name, Title: name, Lang: s.Lang, Dir: l.dir, Locale: l.lang + "_" + l.region,
		Currency: s.Currency, Demo: s.Demo, NoIndex: s.Demo || kind != "home", Logo: s.Logo,
	}
	p.Search, _ = parseSearch(s.SearchURL) // Check has told of mistakes
	p.Header, _ = headerLinks(s.HeaderLinks)
	p.Footer, _ = parseLinks(s.FooterLinks)
	if isAbsolute(s.URL) {
		p.URL, _ = safeAddress(s.URL)
	}
	return p
}

// newCategory makes the n-th section, with an empty name where the database's name has nothing to show.
func newCategory(s Site, cat store.Category, n int) (Category, []store.Skipped) {
	anchor := "c" + strconv.Itoa(n)
	c := Category{Name: clean(cat.Name), Slug: cat.Slug, ID: cat.ID, URL: "#" + anchor, Anchor: anchor}
	if u, ok := fill(s.CategoryURL, "category", cat.Name, "slug", cat.Slug, "id", cat.ID); ok {
		c.URL, c.All = u, true
	}
	var skipped []store.Skipped
	for _, product := range cat.Products {
		card, reason := newCard(s, cat.Name, product)
		if c.Name == "" {
			reason = store.SkipNoName
		}
		if reason != "" {
			skipped = append(skipped, store.Skipped{Reason: reason, Slug: clean(product.Slug)})
			continue
		}
		if card.Image == "" && len(product.Images) > 0 {
			skipped = append(skipped, store.Skipped{Reason: store.SkipBadPicture, Slug: clean(product.Slug)})
		}
		c.Cards = append(c.Cards, card)
	}
	return c, skipped
}

// newCard makes one card, or says why there is none.
func newCard(s Site, category string, p store.Product) (Card, string) {
	l := localeOf(s.Lang)
	c := Card{
		ID: p.ID, Slug: p.Slug, Name: measure.ReplaceAllString(clean(p.Name), "$1\u00a0$2$3"),
		Brand: clean(p.Brand), Price: l.money(p.Price, s.Currency), Stock: -1,
	}
	if c.Name == "" {
		return c, store.SkipNoName
	}
	if s.ProductURL != "" {
		var ok bool
		if c.URL, ok = fill(s.ProductURL, "slug", p.Slug, "id", p.ID, "category", category); !ok {
			return c, store.SkipBadAddress
		}
	}
	for _, image := range p.Images {
		switch address, ok := picture(s.ImageBaseURL, image); {
		case !ok || address == c.Image:
		case c.Image == "":
			c.Image = address
		case c.Image2 == "":
			c.Image2 = address
		}
	}
	if p.ListPrice.GreaterThan(p.Price) {
		c.ListPrice = l.money(p.ListPrice, s.Currency)
		c.Discount = discount(p)
	}
	if p.Stock != nil {
		c.Stock = max(*p.Stock, 0)
		c.SoldOut = c.Stock == 0
	}
	c.rate(p)
	return c, ""
}

// discount is how many whole percent are off, rounded down so that no shop promises more than it gives.
func discount(p store.Product) int {
	off := p.ListPrice.Sub(p.Price).Shift(2).Div(p.ListPrice).IntPart()
	return int(min(max(off, 0), 99))
}

// rate fills the card's rating; a rating that is no number counts as none.
func (c *Card) rate(p store.Product) {
	r := p.Rating
	if math.IsNaN(r) || (r <= 0 && p.NumReviews <= 0) {
		return
	}
	r = math.Round(min(max(r, 0), 5)*10) / 10
	c.Rated, c.Rating, c.Stars, c.Reviews = true, r, int(math.Round(r*2)), max(p.NumReviews, 0)
}

// firstImage is the first picture on the page, "" without one.
func firstImage(categories []Category) string {
	for _, cat := range categories {
		for _, card := range cat.Cards {
			if card.Image != "" {
				return card.Image
			}
		}
	}
	return ""
}
