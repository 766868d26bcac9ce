package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/store"
)

func TestParseLinks(t *testing.T) {
	for _, c := range []struct {
		text string
		want []Group
		err  string
	}{
		{"", nil, ""},
		{" ; , ;", nil, ""},
		{"Cart=/cart, Account = /account ", []Group{{"", []Link{{"Cart", "/cart"}, {"Account", "/account"}}}}, ""},
		{"Help: Returns=/returns?a=b, Delivery=https://shop.example/d; Legal: Imprint=/imprint;", []Group{
			{"Help", []Link{{"Returns", "/returns?a=b"}, {"Delivery", "https://shop.example/d"}}},
			{"Legal", []Link{{"Imprint", "/imprint"}}}}, ""},
		{"مساعدة: الإرجاع=/الإرجاع", []Group{{"مساعدة", []Link{{"الإرجاع", "/%D8%A7%D9%84%D8%A5%D8%B1%D8%AC%D8%A7%D8%B9"}}}},
			""},
		{"Cart", nil, `"Cart" is no link: write Name=/address`},
		{"=/cart", nil, `"=/cart" is no link: write Name=/address`},
		{"Cart=cart", nil, `"cart" of "Cart" must start with / or https://`},
		{"Cart=javascript:alert(1)", nil, "must start with / or https://"},
		{"Cart=//evil.example/", nil, "must start with / or https://"},
	} {
		got, err := parseLinks(c.text)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%q: %v, want %q", c.text, err, c.err)
		}
		if diff := cmp.Diff(c.want, got); c.err == "" && diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
	if _, err := headerLinks("Help: Returns=/returns"); err == nil || !strings.Contains(err.Error(), "has no groups") {
		t.Errorf("groups in the header: %v", err)
	}
}

func TestParseSearch(t *testing.T) {
	for _, c := range []struct {
		text string
		want *Search
		err  string
	}{
		{"", nil, ""},
		{"/search?q={query}", &Search{Action: "/search", Field: "q"}, ""},
		{"https://shop.example/s?lang=de&q={query}&in=a%20b#x",
			&Search{"https://shop.example/s", "q", []Parameter{{"lang", "de"}, {"in", "a b"}}}, ""},
		{"/search?q=%7Bquery%7D", nil, "should have {query} once"},
		{"/search/{query}", nil, "should have {query} once"},
		{"/search?q=", nil, "should have {query} once"},
		{"/search?q=x{query}", nil, "should have {query} once"},
		{"/search?q={query}&r={query}", nil, "should have {query} once"},
		{"search?q={query}", nil, "should be the address of your search page, as in /search?q={query}"},
		{"javascript:alert(1)?q={query}", nil, "should be the address"},
	} {
		got, err := parseSearch(c.text)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%q: %v, want %q", c.text, err, c.err)
		}
		if diff := cmp.Diff(c.want, got); c.err == "" && diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
}

// TestLogo: a file becomes a file of ours with its size, an address stays one, and anything else is told.
func TestLogo(t *testing.T) {
	dir := folderOf(t,
		"box.svg", `<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120.5 40"/>`,
		"sized.svg", `<svg width="64px" height="32" viewBox="0 0 1 1"/>`,
		"unsized.svg", `<svg width="100%"/>`,
		"dot.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x06\x00\x00\x00\x9dt\x66\x1a",
		"page.html", "<html></html>", "text.svg", "hello", "huge.png", strings.Repeat("x", maxLogo+1))
	for _, c := range []struct {
		value         string
		width, height int
		ending, err   string
	}{
		{"https://cdn.example/logo.svg", 0, 0, "https://cdn.example/logo.svg", ""},
		{"/logo.png", 0, 0, "/logo.png", ""},
		{dir + "/box.svg", 121, 40, ".svg", ""},
		{dir + "/sized.svg", 64, 32, ".svg", ""},
		{dir + "/dot.png", 3, 2, ".png", ""},
		{dir + "/unsized.svg", 0, 0, "", "viewBox"},
		{dir + "/page.html", 0, 0, "", "neither an SVG nor a PNG"},
		{dir + "/text.svg", 0, 0, "", "neither an SVG nor a PNG"},
		{dir + "/huge.png", 0, 0, "", "1 MB"},
		{dir, 0, 0, "", "1 MB"},
		{"logo.svg", 0, 0, "", "there is no such file"},
	} {
		l, err := LoadLogo(c.value)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.value, err, c.err)
			}
			continue
		}
		if err != nil || l.Width != c.width || l.Height != c.height || !strings.HasSuffix(l.URL, c.ending) {
			t.Errorf("%s: %+v, %v", c.value, l, err)
		}
		if ours := strings.TrimPrefix(l.URL, assetPrefix); ours != l.URL && len(l.Files()[ours]) == 0 {
			t.Errorf("%s: %s is not among its files", c.value, ours)
		}
	}
}

// TestHeader: what the owner has set stands on the page, and the policy lets the search form lead where it does.
func TestHeader(t *testing.T) {
	site := siteOf("en", "USD")
	bare := string(home(t, site, sampleCatalogue()))
	for _, never := range []string{"<form", `class="links"`, `class="hero"`, `class="promises"`, "<details"} {
		if strings.Contains(bare, never) {
			t.Errorf("a shop that has set nothing shows %s", never)
		}
	}
	site.Logo = &Logo{URL: "https://cdn.example/logo.svg"}
	site.SearchURL = "https://find.example/s?lang=en&q={query}"
	site.HeaderLinks, site.FooterLinks = "Cart=/cart", "Help: Returns=/returns; Legal: Imprint=/imprint"
	body := home(t, site, sampleCatalogue())
	for _, want := range []string{
		`<h1><img src="https://cdn.example/logo.svg" alt="Sample &amp; Sons" width="160" height="40"></h1>`,
		`action="https://find.example/s"`,
		`<input type="hidden" name="lang" value="en">`, `<input type="search" name="q"`, `<a href="/cart">`,
		`<bdi>Legal</bdi>`, `<a href="/imprint">`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if policy := CSP(site, body); !strings.Contains(policy, "form-action 'self' https://find.example;") {
		t.Error(policy)
	}
}

// TestTrueWords: the page says best sellers only where it is ordered by sales; an author's own words are said in any
// case.
func TestTrueWords(t *testing.T) {
	own := load(t, folderOf(t, "words.json", `{"en": {"lead": "Come in"}}`))
	for order, want := range map[string]string{
		"": "A walk along our shelves", "id": "A walk along our shelves", "sales": "Our best sellers", "rating": "Top rated",
		"newest": "Our newest",
	} {
		c := sampleCatalogue()
		c.Order = order
		if body := string(home(t, siteOf("en", "USD"), c)); !strings.Contains(body, `<p class="lead">`+want) {
			t.Errorf("order %q: the page does not say %q", order, want)
		}
		p, _ := NewPage(siteOf("en", "USD"), c)
		if body, err := own.Render(p); err != nil || !strings.Contains(string(body), `<p class="lead">Come in</p>`) {
			t.Errorf("order %q: the author's lead is not there: %v", order, err)
		}
	}
}

// TestHero: words alone make it, and what is not given is not there.
func TestHero(t *testing.T) {
	set := load(t, folderOf(t, "assets/hero.jpg", "x", "words.json",
		`{"en": {"hero_title": "Summer is here", "hero_picture": "hero.jpg", "hero_link": "See it",
			"hero_url": "/summer", "promise_1": "Free returns"}}`))
	p, _ := NewPage(siteOf("de", "EUR"), sampleCatalogue()) // no German words: the English ones
	body, err := set.Render(p)
	must(t, err)
	for _, want := range []string{`<h2>Summer is here</h2>`, `<img src="/_vitrine/hero.jpg?v=`,
		`<a class="go" href="/summer">See it</a>`, `<li>Free returns</li>`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if _, err := LoadTemplates(t.Context(), folderOf(t, "words.json",
		`{"en": {"hero_title": "x", "hero_picture": "none.jpg"}}`)); err == nil ||
		!strings.Contains(err.Error(), "none.jpg") {
		t.Errorf("a picture that is not there: %v", err)
	}
}

// TestCategoryBar: the bar of many categories names the first nine that have products, whatever empty ones come before.
func TestCategoryBar(t *testing.T) {
	var c store.Catalogue
	for i := range 40 {
		c.Categories = append(c.Categories, store.Category{Name: fmt.Sprint("Shelf ", i)})
		if i >= 20 {
			c.Categories[i].Products = []store.Product{priced("Lamp", fmt.Sprint("lamp-", i))}
		}
	}
	p, _ := NewPage(siteOf("en", "USD"), c)
	body, err := load(t, "").Render(p)
	must(t, err)
	_, bar, _ := strings.Cut(string(body), `<nav class="index long"`)
	bar, _, _ = strings.Cut(bar, "<details>")
	n := strings.Count(bar, "<li>")
	if n != 9 || !strings.Contains(bar, "Shelf 20<") || !strings.Contains(bar, "Shelf 28<") {
		t.Errorf("%d in the bar: %s", n, bar)
	}
}
