package render

const dotDefs = `<pattern id="d" width="20" height="20" patternUnits="userSpaceOnUse"><circle cx="10" cy="10" r="1.6" fill="#2f4a6a" fill-opacity=".2"/></pattern>`

func stationeryWall(s *sketch) {
	s.rect("url(#d)", 0, 0, 400, 400, 0)
	s.turned(s.roll(24)-12, 200, 200, func() {
		s.rect("#1d2b4414", 88, 62, 240, 300, 6)
		s.rect("#ffffffd0", 82, 54, 240, 300, 6)
	})
}

func notebook(s *sketch) {
	s.turned(-9+s.roll(5)*3, 200, 200, func() {
		s.rect("#0000001f", 114, 86, 190, 252, 12)
		if s.has("pack") {
			s.rect(s.second, 124, 64, 186, 240, 8)
			s.rect(s.spot, 114, 72, 186, 240, 8)
		}
		s.rect("#f4efe2", 112, 78, 184, 248, 10)
		s.rect(s.body, 104, 74, 186, 248, 10)
		s.path(shade, "M114 74h14v248h-14q-10 0-10-10V84q0-10 10-10z")
		switch {
		case s.has("hardcover", "linen"):
			s.rect(s.spot, 160, 128, 88, 56, 3)
			s.line(mix(s.main, ink, 30), 4, "M176 148h56M188 164h32")
		case s.has("watercolour"):
			s.circle(s.second, 190, 170, 30)
			s.circle("#ffffff60", 222, 190, 24)
		default:
			s.line(s.second, 7, "M262 76v244")
			s.rect("#ffffff2e", 146, 118, 80, 10, 5)
		}
		s.path(s.second, "M176 322h14v34l-7-8-7 8z")
	})
}

func pen(s *sketch) {
	s.turned(-38, 200, 200, func() {
		s.rect("#00000016", 58, 200, 300, 22, 11)
		barrel := s.body
		if s.has("brass") {
			barrel = brass
		}
		s.rect(barrel, 128, 182, 122, 30, 4)
		s.rect(barrel, 246, 178, 128, 38, 16)
		s.rect(brass, 242, 178, 10, 38, 2)
		s.path(brass, "M262 172h84q8 0 8 7h-92z")
		s.path("#3a3d46", "M128 184v26L92 205v-16z")
		if s.has("fountain") {
			s.path(brass, "M94 188v18q-30 0-58-9 28-9 58-9z")
			s.line(ink, 2, "M40 197h34")
			s.circle(ink, 76, 197, 4)
		} else {
			s.path(steel, "M94 190v14l-30-5v-4z")
		}
		s.rect("#ffffff50", 134, 187, 220, 6, 3)
	})
	s.line(s.main, 4, "M96 338c26-34 40 10 60-8s30 14 54-4 30 8 60-2")
}

func pencils(s *sketch) {
	if s.has("mechanical", "draughtsman") {
		s.turned(-38, 200, 200, func() {
			s.rect("#00000016", 70, 202, 290, 20, 10)
			s.rect(s.body, 110, 184, 210, 28, 3)
			s.line("#00000033", 4, "%s", comb(7, 120, 186, 9, 0, "v24"))
			s.path(steel, "M110 186v24l-44-9v-6z")
			s.rect(ink, 44, 196, 24, 4, 0)
			s.rect(steel, 318, 188, 44, 20, 4)
			s.rect(s.second, 360, 190, 18, 16, 4)
		})
		return
	}
	colours := []string{s.main, s.main, s.main, s.main, s.main, s.main, s.main}
	if s.has("colour") {
		colours = []string{"#c94f43", "#e08a3c", "#edc04f", "#5e9a63", "#3f7fa6", "#5a5f9c", "#a1628f"}
	}
	s.rect("#0000001a", 104, 132, 210, 180, 6)
	for i, colour := range colours {
		x, y := 95+i*30, 84+[]int{30, 12, 4, 16, 0, 22, 8}[i]
		s.path("#eccb9b", "M%d %dl15 40h-30z", x+15, y)
		s.path(mix(colour, ink, 20), "M%d %dl6 16h-12z", x+15, y)
		s.rect(colour, x, y+38, 30, 262-y, 0)
		s.rect("#ffffff38", x, y+38, 10, 262-y, 0)
		s.rect("#00000018", x+20, y+38, 10, 262-y, 0)
	}
	s.rect(s.second, 86, 216, 228, 52, 4)
	s.rect(shade, 86, 256, 228, 12, 0)
	s.rect("#ffffff60", 168, 234, 64, 8, 4)
}

func planner(s *sketch) {
	s.turned(-6+s.roll(4)*4, 200, 200, func() {
		s.rect("#0000001f", 96, 92, 230, 246, 12)
		s.rect(s.body, 86, 82, 228, 244, 10)
		s.rect(white, 100, 92, 200, 222, 4)
		s.rect(s.second, 114, 108, 96, 14, 7)
		for i := range 20 {
			colour := "#e9ecef"
			if s.roll(5) == 0 {
				colour = mix(s.main, white, 35)
			}
			s.rect(colour, 114+i%5*36, 138+i/5*42, 28, 34, 3)
		}
		s.line("#4a4f5a", 8, "%s", comb(7, 122, 76, 26, 0, "v20"))
	})
}

func inkBottle(s *sketch) {
	colour := "#263c74"
	if s.has("green") {
		colour = "#4c6a43"
	}
	s.shadow(200, 96)
	s.path("#b9cbdb", "M162 138h76v26q58 8 66 60v68q0 24-24 24H120q-24 0-24-24v-68q8-52 66-60z")
	s.path("#ffffff4d", "M168 138h20v32q-56 8-64 56v90h-4q-24 0-24-24v-68q8-52 66-60z")
	s.path(colour, "M108 226h184v62q0 18-18 18H126q-18 0-18-18z")
	s.path("#ffffff22", "M108 226h184v14H108z")
	s.rect("#2f3138", 150, 92, 100, 50, 8)
	s.rect("#ffffff26", 150, 104, 100, 6, 0)
	s.rect(cream, 150, 234, 100, 56, 3)
	s.path(colour, "M200 242c14 18 18 24 14 32-6 10-22 10-28 0-4-8 0-14 14-32z")
	s.line("#ffffff90", 6, "M118 210q8-24 30-30")
}

func scissors(s *sketch) {
	s.turned(28, 200, 200, func() {
		s.path("#8f9aa7", "M192 232L172 56q-2-14 10-6 20 60 32 176z")
		s.path("#b4bdc7", "M208 232l20-176q2-14-10-6-20 60-32 176z")
		s.ring(mix(s.main, ink, 10), 18, 158, 288, 34)
		s.ring(s.main, 18, 242, 288, 34)
		s.line(s.main, 18, "M188 222l40 42")
		s.line(mix(s.main, ink, 10), 18, "M212 222l-40 42")
		s.circle(brass, 200, 220, 10)
		s.circle("#00000040", 200, 220, 3)
	})
}

func letter(s *sketch) {
	s.turned(-8+s.roll(5)*4, 200, 200, func() {
		s.rect("#00000018", 74, 132, 264, 176, 8)
		s.rect(s.second, 92, 84, 224, 150, 6)
		s.rect("#ffffffc8", 100, 92, 208, 142, 4)
		s.line(mix(s.main, white, 40), 4, "M120 116h120M120 134h150")
		s.rect(cream, 68, 124, 264, 174, 8)
		if s.has("airmail") {
			for i := range 11 {
				s.path([]string{"#c94f43", "#2f5d8a"}[i%2], "M%d 298l10-14h13l-10 14z", 76+i*23)
			}
		}
		s.path(mix(cream, bark, 14), "M68 132q0-8 8-8h248q8 0 8 8L210 222q-10 8-20 0z")
		s.circle(s.main, 200, 212, 24)
		s.circle(mix(s.main, ink, 16), 200, 212, 15)
	})
}
