package render

import (
	"fmt"
	"strings"
)

func clocksWall(s *sketch) {
	s.path("#ffffff52", "M0 400V%dL400 %dv%dz", 150+s.roll(120), 60+s.roll(120), 400)
	s.circle(mix(s.wall, white, 55), 200, 200, 150)
}

// dial is a clock face without its case: hour marks and hands.
func (s *sketch) dial(x, y, r int, face, mark string) {
	s.circle(face, x, y, r)
	s.line(mark, 3, "%s", spokes(x, y, r*84/100, r*90/100, 30, 0))
	s.line(mark, 5, "%s", spokes(x, y, r*76/100, r*90/100, 90, 0))
	s.hands(x, y, r, mark)
}

// spokes is a path of lines from one distance to another, every step degrees.
func spokes(x, y, from, to, step, first int) string {
	var d strings.Builder
	for a := first; a < first+360; a += step {
		ax, ay := around(a, from)
		bx, by := around(a, to)
		fmt.Fprintf(&d, "M%d %dL%d %d", x+ax, y+ay, x+bx, y+by)
	}
	return d.String()
}

func (s *sketch) hands(x, y, r int, colour string) {
	hx, hy := around(285+s.roll(4)*8, r*46/100)
	mx, my := around(40+s.roll(5)*10, r*70/100)
	ax, ay := around(170+s.roll(6)*14, r*76/100)
	s.line(colour, max(r/14, 4), "M%d %dL%d %d", x, y, x+hx, y+hy)
	s.line(colour, max(r/20, 3), "M%d %dL%d %d", x, y, x+mx, y+my)
	s.line(s.spot, 2, "M%d %dL%d %d", x, y, x+ax, y+ay)
	s.circle(s.spot, x, y, max(r/14, 4))
}

func watch(s *sketch) {
	strap, metal, mark := s.main, steel, mix(s.main, ink, 60)
	face := s.second
	if s.has("mesh", "steel") {
		strap = "#aeb6bf"
	}
	if s.has("rose") {
		metal = "#dfa48c"
	}
	if s.has("diver", "pilot", "chronograph") {
		face, mark = "#22303f", "#f2efe6"
	}
	s.path("#00000016", "M166 24h88v352h-88z")
	s.path(strap, "M158 8h84l12 110H146zM146 282h108l-12 110h-84z")
	s.path(shade, "M216 8h26l12 110h-34zM220 282h34l-12 110h-26z")
	if s.has("mesh", "steel") {
		s.line("#00000024", 3, "%s%s", comb(7, 158, 18, 0, 14, "h84"), comb(7, 150, 298, 0, 14, "h100"))
	} else {
		s.line("#ffffff48", 3, "M166 20l-10 90M234 20l10 90M156 290l10 90M244 290l-10 90")
	}
	s.rect(metal, 290, 188, 22, 24, 5)
	if s.has("square") {
		s.rect("#0000001c", 108, 112, 192, 190, 34)
		s.rect(metal, 104, 104, 192, 192, 34)
		s.rect(face, 118, 118, 164, 164, 24)
		s.line(mark, 5, "M200 130v14M200 256v14M130 200h14M256 200h14")
		s.hands(200, 200, 78, mark)
		return
	}
	s.circle("#0000001c", 203, 206, 102)
	s.circle(metal, 200, 200, 102)
	if s.has("diver") {
		s.circle(s.main, 200, 200, 96)
		s.path(s.spot, "M200 106l8 12h-16z")
	}
	s.circle(mix(metal, ink, 20), 200, 200, 88)
	s.dial(200, 200, 84, face, mark)
	switch {
	case s.has("moonphase"):
		s.circle("#27384d", 200, 238, 20)
		s.circle("#f2d27a", 206, 236, 12)
		s.circle("#27384d", 212, 232, 10)
	case s.has("chronograph"):
		for _, x := range []int{168, 232} {
			s.ring("#ffffff8c", 2, x, 206, 17)
			s.line(s.spot, 2, "M%d 206v-12", x)
		}
		s.rect(metal, 272, 134, 20, 16, 4)
		s.rect(metal, 272, 250, 20, 16, 4)
	}
	s.path("#ffffff26", "M132 152a84 84 0 0 1 96-32L126 238a84 84 0 0 1 6-86z")
}

func wallClock(s *sketch) {
	rim, face, mark := s.main, "#fdfbf5", mix(s.main, ink, 65)
	switch {
	case s.has("sunray"):
		for i, r := range []int{164, 142} {
			s.line(brass, 6, "%s", spokes(200, 200, 90, r, 30, i*15))
			s.line(brass, 13, "%s", spokes(200, 200, r, r, 30, i*15))
		}
		s.circle(mix(brass, ink, 20), 200, 200, 98)
		s.dial(200, 200, 88, face, mark)
		return
	case s.has("plywood"):
		rim, face = wood, mix(wood, white, 55)
	case s.has("regulator"):
		s.rect(bark, 150, 180, 100, 190, 10)
		s.rect("#3a2a1f", 162, 200, 76, 158, 6)
		s.line(brass, 5, "M200 200v124")
		s.circle(brass, 200, 328, 20)
		s.dial(200, 150, 96, face, mark)
		s.ring(bark, 16, 200, 150, 100)
		return
	}
	s.circle("#0000001c", 206, 210, 136)
	s.circle(rim, 200, 200, 136)
	s.path("#ffffff26", "M104 104a136 136 0 0 1 192 0L104 296a136 136 0 0 1 0-192z")
	s.circle(mix(rim, ink, 18), 200, 200, 120)
	s.dial(200, 200, 116, face, mark)
}

func alarmClock(s *sketch) {
	s.shadow(200, 100)
	if s.has("folding") {
		s.path(mix(s.main, ink, 30), "M92 300h216l20 16H72z")
		s.rect(s.body, 96, 98, 208, 208, 26)
		s.rect(mix(s.main, white, 20), 112, 114, 176, 176, 16)
		s.dial(200, 202, 80, "#fdfbf5", mix(s.main, ink, 65))
		return
	}
	s.line(mix(s.main, ink, 25), 14, "M130 286l-20 26M270 286l20 26")
	if s.has("bell") {
		s.line(mix(s.main, ink, 25), 9, "M158 84c10-40 74-40 84 0")
		s.turned(-38, 136, 116, func() { s.path(brass, "M94 116a42 42 0 0 1 84 0z") })
		s.turned(38, 264, 116, func() { s.path(brass, "M222 116a42 42 0 0 1 84 0z") })
	} else {
		s.rect(s.spot, 168, 82, 64, 22, 11)
	}
	s.circle(s.body, 200, 204, 112)
	s.circle(mix(s.main, ink, 25), 200, 204, 92)
	s.dial(200, 204, 88, "#fdfbf5", mix(s.main, ink, 65))
}
