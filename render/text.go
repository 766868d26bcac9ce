package render

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// maxText is the longest text that is shown of a name, in runes; what is longer ends in an ellipsis. maxMarks is how
// many marks may stand on one letter.
const (
	maxText  = 160
	maxMarks = 8
)

// clean makes database text fit to be shown: valid UTF-8, white space folded into single spaces, no control characters,
// no characters that turn the direction of the text around them, no towers of marks, at most maxText runes. Text that
// shows nothing becomes "".
func clean(s string) string {
	var b strings.Builder
	n, marks, space, visible := 0, 0, false, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		if !shown(r) || marks > maxMarks {
			continue
		}
		if space {
			b.WriteByte(' ')
			n++
			space = false
		}
		if n >= maxText {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		visible = visible || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
		n++
	}
	if !visible {
		return ""
	}
	return b.String()
}

// shown reports whether a rune may stand in a text: what prints, and the joiners and marks of direction that some
// scripts need. The embeddings, overrides and isolates of the bidirectional algorithm (U+202A-202E, U+2066-2069), the
// byte order mark and the invisible tag characters may not.
func shown(r rune) bool {
	switch {
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f:
		return false
	}
	return unicode.IsPrint(r) || unicode.In(r, unicode.Cf, unicode.Co)
}

// measure is a number and its unit, with the space between them, which must not be broken.
var measure = regexp.MustCompile(`(\d) (?:(l|L|cl|ml|dl|g|kg|mg|mm|cm|m|in|ft|oz|lb|qt|W|V|mAh|GB|TB)\b|([%×°]))`)

// Plural writes a number with the right one of two nouns: "1 category", "1,204 categories".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands writes a count with commas: "1,204".
func Thousands[N int | int64](n N) string { return message.NewPrinter(language.English).Sprint(n) }
