package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"

	"vitrine/store/storetest"
)

// screenshots is asked for by "make screenshots".
var screenshots = flag.String("screenshots", "", "take pictures of the pages into this folder")

// calm makes a page ready to be photographed whole: every picture there, nothing under way.
const calm = `(async () => {
	for (const i of document.images) i.loading = "eager";
	await Promise.all([...document.images].map((i) => i.decode().catch(() => 0)));
	await document.fonts.ready;
	await new Promise(requestAnimationFrame);
	return 1;
})()`

// testScreenshots takes the homepage and the status page whole at every width in light, dark and right-to-left, the
// other pages on a phone and on a laptop, and makes the two pictures of the README anew, of the demo shop and of a
// status page, in .screenshots/.
func (b browser) testScreenshots(t *testing.T) {
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	en, ar, empty, troubled := b.demo["en"](), b.demo["ar"](), b.empty["en"](), b.troubled()
	shop, shopAR := b.shop["en"](), b.shop["ar"]()
	for file, address := range map[string]string{"home.webp": en.url + "/",
		"status.webp": busySite(t).url + "/status.html"} { // of the README
		p := b.tab(t, originOf(address))
		p.size(1280, 1500)
		p.open(address, http.StatusOK)
		p.photograph(filepath.Join("../../.screenshots", file),
			page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(80))})
	}
	for _, s := range []struct {
		shownPage
		widths  []int
		schemes []string
	}{
		{shownPage{"home", en.url + "/", http.StatusOK}, widths, []string{"light", "dark"}},
		{shownPage{"shop", shop.url + "/", http.StatusOK}, widths, []string{"light", "dark"}},
		{shownPage{"shop-rtl", shopAR.url + "/", http.StatusOK}, widths, []string{"light", "dark"}},
		{shownPage{"home-rtl", ar.url + "/", http.StatusOK}, widths, []string{"light"}},
		{shownPage{"status", troubled.url + "/status.html", http.StatusOK}, widths, []string{"light", "dark"}},
		{shownPage{"status-rtl", ar.url + "/status.html", http.StatusOK}, widths, []string{"light"}},
		{shownPage{"status-fresh", en.url + "/status.html", http.StatusOK}, []int{320, 1280}, []string{"light", "dark"}},
		{shownPage{"status-failing", empty.url + "/status.html", http.StatusOK}, []int{320, 1280}, []string{"light", "dark"}},
		{shownPage{"notfound", en.url + "/no/such/page", http.StatusNotFound}, []int{320, 1280}, []string{"light", "dark"}},
		{shownPage{"notfound-rtl", ar.url + "/no/such/page", http.StatusNotFound}, []int{320, 1280}, []string{"light"}},
		{shownPage{"unavailable", empty.url + "/", http.StatusServiceUnavailable}, []int{320, 1280},
			[]string{"light", "dark"}},
	} {
		p := b.tab(t, originOf(s.address))
		for _, width := range s.widths {
			for _, scheme := range s.schemes {
				p.size(width, max(640, width*5/8))
				p.scheme(scheme)
				p.open(s.address, s.status)
				eval[int](p, calm)
				p.size(width, eval[int](p, "document.documentElement.scrollHeight"))
				p.photograph(filepath.Join(*screenshots, fmt.Sprintf("%s-%d-%s.png", s.name, width, scheme)),
					page.CaptureScreenshotParams{})
			}
		}
	}
}

// busySite serves a shop on an ordinary day: prices change, products come and go, the database is away for a moment.
func busySite(t testing.TB) *child {
	t.Helper()
	database := fullShop(t)
	c := serve(t, t.TempDir(), "DATABASE_URL="+database, "REFRESH_TOKEN=secret", "REFRESH_SCHEDULE=*/5 * * * *",
		"SITE_NAME=Harbour & Hearth")
	c.page("</html>")
	for n := range 12 {
		switch n {
		case 4:
			storetest.Exec(t, database, "ALTER TABLE products RENAME COLUMN name TO gone")
			c.refreshed(http.StatusBadGateway)
			storetest.Exec(t, database, "ALTER TABLE products RENAME COLUMN gone TO name")
		case 2, 7, 10:
			storetest.Exec(t, database, fmt.Sprintf(`UPDATE products SET price = price + 1, is_published = id %% 29 <> %d
				WHERE id %% 7 = %d`, n, n%7))
		}
		c.refreshed(http.StatusOK)
	}
	return c
}

// photograph writes a picture of the window into a file.
func (p *tab) photograph(file string, how page.CaptureScreenshotParams) {
	p.t.Helper()
	eval[int](p, calm)
	picture := call(p, page.CaptureScreenshot, how)
	if err := os.WriteFile(file, picture.Data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
