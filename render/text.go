package render

import (
	"strings"
	"unicode"
)

// maxText is the longest text that is shown of a name, in runes; what is longer ends in an ellipsis.
const maxText = 160

// clean makes database text fit to be shown: valid UTF-8, white space folded into single spaces, no control characters, no
// characters that turn the direction of the text around them, at most limit runes. Text that shows nothing becomes "".
func clean(s string, limit int) string {
	var b strings.Builder
	n, space, visible := 0, false, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = n > 0
			continue
		case unicode.IsControl(r) || overrides(r) || !unicode.IsPrint(r) && !unicode.In(r, unicode.Cf, unicode.Co):
			continue
		}
		if n >= limit {
			b.WriteRune('…')
			break
		}
		if space {
			b.WriteByte(' ')
			n++
			space = false
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

// overrides are the embeddings, overrides and isolates of the bidirectional algorithm (U+202A-202E, U+2066-2069) and the
// invisible tag characters; marks (LRM, RLM) and joiners, which some scripts need, are not among them.
func overrides(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f
}
