package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/shopspring/decimal"

	"vitrine/render"
	"vitrine/store"
)

// Names that are too long for a card, and one whose words are, in either direction.
const (
	longEnglish = "Hand-hammered brass floor lamp with a base of green marble, a shade of natural linen and " +
		"a dimmer in the cord"
	longArabic = "مصباح أرضي من النحاس المطروق يدويًا مع قاعدة من الرخام الأخضر " +
		"وغطاء من الكتان الطبيعي وسلك قابل للتعتيم"
)

// detailsSite serves the homepage of a shop in lang that is demo or not: one full shelf, then shelves of one and of two
// products, then a full one.
func detailsSite(t testing.TB, lang, templates string) string {
	t.Helper()
	set, err := render.LoadTemplates(t.Context(), templates)
	if err != nil {
		t.Fatal(err)
	}
	var c store.Catalogue
	for i, n := range []int{8, 1, 2, 8, 4} {
		category := store.Category{Name: "A category of some length, " + strconv.Itoa(i)}
		for j := range n {
			name := "Lindenholz"
			if names := []string{longEnglish, longArabic, "Lamp", "مصباح"}; j < len(names) {
				name = names[j]
			}
			category.Products = append(category.Products, store.Product{ID: strconv.Itoa(10*i + j), Name: name, Slug: "s",
				Price: decimal.NewFromInt(10), Rating: 3, NumReviews: 7})
			if templates != "" {
				category.Products[j].Images = []string{"/_vitrine/favicon.svg", "/_vitrine/favicon.svg?second"}
			}
		}
		c.Categories = append(c.Categories, category)
	}
	site := render.Site{Name: "Harbour & Hearth", Lang: lang, Currency: "USD", ProductURL: "/product/{slug}",
		CategoryURL: "/c/{category}", Demo: true}
	page, _ := render.NewPage(site, c)
	body, err := set.Render(page)
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			if read, ok := set.Assets(nil)[strings.TrimPrefix(r.URL.Path, "/_vitrine/")]; ok {
				text, _ := read()
				http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(text))
				return
			}
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", render.CSP(site, body))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})
}

// testDetails looks at what a first look at a page does not show, in either direction.
func (b browser) testDetails(t *testing.T) {
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			site := detailsSite(t, lang, "")
			p := b.tab(t, site)
			p.size(320, 800)
			p.open(site+"/", http.StatusOK)
			p.load(`window.box = (e) => e.getBoundingClientRect(); window.all = (s) => [...document.querySelectorAll(s)];
				window.style = (e, of) => getComputedStyle(e, of);
				window.rtl = document.dir === "rtl"; window.near = (a, b) => Math.abs(a - b) < 2;`)
			b.phoneDetails(t, p)
			p.size(768, 800)
			holds(t, p, map[string]string{
				"on a tablet the first shelf fills its rows": `[2, 4, 7].every((n) => {
					const card = box(all("section:first-of-type li")[n]), shelf = box(all("section > ul")[0]);
					return near(rtl ? card.left : card.right, rtl ? shelf.left : shelf.right);
				})`,
			})
			p.size(1280, 800)
			holds(t, p, map[string]string{
				"two shelves of few products share a row": `near(box(all("section")[1]).top, box(all("section")[2]).top) &&
						box(all("section")[1]).top > box(all("section")[0]).top`,
				"in their order": `
					(box(all("section")[1]).left < box(all("section")[2]).left) !== rtl`,
				"a full shelf has its own": `
					box(all("section")[3]).top >= box(all("section")[2]).bottom - 1 && box(all("section")[3]).width > 1100`,
				"the first shelf's first product is the big one": `
					box(all("section:first-of-type li")[0]).width > 2 * box(all("section:first-of-type li")[1]).width`,
				"the way to the others stands where a ninth would": `
					near(box(all("section:first-of-type .all")[0]).top, box(all("section:first-of-type li")[7]).top) &&
						near(box(all("section:first-of-type .all")[0]).left, box(all("section:first-of-type li")[4]).left)`,
				"the next name stands beside its products, as high as they": `
					near(box(all("section:nth-of-type(4) > header")[0]).height, box(all("section:nth-of-type(4) > ul")[0]).height)`,
			})
		})
	}
}

// phoneDetails are those of a narrow window.
func (b browser) phoneDetails(t *testing.T, p *tab) {
	t.Helper()
	const nav = `document.querySelector(".index ul")`
	holds(t, p, map[string]string{
		// The browser draws the ellipsis of text that is aligned against its direction behind the text: there must be
		// room for it.
		"a long name of the other direction has room for its ellipsis": `
			all("h3 bdi").filter((e) => style(e).direction !== style(document.body).direction)
			.every((e) => parseFloat(style(e).paddingInlineEnd) >= parseFloat(style(e).fontSize) * .9) &&
			all("h3 bdi").some((e) => style(e).direction === "rtl") && all("h3 bdi").some((e) => style(e).direction === "ltr")`,
		"names begin where the page's lines do": `
			all("h3 bdi").every((e) => style(e).textAlign === (rtl ? "right" : "left"))`,
		"a shelf is one row that scrolls sideways": `
			all("section > ul").every((e) => new Set([...e.children].map((c) => Math.round(box(c).top))).size === 1) &&
				all("section > ul")[0].scrollWidth > 1000`,
		"a card stops at the page's edge": `style(all("section > ul")[0]).scrollSnapType.startsWith("x") &&
				style(all("section li")[0]).scrollSnapAlign === "start"`,
		"the first shelf leads with bigger cards": `
			box(all("section:first-of-type li")[0]).width > 1.25 * box(all("section:nth-of-type(4) li")[0]).width`,
		"the next card is seen to be there": `
			all("section:nth-of-type(4) li").some((e) => box(e).left < 320 && box(e).right > 320 || box(e).left < 0 &&
				box(e).right > 0)`,
		"the index fades where it goes on": `parseFloat(style(` + nav +
			`).getPropertyValue("--fade")) > 40 && style(` + nav + `).maskImage.includes("gradient")`,
		"a link of it that has the focus is clear": `
			(all(".index a")[2].focus(), all(".index a")[2].matches(":focus-visible") &&
				parseFloat(style(all(".index a")[2]).outlineOffset) < 0 &&
				parseFloat(style(` + nav + `).scrollPaddingInlineEnd) > 60)`,
	})
	p.load(nav + `.scrollLeft = rtl ? -1e5 : 1e5`)
	p.await("the index does not fade at its end", `parseFloat(style(`+nav+`).getPropertyValue("--fade")) < 1`)
	p.load(`all(".skip")[0].focus()`)
	holds(t, p, map[string]string{
		"the way past the index is where the page begins": `
			rtl ? box(all(".skip")[0]).right > 300 : box(all(".skip")[0]).left < 20`,
		"its ring shows on itself": `parseFloat(style(all(".skip")[0]).outlineOffset) < 0 &&
				style(all(".skip")[0]).outlineColor === style(document.body).backgroundColor`,
	})
	p.load(`document.documentElement.style.setProperty("font-size", "32px"); document.activeElement.blur()`)
	holds(t, p, map[string]string{
		"a card is seen whole": `all("section li").every((e) => box(e).width < 300)`,
		"no word of a name is broken": `
			all("h3 bdi").filter((e) => e.textContent === "Lindenholz").every((e) => box(e).height < 60) &&
				all("h3 bdi").some((e) => e.textContent === "Lindenholz")`,
		"nothing sticks out": `document.documentElement.scrollWidth <= 320`,
	})
	p.load(`document.documentElement.style.removeProperty("font-size")`)
	forcedColours := func(value string) {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: value}}})
	}
	forcedColours("active")
	holds(t, p, map[string]string{
		"forced colours are on": `matchMedia("(forced-colors: active)").matches`,
		"three stars of five are full": `/gradient\(.*60%/.test(style(all(".stars")[0], "::before").backgroundImage) &&
				style(all(".stars")[0], "::before").forcedColorAdjust === "none"`,
	})
	forcedColours("none")
}

// testManual tries the card of the manual that adds to the bag and has a second picture, in a browser, with the style
// given for it.
func (b browser) testManual(t *testing.T) {
	manual, err := fs.ReadFile(render.DefaultFiles(), "README.md")
	if err != nil {
		t.Fatal(err)
	}
	style, err := fs.ReadFile(render.DefaultFiles(), "style.css")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, part := range map[string]string{"card.html": `class="second"`, "style.css": ".second {"} {
		for _, block := range regexp.MustCompile("(?s)```\\w+ "+name+"\n(.*?)```").FindAllStringSubmatch(string(manual), -1) {
			if text := block[1]; strings.Contains(text, part) {
				if name == "style.css" {
					text = string(style) + text
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	site := detailsSite(t, "en", dir)
	p := b.tab(t, site)
	p.size(1280, 1200) // the whole card in sight, whatever fonts the machine has
	p.open(site+"/", http.StatusOK)
	p.load(`window.at = (e, dy) => { const r = e.getBoundingClientRect();
		return document.elementFromPoint(r.left + 9, r.top + dy); };
		window.card = document.querySelector("section li"); window.second = card.querySelector(".second");`)
	holds(t, p, map[string]string{
		"the button can be pressed":              `at(card.querySelector("button"), 5) === card.querySelector("button")`,
		"the rest of the card leads to its page": `at(card, 40) === card.querySelector("h3 a")`,
		"the form has the id":                    `card.querySelector("form").elements.id.value === "0"`,
		"the second picture covers the first": `
			second.getBoundingClientRect().width === card.querySelector("img").getBoundingClientRect().width`,
		"it is not seen": `getComputedStyle(second).opacity === "0"`,
	})
	call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved,
		X: eval[float64](p, "card.getBoundingClientRect().left + 20"),
		Y: eval[float64](p, "card.getBoundingClientRect().top + 20")})
	p.await("the second picture shows under the pointer", `getComputedStyle(second).opacity === "1"`)
}

// holds wants every JavaScript condition to be true.
func holds(t testing.TB, p *tab, conditions map[string]string) {
	t.Helper()
	for what, condition := range conditions {
		if !eval[bool](p, "!!("+condition+")") {
			t.Errorf("not so: %s", what)
		}
	}
}
