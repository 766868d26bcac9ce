package render

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"vitrine/store/demo"
)

func TestEveryDemoProductHasItsPicture(t *testing.T) {
	pictures := DemoPictures(demo.Catalogue())
	demo := demo.Catalogue()
	if len(pictures) != demo.Products() {
		t.Errorf("%d pictures for %d products", len(pictures), demo.Products())
	}
	for _, c := range demo.Categories {
		for _, p := range c.Products {
			name := strings.TrimPrefix(p.Images[0], "/_vitrine/")
			if name == p.Images[0] || pictures[name] == nil {
				t.Errorf("%s: no picture at %s", p.Name, p.Images[0])
			}
		}
	}
}

// The words of every demo product ask for an object: none is drawn as something that the dice chose.
func TestDemoPicturesShowWhatTheNameSays(t *testing.T) {
	shelves := demo.Catalogue().Categories
	if len(shelves) != len(looks) {
		t.Fatalf("%d categories, %d looks", len(shelves), len(looks))
	}
	for i, c := range shelves {
		if looks[i].category != c.Name {
			t.Errorf("look %d is for %q, category %d is %q", i, looks[i].category, i, c.Name)
		}
		for _, p := range c.Products {
			if !asked(looks[i], newSketch(p.Slug)) {
				t.Errorf("%s: no word of %q names an object", c.Name, p.Slug)
			}
		}
	}
}

func asked(l look, s *sketch) bool {
	for _, f := range l.forms {
		if f.words == "" || s.has(strings.Fields(f.words)...) {
			return true
		}
	}
	return false
}

func TestDemoPicturesAreDistinctAndSmall(t *testing.T) {
	seen := map[string]string{}
	total := 0
	pictures := DemoPictures(demo.Catalogue())
	for name, svg := range pictures {
		if other := seen[string(svg)]; other != "" {
			t.Errorf("%s and %s are the same picture", name, other)
		}
		seen[string(svg)] = name
		total += len(svg)
		if len(svg) < 700 || len(svg) > 5500 {
			t.Errorf("%s has %d bytes", name, len(svg))
		}
	}
	if mean := total / len(pictures); mean > 2200 {
		t.Errorf("a picture has %d bytes on average", mean)
	}
}

func TestDemoPicturesAreTheSameEachTime(t *testing.T) {
	again := DemoPictures(demo.Catalogue())
	for name, svg := range DemoPictures(demo.Catalogue()) {
		if !bytes.Equal(svg, again[name]) {
			t.Errorf("%s was drawn in two ways", name)
		}
	}
}

// A picture is well-formed XML in which nothing runs, nothing needs a font, and nothing points outside.
func TestDemoPicturesAreHarmless(t *testing.T) {
	allowed := map[string]bool{"svg": true, "defs": true, "linearGradient": true, "radialGradient": true, "stop": true, "pattern": true,
		"g": true, "path": true, "rect": true, "circle": true, "ellipse": true, "use": true}
	for name, svg := range DemoPictures(demo.Catalogue()) {
		ids, refs := map[string]bool{}, []string{}
		d := xml.NewDecoder(bytes.NewReader(svg))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			switch e := token.(type) {
			case xml.StartElement:
				if !allowed[e.Name.Local] {
					t.Errorf("%s has an element <%s>", name, e.Name.Local)
				}
				for _, a := range e.Attr {
					switch {
					case a.Name.Local == "id":
						ids[a.Value] = true
					case a.Name.Local == "href":
						refs = append(refs, strings.TrimPrefix(a.Value, "#"))
					case strings.HasPrefix(a.Value, "url("):
						refs = append(refs, strings.TrimSuffix(strings.TrimPrefix(a.Value, "url(#"), ")"))
					case strings.Contains(a.Value, "%!") || a.Name.Local != "xmlns" && strings.Contains(a.Value, ":"):
						t.Errorf("%s: %s=%q", name, a.Name.Local, a.Value)
					}
				}
			case xml.CharData:
				if strings.TrimSpace(string(e)) != "" {
					t.Errorf("%s has text %q", name, e)
				}
			}
		}
		for _, r := range refs {
			if !ids[r] {
				t.Errorf("%s refers to %q, which it does not have", name, r)
			}
		}
	}
}

// Any category and slug gives a picture, also those that no demo product has.
func TestDemoPictureOfUnknownProducts(t *testing.T) {
	for _, slug := range []string{"", "something-else", "a\"<b>&"} {
		for _, category := range []string{"", "No Such Category", "Plants", "Bags"} {
			if err := xml.Unmarshal(DemoPicture(category, slug), new(struct{})); err != nil {
				t.Errorf("category %q, slug %q: %v", category, slug, err)
			}
		}
	}
}
