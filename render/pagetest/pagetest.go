// Package pagetest has what tests of rendered pages share: golden files, and a check of what makes a page accessible.
package pagetest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares got with a file of testdata/golden, or writes it there with -update.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", file, diff)
	}
}

var inlined = regexp.MustCompile(`(?s)<style>.*?</style>`)

// WithoutStyle leaves the style out, whose every change would be one of every golden file.
func WithoutStyle(body []byte) []byte {
	return inlined.ReplaceAll(body, []byte("<style>…</style>"))
}

// CheckAccessible checks what axe would: language, direction, one h1, headings in order, names of pictures and links.
func CheckAccessible(t *testing.T, lang, dir string, body []byte) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	level, h1, mains, titles := 0, 0, 0, 0
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := nodeAttr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %s twice", id)
			}
			ids[id] = true
		}
		switch n.Data {
		case "html":
			if nodeAttr(n, "lang") != lang || nodeAttr(n, "dir") != dir {
				t.Errorf("html lang=%s dir=%s, want %s %s", nodeAttr(n, "lang"), nodeAttr(n, "dir"), lang, dir)
			}
		case "h1", "h2", "h3":
			now := int(n.Data[1] - '0')
			if now > level+1 {
				t.Errorf("h%d after h%d", now, level)
			}
			level = now
			if now == 1 {
				h1++
			}
		case "main":
			mains++
		case "title":
			titles++
		case "a":
			if nodeText(n) == "" {
				t.Error("a link without text")
			}
			if label := nodeAttr(n, "aria-label"); label != "" && !strings.Contains(label, nodeText(n)) {
				t.Errorf("label %q does not contain the visible %q", label, nodeText(n))
			}
		case "img":
			if !hasAttr(n, "alt") || !hasAttr(n, "width") || !hasAttr(n, "height") {
				t.Error("a picture without alt, width or height")
			}
		}
		if nodeAttr(n, "role") == "img" && nodeAttr(n, "aria-label") == "" {
			t.Error("a picture without a name")
		}
	}
	if h1 != 1 || mains != 1 || titles != 1 {
		t.Errorf("%d h1, %d main, %d title; want one each", h1, mains, titles)
	}
}

func nodeAttr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func nodeText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
