package render

import "strings"

// MinifyCSS takes comments, indentation and line ends out of a style sheet; strings stay as they are.
func MinifyCSS(css string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(css); i++ {
		c := css[i]
		switch {
		case quote != 0:
			if c == '\\' && i+1 < len(css) {
				b.WriteByte(c)
				i++
				c = css[i]
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '/' && strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i+2:], "*/")
			if end < 0 {
				return b.String()
			}
			i += end + 3
			continue
		case c == '\n' || c == '\r' || c == '\t' || c == ' ':
			s := b.String()
			next := strings.TrimLeft(css[i:], " \t\r\n")
			if s == "" || next == "" || strings.IndexByte("{};,: \n", s[len(s)-1]) >= 0 || next[0] == '}' || next[0] == '{' {
				continue
			}
			c = ' '
		}
		b.WriteByte(c)
	}
	return b.String()
}
