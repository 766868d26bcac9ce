package postgres

import (
	"regexp"
	"slices"
	"testing"

	"vitrine/store"
)

// The demo promised to whoever starts the program without a shop: twelve categories, one of them small, 91 cards at 8 a category.
func TestDemoCounts(t *testing.T) {
	rows := demoRows()
	published := map[string]int{}
	for _, r := range rows {
		if r.published {
			published[r.category]++
		}
	}
	cards, small := 0, 0
	for category, n := range published {
		cards += min(n, 8)
		if n == 3 {
			small++
		} else if n < 15 {
			t.Errorf("%s has %d published products, want 3 or at least 15", category, n)
		}
	}
	if len(published) != 12 || small != 1 || cards != 91 {
		t.Errorf("%d categories, %d with 3 products, %d cards at 8; want 12, 1, 91", len(published), small, cards)
	}
	if c := DemoCatalogue(); len(c.Categories) != 12 || c.Products() != len(rows) {
		t.Errorf("DemoCatalogue has %d categories and %d products, want 12 and %d", len(c.Categories), c.Products(), len(rows))
	}
}

func TestDemoIsBelievable(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	var sale, sold, drafts, unreviewed, long int
	rows := demoRows()
	for _, r := range rows {
		if seen[r.slug] || seen[r.name] || !slug.MatchString(r.slug) || len(r.slug) > 75 {
			t.Errorf("%q: slug %q is a repetition or no slug", r.name, r.slug)
		}
		seen[r.slug], seen[r.name] = true, true
		if r.brand == "" || r.price < 500 || r.list != 0 && (r.list <= r.price || r.list > 2*r.price) {
			t.Errorf("%q: brand %q, price %d, list price %d", r.name, r.brand, r.price, r.list)
		}
		if r.reviews > r.sales || r.rating > 500 || r.rating == 0 && r.reviews > 0 {
			t.Errorf("%q: %d reviews, %d sales, rating %d", r.name, r.reviews, r.sales, r.rating)
		}
		sale += count1(r.list > 0)
		drafts += count1(!r.published)
		sold += count1(r.published && r.stock == 0)
		unreviewed += count1(r.published && r.reviews == 0)
		long += count1(len(r.name) > 100)
	}
	if part := sale * 100 / len(rows); part < 18 || part > 32 {
		t.Errorf("%d %% are on sale, want about a quarter", part)
	}
	if sold < 3 || drafts < 5 || unreviewed != 1 || long != 1 {
		t.Errorf("%d sold out, %d not published, %d without reviews, %d with a long name", sold, drafts, unreviewed, long)
	}
}

func count1(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// What sells more is reviewed more: within a category, the better half by sales has most of the reviews.
func TestDemoReviewsFollowSales(t *testing.T) {
	for _, c := range DemoCatalogue().Categories {
		slices.SortFunc(c.Products, func(a, b store.Product) int { return int(b.NumSales - a.NumSales) })
		var better, worse int64
		for i, p := range c.Products {
			if i < len(c.Products)/2 {
				better += p.NumReviews
			} else {
				worse += p.NumReviews
			}
		}
		if better <= worse {
			t.Errorf("%s: %d reviews in the better half, %d in the other", c.Name, better, worse)
		}
	}
}

func TestSlugOf(t *testing.T) {
	for name, want := range map[string]string{
		"Everyday Chef's Knife, 20 cm": "everyday-chefs-knife-20-cm",
		"Watches & Clocks":             "watches-clocks",
		"  Kitchen Radio, DAB+ ":       "kitchen-radio-dab",
		"":                             "",
	} {
		if got := slugOf(name); got != want {
			t.Errorf("slugOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestListPrice(t *testing.T) {
	for _, c := range []struct{ price, percent, want int64 }{
		{3999, 20, 4999}, {9499, 15, 11199}, {12900, 20, 16500}, {4500, 10, 5000}, {64900, 40, 108500},
	} {
		if got := listPrice(c.price, c.percent); got != c.want {
			t.Errorf("listPrice(%d, %d) = %d, want %d", c.price, c.percent, got, c.want)
		}
	}
}
