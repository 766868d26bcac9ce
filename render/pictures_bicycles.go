package render

func bicyclesWall(s *sketch) {
	town := mix(s.wall, "#7a6a78", 16)
	s.circle(mix(s.wall, "#fff3cf", 75), 130+s.roll(3)*70, 116, 56)
	for i := range 9 {
		h := 40 + s.roll(70)
		s.rect(town, i*46-6, 300-h, 42, h, 3)
	}
	s.rect(mix(s.wall, "#5a5566", 34), 0, 300, 400, 100, 0)
	s.line("#ffffff80", 5, "M20 356h60M130 356h60M240 356h60M350 356h60")
}

// bicycle is one frame with the parts that its name asks for.
func bicycle(s *sketch) {
	s.oval("#00000024", 200, 320, 160, 7)
	for _, x := range []int{106, 298} {
		s.ring("#2f323a", 9, x, 250, 64)
		s.ring("#ffffff66", 3, x, 250, 57)
		s.line("#2f323a66", 1, "%s", spokes(x, 250, 8, 56, 30, 0))
		s.circle("#4a4d57", x, 250, 8)
	}
	s.line("#4a4d57", 4, "M106 250h84M106 244l84-8")
	if s.has("city") {
		s.line(s.main, 9, "M106 250h84L162 158M106 250l62-76M190 250q20-70 84-96M182 224q30-54 92-70")
	} else {
		s.line(s.main, 9, "M106 250h84L164 160M106 250l62-76M190 250l86-84M168 172h104")
	}
	s.line(s.main, 9, "M298 250l-32-112")
	s.line("#4a4d57", 6, "M164 160l-6-20")
	s.rect(s.second, 130, 130, 60, 13, 6)
	s.circle("#3a3d46", 190, 250, 17)
	s.circle(steel, 190, 250, 9)
	s.line("#3a3d46", 6, "M190 250l12 26M194 278h18")
	switch {
	case s.has("city"):
		s.line("#4a4d57", 7, "M266 138l-6-24q-4-12-36-8")
		s.path(wood, "M276 128h72l-8 50h-56z")
		s.line("#5b381d55", 3, "M278 144h68M282 160h60M296 130l4 46M314 130v46M332 130l-4 46")
		s.line(mix(s.main, ink, 20), 6, "M40 240c4-44 40-66 72-64M232 236c6-30 34-56 66-58")
	case s.has("cargo"):
		s.line("#4a4d57", 7, "M266 138l-6-24q-4-12-36-8")
		s.path(wood, "M268 158h108l-14 76h-84z")
		s.path("#00000022", "M276 204h92l-6 30h-84z")
		s.line(bark, 4, "M264 158h116")
	case s.has("touring", "pannier"):
		s.line("#4a4d57", 7, "M266 138l-4-16h30q18 4 12 20t-16 12")
		s.line("#4a4d57", 5, "M66 182h92")
		s.path(s.second, "M66 186h82q6 0 6 8l-6 66q-2 10-12 10H76q-10 0-12-10l-4-66q0-8 6-8z")
		s.rect(s.spot, 84, 186, 10, 40, 2)
		s.rect(s.spot, 120, 186, 10, 40, 2)
		s.rect(mix(s.second, white, 20), 64, 158, 92, 26, 13)
	default:
		s.line("#4a4d57", 7, "M266 138l-4-18h32q20 4 14 22t-18 14")
	}
}
