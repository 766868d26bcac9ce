package render

import "math"

func furnitureWall(s *sketch) {
	s.rect(mix(s.wall, bark, 20), 0, 290, 400, 110, 0)
	s.rect(mix(s.wall, white, 55), 0, 280, 400, 12, 0)
	s.oval(mix(s.wall, white, 30), 200, 330, 170, 24)
	x := 58 + s.roll(2)*208
	s.rect(mix(s.wall, white, 60), x, 46, 76, 96, 3)
	for i, colour := range []string{s.main, s.second, s.main} {
		r := 28 - i*10
		s.line(mix(s.wall, colour, 38-i*6), 7, "M%d 130v-36a%d %d 0 0 1 %d 0v36", x+38-r, r, r, 2*r)
	}
}

// around returns the offset of a point at degrees (0 is up, clockwise) and distance r.
func around(degrees, r int) (dx, dy int) {
	sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
	return int(math.Round(sin * float64(r))), int(math.Round(-cos * float64(r)))
}

func sofa(s *sketch) {
	s.oval("#00000026", 200, 318, 166, 8)
	s.line(s.second, 10, "M76 296l-6 18M324 296l6 18")
	s.rect(mix(s.main, ink, 8), 62, 146, 276, 130, 32)
	n := 2
	if s.has("three-seat", "linen") {
		n = 3
	}
	w := 252 / n
	for i := range n {
		s.rect(mix(s.main, white, 10), 76+i*w, 156, w-6, 92, 18)
		s.rect(s.body, 76+i*w, 224, w-4, 46, 14)
	}
	s.rect(mix(s.main, ink, 14), 64, 262, 272, 36, 10)
	s.rect(s.body, 42, 196, 52, 102, 24)
	s.rect(s.body, 306, 196, 52, 102, 24)
	s.turned(-12, 118, 210, func() { s.rect(s.spot, 98, 184, 50, 48, 10) })
	s.turned(10, 290, 210, func() { s.rect(mix(s.wall, white, 40), 254, 188, 46, 44, 10) })
}

func stool(s *sketch) {
	s.shadow(200, 90)
	if s.has("counter") {
		s.line(s.second, 12, "M158 130l-26 184M242 130l26 184M180 130l-8 176M220 130l8 176")
		s.line(brass, 7, "M142 254h116")
		s.path(s.body, "M132 104h136q12 0 12 14t-14 16H134q-14 0-14-16t12-14z")
		s.path(mix(s.main, ink, 10), "M128 104V78q0-16 16-16h112q16 0 16 16v26z")
		return
	}
	seat := wood
	if s.has("painted") {
		seat = s.main
	}
	s.line(mix(seat, ink, 22), 14, "M204 196l2 112")
	s.line(seat, 14, "M150 194l-32 118M250 194l32 118")
	s.line(mix(seat, ink, 12), 8, "M140 258h122")
	s.path(seat, "M100 178q0-14 14-14h172q14 0 14 14 0 24-30 24H130q-30 0-30-24z")
	s.path(shade, "M100 182q100 20 200 0-2 20-30 20H130q-30 0-30-20z")
	s.rect(shine, 118, 168, 96, 5, 2)
}

func sideTable(s *sketch) {
	s.shadow(200, 106)
	top := s.second
	if s.has("marble") {
		top = "#f1efec"
	}
	if s.has("nesting") {
		s.line(mix(s.second, ink, 20), 9, "M210 232l-6 80M330 232l6 80")
		s.rect(mix(top, ink, 12), 190, 222, 160, 14, 7)
	}
	if s.has("marble") {
		s.path(brass, "M190 190h20l12 112h-44z")
		s.path(brass, "M130 316q4-16 30-16h80q26 0 30 16z")
	} else {
		s.line(top, 11, "M142 192l-24 120M258 192l24 120")
		s.line(mix(top, ink, 18), 10, "M196 192l-4 116")
	}
	s.rect(top, 84, 178, 232, 18, 9)
	s.rect("#00000018", 84, 188, 232, 8, 4)
	if s.has("marble") {
		s.line("#9aa0a6", 2, "M104 182q30 8 60 2t70 4")
	}
	s.path(s.main, "M218 128h44v34q0 16-16 16h-12q-16 0-16-16z")
	s.line("#4f7a55", 4, "M240 128c0-30-10-40-22-52M240 128c0-30 12-40 20-56")
	s.circle(s.spot, 216, 74, 10)
	s.circle(s.spot, 262, 70, 11)
	s.rect(mix(s.main, white, 30), 120, 166, 66, 12, 2)
	s.rect(mix(s.wall, ink, 30), 126, 156, 56, 10, 2)
}

func sideboard(s *sketch) {
	s.oval("#00000026", 200, 318, 160, 8)
	s.line(bark, 10, "M88 288l-8 26M312 288l8 26")
	s.rect(s.second, 48, 188, 304, 106, 8)
	s.rect("#00000012", 48, 280, 304, 14, 6)
	if s.has("slatted") {
		s.line("#00000026", 4, "%s", comb(24, 62, 204, 12, 0, "v74"))
	} else {
		s.rect("#ffffff1c", 60, 200, 90, 80, 3)
		s.rect("#ffffff1c", 250, 200, 90, 80, 3)
		s.rect("#ffffff14", 158, 200, 84, 36, 3)
		s.rect("#ffffff14", 158, 244, 84, 36, 3)
		s.circle(s.spot, 140, 240, 5)
		s.circle(s.spot, 260, 240, 5)
		s.circle(s.spot, 200, 218, 4)
		s.circle(s.spot, 200, 262, 4)
	}
	s.path(s.main, "M258 188c-16-16-16-40 0-50v-14h22v14c16 10 16 34 0 50z")
	s.line("#5d7a55", 4, "M268 124c-2-28-18-38-26-58M270 124c2-34 16-44 22-66")
	s.oval("#6d8c62", 240, 66, 9, 17)
	s.oval("#7f9c70", 294, 60, 9, 17)
	s.rect(mix(s.main, white, 40), 92, 176, 74, 12, 2)
	s.rect(mix(s.second, ink, 30), 98, 166, 62, 10, 2)
}

func bookcase(s *sketch) {
	s.oval("#00000026", 200, 318, 110, 8)
	if s.has("ladder") {
		s.line(s.second, 10, "M150 44L104 312M250 44l46 268")
	} else {
		s.rect(mix(s.second, ink, 26), 106, 44, 188, 270, 4)
		s.rect(mix(s.wall, s.second, 30), 116, 54, 168, 252, 0)
		s.rect(s.second, 106, 44, 10, 272, 0)
		s.rect(s.second, 284, 44, 10, 272, 0)
		s.rect(s.second, 106, 44, 188, 10, 0)
	}
	colours := []string{s.main, s.spot, mix(s.main, white, 45), mix(s.main, ink, 35), cream}
	for i := range 4 {
		y := 112 + i*66
		half := 84
		if s.has("ladder") {
			half = 58 + i*12
		}
		for x := 208 - half; x < 194; x += 13 {
			h := 30 + s.roll(16)
			s.rect(colours[s.roll(5)], x, y-h, 11, h, 1)
		}
		if i%2 == 0 {
			s.path(s.main, "M218 %dh28l-4 22h-20z", y-22)
			s.circle("#6d8c62", 232, y-30, 14)
		} else {
			s.circle(colours[s.roll(4)], 234, y-14, 14)
		}
		s.rect(s.second, 200-half, y, half*2, 10, 2)
		s.rect("#00000020", 200-half, y+7, half*2, 3, 0)
	}
}

func armchair(s *sketch) {
	s.shadow(200, 120)
	s.line(s.second, 11, "M116 284l-12 30M284 284l12 30")
	if s.has("lounge") {
		s.line(s.second, 12, "M88 200l22 112M300 214l-10 98M84 208h76M232 218h76")
		s.path(s.body, "M108 78q2-22 26-18l56 8q18 4 18 22l8 116-92 14z")
		s.path(s.body, "M112 206l184-6q20 0 20 20v20q0 20-20 20H146q-20 0-24-20z")
		s.path(shade, "M124 222l192-2v20q0 20-20 20H146q-20 0-24-20z")
		s.line("#00000020", 4, "M118 136l92 2M114 108l94-2")
		s.rect(s.spot, 124, 74, 66, 32, 12)
		return
	}
	s.rect(mix(s.main, ink, 10), 96, 88, 208, 190, 64)
	s.rect(mix(s.main, white, 8), 118, 104, 164, 140, 52)
	s.line("#0000001f", 4, "M164 112v110M200 106v116M236 112v110")
	s.rect(s.body, 120, 216, 160, 54, 20)
	s.rect(mix(s.main, ink, 16), 100, 258, 200, 32, 12)
	s.rect(s.body, 76, 184, 54, 106, 26)
	s.rect(s.body, 270, 184, 54, 106, 26)
}

func chair(s *sketch) {
	s.shadow(200, 92)
	s.line(mix(s.second, ink, 24), 10, "M156 226l-6 82M250 226l8 82")
	if s.has("spindle") {
		s.line(s.second, 6, "M150 214L140 96M176 214l-4-122M202 214V90M228 214l4-122M252 214l10-118")
		s.path(s.second, "M122 100q2-34 80-34t78 34q0 8-10 6-68-16-138 0-10 2-10-6z")
	} else {
		s.line(s.second, 12, "M140 220l-8-134q0-16 16-16h108q16 0 16 16l-8 134")
		s.path(mix(s.wall, "#e8d3a8", 75), "M144 84h116l-6 108H150z")
		s.line("#a9834f70", 2, "M148 104h108M148 124h106M150 144h104M150 164h102M166 84l4 108M190 84l2 108M214 84l-2 108M238 84l-4 108")
	}
	s.line(s.second, 12, "M134 236l-12 76M268 236l14 76")
	s.path(s.body, "M120 210h162q12 0 16 12 2 20-18 20H122q-20 0-18-20 4-12 16-12z")
	s.path(shade, "M105 226h192q-2 16-17 16H122q-16 0-17-16z")
}
