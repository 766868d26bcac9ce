package render

import (
	"fmt"
	"regexp"
)

// parserWords are what Go's template parser says of the commonest slips, and what to tell an author instead; %s is the first group.
var parserWords = []struct {
	said *regexp.Regexp
	told string
}{
	{regexp.MustCompile(`^bad character U\+007D|^unexpected "}" in`), "an action ends in a single }; it must end in }}"},
	{regexp.MustCompile(`^bad character U\+003C|^unexpected "<" in`), "an action has no }} before this <; to compare two values write lt, as in {{if lt .Stars 5}}"},
	{regexp.MustCompile(`^unclosed action`), "an action begins with {{ and has no }}"},
	{regexp.MustCompile(`^unclosed comment`), "a comment begins with {{/* and has no */}}"},
	{regexp.MustCompile(`^unexpected "=" in`), `an = cannot stand here; to compare two values write eq, as in {{if eq .Kind "home"}}`},
	{regexp.MustCompile(`^unexpected "&" in`), "an & cannot stand here; for both of two write and, as in {{if and .URL .Image}}"},
	{regexp.MustCompile(`^unexpected "(.+)" in \w+( \w+)?$`), "a %s cannot stand here"},
	{regexp.MustCompile(`^unterminated (?:raw )?quoted string`), "a text in quotes has no closing quote"},
	{regexp.MustCompile(`^(?:unterminated|malformed) character constant`), `text stands in double quotes, "like this", not in single ones`},
	{regexp.MustCompile(`^unrecognized character in action: U\+201[89CDE]`), `text stands in straight quotes, "like this"`},
	{regexp.MustCompile(`^(?:bad character|unrecognized character in action:) U\+\w+ '(.+)'`), "a %s cannot stand here"},
	{regexp.MustCompile(`^unexpected ({{end}}|{{else}})`), "this %s has no {{if}}, {{range}} or {{with}} before it"},
	{regexp.MustCompile(`^expected end; found {{else`), "there is a second {{else}}; only {{else if …}} may come more than once, and before the last"},
	{regexp.MustCompile(`^function "(elseif|elsif|elif)" not defined`), "%s is written {{else if …}}"},
	{regexp.MustCompile(`^function "(.+)" not defined`), "there is no function %s; there are word, number, asset, style and those of Go's templates. A field has a dot before it, text has quotes around it"},
	{regexp.MustCompile(`^missing value for (\w+)`), "this {{%s}} does not say of what, as in {{if .Image}}"},
	{regexp.MustCompile(`^undefined variable "(.+)"`), "there is no variable %s here; it is known only inside the {{range}}, {{with}} or {{if}} that makes it"},
	{regexp.MustCompile(`^unclosed left paren`), "a ( has no )"},
	{regexp.MustCompile(`^unexpected right paren`), "a ) has no ( before it"},
	{regexp.MustCompile(`^bad number syntax: "-`), "a {{- needs a space after it"},
	{regexp.MustCompile(`^bad number syntax: (".+")`), "%s is no number, and text stands in quotes"},
	{regexp.MustCompile(`^(?:reflect: slice )?index out of range|slice index out of range`), "the list has fewer items than that; it may be empty"},
}

// plainly says a complaint of the parser in an author's words, where they are known.
func plainly(text string) (string, bool) {
	for _, w := range parserWords {
		switch m := w.said.FindStringSubmatch(text); {
		case m == nil:
		case w.said.NumSubexp() == 0:
			return w.told, true
		default:
			return fmt.Sprintf(w.told, m[1]), true
		}
	}
	return "", false
}
