package status

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A headline says what is wrong and stands alone; what to do about it follows elsewhere.
func TestHeadline(t *testing.T) {
	left := "bad_price: 96 (" + strings.Repeat("a-long-slug, ", 12) + "…); no_name: 1 (b)"
	for message, want := range map[string]string{
		"": "",
		"nothing listens at the address in DATABASE_URL. Is the database running, and is the port right?": "nothing listens at the address in DATABASE_URL",
		"products fell from 96 to 12 (-87 %), MAX_SHRINK allows 50 %; if that is right, accept it once":   "products fell from 96 to 12 (-87 %), MAX_SHRINK allows 50 %",
		"no such column at line 2, column 7 (SQLSTATE 42703; the log has the server's words)":             "no such column at line 2, column 7 (SQLSTATE 42703; the log has the server's words)",
		"the templates are broken: card.html:3: a Card has no Nmae; it has Name, Brand":                   "the templates are broken: card.html:3: a Card has no Nmae",
		`column "a. b; c" is not known; required are id, name`:                                            `column "a. b; c" is not known`,
		"Is it there? Look": "Is it there?",
		"All is well.":      "All is well",
		"the page has 0 products (left out: " + left + "), MIN_PRODUCTS asks for at least 1; if that is right": "the page has 0 products, MIN_PRODUCTS asks for at least 1",
	} {
		if got := headline(message); got != want {
			t.Errorf("%q:\n%q, want\n%q", message, got, want)
		}
	}
	for _, endless := range []string{strings.Repeat("word ", 100), strings.Repeat("ü", 500), strings.Repeat("(", 500), "a (" + strings.Repeat("word ", 100)} {
		if got := headline(endless); utf8.RuneCountInString(got) > maxHeadline || !utf8.ValidString(got) {
			t.Errorf("%d runes: %q", utf8.RuneCountInString(got), got)
		}
	}
}
