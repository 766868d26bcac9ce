package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/demo"
	"vitrine/store/storetest"
)

// newSite serves one handler on a free port and returns its origin.
func newSite(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// demoSite serves the demo shop in a language, with its page up and the status saying so.
func demoSite(t testing.TB, lang string) *child {
	t.Helper()
	c := serve(t, t.TempDir(), "SITE_LANG="+lang, "REFRESH_TOKEN=secret")
	c.page("</html>")
	c.until("the status passes", func() bool { return c.status().Status == "pass" })
	return c
}

// furnished are the variables of a shop that has set everything above and below its shelves, and a hero, in lang; links
// lead to pages that are there. Files are written into dir.
func furnished(t testing.TB, dir, lang string) []string {
	t.Helper()
	words := map[string]string{
		"en": `{"en": {"hero_title": "Made slowly, kept for good",
			"hero_text": "Lamps, pans and paper from eleven small workshops around the harbour.",
			"hero_link": "See how it is made", "hero_url": "/status.html", "hero_picture": "hero.svg",
			"promise_1": "Free delivery over $60", "promise_2": "Thirty days to return", "promise_3": "Pay now or later"}}`,
		"ar": `{"ar": {"hero_title": "يُصنع على مهل، ويبقى طويلًا",
			"hero_text": "مصابيح وقدور وورق من أحد عشر مشغلًا صغيرًا حول الميناء.",
			"hero_link": "شاهد كيف يُصنع", "hero_url": "/status.html", "hero_picture": "hero.svg",
			"promise_1": "توصيل مجاني فوق ٦٠ دولارًا", "promise_2": "ثلاثون يومًا للإرجاع",
			"promise_3": "ادفع الآن أو لاحقًا"}}`,
	}
	hero := demo.Pictures(demo.Catalogue())["demo/ridgeline-two-person-tent.svg"]
	for name, text := range map[string]string{
		"words.json": words[lang], "assets/hero.svg": string(hero),
		"logo.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 40">
			<path d="M4 38V20a14 14 0 0 1 28 0v18zM64 38V20a14 14 0 0 1 28 0v18z" fill="#b5532f"/></svg>`,
	} {
		file := filepath.Join(dir, "mine", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"TEMPLATES_DIR=mine", "SITE_LOGO=mine/logo.svg", "SITE_NAME=Harbour & Hearth",
		"SEARCH_URL=/?in=all&q={query}",
		"HEADER_LINKS=Account=/status.html, Bag=/status.json",
		"FOOTER_LINKS=Help: Delivery=/status.html, Returns=/status.html; Shop: About us=/status.html; " +
			"Legal: Imprint=/status.html, Privacy=/status.html"}
}

// shopSite serves the demo shop with everything that an owner can set.
func shopSite(t testing.TB, lang string) *child {
	t.Helper()
	dir := t.TempDir()
	c := serve(t, dir, append(furnished(t, dir, lang), "SITE_LANG="+lang)...)
	c.page("</html>")
	return c
}

// emptySite serves a shop whose database is not there: 503, and a status that fails.
func emptySite(t testing.TB, lang string) *child {
	t.Helper()
	c := serve(t, t.TempDir(), "SITE_LANG="+lang, "DATABASE_URL=postgresql://u:p@127.0.0.1:1/shop")
	c.until("the failure is told", func() bool { return c.status().LastRefresh != nil })
	return c
}

// fullShop is a PostgreSQL shop that has everything of the demo shop, and the variables that show it.
func fullShop(t testing.TB) (databaseURL string) {
	t.Helper()
	var statements []string
	for place, category := range demo.Catalogue().Categories {
		statements = append(statements, fmt.Sprintf("INSERT INTO categories (name, position) VALUES (%s, %d)",
			pq.QuoteLiteral(category.Name), place))
		for _, p := range category.Products {
			statements = append(statements, insert(category.Name, p))
		}
	}
	return ownShop(t, strings.Join(statements, ";\n"))
}

// insert is the statement that adds a published product.
func insert(category string, p store.Product) string {
	stock := int64(0)
	if p.Stock != nil {
		stock = *p.Stock
	}
	return fmt.Sprintf(`INSERT INTO products (name, slug, category, brand, images, price, list_price, avg_rating,
		num_reviews, num_sales, count_in_stock)
		VALUES (%s, %s, %s, %s, ARRAY[%s], %s, %s, %f, %d, %d, %d)`, pq.QuoteLiteral(p.Name), pq.QuoteLiteral(p.Slug),
		pq.QuoteLiteral(category),
		pq.QuoteLiteral(p.Brand), pq.QuoteLiteral(p.Images[0]), p.Price, p.ListPrice, p.Rating, p.NumReviews, p.NumSales,
		stock)
}

// troubledSite serves a shop that has seen everything a status page can tell: products left out, pages with changes, a
// page that was rejected, a database that fails, a broken template.
func troubledSite(t testing.TB) *child {
	t.Helper()
	database := fullShop(t)
	storetest.Exec(t, database,
		`UPDATE products SET price = 'NaN' WHERE slug LIKE 'w%'`,
		`UPDATE products SET images = ARRAY['javascript:alert(1)'] WHERE slug LIKE 't%'`)
	c := serve(t, t.TempDir(), "DATABASE_URL="+database, "REFRESH_TOKEN=secret", "SITE_NAME=Harbour & Hearth")
	c.page("</html>")
	storetest.Exec(t, database, `UPDATE products SET price = price + 1 WHERE slug LIKE 's%'`,
		`UPDATE products SET is_published = false WHERE slug LIKE 'b%'`)
	c.refreshed(http.StatusOK)
	c.refreshed(http.StatusOK)
	storetest.Exec(t, database, `UPDATE products SET is_published = NOT is_published`)
	c.refreshed(http.StatusConflict)
	storetest.Exec(t, database, `DROP TABLE products CASCADE`)
	c.refreshed(http.StatusBadGateway)
	return c
}
