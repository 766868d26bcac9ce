package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"golang.org/x/net/html"

	"vitrine/store"
)

// oneCard gives the card of p, or the reason why there is none.
func oneCard(s Site, p store.Product) (Card, string) {
	page, skipped := NewPage(s, store.Catalogue{Categories: []store.Category{{Name: "Lamps & co",
		Products: []store.Product{p}}}})
	if len(skipped) > 0 {
		return Card{}, skipped[0].Reason
	}
	return page.Categories[0].Cards[0], ""
}

func TestCard(t *testing.T) {
	stock := func(n int64) *int64 { return &n }
	d := decimal.RequireFromString
	images := func(list ...string) func(*store.Product) { return func(p *store.Product) { p.Images = list } }
	for _, c := range []struct {
		name   string
		change func(*store.Product)
		want   func(*Card)
		reason string
	}{
		{name: "plain"},
		{name: "brand", change: func(p *store.Product) { p.Brand = " Osk \n Studio " },
			want: func(c *Card) { c.Brand = "Osk Studio" }},
		{name: "sale", change: func(p *store.Product) { p.ListPrice = d("20") },
			want: func(c *Card) { c.ListPrice, c.Discount = "$20.00", 50 }},
		{name: "a sale is never rounded up", change: func(p *store.Product) { p.Price, p.ListPrice = d("10.01"), d("20") },
			want: func(c *Card) { c.Price, c.ListPrice, c.Discount = "$10.01", "$20.00", 49 }},
		{name: "a sale below one percent", change: func(p *store.Product) { p.ListPrice = d("10.01") },
			want: func(c *Card) { c.ListPrice = "$10.01" }},
		{name: "free", change: func(p *store.Product) { p.Price, p.ListPrice = d("0"), d("5") },
			want: func(c *Card) { c.Price, c.ListPrice, c.Discount = "$0.00", "$5.00", 99 }},
		{name: "list price below price", change: func(p *store.Product) { p.ListPrice = d("9") }},
		{name: "rated", change: func(p *store.Product) { p.Rating, p.NumReviews = 4.26, 12 },
			want: func(c *Card) { c.Rated, c.Rating, c.Stars, c.Reviews = true, 4.3, 9, 12 }},
		{name: "rated, reviews unknown", change: func(p *store.Product) { p.Rating = 3 },
			want: func(c *Card) { c.Rated, c.Rating, c.Stars = true, 3, 6 }},
		{name: "reviewed, all nought", change: func(p *store.Product) { p.NumReviews = 2 },
			want: func(c *Card) { c.Rated, c.Reviews = true, 2 }},
		{name: "rating too high", change: func(p *store.Product) { p.Rating, p.NumReviews = 1e300, 1 },
			want: func(c *Card) { c.Rated, c.Rating, c.Stars, c.Reviews = true, 5, 10, 1 }},
		{name: "rating no number", change: func(p *store.Product) { p.Rating, p.NumReviews = math.NaN(), 3 }},
		{name: "rating infinite", change: func(p *store.Product) { p.Rating, p.NumReviews = math.Inf(-1), -3 }},
		{name: "in stock", change: func(p *store.Product) { p.Stock = stock(1) }, want: func(c *Card) { c.Stock = 1 }},
		{name: "none in stock", change: func(p *store.Product) { p.Stock = stock(0) },
			want: func(c *Card) { c.SoldOut, c.Stock = true, 0 }},
		{name: "oversold", change: func(p *store.Product) { p.Stock = stock(-3) },
			want: func(c *Card) { c.SoldOut, c.Stock = true, 0 }},
		{name: "a number and its unit", change: func(p *store.Product) { p.Name = "Kettle 1.5 l, 2 × 30 cm, 5 large" },
			want: func(c *Card) { c.Name = "Kettle 1.5\u00a0l, 2\u00a0× 30\u00a0cm, 5 large" }},
		{name: "second picture", change: images("/a.jpg", "/a.jpg", "javascript:x", "/b.jpg", "/c.jpg"),
			want: func(c *Card) { c.Image, c.Image2 = "/a.jpg", "/b.jpg" }},
		{name: "first picture", change: images("", " ", "https://cdn.example/a b.jpg", "javascript:x"),
			want: func(c *Card) { c.Image = "https://cdn.example/a%20b.jpg" }},
		{name: "slug with every sign", change: func(p *store.Product) { p.Slug = "50% off/ä?#&" },
			want: func(c *Card) { c.URL = "/product/50%25%20off%2F%C3%A4%3F%23&" }},
		{name: "no name", change: func(p *store.Product) { p.Name = " \u200b\u202e\x00 " }, reason: store.SkipNoName},
		{name: "script as picture", change: images("javascript:alert(1)"),
			reason: store.SkipBadPicture},
		{name: "data as picture", change: images("data:image/png;base64,AAAA"),
			reason: store.SkipBadPicture},
		{name: "a picture without a scheme", change: images("//img.example/x.png"),
			want: func(c *Card) { c.Image = "https://img.example/x.png" }},
		{name: "the next picture", change: images("blob:https://shop.example/1", "null", "/a.png"),
			want: func(c *Card) { c.Image = "/a.png" }},
		{name: "no slug", change: func(p *store.Product) { p.Slug = "" }, reason: store.SkipBadAddress},
		{name: "slug that climbs", change: func(p *store.Product) { p.Slug = ".." }, reason: store.SkipBadAddress},
		{name: "slug with a line end", change: func(p *store.Product) { p.Slug = "a\r\nb" }, reason: store.SkipBadAddress},
		{name: "slug that is not UTF-8", change: func(p *store.Product) { p.Slug = "\xff" }, reason: store.SkipBadAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := store.Product{ID: "7", Name: "Lamp", Slug: "lamp", Price: d("10")}
			want := Card{ID: "7", Name: "Lamp", URL: "/product/lamp", Price: "$10.00", Stock: -1, Eager: true}
			if c.change != nil {
				c.change(&p)
			}
			if want.Slug = p.Slug; c.want != nil {
				c.want(&want)
			}
			got, reason := oneCard(siteOf("en", "USD"), p)
			if reason != c.reason {
				t.Fatalf("left out for %q, want %q", reason, c.reason)
			}
			if diff := cmp.Diff(want, got); c.reason == "" && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPage(t *testing.T) {
	many := make([]store.Product, 6)
	for i := range many {
		many[i] = priced(fmt.Sprint("Product ", i), fmt.Sprint("slug-", i))
	}
	many[5].Images = []string{"pictures/5.jpg"}
	c := store.Catalogue{
		Categories: []store.Category{{Name: "Empty"}, {Name: "A", Products: many[:3]}, {Name: "\u202e", Products: many[:1]},
			{Name: "B & C", Products: many[3:]}},
		Skipped: []store.Skipped{{Reason: store.SkipBadPrice, Slug: "x"}},
		ReadAt:  time.Now(),
	}
	p, skipped := NewPage(siteOf("en", "USD"), c)
	want := []store.Skipped{{Reason: store.SkipBadPrice, Slug: "x"}, {Reason: store.SkipNoName, Slug: "slug-0"}}
	if diff := cmp.Diff(want, skipped); diff != "" {
		t.Errorf("left out: %s", diff)
	}
	if p.Products != 6 || p.Shelves != 2 || len(p.Categories) != 3 {
		t.Errorf("%d products, %d shelves, %d categories; want 6, 2, 3", p.Products, p.Shelves, len(p.Categories))
	}
	var eager []string
	for _, cat := range p.Categories {
		for _, card := range cat.Cards {
			if card.Eager {
				eager = append(eager, card.Name)
			}
		}
	}
	if len(eager) != eagerCards || eager[3] != "Product 3" {
		t.Errorf("loaded at once: %v", eager)
	}
	last := p.Categories[2]
	if last.URL != "/search?category=B+%26+C" || !last.All || last.Anchor != "c3" {
		t.Errorf("category %+v", last)
	}
	if p.Image != "https://shop.example/pictures/5.jpg" {
		t.Errorf("picture for Open Graph: %s", p.Image)
	}
	if len(c.Skipped) != 1 || cap(c.Skipped) != 1 {
		t.Error("NewPage changed the catalogue")
	}
	bare, _ := NewPage(Site{Lang: "en", Currency: "USD", Demo: true}, c)
	if bare.Categories[1].URL != "#c2" || bare.Categories[1].All || bare.Categories[1].Cards[0].URL != "" ||
		bare.URL != "" || bare.Image != "" || !bare.NoIndex || bare.Name == "" {
		t.Errorf("a page without addresses: %+v", bare)
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                       "plain",
		"  two\t\r\n words \u00a0":    "two words",
		"a\x00b\x07c\u0085d":          "abc d",
		"bad \xff\xfe byte":           "bad \ufffd\ufffd byte",
		"\u202eevil\u202c \u2066x":    "evil x",
		"می\u200cخواهم":               "می\u200cخواهم",
		"👩\u200d👩\u200d👧":             "👩\u200d👩\u200d👧",
		"\u200b\u200d\ufeff":          "",
		"":                            "",
		strings.Repeat("é", 200):      strings.Repeat("é", maxText) + "…",
		"z" + strings.Repeat("́", 50): "z" + strings.Repeat("́", maxMarks),
	} {
		if got := clean(text); got != want {
			t.Errorf("clean(%+q) = %+q, want %+q", text, got, want)
		}
		if again := clean(clean(text)); again != clean(text) {
			t.Errorf("clean(%+q) is not final: %+q", text, again)
		}
	}
}

// poison is text that has broken pages before.
var poison = []string{
	`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`,
	`</script><script>alert(1)</script>`,
	`<!--`, `--><b>`, `]]>`, `<![CDATA[`, `</style><script>alert(1)</script>`, `</title><script>alert(1)</script>`,
	`</bdi></a></h3></li></ul>`,
	`<base href=//evil.example>`, `<meta http-equiv=refresh content=0>`, `<svg onload=alert(1)>`,
	`" onmouseover="alert(1)`, `' autofocus onfocus='alert(1)`,
	`{{.}}`, `{{template "home.html" .}}`, `{{`, `}}`, `${alert(1)}`, `<%= 1 %>`, "`alert(1)`", `javascript:alert(1)`,
	`JaVaScRiPt:alert(1)`, "java\nscript:alert(1)",
	" javascript:alert(1)", "\x01javascript:alert(1)", `data:text/html,<script>alert(1)</script>`, `vbscript:x`,
	`//evil.example`, `/\evil.example`, `\\evil.example`, `http://`, `https://[::1`,
	`https://user:pass@evil.example/`, `http:evil`, `%`, `%zz`, `?`, `#`, `..`, `.`, `/../../etc/passwd`, `a b`, "a\tb",
	"a\r\nSet-Cookie: x=1",
	"\x00", "\xff\xfe", "\u202egnp.exe", "\u2066\u2067", "\u200b", "\ufeff", "\u2028\u2029", strings.Repeat("é", 5000),
	strings.Repeat("\u0301", 10_000),
	strings.Repeat("A", 1<<20), "👩‍👩‍👧‍👦", "ﷺﷺﷺ", "عربي", "עברית", "NaN", "null", "undefined", "-1", "1e300",
	"&lt;script&gt;", "&#0;", "&amp;amp;",
}

// TestPoison: whatever text the database holds, the page has the elements of a clean one, and no address leads
// elsewhere.
func TestPoison(t *testing.T) {
	if len(poison) < 60 {
		t.Fatalf("%d poisons, want 60", len(poison))
	}
	set := load(t, "")
	type shape struct {
		cards, pictures int
		all             bool
	}
	for _, site := range []Site{siteOf("en", "USD"), siteOf("ar", "EGP")} {
		skeleton := func(site Site, text, slug, image string) (string, shape) {
			p := priced("x"+text, "x"+slug)
			p.Brand, p.Images, p.ListPrice, p.Rating, p.NumReviews = "x"+text, []string{image}, decimal.NewFromInt(2), 4, 3
			page, skipped := NewPage(site, store.Catalogue{Categories: []store.Category{{Name: "x" + text,
				Products: []store.Product{priced("x"+text, "y"), p}}}})
			body, err := set.Render(page)
			must(t, err)
			left, pictures := 0, 0
			for _, s := range skipped {
				if s.Reason != store.SkipBadPicture {
					left++
				}
			}
			for _, c := range page.Categories[0].Cards {
				if c.Image != "" {
					pictures++
				}
			}
			if page.Products+left != 2 || len(body) > 100_000 {
				t.Errorf("%.60q: %d products, %d left out, %d bytes", text, page.Products, len(skipped), len(body))
			}
			return elements(t, body), shape{page.Products, pictures, page.Categories[0].All}
		}
		clean := map[shape]string{}
		for _, c := range [][2]string{{"s", "/a.jpg"}, {"s", "javascript:x"},
			{"\n", "/a.jpg"}} { // the second costs the picture, the third the product
			for _, categories := range []string{site.CategoryURL, ""} { // without an address there is no "see all"
				s := site
				s.CategoryURL = categories
				text, shape := skeleton(s, "clean", c[0], c[1])
				clean[shape] = text
			}
		}
		if len(clean) != 6 {
			t.Fatalf("%d clean pages, want 6", len(clean))
		}
		for _, text := range poison {
			for _, image := range []string{"/a.jpg", text} {
				got, shape := skeleton(site, text, text, image)
				if got != clean[shape] && strings.TrimSpace(image) != "" {
					t.Errorf("%.60q changes the elements of the page:\n%s", text, cmp.Diff(clean[shape], got))
				}
			}
		}
	}
}

// elements is the page's tree as tags and attribute names; addresses are checked on the way.
func elements(t *testing.T, body []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(body))
	must(t, err)
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			b.WriteString("comment ")
		}
		if n.Type != html.ElementNode {
			continue
		}
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			if a.Key != "href" && a.Key != "src" {
				continue
			}
			if strings.Contains(a.Val, "Zgotmpl") || strings.HasPrefix(a.Val, "//") || strings.Contains(a.Val, `\`) {
				t.Errorf("address %.80q on the page", a.Val)
			}
			if scheme, _, ok := strings.Cut(a.Val, ":"); ok && scheme != "https" && scheme != "http" &&
				!strings.ContainsAny(scheme, "/?#") {
				t.Errorf("address %.80q on the page", a.Val)
			}
		}
		b.WriteString(">\n")
	}
	return b.String()
}

func TestStructuredData(t *testing.T) {
	for _, c := range []struct {
		site Site
		url  string
	}{
		{siteOf("en", "USD"), "https://shop.example/product/x%22%3C%2Fscript%3E"},
		{Site{Name: "x", Lang: "en", Currency: "USD", ProductURL: "/p/{id}"}, "/p/x%22%3C%2Fscript%3E"},
		{Site{Name: "x", Lang: "en", Currency: "USD"}, ""},
	} {
		name := `x"</script>`
		body := home(t, c.site, store.Catalogue{Categories: []store.Category{{Name: "c",
			Products: []store.Product{priced(name, name)}}}})
		_, rest, _ := bytes.Cut(body, []byte(`<script type="application/ld+json">`))
		text, _, _ := bytes.Cut(rest, []byte("</script>"))
		var got struct {
			Context string `json:"@context"`
			Type    string `json:"@type"`
			Count   int    `json:"numberOfItems"`
			Items   []struct {
				Type      string `json:"@type"`
				Position  int
				Name, URL string
			} `json:"itemListElement"`
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if got.Context != "https://schema.org" || got.Type != "ItemList" || got.Count != 1 || got.Items[0].Name != name ||
			got.Items[0].URL != c.url || got.Items[0].Position != 1 {
			t.Errorf("structured data %+v, want name %s and address %s", got, name, c.url)
		}
	}
}

// Open Graph knows language and region together only.
func TestOpenGraphLocale(t *testing.T) {
	for lang, want := range map[string]string{"en": "en_US", "en-GB": "en_GB", "ar-EG": "ar_EG", "ar": "ar_EG",
		"pt": "pt_BR", "ja": "ja_JP", "zh-Hant": "zh_TW", "sr-Latn-RS": "sr_RS"} {
		if p, _ := NewPage(siteOf(lang, "USD"), sampleCatalogue()); p.Locale != want {
			t.Errorf("%s: og:locale %s, want %s", lang, p.Locale, want)
		}
	}
}
