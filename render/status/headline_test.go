package status

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A headline says what is wrong and stands alone; what to do about it follows elsewhere.
func TestHeadline(t *testing.T) {
	left := "bad_price: 96 (" + strings.Repeat("a-long-slug, ", 12) + "…); no_name: 1 (b)"
	for _, c := range [][2]string{
		{"", ""},
		{"nothing listens at the address in DATABASE_URL", ". Is the database running, and is the port right?"},
		{"products fell from 96 to 12 (-87 %), MAX_SHRINK allows 50 %", "; if that is right, accept it once"},
		{"no such column at line 2, column 7 (SQLSTATE 42703; the log has the server's words)", ""},
		{"the templates are broken: card.html:3: a Card has no Nmae", "; it has Name, Brand"},
		{`column "a. b; c" is not known`, "; required are id, name"},
		{"Is it there?", " Look"},
		{"All is well", "."},
	} {
		if got := headline(c[0] + c[1]); got != c[0] {
			t.Errorf("%q:\n%q, want\n%q", c[0]+c[1], got, c[0])
		}
	}
	message := "the page has 0 products (left out: " + left + "), MIN_PRODUCTS asks for at least 1; if that is right"
	if got, want := headline(message), "the page has 0 products, MIN_PRODUCTS asks for at least 1"; got != want {
		t.Errorf("%q:\n%q, want\n%q", message, got, want)
	}
	for _, endless := range []string{strings.Repeat("word ", 100), strings.Repeat("ü", 500), strings.Repeat("(", 500),
		"a (" + strings.Repeat("word ", 100)} {
		if got := headline(endless); utf8.RuneCountInString(got) > maxHeadline || !utf8.ValidString(got) {
			t.Errorf("%d runes: %q", utf8.RuneCountInString(got), got)
		}
	}
}
