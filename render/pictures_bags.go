package render

func bagsWall(s *sketch) {
	s.path(mix(s.wall, white, 50), "M70 316V190a130 130 0 0 1 260 0v126z")
	s.rect(mix(s.wall, bark, 16), 0, 316, 400, 84, 0)
}

func backpack(s *sketch) {
	s.shadow(200, 96)
	s.line(mix(s.main, ink, 25), 12, "M172 84c0-38 56-38 56 0")
	if s.has("roll-top") {
		s.path(s.body, "M122 128q0-14 10-20l12-34h112l12 34q10 6 10 20v160q0 28-28 28H150q-28 0-28-28z")
		s.rect(mix(s.main, ink, 22), 136, 66, 128, 26, 13)
		s.rect(s.second, 192, 60, 16, 116, 3)
		s.rect(s.spot, 188, 150, 24, 16, 3)
	} else {
		s.path(s.body, "M114 176q0-98 86-98t86 98v108q0 32-32 32H146q-32 0-32-32z")
		s.line("#00000033", 4, "M130 180q0-86 70-86t70 86")
		s.rect(s.second, 178, 128, 44, 30, 4)
	}
	s.path(shade, "M254 100q32 20 32 76v108q0 32-32 32h-40q40-60 40-216z")
	s.path(mix(s.main, white, 12), "M138 216q0-12 12-12h100q12 0 12 12v68q0 16-16 16h-92q-16 0-16-16z")
	s.line("#00000040", 4, "M150 226h100")
	s.rect(s.spot, 226, 222, 8, 22, 4)
	s.rect(mix(s.main, ink, 18), 100, 214, 18, 86, 9)
	s.rect(mix(s.main, ink, 18), 282, 214, 18, 86, 9)
}

func tote(s *sketch) {
	s.shadow(200, 108)
	s.line(mix(s.second, ink, 20), 10, "M158 150C158 44 242 44 242 150")
	s.path(s.body, "M98 140h204l16 156q2 20-18 20H100q-20 0-18-20z")
	switch {
	case s.has("striped"):
		for y := 168; y < 300; y += 36 {
			s.path(cream, "M%d %dh%dl2 16H%dz", 98-(y-140)/10, y, 204+(y-140)/5, 96-(y-140)/10)
		}
	case s.has("pockets"):
		for _, x := range []int{104, 174, 244} {
			s.rect(mix(s.main, white, 18), x, 216, 58, 84, 6)
			s.rect("#00000022", x, 216, 58, 6, 0)
		}
	case s.has("leather", "laptop"):
		s.rect(mix(s.main, white, 10), 128, 196, 144, 84, 6)
		s.rect(s.spot, 188, 186, 24, 20, 4)
	default:
		s.path(s.second, "M88 252h224l6 44q2 20-18 20H100q-20 0-18-20z")
		s.rect(s.spot, 180, 168, 40, 26, 3)
	}
	s.path(shade, "M266 140h36l16 156q2 20-18 20h-40q20-80 6-176z")
	s.line(s.second, 10, "M144 196v-50C144 30 256 30 256 146v50")
	s.line("#00000026", 4, "M104 152h192")
}

func duffel(s *sketch) {
	s.shadow(200, 140)
	s.line(mix(s.second, ink, 25), 10, "M146 206C146 112 254 112 254 206")
	s.path(s.body, "M104 180h192q52 0 52 62v42q0 32-32 32H84q-32 0-32-32v-42q0-62 52-62z")
	s.path(shade, "M290 180h6q52 0 52 62v42q0 32-32 32h-40q34-60 14-136z")
	s.path(s.second, "M104 180h-6q-46 4-46 62v42q0 32 32 32h14q-28-60 6-136zM296 180h6q46 4 46 62v42q0 32-32 32h-14q28-60-6-136z")
	s.line("#00000038", 4, "M112 192h176")
	s.rect(s.spot, 276, 186, 20, 10, 3)
	s.line(s.second, 11, "M138 314V214C138 100 262 100 262 214v100")
	s.rect(mix(s.second, ink, 30), 178, 120, 44, 18, 9)
	s.rect("#ffffff2b", 168, 238, 64, 44, 5)
}

func crossbody(s *sketch) {
	s.shadow(200, 92)
	s.line(s.second, 8, "M116 218C96 90 150 44 204 44s104 50 80 174")
	s.path(s.body, "M112 196h176q14 0 14 14v66q0 40-40 40H138q-40 0-40-40v-66q0-14 14-14z")
	s.path(shade, "M262 196h26q14 0 14 14v66q0 40-40 40h-30q34-44 30-120z")
	s.path(mix(s.main, white, 12), "M104 196h192q8 0 8 8 0 74-76 74h-56q-76 0-76-74 0-8 8-8z")
	if s.has("quilted") {
		s.line("#00000022", 3, "M126 198l66 78M166 198l66 78M206 198l50 60M274 198l-66 78M234 198l-66 78M194 198l-50 60")
	} else {
		s.line("#00000022", 3, "M114 210q4 58 60 58h52q56 0 60-58")
	}
	s.circle(s.spot, 200, 276, 13)
	s.circle(shade, 200, 276, 6)
	s.circle(s.spot, 116, 206, 8)
	s.circle(s.spot, 284, 206, 8)
}

func satchel(s *sketch) {
	s.shadow(200, 118)
	s.line(s.second, 11, "M160 142c0-48 80-48 80 0")
	s.rect(s.body, 84, 138, 232, 178, 20)
	s.path(shade, "M270 138h26q20 0 20 20v138q0 20-20 20h-40q26-80 14-178z")
	s.path(mix(s.main, white, 12), "M82 152q0-18 18-18h200q18 0 18 18v70q0 22-22 22H104q-22 0-22-22z")
	s.line("#00000022", 3, "M94 150v70q0 12 12 12h188q12 0 12-12v-70")
	for _, x := range []int{128, 256} {
		s.rect(s.second, x, 134, 18, 150, 4)
		s.rect(s.spot, x-5, 246, 28, 24, 5)
		s.rect(s.second, x+3, 252, 12, 12, 2)
	}
}
