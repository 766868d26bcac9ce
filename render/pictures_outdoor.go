package render

func outdoorWall(s *sketch) {
	hill := mix(s.wall, "#3f6b5c", 26)
	s.circle(mix(s.wall, "#ffe2a8", 75), 96+s.roll(3)*104, 104, 44)
	s.path(hill, "M0 250L%d 150l70 84 60-50 120 96v60H0z", 90+s.roll(60))
	s.path(mix(s.wall, "#3f6b5c", 42), "M0 282q90-60 190-20t210-14v152H0z")
	s.rect(mix(s.wall, "#3f6b5c", 60), 0, 304, 400, 96, 0)
}

func tent(s *sketch) {
	s.oval("#00000026", 200, 318, 156, 9)
	switch {
	case s.has("bell"):
		s.path(cream, "M200 76q20 96 132 160l-14 80H82l-14-80Q180 172 200 76z")
		s.path("#0000001a", "M200 76q20 96 132 160l-14 80h-82z")
		s.path(s.second, "M200 140l44 176h-88z")
		s.path(s.main, "M200 140q-6 110-60 176h16zM200 140q6 110 60 176h-16z")
		s.line(mix(cream, bark, 30), 3, "M68 236q132 30 264 0")
		s.path(s.main, "M200 76V44l34 10-34 12z")
	case s.has("solo", "tunnel"):
		s.path(s.body, "M40 316c10-110 74-166 160-166s150 66 162 166z")
		s.path(shade, "M240 154c72 18 112 84 122 162h-84c6-70-6-120-38-162z")
		s.path(s.second, "M96 316c2-76 26-112 62-112s60 40 62 112z")
		s.path("#00000033", "M158 204c36 0 60 40 62 112h-62z")
		s.line(mix(s.main, white, 35), 4, "M156 158C96 186 76 250 76 316M240 154c34 44 44 96 38 162")
	default:
		s.path(mix(s.main, ink, 22), "M214 96L372 316H250z")
		s.path(s.body, "M206 96L48 316h216z")
		s.path(s.second, "M206 150l42 166h-84z")
		s.path(cream, "M206 150q-8 110-62 166h22zM206 150q10 110 30 166h12z")
		s.line(bark, 5, "M210 104l-10-26M210 104l12-24")
		s.line(mix(s.wall, ink, 40), 2, "M48 316l-26 10M372 316l20 10")
	}
}

func bottle(s *sketch) {
	s.shadow(200, 54)
	s.line(s.second, 9, "M178 76c0-34 44-34 44 0")
	neck := 22
	if s.has("wide-mouth") {
		neck = 38
	}
	s.rect(s.second, 200-neck, 72, neck*2, 36, 7)
	s.rect("#ffffff2e", 200-neck, 84, neck*2, 6, 0)
	s.path(s.body, "M%d 106h%dc0 22 %d 20 %d 56v130q0 24-24 24h-64q-24 0-24-24V162c0-36 %d-34 %d-56z",
		200-neck+2, neck*2-4, 58-neck, 58-neck, 58-neck, 58-neck)
	s.path(shade, "M236 138q20 8 20 24v130q0 24-24 24h-20q30-60 24-178z")
	s.line(shine, 9, "M162 172v100")
	if s.has("flask", "vacuum") {
		s.rect(s.spot, 144, 210, 112, 22, 0)
		s.rect(s.second, 144, 236, 112, 7, 0)
	} else {
		s.path(s.spot, "M200 196l26 44h-52z")
		s.path(s.second, "M218 226l12 22h-46l10-12 10 6z")
	}
}

func campChair(s *sketch) {
	s.shadow(200, 116)
	if s.has("directors") {
		s.line(bark, 10, "M118 314l164-96M282 314L118 218M118 218V104M282 218V104")
		s.rect(s.body, 108, 96, 184, 62, 8)
		s.rect(mix(s.main, ink, 15), 108, 206, 184, 26, 8)
		s.line(wood, 13, "M96 184h52M252 184h52")
		return
	}
	s.line("#3a3f48", 8, "M104 314l176-86M292 314L128 220M128 236L104 96M270 236l22 78M104 314l24-78")
	s.path(s.body, "M92 84q66 22 132 0 18-4 20 12l22 122q2 16-14 18-60 14-116 0-16-4-18-18L78 98q-2-16 14-14z")
	s.path(shade, "M108 196q70 16 154 0l4 22q2 16-14 18-60 14-116 0-16-4-18-18z")
	s.path(mix(s.main, white, 20), "M98 108q64 16 132 0l4 22q-66 18-132 0z")
	s.line(s.second, 11, "M114 172l48-4M252 168l46 2")
}

func boot(s *sketch) {
	s.shadow(206, 112)
	s.path(s.body, "M122 92h98q8 0 8 10l4 76q4 26 44 40l28 14q18 10 18 42v22H106v-40q0-40 14-80 6-30-6-72-2-12 8-12z")
	s.path(shade, "M106 256q60 30 216 10v30H106z")
	s.path(s.second, "M100 288h226v14q0 14-14 14H114q-14 0-14-14z")
	for x := 112; x < 318; x += 24 {
		s.rect("#00000038", x, 308, 12, 8, 0)
	}
	s.path(mix(s.main, ink, 25), "M196 92h24q8 0 8 10l4 76q2 14 14 24l-26 20q-24-18-26-48z")
	for i := range 5 {
		s.line(s.spot, 5, "M%d %dl34-8", 184+i*4, 118+i*24)
	}
	if s.has("winter") {
		s.path(cream, "M110 78q10-10 22 0 10-10 22 0 10-10 22 0 10-10 22 0 10-10 22 0 14 6 8 22-8 12-20 4-10 10-22 0-10 10-22 0-10 10-22 0-16 8-20-6-2-12 10-20z")
	} else {
		s.rect(mix(s.main, ink, 35), 112, 86, 116, 16, 8)
	}
	s.line(shine, 6, "M134 126c6 34 0 64-8 92")
}
