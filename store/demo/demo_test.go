package demo

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine/store"
)

// open opens a demo shop.
func open(t *testing.T, change ...func(*Options)) *DB {
	t.Helper()
	o := Options{PerCategory: 8, Digits: 2, PoolMax: 2, Timeout: 10 * time.Second, Slow: time.Second}
	for _, c := range change {
		c(&o)
	}
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func read(t *testing.T, db *DB) store.Catalogue {
	t.Helper()
	c, _, err := db.Categories(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The demo promised to whoever starts the program without a shop: twelve categories, 91 cards, a picture for each.
func TestDemoPage(t *testing.T) {
	c := read(t, open(t))
	if len(c.Categories) != 12 || c.Products() != 91 || len(c.Skipped) != 0 {
		t.Errorf("%d categories, %d cards, skipped %v; want 12 and 91", len(c.Categories), c.Products(), c.Skipped)
	}
	svgs, err := files.ReadDir("pictures")
	if pictures := Pictures(c); err != nil || len(pictures) != 91 || len(svgs) != 91 {
		t.Errorf("%d pictures are shown of %d, %v; want 91", len(pictures), len(svgs), err)
	}
	first := c.Categories[0].Products[0]
	if c.Categories[0].Name != "Lighting" || first.Name != "Mushroom Table Lamp" || first.Price.String() != "129" ||
		first.Images[0] != "/_vitrine/demo/mushroom-table-lamp.svg" {
		t.Errorf("the first card is %+v", first)
	}
}

// A page of more products has a picture for each card too, and products.tsv has no mistake that its reader would pass
// over.
func TestEveryProductIsWhole(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, i := range items() {
		p := i.Product
		one := store.Catalogue{Categories: []store.Category{{Products: []store.Product{p}}}}
		if Pictures(one)[strings.TrimPrefix(p.Images[0], "/_vitrine/")] == nil {
			t.Errorf("%s: no picture at %s", p.Name, p.Images[0])
		}
		if !slug.MatchString(p.Slug) || p.Name == "" || p.Brand == "" || !p.Price.IsPositive() || !p.ListPrice.IsZero() &&
			!p.ListPrice.GreaterThan(p.Price) || p.Rating > 5 {
			t.Errorf("%+v", p)
		}
	}
}

// A picture is well-formed XML in which nothing runs, nothing needs a font, and nothing points outside.
func TestPicturesAreHarmless(t *testing.T) {
	allowed := strings.Fields("svg defs linearGradient radialGradient stop pattern g path rect circle ellipse use")
	for name, svg := range Pictures(Catalogue()) {
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
				if !slices.Contains(allowed, e.Name.Local) {
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
					case a.Name.Local != "xmlns" && strings.Contains(a.Value, ":"):
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

// edit changes the shop.
func edit(t *testing.T, db *DB, statements string) {
	t.Helper()
	if _, err := db.owner.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// The one query has the rules of PostgreSQL's: best sellers first, then rating, then id; unpublished ones not at all.
func TestOrderAndEdits(t *testing.T) {
	db := open(t, func(o *Options) { o.PerCategory = 3 })
	edit(t, db, `DELETE FROM products; UPDATE categories SET is_active = name IN ('Bags', 'Books', 'Audio'),
		position = CASE name WHEN 'Audio' THEN 1 ELSE 2 END;
		INSERT INTO products (id, name, slug, category, images, price, list_price, avg_rating, num_sales, is_published) VALUES
			(5, 'e', 'e', 'Bags', 'no list', '10.005', '', 4, 7, 1),
				(4, 'd', 'd', 'Bags', '["/x.png"]', '10', '12.345', 4, 7, 1), (3, 'c', 'c', 'Bags', '[]', '1', '1', 5, 7, 1),
			(2, 'b', 'b', 'Bags', '[]', '1', '', 0, 6, 1), (1, 'a', 'a', 'Bags', '[]', '1', '', 0, 99, 0),
			(6, 'f', 'f', 'Books', '[]', 'cheap', '', 0, 1, 1), (7, 'g', 'g', 'Books', '[]', '-1', '', 0, 1, 1)`)
	describe := func(c store.Catalogue) string {
		var b strings.Builder
		for _, category := range c.Categories {
			b.WriteString(category.Name + ":")
			for _, p := range category.Products {
				b.WriteString(" " + p.ID + "/" + p.Price.String() + "/" + p.ListPrice.String() + "/" + strings.Join(p.Images, ","))
			}
			b.WriteString("; ")
		}
		for _, s := range c.Skipped {
			b.WriteString(s.Reason + " " + s.Slug + " ")
		}
		return b.String()
	}
	if got, want := describe(read(t, db)),
		"Audio:; Bags: 3/1/0/ 4/10/12.35//x.png 5/10.01/0/; Books:; bad_price f bad_price g "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	db.opt.Categories = []string{"Bags", "Hats", "", "Bags", "Audio"}
	if got, want := describe(read(t, db)), "Bags: 3/1/0/ 4/10/12.35//x.png 5/10.01/0/; Hats:; Audio:; "; got != want {
		t.Errorf("asked for by name: %s\nwant %s", got, want)
	}
}

// The demo shop answers like any other, and nobody can write into it.
func TestHealth(t *testing.T) {
	db := open(t)
	if h := db.Health(); h.Status != "unknown" || h.CheckedAt != nil || h.Kind != "sqlite" {
		t.Errorf("before: %+v", h)
	}
	if h := db.Probe(t.Context()); h.Status != "pass" || h.Queries.OK != 1 || h.Pool.Max != 2 {
		t.Errorf("after a probe: %+v", h)
	}
	if h := db.Probe(t.Context()); h.Queries.Total != 1 {
		t.Errorf("a second probe within a second asked again: %+v", h)
	}
	if _, err := db.pool.ExecContext(t.Context(), "DELETE FROM products"); err == nil {
		t.Error("the demo shop can be written to")
	}
	edit(t, db, "DROP TABLE products")
	_, _, err := db.Categories(t.Context(), nil)
	if h := db.Health(); store.ClassOf(err) != store.Other || h.Status != "fail" || h.ErrorClass != store.Other ||
		h.FailureRate != 0.5 || h.Queries.Failed != 1 {
		t.Errorf("broken: %v, %+v", err, h)
	}
}

// Deadline, cancelling and Close each have their class.
func TestEnds(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := open(t).Categories(cancelled, nil); store.ClassOf(err) != store.Shutdown {
		t.Errorf("cancelled: %v", err)
	}
	hasty := open(t, func(o *Options) { o.Timeout = 1 })
	if _, _, err := hasty.Categories(t.Context(), nil); store.ClassOf(err) != store.QueryTimeout {
		t.Errorf("no time: %v", err)
	}
	db := open(t)
	db.Close()
	if _, _, err := db.Categories(t.Context(), nil); store.ClassOf(err) != store.Shutdown {
		t.Errorf("closed: %v", err)
	}
}
