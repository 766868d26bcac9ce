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

// inStyle finds what refers to something in a style sheet: comments and texts are found first, and passed over.
var inStyle = regexp.MustCompile(`(?is)/\*.*?\*/|url\(\s*(?:"[^"\n]*"|'[^'\n]*'|[^"'()\s]*)\s*\)` +
	`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|{{`)

// inStyle returns the style sheet css with every url(assets/NAME) replaced by the address under which that file is
// served, with the mark of its content. What else stands in url() is left alone. Errors are *TemplateError.
func (a assetSet) inStyle(css string) (string, error) {
	var b strings.Builder
	done := 0
	for _, at := range inStyle.FindAllStringIndex(css, -1) {
		found, line := css[at[0]:at[1]], 1+strings.Count(css[:at[0]], "\n")
		if strings.HasPrefix(found, "{{") || len(found) > 4 && strings.EqualFold(found[:4], "url(") &&
			strings.Contains(found, "{{") {
			return "", newTemplateError(styleFile, line, css, "a {{ means nothing in style.css, which is no template; "+
				"for a file of assets/ write url(assets/NAME)")
		}
		name, ok := assetOf(found)
		if !ok {
			continue
		}
		name, fragment, marked := strings.Cut(name, "#")
		address, err := a.address(name)
		if err != nil {
			return "", newTemplateError(styleFile, line, css, err.Error())
		}
		if marked {
			address += "#" + fragment
		}
		b.WriteString(css[done:at[0]] + `url("` + address + `")`)
		done = at[1]
	}
	return b.String() + css[done:], nil
}

// assetOf is the file of assets/ that url(…) names.
func assetOf(found string) (name string, ok bool) {
	if len(found) < len("url()") || !strings.EqualFold(found[:4], "url(") {
		return "", false
	}
	inner := strings.Trim(strings.TrimSpace(found[4:len(found)-1]), `"'`)
	return strings.CutPrefix(strings.TrimPrefix(inner, "./"), assetsDir+"/")
}
