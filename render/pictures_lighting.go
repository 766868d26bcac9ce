package render

// glowDefs is the light in the air (l), shadeDefs the light inside a lampshade (t).
const glowDefs = `<radialGradient id="l"><stop stop-color="#ffdf9a" stop-opacity=".75"/><stop offset=".45" stop-color="#ffcf7d" stop-opacity=".28"/>` +
	`<stop offset="1" stop-color="#ffc56b" stop-opacity="0"/></radialGradient>`

const shadeDefs = `<linearGradient id="t" x2="0" y2="1">` +
	`<stop stop-color="#fff0c4" stop-opacity=".05"/><stop offset="1" stop-color="#fff0c4" stop-opacity=".95"/></linearGradient>`

func lightingWall(s *sketch) {
	s.rect("#00000026", 0, 316, 400, 84, 0)
	s.rect("#ffffff0d", 0, 316, 400, 3, 0)
}

// lit fills a shade twice: with its colour, and with the light that shines through from below.
func (s *sketch) lit(d string, args ...any) {
	s.path(s.body, d, args...)
	s.path("url(#t)", d, args...)
}

func (s *sketch) glow(x, y, r int) { s.circle("url(#l)", x, y, r) }

func tableLamp(s *sketch) {
	s.glow(200, 190, 190)
	s.shadow(200, 74)
	foot := s.second
	if s.has("mushroom", "cordless") {
		s.path(foot, "M180 200h40l14 104q2 12-12 12h-44q-14 0-12-12z")
		s.path(shade, "M204 200h16l14 104q2 12-12 12h-18z")
		s.lit("M92 206a108 106 0 0 1 216 0q0 10-10 10H102q-10 0-10-10z")
		return
	}
	switch s.roll(3) {
	case 0:
		s.path(foot, "M190 200h20c0 24 38 38 38 74 0 28-20 42-48 42s-48-14-48-42c0-36 38-50 38-74z")
		s.path(shade, "M200 200h10c0 24 38 38 38 74 0 28-20 42-48 42 22-10 30-30 26-50-4-24-26-40-26-66z")
	case 1:
		s.rect(foot, 192, 196, 16, 110, 0)
		s.path(foot, "M140 316q0-18 22-18h76q22 0 22 18z")
		s.rect(shade, 200, 196, 8, 104, 0)
	default:
		s.circle(foot, 200, 276, 40)
		s.circle(mix(s.wall, white, 70), 200, 222, 24)
		s.path(shade, "M200 236a40 40 0 0 1 0 80q22-36 0-80z")
	}
	if s.has("drum") || s.roll(3) == 0 {
		s.lit("M118 92h164q5 0 6 6l10 100q0 6-6 6H108q-6 0-6-6l10-100q1-6 6-6z")
		return
	}
	s.lit("M156 88h88q6 0 8 6l42 104q2 8-7 8H113q-9 0-7-8l42-104q2-6 8-6z")
	for x := -3; x <= 3 && s.has("pleated"); x++ {
		s.line("#00000018", 3, "M%d 92L%d 202", 200+x*13, 200+x*25)
	}
}

func floorLamp(s *sketch) {
	switch {
	case s.has("arc"):
		s.glow(286, 190, 150)
		s.shadow(124, 56)
		s.line(s.second, 7, "M120 306V150C120 30 286 20 286 112")
		s.path(s.second, "M72 316q0-14 14-14h68q14 0 14 14z")
		s.lit("M222 182a64 70 0 0 1 128 0q0 6-6 6H228q-6 0-6-6z")
	case s.has("tripod"):
		s.glow(200, 130, 170)
		s.shadow(200, 80)
		s.line(s.second, 8, "M196 168L136 314M200 168v140M204 168l60 146")
		s.line("#00000030", 4, "M158 262h84")
		s.lit("M140 62h120q5 0 6 6l18 96q1 8-7 8H123q-8 0-7-8l18-96q1-6 6-6z")
	default:
		s.glow(256, 150, 150)
		s.shadow(160, 52)
		s.line(s.second, 7, "M160 306V76q0-16 16-16h50q18 0 22 16")
		s.path(s.second, "M112 316q0-14 14-14h68q14 0 14 14z")
		s.lit("M236 72h28l36 66q3 8-5 8h-90q-8 0-5-8z")
	}
}

func deskLamp(s *sketch) {
	if s.has("banker") {
		s.glow(200, 210, 170)
		s.shadow(200, 72)
		s.line(brass, 9, "M200 306V120")
		s.path(brass, "M138 316q2-18 26-18h72q24 0 26 18z")
		s.lit("M92 186q0-58 58-62h100q58 4 58 62 0 6-6 6H98q-6 0-6-6z")
		s.line(brass, 3, "M262 192v40")
		s.circle(brass, 262, 236, 5)
		return
	}
	s.glow(284, 190, 160)
	if s.has("clamp-on") {
		s.rect(bark, -40, 300, 236, 20, 0)
		s.rect("#00000033", -40, 312, 236, 8, 0)
	} else {
		s.shadow(150, 62)
	}
	s.line(s.second, 8, "M148 300L106 202L214 112")
	s.circle(mix(s.wall, white, 80), 106, 202, 10)
	if s.has("clamp-on") {
		s.path(s.second, "M116 286h64v14h-50v26h50v12h-64z")
	} else {
		s.path(s.second, "M88 316q2-18 26-18h72q24 0 26 18z")
	}
	s.turned(-28, 214, 112, func() {
		s.circle("#fff3cf", 222, 164, 20)
		s.lit("M204 92h28q8 0 10 8l28 58q3 10-6 10h-84q-9 0-6-10l20-58q2-8 10-8z")
	})
}

func pendant(s *sketch) {
	s.line(s.second, 3, "M200-40V120")
	switch {
	case s.has("paper", "globe"):
		s.glow(200, 200, 200)
		s.lit("M104 200a96 92 0 0 1 192 0a96 92 0 0 1-192 0z")
		for _, rx := range []int{30, 66} {
			s.put(`<ellipse fill="none" stroke="#00000016" stroke-width="2" cx="200" cy="200" rx="%d" ry="91"/>`, rx)
		}
		s.line("#00000016", 2, "M112 164q88 22 176 0M104 204q96 22 192 0M116 244q84 20 168 0")
		s.rect(s.second, 184, 102, 32, 12, 4)
	case s.has("opal", "glass"):
		s.glow(200, 210, 200)
		s.circle("#fff4d8", 200, 206, 78)
		s.path("#ffffff", "M150 180a54 54 0 0 1 40-28q8 0 6 6-26 8-36 28-8 4-10-6z")
		s.path(brass, "M160 142q4-30 40-32 36 2 40 32-40-18-80 0z")
	case s.has("cone"):
		s.glow(200, 260, 160)
		s.rect(s.second, 188, 98, 24, 26, 6)
		s.lit("M180 120h40l74 128q4 10-6 10H112q-10 0-6-10z")
	default:
		s.glow(200, 260, 170)
		s.rect(s.second, 186, 104, 28, 26, 6)
		s.lit("M96 248c0-74 46-122 104-122s104 48 104 122q0 8-8 8H104q-8 0-8-8z")
		s.oval("#fff3cf", 200, 256, 40, 12)
	}
}

// lantern stands in the lighting department and outdoors.
func lantern(s *sketch) {
	s.glow(200, 222, 170)
	s.shadow(200, 76)
	s.line(s.second, 6, "M146 144C146 60 254 60 254 144")
	s.path("#fff6dc", "M150 160h100l8 124H142z")
	s.path("#ffb648", "M200 190c30 34 26 72 0 74-26-2-30-40 0-74z")
	s.path("#fff1c9", "M200 224c14 18 12 36 0 38-12-2-14-20 0-38z")
	s.path(s.body, "M164 118h72l28 36q4 10-6 10H142q-10 0-6-10z")
	s.rect(s.body, 126, 280, 148, 36, 10)
	s.rect(s.second, 186, 104, 28, 18, 5)
	s.line(s.main, 6, "M148 164l-8 116M252 164l8 116")
	s.line(mix(s.main, ink, 30), 3, "M142 222h116")
	s.rect(shine, 136, 288, 60, 6, 3)
}
