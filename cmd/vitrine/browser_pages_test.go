package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// widths are those that pages must fit: a small phone, a phone, a tablet, a laptop, screens.
var widths = []int{320, 390, 768, 1440, 1920, 2560}

// languages are one of each direction.
var languages = []string{"en", "ar"}

// axeRun gives what axe is sure of and what it cannot decide, each with the elements it is about.
const axeRun = `axe.run(document, {runOnly: %s}).then((found) => {
	const told = (list) => list.flatMap((v) => v.nodes.map((n) =>
		v.id + ": " + n.target.join(" ") + ": " + (n.failureSummary || v.help)));
	return {violations: told(found.violations), passes: found.passes.length, undecided: told(found.incomplete).length};
})`

// What axe looks for: everything, or what depends on the colours alone.
const (
	allRules   = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	colourRule = `{type: "rule", values: ["color-contrast"]}`
)

type axeResult struct {
	Violations        []string
	Passes, Undecided int
}

// shownPage is a page to look at.
type shownPage struct {
	name, address string
	status        int
}

// look is how a page is shown.
type look struct {
	width  int
	scheme string
	rules  string
}

// looks are what axe looks at: either layout in either scheme; what does not depend on colours once for each layout.
var looks = []look{{320, "light", allRules}, {320, "dark", colourRule}, {1280, "light", colourRule},
	{1280, "dark", allRules}}

// testPages looks at every page in both directions: it fits every width, everyone can use it in light and dark, and its
// links within the page lead somewhere.
func (b browser) testPages(t *testing.T) {
	for _, lang := range languages {
		demo, empty := b.demo[lang](), b.empty[lang]()
		for _, s := range []shownPage{
			{"home", demo.url + "/", http.StatusOK},
			{"shop", b.shop[lang]().url + "/", http.StatusOK},
			{"status", demo.url + "/status.html", http.StatusOK},
			{"notfound", demo.url + "/no/such/page", http.StatusNotFound},
			{"unavailable", empty.url + "/", http.StatusServiceUnavailable},
			{"failing", empty.url + "/status.html", http.StatusOK},
		} {
			t.Run(s.name+"-"+lang, func(t *testing.T) { b.testPage(t, s) })
		}
	}
	troubled := shownPage{"troubled", b.troubled().url + "/status.html", http.StatusOK}
	t.Run(troubled.name, func(t *testing.T) { b.testPage(t, troubled) })
}

func (b browser) testPage(t *testing.T, s shownPage) {
	p := b.tab(t, originOf(s.address))
	p.size(widths[0], 800)
	p.open(s.address, s.status)
	for fault, found := range map[string]string{ // what axe leaves alone
		"links to nothing on this page": `
			all("a[href^='#']").map((a) => a.hash).filter((h) => !document.querySelector(h))`,
		"ids that stand twice": `
			all("[id]").map((e) => e.id).filter((id, i, ids) => ids.indexOf(id) !== i)`,
		"pictures without width and height": `all("img:not([width][height])").map((i) => i.src)`,
		"names that leave out what is visible": `
			all("a[aria-label]").filter((a) => !a.ariaLabel.includes(a.innerText.trim())).map((a) => a.ariaLabel)`,
	} {
		if is := eval[[]string](p, `((all) => `+found+`)((s) => [...document.querySelectorAll(s)])`); len(is) > 0 {
			t.Errorf("%s: %v", fault, is)
		}
	}
	for _, width := range widths {
		p.size(width, 900)
		if got := eval[int](p, "document.documentElement.scrollWidth"); got > width {
			t.Errorf("the page is %d px wide in a window of %d", got, width)
		}
	}
	if s.name == "home" {
		p.size(390, 844)
		if got := eval[int](p, "document.documentElement.scrollHeight"); got > 7920 {
			t.Errorf("the page is %d px long on a phone, at most 7920 will do", got)
		}
	}
	p.load(b.axe)
	for _, look := range looks {
		p.size(look.width, 900)
		p.scheme(look.scheme)
		found := eval[axeResult](p, fmt.Sprintf(axeRun, look.rules))
		if found.Passes < 10 && look.rules == allRules || found.Passes+found.Undecided == 0 {
			t.Errorf("axe has looked at nothing: %d rules passed, %d texts undecided", found.Passes, found.Undecided)
		}
		for _, v := range found.Violations {
			t.Errorf("%s, %d px: %s", look.scheme, look.width, v)
		}
	}
}

// shifts adds up how far things move that a visitor has seen already.
const shifts = `window.shift = 0; window.shifted = [];
new PerformanceObserver((list) => {
	for (const e of list.getEntries()) {
		window.shift += e.value;
		window.shifted.push(...e.sources.map((s) => (s.node && s.node.outerHTML || String(s.node)).slice(0, 90)));
	}
}).observe({type: "layout-shift", buffered: true});`

// scrollThrough goes down the page by windows, and once along every shelf that scrolls sideways, when its middle is in
// sight, each time waiting until the pictures in sight are there.
const scrollThrough = `(async () => {
	const frame = () => new Promise(requestAnimationFrame);
	const seen = (r) => r.top < innerHeight && r.bottom > 0 && r.left < innerWidth && r.right > 0;
	const waiting = () => [...document.images].some((i) => seen(i.getBoundingClientRect()) && !i.complete);
	const through = new Set();
	const rest = async () => { do { await frame(); await frame(); } while (waiting()); };
	for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * .8) {
		scrollTo(0, y);
		await rest();
		for (const row of document.querySelectorAll("section > ul")) {
			const end = row.scrollWidth - row.clientWidth, way = document.dir === "rtl" ? -1 : 1;
			const box = row.getBoundingClientRect(), middle = (box.top + box.bottom) / 2;
			if (end <= 1 || through.has(row) || middle < 0 || middle > innerHeight) continue;
			through.add(row);
			for (let x = 0; x < end + row.clientWidth; x += row.clientWidth * .8) {
				row.scrollLeft = way * x;
				await rest();
			}
		}
	}
	return [...document.images].filter((i) => !i.complete || !i.naturalWidth).length;
})()`

// testNoShift: nothing moves while a page loads over a slow line and is scrolled through.
func (b browser) testNoShift(t *testing.T) {
	home, shop, arabic := b.demo["en"]().url+"/", b.shop["en"]().url+"/", b.demo["ar"]().url+"/"
	status := b.demo["en"]().url + "/status.html"
	for _, s := range []struct {
		name, address string
		width         int
	}{
		{"home", home, 320}, {"home", home, 768}, {"home", home, 1280},
		{"shop", shop, 320}, {"shop", shop, 1280}, {"home-ar", arabic, 320},
		{"home-ar", arabic, 1280}, {"status", status, 320}, {"status", status, 1280},
	} {
		t.Run(fmt.Sprintf("%s-%d", s.name, s.width), func(t *testing.T) { b.testStill(t, s.address, s.width) })
	}
}

func (b browser) testStill(t *testing.T, address string, width int) {
	p := b.tab(t, originOf(address))
	p.size(width, 900)
	p.beforePage(shifts)
	call(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 40, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	p.open(address, http.StatusOK)
	if missing := eval[int](p, scrollThrough); missing > 0 {
		t.Errorf("%d pictures did not arrive", missing)
	}
	if shift := eval[float64](p, "window.shift"); shift != 0 {
		t.Errorf("things moved by %v: %v", shift, eval[[]string](p, "window.shifted"))
	}
	// The measure itself: something that does move the page is noticed. It moves again and again, since nothing counts
	// in the moment of a scroll.
	p.load(`scrollTo(0, 0);
		const block = Object.assign(document.createElement("div"), {textContent: "x"});
		document.querySelector("main").before(block);
		setInterval(() => { block.style.height = block.style.height ? "" : "300px"; }, 300);`)
	p.await("the observer notices a shift", "window.shift > 0")
}

// asJSON writes v as a JavaScript value.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
