package render

import "testing"

func TestMinifyCSS(t *testing.T) {
	for css, want := range map[string]string{
		"/* c */\na {\n  color: red;\n}\n":              "a{color:red;}",
		"a b,\n c > d { margin: 0 auto }":               "a b,c > d{margin:0 auto}",
		`a::after { content: " /* x */  →" }`:           `a::after{content:" /* x */  →"}`,
		`b { content: 'it\'s  {' }`:                     `b{content:'it\'s  {'}`,
		"a { width: calc(100% - 2px) }":                 "a{width:calc(100% - 2px)}",
		"a { color: red } /* open":                      "a{color:red}",
		":root { --a: 1 }\n@media (min-width: 1px) { }": ":root{--a:1}@media (min-width:1px){}",
		"section :is(h1, h2) :hover { top: 0 }":         "section :is(h1,h2) :hover{top:0}",
		"":                                              "",
	} {
		if got := MinifyCSS(css); got != want {
			t.Errorf("MinifyCSS(%q) = %q, want %q", css, got, want)
		}
	}
}
