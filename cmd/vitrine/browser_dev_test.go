package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// author is a template folder with one card of its own.
type author struct {
	t    testing.TB
	card string
}

func newAuthor(t testing.TB, dir string) author {
	t.Helper()
	a := author{t, filepath.Join(dir, "mine", "card.html")}
	if err := os.Mkdir(filepath.Dir(a.card), 0o755); err != nil {
		t.Fatal(err)
	}
	a.save(`<li>mark one <bdi>{{.Name}}</bdi></li>`)
	return a
}

func (a author) save(text string) {
	a.t.Helper()
	if err := os.WriteFile(a.card, []byte(text), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// broken is a card whose second line asks for a field that no card has.
const broken = "<li>\n<b>{{.NoSuchField}}</b></li>"

const overlay = `document.querySelector("#vitrine-template-error")`

// testDev: in dev mode a save reloads the browser, a mistake is shown over the page with file, line and the line's
// text, and goes when it is mended.
func (b browser) testDev(t *testing.T) {
	dir := t.TempDir()
	a := newAuthor(t, dir)
	site := start(t, dir, []string{"TEMPLATES_DIR=mine"}, "serve", "--demo", "--dev")
	site.listening()
	site.page("mark one")
	p := b.tab(t, site.url)
	p.pardon("net::ERR_ABORTED", "ERR_INCOMPLETE_CHUNKED_ENCODING") // the stream of a page that is left
	p.open(site.url+"/", http.StatusOK)
	p.await("the first card is shown", `document.body.textContent.includes("mark one")`)

	saved := time.Now()
	a.save(`<li>mark two <bdi>{{.Name}}</bdi></li>`)
	p.await("the save reloads the page", `document.body.textContent.includes("mark two")`)
	t.Logf("the browser shows a save after %v", time.Since(saved).Round(time.Millisecond))

	a.save(broken)
	p.await("the mistake is shown", overlay)
	for _, want := range []string{"card.html:2", "<b>{{.NoSuchField}}</b>"} {
		if got := eval[string](p, overlay+".textContent"); !strings.Contains(got, want) {
			t.Errorf("the overlay lacks %q: %s", want, got)
		}
	}
	if !eval[bool](p, overlay+`.checkVisibility() && `+overlay+
		`.contains(document.elementFromPoint(innerWidth / 2, innerHeight / 2))`) {
		t.Error("the overlay does not cover the page")
	}
	if got := eval[string](p, "getComputedStyle("+overlay+").backgroundColor"); !strings.HasPrefix(got, "rgb(") {
		t.Errorf("the page shines through the overlay, whose background is %s", got)
	}
	if !eval[bool](p, `document.querySelector("main").textContent.includes("mark two")`) {
		t.Error("the last good page is not behind the overlay")
	}

	a.save(`<li>mark three <bdi>{{.Name}}</bdi></li>`)
	p.await("the mended page is shown", `document.body.textContent.includes("mark three") && !`+overlay)
}

// testNotDev: outside dev mode a visitor's page stays as it is, without a script and without an overlay.
func (b browser) testNotDev(t *testing.T) {
	dir := t.TempDir()
	a := newAuthor(t, dir)
	site := serve(t, dir, "TEMPLATES_DIR=mine")
	site.page("mark one")
	p := b.tab(t, site.url)
	p.open(site.url+"/", http.StatusOK)
	p.load("window.kept = 1")
	a.save(`<li>mark two <bdi>{{.Name}}</bdi></li>`)
	site.page("mark two")
	a.save(broken)
	site.until("the mistake is told", func() bool {
		return strings.Contains(site.status().Templates.Error,
			"card.html:2")
	})
	if !eval[bool](p, `window.kept === 1 && document.body.textContent.includes("mark one")`) {
		t.Error("the page that a visitor reads was replaced")
	}
	act(p, chromedp.Reload())
	if !eval[bool](p, `document.body.textContent.includes("mark two") && !`+overlay+
		` && !document.querySelector("script[src]")`) {
		t.Error("a visitor sees something of dev mode, or not the last good page")
	}
}
