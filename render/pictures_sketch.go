package render

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Colours that every look shares. The last two digits of shade and shine are their opacity.
const (
	ink   = "#2c2e36"
	cream = "#fbf3e4"
	white = "#fffdf9"
	wood  = "#c9996b"
	bark  = "#8a5d3d"
	brass = "#d6a850"
	steel = "#c9cfd6"
	slate = "#707986"
	shade = "#0000001c"
	shine = "#ffffff55"
)

// tint is one colourway of a look: what the object is made of, its second material, and a spot of contrast.
type tint struct{ main, second, spot string }

// salt shuffles all dice at once: chosen so that few neighbours of one shelf get the same object in the same colours.
const salt = "-31834"

// sketch collects the elements of one picture. The canvas is 400 by 400; things stand on y = 316.
type sketch struct {
	out  strings.Builder
	slug string
	wall string
	tint
	body  string // the main colour as a soft gradient from light to dark
	state uint64 // of the picture's own dice
}

// newSketch seeds the dice with the slug, so that a product's picture is the same on every run and every machine.
func newSketch(slug string) *sketch {
	sum := fnv.New64a()
	sum.Write([]byte(slug + salt))
	return &sketch{slug: slug, body: "url(#m)", state: sum.Sum64()}
}

// roll returns a number from 0 to n-1 (SplitMix64, Steele, Lea and Flood 2014).
func (s *sketch) roll(n int) int {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// has tells whether one of the words stands in the product's slug.
func (s *sketch) has(words ...string) bool {
	for _, w := range words {
		if strings.Contains("-"+s.slug+"-", "-"+w+"-") {
			return true
		}
	}
	return false
}

func (s *sketch) put(format string, args ...any) { fmt.Fprintf(&s.out, format, args...) }

// path fills a shape, line strokes one with round ends. The arguments fill the verbs of d.
func (s *sketch) path(fill, d string, args ...any) {
	s.put(`<path fill="%s" d="%s"/>`, fill, fmt.Sprintf(d, args...))
}

func (s *sketch) line(stroke string, width int, d string, args ...any) {
	s.put(`<path fill="none" stroke="%s" stroke-width="%d" stroke-linecap="round" stroke-linejoin="round" d="%s"/>`,
		stroke, width, fmt.Sprintf(d, args...))
}

func (s *sketch) rect(fill string, x, y, w, h, r int) {
	s.put(`<rect fill="%s" x="%d" y="%d" width="%d" height="%d"`, fill, x, y, w, h)
	if r > 0 {
		s.put(` rx="%d"`, r)
	}
	s.put(`/>`)
}

func (s *sketch) circle(fill string, x, y, r int) {
	s.put(`<circle fill="%s" cx="%d" cy="%d" r="%d"/>`, fill, x, y, r)
}

func (s *sketch) ring(stroke string, width, x, y, r int) {
	s.put(`<circle fill="none" stroke="%s" stroke-width="%d" cx="%d" cy="%d" r="%d"/>`, stroke, width, x, y, r)
}

func (s *sketch) oval(fill string, x, y, rx, ry int) {
	s.put(`<ellipse fill="%s" cx="%d" cy="%d" rx="%d" ry="%d"/>`, fill, x, y, rx, ry)
}

// comb is a path of n equal strokes, each dx, dy further than the last.
func comb(n, x, y, dx, dy int, stroke string) string {
	var d strings.Builder
	for i := range n {
		fmt.Fprintf(&d, "M%d %d%s", x+i*dx, y+i*dy, stroke)
	}
	return d.String()
}

// turned draws with the canvas turned by degrees around a point.
func (s *sketch) turned(degrees, x, y int, draw func()) {
	s.put(`<g transform="rotate(%d %d %d)">`, degrees, x, y)
	draw()
	s.put(`</g>`)
}

// shadow is what an object of half the width w throws on the ground.
func (s *sketch) shadow(x, w int) { s.oval("#00000024", x, 317, w, 8) }

// mix returns the colour between a and b ("#rrggbb"), percent of the way to b.
func mix(a, b string, percent int) string {
	from, to := rgb(a), rgb(b)
	for i := range from {
		from[i] += (to[i] - from[i]) * percent / 100
	}
	return fmt.Sprintf("#%02x%02x%02x", from[0], from[1], from[2])
}

// rgb takes "#rrggbb" apart. The palettes are ours: a bad one is a mistake in this package.
func rgb(colour string) [3]int {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		panic("render: bad palette colour " + colour)
	}
	return [3]int{int(n >> 16), int(n >> 8 & 255), int(n & 255)}
}
