package render

func booksWall(s *sketch) {
	s.circle(mix(s.wall, white, 50), 200, 180, 140)
	s.rect(wood, 0, 316, 400, 18, 0)
	s.rect(shade, 0, 328, 400, 6, 0)
	s.rect("#5b381d26", 0, 334, 400, 66, 0)
}

// book stands upright, its cover in one of the ways that publishers have.
func book(s *sketch) {
	s.shadow(210, 100)
	s.path(mix(s.main, ink, 28), "M100 70l14-8v254h-14z")
	s.rect("#efe6d3", 288, 70, 12, 244, 2)
	s.rect(s.body, 108, 60, 184, 256, 5)
	s.rect("#00000026", 118, 60, 5, 256, 0)
	s.cover()
	s.rect("#ffffff14", 108, 60, 10, 256, 0)
}

// cover draws inside x 130..284, y 66..310.
func (s *sketch) cover() {
	art := s.roll(5)
	switch {
	case s.has("cookbook"):
		art = 5
	case s.has("field", "garden"):
		art = 6
	case s.has("atlas", "compendium", "tide", "ferry"):
		art = 0
	case s.has("chairs", "buildings"):
		art = 2
	case s.has("bears"):
		art = 7
	}
	switch art {
	case 0:
		s.circle(s.second, 206, 146, 40)
		for i := range 4 {
			s.path([]string{s.spot, mix(s.main, s.spot, 60), mix(s.main, s.spot, 35), mix(s.main, ink, 25)}[i],
				"M123 %dq28-24 56 0t56 0 57 0v%dH123z", 196+i*30, 120-i*30)
		}
	case 1:
		s.circle(s.second, 180, 160, 48)
		s.circle(s.spot, 234, 196, 48)
		s.path(mix(s.main, ink, 30), "M226 150a48 48 0 0 0-39 57 48 48 0 0 0 39-57z")
		s.line(s.spot, 5, "M150 276h112M176 292h60")
	case 2:
		for i := range 12 {
			x, y := 136+i%3*48, 84+i/3*54
			colour := []string{s.second, s.spot, mix(s.main, white, 20)}[s.roll(3)]
			if s.roll(2) == 0 {
				s.path(colour, "M%d %dh42a42 42 0 0 1-42 42z", x, y)
			} else {
				s.path(colour, "M%d %dv-42a42 42 0 0 1 42 42z", x, y+42)
			}
		}
	case 3:
		s.rect(s.spot, 140, 82, 134, 92, 3)
		s.line(mix(s.main, ink, 20), 6, "M156 106h102M156 126h102M156 146h62")
		s.path(s.second, "M123 316v-40q40-60 84-20t85-26v81q0 5-5 5z")
	case 4:
		for i := range 6 {
			s.ring(mix(s.second, s.main, i*14), 9, 292, 316, 40+i*34)
		}
		s.circle(s.spot, 160, 104, 18)
	case 5:
		s.path(s.spot, "M146 190h120q0 66-60 66t-60-66z")
		s.rect(s.second, 140, 182, 132, 12, 6)
		s.line(s.second, 6, "M182 166c-10-14 10-20 0-36M206 166c-10-14 10-20 0-36M230 166c-10-14 10-20 0-36")
		s.line(s.spot, 5, "M166 284h80")
	case 6:
		s.line(s.spot, 5, "M206 286C200 220 206 170 212 102")
		n := 3 + s.roll(3)
		for i := range n {
			y := 262 - i*(184-n*14)/n
			s.path([]string{s.second, s.spot}[i%2], "M205 %dq-52 4-58-40 48-2 58 40zM206 %dq52-2 56-44-46 0-56 44z", y, y-12)
		}
	default:
		s.circle(s.second, 168, 132, 22)
		s.circle(s.second, 246, 132, 22)
		s.circle(s.second, 207, 170, 58)
		s.oval(cream, 207, 194, 28, 22)
		s.oval(ink, 207, 184, 10, 7)
		s.circle(ink, 186, 160, 6)
		s.circle(ink, 228, 160, 6)
		s.path(s.spot, "M170 238h24v62h-46q0-18 22-20zM220 238h24v42q22 2 22 20h-46z")
		s.rect(s.main, 170, 250, 24, 8, 0)
		s.rect(s.main, 220, 250, 24, 8, 0)
	}
}

func boxedSet(s *sketch) {
	s.shadow(206, 112)
	for i, colour := range []string{s.second, s.spot, mix(s.main, white, 35)} {
		x := 96 + i*52
		s.rect(colour, x, 82, 50, 226, 5)
		s.rect("#00000018", x+40, 82, 10, 226, 0)
		s.rect("#ffffff30", x+4, 82, 5, 226, 0)
		s.rect(mix(s.main, ink, 20), x+8, 112, 34, 5, 0)
		s.rect(mix(s.main, ink, 20), x+8, 124, 34, 5, 0)
		s.circle(mix(s.main, ink, 20), x+25, 262, 11)
	}
	s.path(s.body, "M84 72h6v238h164V72h52q8 0 8 8v228q0 8-8 8H92q-8 0-8-8z")
	s.rect("#00000026", 254, 72, 8, 238, 0)
	s.path(s.second, "M288 152c18 24 24 36 18 48-8 14-28 14-36 0-6-12 0-24 18-48z")
}
