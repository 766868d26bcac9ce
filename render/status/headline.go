package status

import (
	"strings"
	"unicode/utf8"
)

// maxHeadline is how many characters a headline has at most.
const maxHeadline = 140

// headline is what is wrong, of a message that goes on with what to do about it: the first sentence, or what stands
// before a semicolon, without the full stop. One that is too long loses first what it has in parentheses, then its end.
func headline(message string) string {
	text := firstSentence(strings.TrimSpace(message))
	if utf8.RuneCountInString(text) > maxHeadline {
		text = withoutParentheses(text)
	}
	if utf8.RuneCountInString(text) <= maxHeadline {
		return text
	}
	text = string([]rune(text)[:maxHeadline-1])
	if space := strings.LastIndexByte(text, ' '); space > 0 {
		text = text[:space]
	}
	return strings.TrimRight(text, ",;: ") + "…"
}

// firstSentence cuts a text after its first sentence. Parentheses and quoted names hold no ends.
func firstSentence(text string) string {
	depth, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"' || r == '`':
			quoted = !quoted
		case r == '(':
			depth++
		case r == ')':
			depth = max(depth-1, 0)
		case quoted || depth > 0 || !strings.ContainsRune(".;!?", r):
		case i+1 == len(text) || text[i+1] == ' ':
			if r == '!' || r == '?' {
				i++
			}
			return text[:i]
		}
	}
	return text
}

// withoutParentheses takes out what stands in parentheses, and the space before it.
func withoutParentheses(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	return strings.NewReplacer(" ,", ",", " ;", ";", " :", ":", " .", ".").Replace(out)
}
