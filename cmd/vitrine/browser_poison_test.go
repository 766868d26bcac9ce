package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/lib/pq"
)

// poisons are texts that would run if any place of a page wrote them as they are.
var poisons = []string{
	`<script>alert("script")</script>`,
	`"><img src=/none onerror=alert("double")>`,
	`'><img src=/none onerror=alert("single")>`,
	`" onerror="alert('attribute')" onmouseover="alert('attribute')" x="`,
	`</style></script></title></textarea><svg onload=alert("closed")>`,
	`<!--<script>--><img src=/none onerror=alert("comment")>`,
	`javascript:alert("address")`,
	`data:text/html,<script>alert("data")</script>`,
	`{{define "x"}}{{.}}{{end}}${alert("dollar")}`,
	"\u202e\u2066\u2028<b onclick=alert('direction')>" + strings.Repeat("W", 300),
	`\u003cscript\u003ealert("escaped")\u003c/script\u003e &lt;script&gt;alert(1)&lt;/script&gt;`,
}

// poisonedShop has every poison in every column of text, with a picture, without one, and as the picture's address.
func poisonedShop(t testing.TB) (databaseURL string) {
	t.Helper()
	var statements []string
	for i, poison := range poisons {
		q := pq.QuoteLiteral(poison)
		statements = append(statements, fmt.Sprintf("INSERT INTO categories (name, position) VALUES (%s, %d)", q, i))
		for j, images := range []string{"'{}'", "'{/_vitrine/demo/walnut-turntable-automatic.svg}'", "ARRAY[" + q + "]",
			"ARRAY['/none' || " + q + "]"} {
			statements = append(statements, fmt.Sprintf(`INSERT INTO products (name, slug, category, brand, images,
				description, price, list_price, avg_rating, num_reviews)
				VALUES (%[1]s, %[1]s || %[2]d, %[1]s, %[1]s, %[3]s, %[1]s, 10, 20, 4.5, 3)`, q, j, images))
		}
	}
	return ownShop(t, statements...)
}

// provoke does to every element what would wake a handler that slipped in, and clicks what cannot leave the page.
const provoke = `(async () => {
	for (const e of document.querySelectorAll("*")) {
		for (const name of ["load", "error", "mouseover", "mouseenter", "focus", "pointerdown", "animationend", "toggle"]) {
			e.dispatchEvent(new Event(name));
		}
		if (!e.closest("a, button")) e.click();
	}
	await new Promise(requestAnimationFrame);
	return 1;
})()`

// foreign are the addresses of the page that are not of this site.
const foreign = `[...document.querySelectorAll("[href], [src], [action], [srcset], [data]")]
	.flatMap((e) => ["href", "src", "action", "srcset", "data"]
	.filter((name) => e.hasAttribute(name) && new URL(e.getAttribute(name), document.baseURI).origin !== location.origin)
	.map((name) => e.tagName + " " + e.getAttribute(name)))`

// injected are elements and attributes that no template of ours writes.
const injected = `[...document.querySelectorAll("*")].filter((e) =>
	[...e.attributes].some((a) => a.name.startsWith("on")) || e.matches("script:not([type='application/ld+json'], " +
		"[src^='/_vitrine/']), iframe, object, embed, base, form, body svg:not(.plot svg)")).map((e) => e.outerHTML)`

// testPoison: rows full of markup are text, on the homepage and on the status page, even where nothing but the escaping
// stands between them and the visitor.
func (b browser) testPoison(t *testing.T) {
	site := serve(t, t.TempDir(), "DATABASE_URL="+poisonedShop(t), "SITE_NAME="+poisons[0]+poisons[1])
	site.page("</html>")
	for _, path := range []string{"/", "/status.html", "/no/such/page"} {
		for _, policy := range []string{"with", "without"} {
			t.Run(fmt.Sprintf("%s-%s-policy", path, policy), func(t *testing.T) {
				p := b.tab(t, site.url)
				p.pardon("status of 404") // pictures with addresses that are allowed and lead to nothing
				call(p, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: policy == "without"})
				p.open(site.url+path, map[bool]int{true: http.StatusNotFound, false: http.StatusOK}[strings.HasPrefix(path, "/no")])
				for what, script := range map[string]string{"addresses of elsewhere": foreign,
					"elements that came from rows": injected} {
					if found := eval[[]string](p, script); len(found) > 0 {
						t.Errorf("%s: %q", what, found)
					}
				}
				if !eval[bool](p, "document.body.textContent.includes("+asJSON(poisons[0])+")") {
					t.Error("the poison is not there as text")
				}
				eval[int](p, provoke)
			})
		}
	}
	if st := site.status(); st.Page == nil || st.Page.Products < 2*len(poisons) {
		t.Errorf("the poisoned rows are not on the page: %+v", st.Page)
	}
}
