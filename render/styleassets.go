package render

import (
	"regexp"
	"strings"
)

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
