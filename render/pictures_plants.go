package render

func plantsWall(s *sketch) {
	pane := mix(s.wall, white, 60)
	s.path(pane, "M62 300V170a138 138 0 0 1 276 0v130z")
	s.line(mix(s.wall, "#5a7a66", 20), 4, "M200 32v268M62 176h276")
	s.rect(mix(s.wall, bark, 22), 0, 316, 400, 84, 0)
	s.rect(white, 0, 306, 400, 12, 0)
}

// planter stands on the sill; its top edge is at y.
func (s *sketch) planter(y int) {
	s.shadow(200, 66)
	s.path(s.second, "M142 %dh116l-12 %dq-2 8-10 8h-72q-8 0-10-8z", y, 308-y)
	s.path(shade, "M218 %dh40l-12 %dq-2 8-10 8h-30q14-30 12-%dz", y, 308-y, 300-y)
	s.rect(mix("#c9b8a4", white, 20), 136, y-8, 128, 20, 6)
	s.rect(s.second, 136, y-8, 128, 20, 6)
	s.rect("#ffffff30", 136, y-8, 128, 7, 4)
	if s.has("ribbed") {
		for x := 156; x < 250; x += 15 {
			s.line("#00000020", 4, "M%d %dL%d 306", x, y+18, x+(200-x)/9)
		}
	}
}

func (s *sketch) leaf(fill string, degrees, x, y int, d string) {
	s.put(`<path fill="%s" transform="translate(%d %d) rotate(%d)" d="%s"/>`, fill, x, y, degrees, d)
}

// stencil defines a leaf that stamp then repeats.
func (s *sketch) stencil(d string) { s.put(`<defs><path id="f" d="%s"/></defs>`, d) }

func (s *sketch) stamp(fill string, degrees, x, y int) {
	s.put(`<use href="#f" fill="%s" transform="translate(%d %d) rotate(%d)"/>`, fill, x, y, degrees)
}

func monstera(s *sketch) {
	const cut = "M0 0C-34-8-62-40-52-84l16 10-8-34 20 18 4-34C-12-132 0-138 0-138S12-132 20-124l4 34 20-18-8 34 16-10C62-40 34-8 0 0z"
	dark, light := mix(s.main, ink, 24), mix(s.main, white, 18)
	s.put(`<g transform="translate(30 36) scale(.85)">`)
	s.line(dark, 6, "M200 240C196 190 160 176 132 160M200 240c4-60 50-70 76-100M200 240c0-60-4-80 2-110M200 240c-20-20-50-24-80-20M200 240c20-20 50-20 76-16")
	s.leaf(dark, -100, 136, 226, cut)
	s.leaf(dark, 98, 262, 228, cut)
	s.leaf(light, 4, 200, 170, cut)
	s.leaf(s.main, -48, 152, 180, cut)
	s.leaf(mix(s.main, light, 50), 46, 254, 176, cut)
	s.line("#ffffff40", 3, "M200 170l8-118M152 180l-88-80M254 176l88-84")
	s.put(`</g>`)
	s.planter(240)
}

func snakePlant(s *sketch) {
	const blade = "M-15 0C-22-60-16-120 2-178 16-120 24-60 15 0z"
	const heart = "M-7 0C-12-60-8-110 1-160 9-110 12-60 7 0z"
	edge := mix("#e8d98a", s.main, 15)
	for i, a := range []int{-24, 22, -12, 12, 0} {
		x := 200 + []int{-34, 34, -18, 20, 2}[i]
		s.leaf(edge, a, x, 240, blade)
		s.leaf(mix(s.main, ink, 26-6*i), a, x, 238, heart)
	}
	s.planter(232)
}

func cactus(s *sketch) {
	dark := mix(s.main, ink, 22)
	switch {
	case s.has("barrel"):
		s.oval(s.main, 200, 176, 82, 74)
		for _, rx := range []int{58, 22} {
			s.put(`<ellipse fill="none" stroke="%s" stroke-width="5" cx="200" cy="176" rx="%d" ry="73"/>`, dark, rx)
		}
		s.path("#f2b33d", "M172 108q8-22 16-4 4-24 12-4 8-20 12 4 8-18 16 4-28 14-56 0z")
	case s.has("bunny"):
		s.oval(dark, 156, 130, 32, 52)
		s.oval(mix(s.main, white, 10), 246, 120, 34, 54)
		s.oval(s.main, 200, 190, 46, 64)
		for i := range 14 {
			s.circle("#ffffffa8", 168+i%5*16, 146+i/5*32+i%2*14, 3)
		}
		for i := range 6 {
			s.circle("#ffffffa8", 232+i%2*24, 86+i/2*24, 3)
		}
		s.circle("#e58aa0", 150, 78, 11)
		s.circle("#f2b33d", 262, 66, 10)
	default:
		s.line(dark, 34, "M200 214h56q16 0 16-18v-36")
		s.line(mix(s.main, ink, 10), 30, "M200 190h-48q-16 0-16-16v-28")
		s.line(s.main, 58, "M200 236V106")
		s.line("#00000022", 4, "M188 226V96M200 226V88M212 226V96")
		s.line("#ffffff50", 4, "M182 116v90")
		s.circle("#e5718a", 200, 78, 13)
		s.circle("#f6c453", 200, 78, 6)
	}
	s.planter(240)
}

func trailing(s *sketch) {
	s.line(mix(s.wall, bark, 60), 3, "M200-40V40L132 132M200 40l68 92")
	s.path(s.second, "M128 130h144q0 74-72 74t-72-74z")
	s.path(shade, "M228 130h44q0 74-72 74 30-24 28-74z")
	vines := []struct{ x, bend, long int }{
		{130, -30, 5 + s.roll(4)}, {146, -12, 3 + s.roll(3)}, {204, 10, 2 + s.roll(2)}, {250, 12, 4 + s.roll(4)}, {270, 28, 5 + s.roll(4)},
	}
	s.stencil("M0 0C-18-8-16-26 0-34 16-26 18-8 0 0z")
	for i, v := range vines {
		tone := mix(s.main, ink, 6*(i%3))
		s.line(mix(s.main, ink, 25), 3, "M%d 126q%d 60 %d %d", v.x, v.bend, v.bend/2, v.long*20)
		for j := range v.long {
			x, y := v.x+v.bend*j/v.long, 130+j*20
			turn := 60
			if j%2 == 0 {
				turn = -60
			}
			s.stamp(tone, 180+turn, x, y)
		}
	}
	for i, a := range []int{-70, -40, -14, 14, 40, 70} {
		s.leaf(mix(s.main, white, 8*(i%3)), a, 168+i*13, 136, "M0 0C-26-14-22-40 0-54 22-40 26-14 0 0z")
	}
	s.rect(mix(s.second, white, 14), 120, 124, 160, 15, 7)
}

func tree(s *sketch) {
	s.line(bark, 9, "M200 240C196 190 206 170 200 110M200 190q24-14 34-40M200 170q-22-12-32-36")
	if s.has("fig") {
		s.stencil("M0 0C-34-14-30-56 0-72 30-56 34-14 0 0z")
		for ring := 3; ring >= 1; ring-- {
			for a := ring * 7; a < 360; a += 150 / (ring + 1) {
				dx, dy := around(a, ring*20)
				s.stamp(mix(s.main, []string{white, ink}[a%2], a%4*8), a, 200+dx, 144+dy)
			}
		}
	} else {
		s.stencil("M0 0C-13-14-11-38 0-50 11-38 13-14 0 0z")
		s.circle(mix(s.main, ink, 26), 200, 128, 74)
		for ring, step := range []int{22, 28, 40, 72} {
			for a := ring * 9; a < 360; a += step {
				dx, dy := around(a, 64-ring*21)
				s.stamp(mix(s.main, []string{ink, white}[ring%2], 6+a%3*7), a+20-a%5*10, 200+dx, 128+dy)
			}
		}
	}
	if s.has("lemon") {
		for _, a := range []int{20, 110, 200, 290} {
			dx, dy := around(a, 62)
			s.oval("#f4cb3e", 200+dx, 130+dy, 13, 16)
			s.circle("#ffffff70", 196+dx, 124+dy, 3)
		}
	}
	s.planter(240)
}

func wateringCan(s *sketch) {
	s.shadow(200, 96)
	metal := s.second
	if s.has("zinc") {
		metal = "#b3bec6"
	}
	dark := mix("#8a8f96", ink, 10)
	s.line(dark, 11, "M142 196c-74-20-84 96-4 92")
	if s.has("long-spout", "indoor") {
		s.line(metal, 13, "M256 282C320 270 286 150 350 122")
	} else {
		s.path(metal, "M250 262l82-104 16 12-72 132z")
		s.path(dark, "M318 152l18-20 32 30-16 18z")
	}
	s.path(metal, "M140 186h120l14 116q2 14-12 14H138q-14 0-12-14z")
	s.path(shade, "M222 186h38l14 116q2 14-12 14h-32q14-60-8-130z")
	s.line(dark, 9, "M150 184c0-60 100-60 100 0")
	s.rect("#ffffff66", 134, 182, 132, 9, 4)
	s.line("#ffffff55", 7, "M152 210l-8 74")
	s.leaf(s.main, -20, 86, 312, "M0 0C-20-14-16-40 0-54 16-40 20-14 0 0z")
	s.leaf(mix(s.main, white, 15), 30, 90, 312, "M0 0C-16-12-14-32 0-44 14-32 16-12 0 0z")
}
