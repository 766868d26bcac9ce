package render

func kitchenWall(s *sketch) {
	s.circle(mix(s.wall, white, 45), 200, 196, 132)
	s.rect(mix(s.wall, bark, 18), 0, 300, 400, 100, 0)
	s.rect(mix(s.wall, white, 30), 0, 300, 400, 5, 0)
}

func (s *sketch) steam(x, y int) {
	s.line("#ffffffb0", 5, "M%d %dc-12-14 12-22 0-38M%d %dc-12-14 12-22 0-38", x-16, y, x+16, y-6)
}

func kettle(s *sketch) {
	s.shadow(200, 96)
	if s.has("gooseneck") {
		s.line(mix(s.main, ink, 12), 13, "M262 276c52 0 20-106 66-112")
		s.line(s.second, 13, "M142 176c-70-6-64 104 0 106")
	} else {
		s.path(mix(s.main, ink, 12), "M258 214l62-38q10 2 8 12l-54 76z")
		s.line(s.second, 13, "M134 178C134 76 266 76 266 178")
	}
	s.path(s.body, "M146 172h108q8 0 10 8l24 116q4 20-18 20H130q-22 0-18-20l24-116q2-8 10-8z")
	s.path(shade, "M236 172h18q8 0 10 8l24 116q4 20-18 20h-30q14-70-4-144z")
	s.path(mix(s.main, ink, 22), "M150 172q4-26 50-26t50 26z")
	s.circle(s.second, 200, 138, 12)
	s.line(shine, 7, "M146 206l-14 66")
}

func mug(s *sketch) {
	s.shadow(196, 96)
	s.steam(190, 130)
	if s.has("saucer") {
		s.path(mix(s.main, ink, 14), "M80 290h236q-14 26-56 26H136q-42 0-56-26z")
		s.line(s.main, 14, "M262 208c48-6 42 60-10 58")
		s.path(s.body, "M124 178h148c2 64-22 112-74 112s-76-48-74-112z")
		s.path(shade, "M240 178h32c2 64-22 112-74 112 34-24 46-66 42-112z")
		s.oval(mix(s.main, white, 45), 198, 178, 74, 13)
		s.oval("#5a3a28", 198, 181, 62, 9)
		return
	}
	s.line(mix(s.main, ink, 10), 18, "M272 190c58-8 54 88-4 84")
	s.path(s.body, "M116 160h160v128q0 28-28 28H144q-28 0-28-28z")
	s.path(shade, "M236 160h40v128q0 28-28 28h-30q18-30 18-156z")
	s.oval(mix(s.main, white, 50), 196, 160, 80, 14)
	s.oval("#5a3a28", 196, 163, 68, 10)
	switch {
	case s.has("enamel"):
		s.put(`<ellipse fill="none" stroke="%s" stroke-width="7" cx="196" cy="160" rx="80" ry="14"/>`, mix(s.main, ink, 45))
		for i := range 9 {
			s.circle("#ffffff90", 130+i*16, 196+s.roll(96), 2+i%2)
		}
	case s.roll(2) == 0:
		s.path(cream, "M116 230q40-22 80 0t80 0v58q0 28-28 28H144q-28 0-28-28z")
		s.path(shade, "M240 239q18 2 36-9v58q0 28-28 28h-30q20-26 22-77z")
	default:
		s.rect(s.spot, 116, 214, 160, 12, 0)
		s.rect(s.spot, 116, 238, 160, 5, 0)
	}
	s.line(shine, 7, "M134 186v80")
}

func pot(s *sketch) {
	s.shadow(200, 116)
	if s.has("saucepan") {
		s.path(s.second, "M268 214h98q10 0 10 9t-10 9H268z")
		s.path(s.body, "M92 200h180v84q0 32-32 32H124q-32 0-32-32z")
		s.path(shade, "M228 200h44v84q0 32-32 32h-36q24-40 24-116z")
		s.rect(mix(s.main, white, 40), 84, 192, 196, 14, 7)
		s.line(shine, 7, "M112 226v54")
		s.steam(182, 176)
		return
	}
	s.line(mix(s.main, ink, 14), 14, "M92 236c-40-4-40 34 0 32M308 236c40-4 40 34 0 32")
	s.path(s.body, "M86 212h228v68q0 36-36 36H122q-36 0-36-36z")
	s.path(shade, "M262 212h52v68q0 36-36 36h-40q24-36 24-104z")
	s.path(mix(s.main, white, 14), "M80 206q6-56 120-58 114 2 120 58 0 8-8 8H88q-8 0-8-8z")
	s.path(shade, "M240 151q76 8 80 55 0 8-8 8h-48q4-40-24-63z")
	s.rect(brass, 178, 128, 44, 14, 7)
	s.rect(brass, 192, 138, 16, 12, 0)
	s.line(shine, 7, "M112 194q12-20 50-26")
	s.line(shine, 7, "M108 234v42")
}

func skillet(s *sketch) {
	s.turned(38, 200, 200, func() {
		s.circle("#0000001f", 176, 214, 112)
		s.path(s.second, "M276 186h126q14 0 14 14t-14 14H276z")
		s.circle(wood, 400, 200, 5)
		s.circle("#33363d", 176, 200, 114)
		s.circle("#454952", 176, 200, 98)
		s.circle("#3b3f47", 176, 200, 84)
	})
	s.line("#ffffff26", 8, "M104 146c18-28 44-38 72-36")
	s.path(white, "M142 188c-8-30 36-34 48-20 28-6 40 34 16 48-4 26-42 26-50 8-24 0-30-26-14-36z")
	s.circle("#f5b52e", 178, 194, 18)
	s.circle("#ffffff70", 172, 188, 5)
}

func dripper(s *sketch) {
	s.shadow(200, 84)
	s.path("#ffffff8c", "M162 206h76l44 92q6 18-14 18H132q-20 0-14-18z")
	s.path("#6b432bd9", "M138 256h124l20 42q6 18-14 18H132q-20 0-14-18z")
	s.line("#ffffffb0", 5, "M176 220l-36 78")
	s.rect(s.second, 150, 186, 100, 24, 8)
	s.path(s.body, "M106 84h188q8 0 5 8l-43 86q-4 10-14 10h-84q-10 0-14-10L101 92q-3-8 5-8z")
	s.path(shade, "M252 84h42q8 0 5 8l-43 86q-4 10-14 10h-30q30-46 40-104z")
	s.path(cream, "M122 84q4-24 16-24h124q12 0 16 24z")
	s.line(shine, 6, "M132 104l30 60")
}

func board(s *sketch) {
	s.shadow(204, 100)
	s.turned(-5, 200, 316, func() {
		colour := wood
		if s.has("end-grain") {
			colour = "#b27c4b"
		}
		s.path(colour, "M132 130q0-20 20-20h26q6 0 6-8V64q0-18 18-18t18 18v38q0 8 6 8h26q20 0 20 20v168q0 18-18 18H150q-18 0-18-18z")
		s.circle(mix(s.wall, ink, 25), 202, 72, 8)
		if s.has("end-grain") {
			for i := range 20 {
				s.rect("#5b361d"+[]string{"12", "30", "44", "22"}[s.roll(4)], 136+i%4*34, 128+i/4*36, 32, 34, 2)
			}
			return
		}
		s.line("#7b4d2a40", 4, "M156 300c-10-60 20-90 6-168M196 308c6-60-16-110 4-186M238 304c-14-70 16-90 0-172")
		s.put(`<ellipse fill="none" stroke="#7b4d2a55" stroke-width="4" cx="216" cy="220" rx="10" ry="22"/>`)
	})
	s.circle("#cf4a36", 290, 292, 25)
	s.path("#4f7a45", "M290 270c-12-4-16 2-22 2 8 4 14 6 22 2 8 4 16 0 22-4-8 0-14-4-22 0z")
	s.circle(shine, 281, 284, 6)
}

func knife(s *sketch) {
	long := 0
	if s.has("paring") {
		long = 50
	}
	s.turned(-42, 200, 200, func() {
		s.path("#00000018", "M%d 196c60 46 150 44 176 30h130v-22H%dz", 28+long, 28+long)
		s.path("#dfe4e9", "M%d 176h%dv44c-60 4-146 2-%d-44z", 20+long, 196-long, 196-long)
		s.path("#f7f9fa", "M%d 176h%dv16c-90 2-150-4-%d-16z", 20+long, 196-long, 196-long)
		s.rect(steel, 214, 174, 16, 46, 3)
		s.path(s.second, "M228 174h128q18 0 18 18v6q0 18-18 16l-128-6z")
		for _, x := range []int{258, 296, 334} {
			s.circle(brass, x, 192, 5)
		}
	})
	s.path("#5f8a4c", "M110 300c-30-10-40-30-34-46 22 2 36 20 34 46zM114 302c26-16 30-36 22-50-20 8-30 28-22 50z")
	s.line("#4b6f3c", 4, "M112 320v-26")
}

func bowl(s *sketch) {
	s.shadow(200, 84)
	if s.has("trio", "nesting") {
		s.line(wood, 12, "M216 170L286 76")
		s.oval(wood, 290, 70, 15, 20)
		for i, tone := range []string{mix(s.main, white, 62), mix(s.main, white, 32)} {
			x, y := 108-i*20, 136+i*32
			s.path(mix(tone, ink, 12), "M%d %dh%dv40H%dz", x+6, y+8, 388-2*x, x+6)
			s.rect(tone, x, y, 400-2*x, 14, 7)
		}
	}
	s.path(mix(s.main, ink, 20), "M156 300h88v8q0 8-8 8h-72q-8 0-8-8z")
	s.path(s.body, "M70 208h260c0 62-50 98-96 98h-68c-46 0-96-36-96-98z")
	s.path(shade, "M276 208h54c0 62-50 98-96 98h-40c50-14 82-50 82-98z")
	s.rect(mix(s.main, white, 45), 64, 200, 272, 14, 7)
	if s.has("speckled") {
		for i := range 16 {
			s.circle("#00000030", 100+i*13, 224+s.roll(50), 2)
		}
	}
	if s.has("ramen") {
		s.steam(200, 184)
	} else if !s.has("trio", "nesting") {
		s.circle("#e9a13b", 150, 178, 30)
		s.circle("#d9793a", 212, 172, 34)
		s.circle("#e3b93f", 264, 184, 24)
		s.path("#4f7a45", "M212 138q14-22 36-16-10 20-36 16z")
		s.rect(mix(s.main, white, 45), 64, 200, 272, 14, 7)
	}
	s.line(shine, 7, "M92 232c10 26 24 40 42 50")
}
