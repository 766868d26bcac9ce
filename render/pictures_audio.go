package render

func audioWall(s *sketch) {
	for r := 70; r <= 280; r += 42 {
		s.ring("#ffffff70", 3, 200, 196, r)
	}
	s.rect(mix(s.wall, ink, 10), 0, 316, 400, 84, 0)
}

func headphones(s *sketch) {
	s.oval("#00000020", 200, 322, 110, 9)
	s.line(mix(s.main, ink, 10), 20, "M96 216C88 40 312 40 304 216")
	s.line(mix(s.main, white, 28), 5, "M100 180C112 64 288 64 300 180")
	if s.has("over-ear", "studio", "open-back") {
		s.line(s.second, 22, "M146 99q54-32 108 0")
	}
	for _, x := range []int{74, 262} {
		s.rect(s.second, x+2, 196, 60, 116, 30)
		s.rect(shade, x+2, 196, 60, 116, 30)
	}
	s.rect(s.body, 60, 190, 52, 128, 26)
	s.rect(s.body, 288, 190, 52, 128, 26)
	s.rect("#ffffff38", 72, 214, 8, 80, 4)
	s.rect("#00000026", 320, 214, 8, 80, 4)
	if s.has("childrens") {
		s.circle(s.spot, 86, 254, 12)
		s.circle(s.spot, 314, 254, 12)
	}
}

func speaker(s *sketch) {
	if s.has("portable", "shower") {
		s.shadow(200, 88)
		s.line(s.second, 9, "M262 120c50 0 50 60 6 60")
		s.rect(s.body, 120, 84, 160, 232, 44)
		s.line("#00000020", 3, "%s", comb(13, 124, 130, 0, 12, "h152"))
		s.rect(s.second, 120, 180, 160, 34, 0)
		s.oval(mix(s.main, ink, 30), 200, 102, 58, 14)
		s.line(s.spot, 5, "M184 102h8M208 102h8M212 98v8")
		return
	}
	draw := func(x, y, w, h int) {
		s.rect(s.second, x, y, w, h, 8)
		s.rect("#00000014", x+w-14, y, 14, h, 6)
		s.rect(s.body, x+9, y+9, w-18, h-18, 5)
		low := y + h - w/2 - 12
		s.circle("#22252c", x+w/2, low, w*36/100)
		s.ring(mix(s.main, white, 30), 4, x+w/2, low, w*36/100)
		s.circle("#3b3f4a", x+w/2, low, w*22/100)
		s.circle("#565b68", x+w/2, low, w*9/100)
		s.circle("#22252c", x+w/2, y+w*36/100, w*17/100)
		s.circle("#565b68", x+w/2, y+w*36/100, w*7/100)
	}
	if s.has("floor") {
		s.shadow(200, 80)
		draw(142, 46, 116, 262)
		s.rect(ink, 128, 306, 144, 10, 4)
		s.circle("#22252c", 200, 176, 38)
		s.circle("#3b3f4a", 200, 176, 24)
		return
	}
	s.shadow(200, 146)
	draw(62, 116, 128, 200)
	draw(210, 116, 128, 200)
}

func turntable(s *sketch) {
	s.oval("#00000024", 200, 318, 158, 9)
	if s.has("suitcase") {
		s.path(mix(s.main, ink, 20), "M70 60h260q14 0 14 14v120H56V74q0-14 14-14z")
		s.rect(mix(s.main, white, 14), 72, 76, 256, 104, 6)
	}
	s.path(mix(wood, white, 10), "M76 166h248l28 110H48z")
	s.rect(bark, 48, 274, 304, 34, 6)
	s.rect("#ffffff1c", 48, 274, 304, 8, 0)
	s.rect(ink, 74, 306, 40, 10, 4)
	s.rect(ink, 286, 306, 40, 10, 4)
	s.oval("#00000030", 178, 224, 108, 44)
	s.oval("#24262d", 178, 220, 108, 44)
	for _, r := range []int{92, 76, 60} {
		s.put(`<ellipse fill="none" stroke="#ffffff1f" stroke-width="2" cx="178" cy="220" rx="%d" ry="%d"/>`, r, r*44/108)
	}
	s.path("#ffffff1f", "M178 220L92 193q30-16 62-17z")
	s.oval(s.spot, 178, 220, 36, 15)
	s.oval(s.main, 178, 220, 22, 9)
	s.oval(ink, 178, 219, 4, 2)
	s.line("#eef0f3", 7, "M312 186v34l-70 24")
	s.circle(steel, 312, 186, 13)
	s.line(s.second, 10, "M246 242l-12 4")
}

func radio(s *sketch) {
	s.shadow(200, 138)
	if s.has("pocket") {
		s.line(steel, 6, "M260 96L312 30")
		s.rect(s.body, 116, 92, 168, 224, 22)
		s.rect(cream, 136, 112, 128, 56, 10)
		s.line(s.second, 5, "M152 140h96M206 126v28")
		for i := range 16 {
			s.circle("#0000003d", 158+i%4*28, 196+i/4*28, 8)
		}
		return
	}
	s.line(s.second, 12, "M128 142C128 86 272 86 272 142")
	s.rect(s.body, 54, 138, 292, 172, 30)
	s.rect(wood, 68, 152, 164, 144, 18)
	s.line("#5b381d66", 5, "%s", comb(12, 84, 170, 12, 0, "v108"))
	s.rect(cream, 246, 158, 84, 56, 10)
	if s.has("alarm") {
		s.line(ink, 4, "M288 172v16l12 8")
		s.ring(ink, 3, 288, 186, 20)
	} else {
		s.line("#00000050", 2, "M256 186h64M264 178v16M280 178v16M296 178v16M312 178v16")
		s.line("#d9503f", 3, "M286 168v36")
	}
	s.circle(s.spot, 288, 256, 32)
	s.circle(mix(s.spot, ink, 14), 288, 256, 23)
	s.line(white, 4, "M288 236v10")
	s.rect(ink, 96, 308, 34, 8, 3)
	s.rect(ink, 270, 308, 34, 8, 3)
}

func earbuds(s *sketch) {
	s.shadow(200, 98)
	for side := -1; side <= 1; side += 2 {
		x := 200 + side*56
		s.turned(side*8, x, 200, func() {
			if s.has("sport") {
				s.line(s.second, 8, "M%d 116c%d-60 %d-40 %d 40", x-side*6, side*4, side*72, side*52)
			}
			s.path(s.second, "M%d 100q%d-4 %d 28t%d 30z", x+side*18, side*26, side*30, -side*26)
			s.rect(mix(s.main, white, 22), x-15, 128, 30, 98, 15)
			s.rect("#00000018", x+3, 128, 12, 98, 6)
			s.circle(mix(s.main, white, 22), x, 128, 37)
			s.path("#ffffff40", "M%d 118a28 28 0 0 1 22-18q6 2 2 7-12 4-16 14-6 4-8-3z", x-26)
			s.rect(mix(s.main, ink, 35), x-4, 196, 8, 16, 4)
		})
	}
	s.rect(s.body, 104, 238, 192, 78, 38)
	s.path(shade, "M104 272q96 16 192 0v6q0 38-38 38H142q-38 0-38-38z")
	s.line("#00000038", 3, "M105 268q95 14 190 0")
	s.circle(s.second, 200, 296, 5)
	s.line(shine, 6, "M132 250h60")
}
