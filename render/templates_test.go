package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"vitrine/render/pagetest"
	"vitrine/store"
	"vitrine/store/demo"
)

var embedded = sync.OnceValues(func() (*Templates, error) { return LoadTemplates(context.Background(), "") })

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load gives the embedded templates with folder, if any, over them.
func load(t testing.TB, folder string) *Templates {
	t.Helper()
	set, err := embedded()
	if folder != "" {
		set, err = LoadTemplates(t.Context(), folder)
	}
	must(t, err)
	return set
}

// folderOf writes a templates folder, name and text in turn.
func folderOf(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		file := filepath.Join(dir, files[i])
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(files[i+1]), 0o644))
	}
	return dir
}

func siteOf(lang, currency string) Site {
	return Site{Name: "Sample & Sons", URL: "https://shop.example/", Lang: lang, Currency: currency,
		ProductURL: "/product/{slug}", CategoryURL: "/search?category={category}"}
}

// home renders the homepage of a catalogue with the embedded templates.
func home(t testing.TB, s Site, c store.Catalogue) []byte {
	t.Helper()
	p, _ := NewPage(s, c)
	body, err := load(t, "").Render(p)
	must(t, err)
	return body
}

func TestGoldenPages(t *testing.T) {
	set := load(t, "")
	demo := siteOf("en", "USD")
	demo.Demo = true
	bare := Site{Name: "Sample & Sons", Lang: "de-DE", Currency: "EUR"}
	for _, c := range []struct {
		file string
		site Site
		c    store.Catalogue
	}{
		{"home-en.html", siteOf("en-US", "USD"), sampleCatalogue()},
		{"home-ar.html", siteOf("ar-EG", "EGP"), sampleCatalogue()},
		{"home-demo-empty.html", demo, store.Catalogue{}},
		{"home-without-addresses.html", bare, sampleCatalogue()},
	} {
		p, skipped := NewPage(c.site, c.c)
		body, err := set.Render(p)
		if err != nil || len(skipped) != 0 {
			t.Fatalf("%s: %v, skipped %v", c.file, err, skipped)
		}
		pagetest.Golden(t, c.file, pagetest.WithoutStyle(body))
	}
	for file, render := range map[string]func(Site) ([]byte, error){"notfound": set.NotFound,
		"unavailable": set.Unavailable} {
		for lang, site := range map[string]Site{"en": siteOf("en", "USD"), "ar": siteOf("ar", "USD"), "demo": demo} {
			body, err := render(site)
			must(t, err)
			pagetest.Golden(t, file+"-"+lang+".html", pagetest.WithoutStyle(body))
		}
	}
}

// TestSameContentSameBytes guards I6.
func TestSameContentSameBytes(t *testing.T) {
	first := home(t, siteOf("en", "USD"), demo.Catalogue())
	for range 3 {
		if again := home(t, siteOf("en", "USD"), demo.Catalogue()); !bytes.Equal(first, again) {
			t.Fatal("the same catalogue gave other bytes")
		}
	}
}

// TestWeight holds the homepage of 96 products under 10 KB on the wire.
func TestWeight(t *testing.T) {
	c := demo.Catalogue()
	n, spare := 0, c.Categories[1].Products[8:]
	for i := range c.Categories {
		products := c.Categories[i].Products
		for len(products) < 8 {
			products = append(products, spare[len(products)])
		}
		c.Categories[i].Products = products[:8]
		n += 8
	}
	if n != 96 {
		t.Fatalf("%d products, want 96", n)
	}
	body := home(t, siteOf("en", "USD"), c)
	var coded bytes.Buffer
	w := brotli.NewWriterLevel(&coded, brotli.BestCompression)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	must(t, w.Close())
	t.Logf("%d bytes, %d in br", len(body), coded.Len())
	if coded.Len() > 10_240 {
		t.Errorf("the page has %d bytes in br, the limit is 10240", coded.Len())
	}
}

// TestBrokenTemplates: one folder per mistake, and the exact error that its author reads.
func TestBrokenTemplates(t *testing.T) {
	folders, err := os.ReadDir(filepath.Join("testdata", "broken"))
	must(t, err)
	var all bytes.Buffer
	for _, f := range folders {
		// Without a deadline, since endless calls may take longer than TryTime to be refused where the machine is busy.
		_, err := loadWithin(t.Context(), filepath.Join("testdata", "broken", f.Name()))
		e, ok := errors.AsType[*TemplateError](err)
		if !ok {
			t.Errorf("%s: error %v, want a *TemplateError", f.Name(), err)
			continue
		}
		all.WriteString(f.Name() + "\n    " + e.Error() + "\n    > " + e.Text + "\n")
	}
	pagetest.Golden(t, "broken.txt", all.Bytes())
}

func TestMissingTemplatesFolder(t *testing.T) {
	_, err := LoadTemplates(t.Context(), filepath.Join(t.TempDir(), "gone"))
	if e, ok := errors.AsType[*TemplateError](err); !ok || !strings.Contains(e.Message, "TEMPLATES_DIR") {
		t.Errorf("error %v, want a *TemplateError that names TEMPLATES_DIR", err)
	}
}

// TestFolderOverridesSingleParts: one part, one word and one asset of the shop's own; all else is the default.
func TestFolderOverridesSingleParts(t *testing.T) {
	dir := folderOf(t,
		"card.html", `<li class="mine">{{template "parts/price.html" .}} `+
			`<img src="{{asset "img/mark one.svg"}}" alt=""></li>`,
		"parts/price.html", "<b>{{.Price}}</b>",
		"words.json", `{"en": {"see_all": "Everything"}, "ar": {"see_all": "كل شيء"}}`,
		"assets/img/mark one.svg", "<svg/>",
		"assets/favicon.svg", "<svg>own</svg>",
		"assets/status.js", "alert(1)",
		"assets/.secret", "x", "assets/logo.svg~", "x", "assets/#logo.svg#", "x", "assets/notes.BAK", "x", "assets/Thumbs.db",
		"x", "assets/logo.svg___jb_tmp___", "x", "assets/logo.swp", "x", "assets/.#logo.svg", "x",
		".card.html.swp", "{{",
		"..data/card.html", "{{",
		"notes.txt", "{{")
	set := load(t, dir)
	p, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
	body, err := set.Render(p)
	must(t, err)
	for _, want := range []string{`<li class="mine"><b>$1,234.50</b> <img src="/_vitrine/img/mark%20one.svg?v=`,
		">Everything</a>", `<a class="skip"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if got := set.Source; got != "folder" {
		t.Errorf("source %q, want folder", got)
	}
	wantFile := func(name, part string) {
		t.Helper()
		text, err := set.Assets(demo.Pictures(demo.Catalogue()))[name]()
		if err != nil || !strings.Contains(string(text), part) {
			t.Errorf("asset %s: %.40q, %v; want %s in it", name, text, err, part)
		}
	}
	wantFile("favicon.svg", "own")
	wantFile("img/mark one.svg", "<svg/>")
	wantFile("status.js", "valid")
	for name := range set.Assets(nil) {
		if name == ".secret" || leftOver.MatchString(path.Base(name)) {
			t.Errorf("%s is served", name)
		}
	}
}

// TestStyleAssets: a style sheet refers to files of assets/ by name, and the page gets the addresses under which they
// are served.
func TestStyleAssets(t *testing.T) {
	set := load(t, folderOf(t, "assets/a b.woff2", "wOF2", "assets/marks.svg", "<svg/>", "style.css", `
		/* url(assets/none.png) {{ */
		@font-face { font-family: A; src: url( "assets/a b.woff2" ) format("woff2"), URL('./assets/marks.svg#x') }
		a { background: url(assets/marks.svg), url(/other.png), url("https://b.example/c.png");
			content: "url(assets/none.png) {{" }`))
	p, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
	body, err := set.Render(p)
	must(t, err)
	font, _ := set.assets.address("a b.woff2")
	marks, _ := set.assets.address("marks.svg")
	for _, want := range []string{`src:url("` + font + `") format("woff2"),url("` + marks + `#x")`,
		`background:url("` + marks + `"),url(/other.png),url("https://b.example/c.png")`,
		`content:"url(assets/none.png) {{"`} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the page lacks %s: %s", want, set.style)
		}
	}
	if _, ok := set.Assets(nil)["a b.woff2"]; !ok || !strings.Contains(font, "?v=") {
		t.Errorf("%s is not served", font)
	}
}

// TestLinkedTemplates: a mounted ConfigMap has its files as links to a folder that is swapped.
func TestLinkedTemplates(t *testing.T) {
	dir := folderOf(t, "..v1/card.html", `<li class="linked">{{.Name}}</li>`, "..v1/logo.svg", "<svg/>")
	for link, target := range map[string]string{"..data": "..v1", "card.html": "..data/card.html", "assets": "..data"} {
		must(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	set := load(t, dir)
	p, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
	if body, err := set.Render(p); err != nil || !strings.Contains(string(body), `class="linked"`) {
		t.Errorf("the linked card is not on the page: %v", err)
	}
	if _, ok := set.Assets(nil)["logo.svg"]; !ok {
		t.Error("the linked asset is not served")
	}
}

// TestDefaultFiles: what init writes out is what the program uses, and loads as a folder.
func TestDefaultFiles(t *testing.T) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, DefaultFiles()))
	for _, name := range []string{"README.md", "home.html", "card.html", "style.css", "words.json", "assets/favicon.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "status")); err == nil {
		t.Error("the status page is no template of the shop's")
	}
	p, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
	own, err := load(t, dir).Render(p)
	must(t, err)
	if embedded := home(t, siteOf("en", "USD"), sampleCatalogue()); !bytes.Equal(own, embedded) {
		t.Error("the written templates give another page than the embedded ones")
	}
}

// TestAuthorsManual: every field and function is in templates/README.md, none too many, and every example of it works.
func TestAuthorsManual(t *testing.T) {
	text, err := fs.ReadFile(DefaultFiles(), "README.md")
	must(t, err)
	manual := string(text)
	for _, v := range []any{Page{}, Category{}, Card{}, Logo{}, Search{}, Link{}, Group{}} {
		typ := reflect.TypeOf(v)
		_, part, ok := strings.Cut(manual, "\n## "+typ.Name()+"\n")
		part, _, _ = strings.Cut(part, "\n## ")
		if !ok {
			t.Errorf("the manual has no part on %s", typ.Name())
		}
		var told []string
		for _, m := range regexp.MustCompile("(?m)^\\| `\\.(\\w+)` \\| \\S").FindAllStringSubmatch(part, -1) {
			told = append(told, m[1])
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(fieldsOf(typ.Name()))),
			slices.Sorted(slices.Values(told))); diff != "" {
			t.Errorf("%s: fields (-of the program +of the manual):\n%s", typ.Name(), diff)
		}
	}
	set := load(t, "")
	for name := range set.functions(localeOf("en")) {
		if !strings.Contains(manual, "\n`"+name) {
			t.Errorf("the manual does not tell of the function %s", name)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `({{.+}})` \\| `(.+)` \\| `(.+)` \\|$").FindAllStringSubmatch(manual, -1)
	if len(rows) < 10 {
		t.Fatalf("%d examples", len(rows))
	}
	for _, row := range rows {
		parts, err := set.parts.Clone()
		must(t, err)
		var out strings.Builder
		example, err := parts.Funcs(set.functions(localeOf(row[2]))).New("example").Parse(row[1])
		if err == nil {
			err = example.Execute(&out, nil)
		}
		if out.String() != row[3] || err != nil {
			t.Errorf("%s in %s writes %q, %v; the manual says %q", row[1], row[2], out.String(), err, row[3])
		}
	}
	blocks := regexp.MustCompile("(?s)```\\w+ (\\S+)\n(.*?)```").FindAllStringSubmatch(manual, -1)
	if len(blocks) != 9 {
		t.Errorf("%d blocks", len(blocks))
	}
	files := []string{"assets/our-face.woff2", "wOF2", "assets/hero.jpg", "x", "assets/bag.js", "x"}
	for _, b := range blocks {
		if warnings := load(t, folderOf(t, append(files[:6:6], b[1], b[2])...)).Warnings(siteOf("en",
			"USD")); len(warnings) > 0 {
			t.Errorf("%s: %q", b[1], warnings)
		}
		files = append(files, b[1], b[2])
	}
	load(t, folderOf(t, files...))
}

// TestWarnings: what is in use and will not do what its author thinks is told by file and line.
func TestWarnings(t *testing.T) {
	dir := folderOf(t, "crad.html", "<li></li>", "promo.html", "<p></p>", "parts/own.html", "<p>{{word \"leads\"}}</p>",
		"words.json", "{\"en\": {\"leads\": \"x\",\n\"leed\": \"x\", \"opening_hours\": \"x\"}}",
		"footer.html", `<footer style="color: red">
<a href="/" onclick="go()">x</a><script>go()</script><script src="https://cdn.example/x.js"></script>
<script src="/x.js"></script><link rel="stylesheet" href="https://fonts.example/css"><iframe></iframe></footer>`,
		"style.css", "@import \"x.css\";\n@font-face { src: url(https://fonts.example/a.woff2) }\n"+
			"a { background: url(https://cdn.example/a.png) }")
	set, site := load(t, dir), siteOf("en", "USD")
	var told []string
	for _, w := range set.Warnings(site) {
		w, _, _ = strings.Cut(strings.Replace(w, " the page's Content-Security-Policy blocks", "", 1), " (or set")
		told = append(told, w)
	}
	want := []string{
		"crad.html: no template uses this part; should it be card.html?",
		`words.json:2: en, "leed": no template uses this word; should it be "lead"?`,
		"footer.html:1: a style attribute: put it into style.css",
		"footer.html:2: a script in an attribute: put it into a file of assets/",
		"footer.html:2: a script in the page: put it into a file of assets/",
		"footer.html:2: a script of another host: keep a copy in assets/",
		"footer.html:3: a style sheet of another host: keep a copy in assets/", "footer.html:3: a page within the page",
		"style.css:1: an @import: put what it brings into style.css",
		"style.css:2: a font of another host: keep a copy in assets/",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if site.CSP = "default-src *"; len(set.Warnings(site)) != 2 {
		t.Errorf("with a policy of its own: %q", set.Warnings(site))
	}
	if w := load(t, "").Warnings(siteOf("en", "USD")); len(w) > 0 {
		t.Errorf("the templates that ship: %q", w)
	}
}

// TestCSP: the policy allows the page's own style and nothing else inline.
func TestCSP(t *testing.T) {
	site := siteOf("en", "USD")
	body := home(t, site, sampleCatalogue())
	policy := CSP(site, body)
	_, rest, _ := bytes.Cut(body, []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	if want := "style-src 'self' '" + sha256Source(string(style)) + "';"; !strings.Contains(policy, want) {
		t.Errorf("policy %s lacks %s", policy, want)
	}
	for _, never := range []string{"unsafe", "*", "http:;"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy %s allows %s", policy, never)
		}
	}
	if n := bytes.Count(body, []byte("<style")); n != 1 {
		t.Errorf("%d styles", n)
	}
	if bytes.Contains(body, []byte(" style=")) {
		t.Error("a style attribute, which the policy refuses")
	}
	two := CSP(site, []byte("<style>a{}</style><p>x</p><style>b{}\r\n</style><style></style>"))
	if strings.Count(two, "'sha256-") != 2 || !strings.Contains(two, sha256Source("b{}\n")) {
		t.Errorf("two styles: %s", two)
	}
	if plain := CSP(site, []byte(`<img width=1 src="http://cdn.example/1.jpg">`)); !strings.Contains(plain,
		"img-src 'self' https: data: http:") {
		t.Errorf("plain pictures: %s", plain)
	}
	site.CSP = "default-src *"
	if got := CSP(site, body); got != site.CSP {
		t.Errorf("own policy: %s", got)
	}
}

// priced is a product that is nothing but shown.
func priced(name, slug string) store.Product {
	return store.Product{ID: slug, Name: name, Slug: slug, Price: decimal.NewFromInt(1)}
}

// TestEndlessTemplates guards I7: a template that would never end is told with its line when its time is over.
func TestEndlessTemplates(t *testing.T) {
	for name, text := range map[string]string{
		"a loop that writes nothing": "<p>\n{{range 100000000000}}{{end}}</p></html>",
		"a loop in a branch":         "<p>\n{{if true}}{{range 100000000000}}{{if false}}x{{end}}{{end}}{{end}}</p></html>",
		"a template that calls itself": `{{define "twice"}}{{template "half" .}}{{template "half" .}}{{end}}` + doubling(40) +
			"</html>",
	} {
		set := load(t, "")
		bounded := &Templates{assets: set.assets, words: set.words, sources: map[string]string{homeFile: text}}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		bounded.ctx = ctx
		must(t, bounded.parse())
		page, _ := NewPage(siteOf("en", "USD"), sampleCatalogue())
		_, err := bounded.Render(page)
		var told *TemplateError
		if !errors.As(err, &told) || told.Line == 0 || !strings.Contains(told.Message, "without end") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// doubling calls as many templates as 2 to the power of depth, none of which writes.
func doubling(depth int) string {
	var b strings.Builder
	b.WriteString(`{{define "half"}}{{template "d0" .}}{{end}}`)
	for i := range depth {
		fmt.Fprintf(&b, `{{define "d%d"}}{{template "d%d" .}}{{template "d%d" .}}{{end}}`, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `{{define "d%d"}}{{end}}{{template "twice" .}}`, depth)
	return b.String()
}

// TestLargeAsset: a file that is too large to be read as a whole is told by name.
func TestLargeAsset(t *testing.T) {
	dir := t.TempDir()
	film := filepath.Join(dir, assetsDir, "film.mp4")
	must(t, os.Mkdir(filepath.Dir(film), 0o755))
	must(t, os.WriteFile(film, nil, 0o644))
	must(t, os.Truncate(film, maxAssetBytes))
	if _, err := newAssets(dir); err != nil {
		t.Error(err)
	}
	must(t, os.Truncate(film, maxAssetBytes+1))
	if _, err := newAssets(dir); err == nil || !strings.Contains(err.Error(), "assets/film.mp4: is larger than 10 MB") {
		t.Errorf("%v", err)
	}
}
