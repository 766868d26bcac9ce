package render

import (
	"fmt"
	"strings"
	"sync"

	"vitrine/store"
	"vitrine/store/demo"
)

// DemoPictures draws the pictures that the products of c refer to: those of the demo shop, and of invented products that share them. The keys
// are paths below public/_vitrine/ ("demo/harbour-lantern.svg"), the values SVG documents of 1 to 4 KB, owned by the caller. It is
// the same on every run and every machine, and empty for a shop with pictures of its own.
func DemoPictures(c store.Catalogue) map[string][]byte {
	pictures := make(map[string][]byte)
	for _, category := range c.Categories {
		for _, p := range category.Products {
			for _, address := range p.Images {
				name, ours := strings.CutPrefix(address, assetPrefix)
				shown, drawn := demoShelves()[name]
				if ours && drawn && pictures[name] == nil {
					pictures[name] = DemoPicture(shown.category, shown.slug)
				}
			}
		}
	}
	return pictures
}

// demoShelf says where the product of a picture stands in the demo shop.
type demoShelf struct{ category, slug string }

// demoShelves maps the path of each demo picture to its product.
var demoShelves = sync.OnceValue(func() map[string]demoShelf {
	shelves := make(map[string]demoShelf)
	for _, category := range demo.Catalogue().Categories {
		for _, p := range category.Products {
			shelves["demo/"+p.Slug+".svg"] = demoShelf{category.Name, p.Slug}
		}
	}
	return shelves
})

// DemoPicture draws one product: the category gives the look (wall, colours, what may be drawn), the words of the slug say which
// object it is, and the slug as a whole seeds colourway and details. A category the demo does not have gets the first look. The
// result is a square SVG document without text, script or outside references.
func DemoPicture(category, slug string) []byte {
	l := looks[0]
	for _, candidate := range looks {
		if candidate.category == category {
			l = candidate
		}
	}
	s := newSketch(slug)
	s.wall = l.walls[s.roll(len(l.walls))]
	s.tint = l.tints[s.roll(len(l.tints))]
	size, flip := 94+3*s.roll(5), l.flips && s.roll(2) == 0
	draw := l.form(s)

	s.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">`)
	s.put(`<defs><linearGradient id="w" x2="0" y2="1"><stop stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient>`,
		mix(s.wall, white, l.haze), s.wall)
	s.put(`<linearGradient id="m"><stop stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient>%s</defs>`,
		mix(s.main, white, 16), mix(s.main, ink, 12), l.defs)
	s.put(`<path fill="url(#w)" d="M0 0h400v400H0z"/>`)
	l.backdrop(s)
	s.put(`<g transform="%s">`, standing(size, flip))
	draw(s)
	s.put("</g></svg>\n")
	return []byte(s.out.String())
}

// standing scales (percent) around the point where objects touch the ground, and may mirror.
func standing(percent int, mirror bool) string {
	scale := float64(percent) / 100
	x := scale
	if mirror {
		x = -scale
	}
	return fmt.Sprintf("matrix(%.2f 0 0 %.2f %.0f %.0f)", x, scale, 200*(1-x), 316*(1-scale))
}

// look is what the pictures of one category have in common.
type look struct {
	category string
	walls    []string
	tints    []tint
	flips    bool   // whether a mirrored object is still right
	haze     int    // how much paler the wall is at the top, percent
	defs     string // gradients and patterns of its own
	backdrop func(*sketch)
	forms    []form
}

// form is one object that can be drawn. Words are those of a slug, separated by spaces, that ask for it; none means every slug.
type form struct {
	words string
	draw  func(*sketch)
}

// form returns the object that the slug's words ask for, the first in the list winning; without one the dice choose.
func (l look) form(s *sketch) func(*sketch) {
	chosen := l.forms[s.roll(len(l.forms))].draw
	for _, f := range l.forms {
		if f.words == "" || s.has(strings.Fields(f.words)...) {
			return f.draw
		}
	}
	return chosen
}
