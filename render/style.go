package render

import (
	"cmp"
	"regexp"
	"strings"
)

// Strings of a style sheet stay as they are: comments are found beside strings, and white space beside both.
const cssString = `"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`

var (
	cssComment = regexp.MustCompile(`(?s)(` + cssString + `)|/\*.*?(?:\*/|\z)`)
	cssSpace   = regexp.MustCompile(`(?s)` + cssString + `|\s*[{}]\s*|[;,:]\s+|\s+`)
)

// MinifyCSS takes comments, indentation and line ends out of a style sheet; strings stay as they are.
func MinifyCSS(css string) string {
	css = cssSpace.ReplaceAllStringFunc(cssComment.ReplaceAllString(css, "$1"), func(found string) string {
		if found[0] == '"' || found[0] == '\'' {
			return found
		}
		return cmp.Or(strings.TrimSpace(found), " ")
	})
	return strings.TrimSpace(css)
}
