package render

func bathWall(s *sketch) {
	s.line("#ffffff6b", 3, "%s%s", comb(7, 50, 0, 50, 0, "v306"), comb(7, 0, 38, 0, 38, "h400"))
	s.path(mix(s.wall, white, 55), "M86 306V182a114 114 0 0 1 228 0v124z")
	s.rect(mix(s.wall, bark, 18), 0, 316, 400, 84, 0)
	s.rect(white, 0, 306, 400, 12, 0)
}

func pump(s *sketch) {
	s.shadow(200, 66)
	if s.has("shampoo") {
		s.rect("#34373f", 168, 90, 64, 44, 8)
		s.path(s.body, "M158 128h84q22 6 22 34v136q0 18-18 18h-92q-18 0-18-18V162q0-28 22-34z")
		s.path(shade, "M226 128h16q22 6 22 34v136q0 18-18 18h-26q20-70 6-188z")
	} else {
		s.line("#34373f", 9, "M200 120V72")
		s.path("#34373f", "M150 62q0-10 12-10h62q10 0 10 10v14h-66q-4 14-18 12z")
		s.rect("#34373f", 172, 112, 56, 24, 5)
		s.path(s.body, "M172 134h56c0 22 40 18 40 58v104q0 20-20 20h-96q-20 0-20-20V192c0-40 40-36 40-58z")
		s.path(shade, "M228 134c0 22 40 18 40 58v104q0 20-20 20h-28c26-60 22-130 8-182z")
	}
	s.rect(s.second, 152, 210, 96, 80, 3)
	s.path(s.spot, "M200 222c16 10 18 26 0 42-18-16-16-32 0-42z")
	s.line(s.spot, 3, "M176 276h48")
	s.line(shine, 7, "M144 196v96")
}

func candle(s *sketch) {
	s.circle("url(#l)", 200, 134, 150)
	s.shadow(200, 82)
	flames := []int{200}
	if s.has("three-wick") {
		flames = []int{158, 200, 242}
	}
	for _, x := range flames {
		s.line(ink, 4, "M%d 182v-20", x)
		s.path("#f6a93b", "M%d 104c20 26 18 54 0 58-18-4-20-32 0-58z", x)
		s.path("#fff0c0", "M%d 132c9 12 8 26 0 28-8-2-9-16 0-28z", x)
	}
	s.path("#fff6e3", "M122 182h156v30H122z")
	s.oval("#fdeecb", 200, 182, 78, 10)
	s.path(s.body, "M118 190h164v106q0 20-20 20H138q-20 0-20-20z")
	s.path("#ffffff30", "M118 190h164v14H118z")
	s.path(shade, "M242 190h40v106q0 20-20 20h-30q16-50 10-126z")
	s.rect(s.second, 152, 222, 96, 66, 3)
	s.ring(s.spot, 4, 200, 248, 14)
	s.line(s.spot, 3, "M172 276h56")
	s.line(shine, 7, "M134 212v80")
}

func towels(s *sketch) {
	s.shadow(200, 128)
	colours := []string{s.main, s.second, mix(s.main, white, 40)}
	n := 3
	if s.has("hand") {
		n = 2
	}
	for i := range n {
		y := 258 - i*60
		s.rect(colours[i], 80, y, 240, 58, 26)
		s.path(shade, "M80 %dq120 18 240 0v2q0 26-26 26H106q-26 0-26-26z", y+30)
		s.line("#00000022", 3, "M300 %dh-172q-22 0-22 14t22 14h172", y+15)
		switch {
		case s.has("waffle"):
			s.line("#ffffff55", 3, "%s", comb(8, 136, y+7, 21, 0, "v44"))
		case s.has("striped"):
			s.rect(s.spot, 216, y, 10, 58, 0)
			s.rect(s.spot, 234, y, 10, 58, 0)
			s.rect(s.spot, 252, y, 10, 58, 0)
		}
	}
	top := 258 - (n-1)*60
	s.line("#6d8c62", 4, "M170 %dq40-30 84-24", top)
	for i := range 4 {
		s.leaf("#7f9c70", 30+i%2*80, 182+i*20, top-8-i*5, "M0 0C-9-8-8-26 0-36 8-26 9-8 0 0z")
	}
}

func soap(s *sketch) {
	s.shadow(200, 120)
	bar := func(x, y, w int, colour string) {
		s.rect(mix(colour, ink, 14), x, y+8, w, 58, 20)
		s.rect(colour, x, y, w, 56, 20)
		s.rect("#00000016", x+w/2-34, y+18, 68, 20, 10)
		s.line("#ffffff70", 5, "M%d %dh36", x+22, y+12)
	}
	colour := s.main
	if s.has("charcoal") {
		colour = "#4a4d55"
	}
	s.path(s.second, "M70 292h260l-10 16q-4 8-14 8H94q-10 0-14-8z")
	bar(92, 230, 216, colour)
	if s.has("pack") {
		bar(104, 168, 192, mix(colour, white, 18))
		bar(120, 106, 160, mix(colour, white, 36))
	} else {
		bar(116, 168, 168, mix(colour, white, 40))
		for _, c := range [][3]int{{286, 150, 16}, {310, 176, 10}, {260, 136, 9}, {316, 140, 7}} {
			s.circle("#ffffffa0", c[0], c[1], c[2])
			s.circle("#ffffff", c[0]-c[2]/3, c[1]-c[2]/3, c[2]/4)
		}
	}
}

func dropper(s *sketch) {
	s.shadow(200, 60)
	s.path("#34373f", "M182 40q18-16 36 0l4 46h-44z")
	s.rect("#4a4d57", 166, 84, 68, 40, 6)
	s.line("#ffffff1f", 3, "%s", comb(6, 175, 88, 10, 0, "v32"))
	s.path(s.body, "M178 122h44c0 26 46 22 46 66v106q0 22-22 22h-92q-22 0-22-22V188c0-44 46-40 46-66z")
	s.path(shade, "M222 122c0 26 46 22 46 66v106q0 22-22 22h-28c30-60 24-140 4-194z")
	s.rect(s.second, 148, 208, 104, 78, 3)
	s.line(s.spot, 4, "M200 276v-50")
	s.path(s.spot, "M200 262q-22 0-26-20 22 0 26 20zM200 250q22-2 24-22-22 0-24 22z")
	s.line(shine, 7, "M144 196v96")
}

func brush(s *sketch) {
	s.turned(34, 200, 200, func() {
		s.rect("#0000001c", 152, 50, 106, 330, 48)
		for i := range 8 {
			s.line("#f3e6cb", 9, "M%d %dl-22 0M%d %dl22 0", 150, 72+i*18, 250, 72+i*18)
		}
		s.path(wood, "M148 112q0-66 52-66t52 66v58q0 44-30 58l-6 122q-2 14-16 14t-16-14l-6-122q-30-14-30-58z")
		s.path(shade, "M222 54q30 14 30 58v58q0 44-30 58l-6 122q-2 14-16 14 12-130 12-150 24-90 10-160z")
		s.oval(mix(wood, white, 26), 200, 128, 34, 60)
		for i := range 15 {
			s.circle("#f8efdc", 178+i%3*22, 88+i/3*20, 6)
		}
		s.circle(mix(s.wall, ink, 20), 200, 344, 6)
		s.line(s.spot, 4, "M200 350q-14 30 0 34t0-34")
	})
}
