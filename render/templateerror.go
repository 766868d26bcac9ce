package render

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TemplateError is what is wrong in a shop's template, told to the person who wrote it.
type TemplateError struct {
	// File is the template's name below the templates folder, Line its line from 1; 0 where there is no one line.
	File string
	Line int
	// Text is that line as it is written, without the space around it.
	Text string
	// Message is the readable sentence.
	Message string
}

// Error gives file:line and message, as editors understand it.
func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

func newTemplateError(file string, line int, source, message string) *TemplateError {
	e := &TemplateError{File: file, Line: line, Message: message}
	if lines := strings.Split(source, "\n"); line >= 1 && line <= len(lines) {
		e.Text = clean(lines[line-1])
	}
	return e
}

var (
	// whereInTemplate reads file, line and message off the errors of text/template and html/template.
	whereInTemplate = regexp.MustCompile(`^(?:html/template|template): ?([^:]*):(\d+)(?::\d+)?:? (.*)$`)
	// whileExecuting is what text/template says before it comes to the point: the template and the action.
	whileExecuting = regexp.MustCompile(`^executing "[^"]*" at <(.*?)>: (?:error calling \w+: )?(.*)$`)
	noField        = regexp.MustCompile(`^can't evaluate field (\w+) in type \*?render\.(\w+)$`)
	noTemplate     = regexp.MustCompile(`^(?:no such template|template) "([^"]*)"`)
)

// parserMessages are what Go's template parser says of the commonest slips, and what to tell an author instead; %s is
// the group.
var parserMessages = []struct {
	said    *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`^bad character U\+007D|^unexpected "}" in`), "an action ends in a single }; it must end in }}"},
	{regexp.MustCompile(`^bad character U\+003C|^unexpected "<" in`),
		"an action has no }} before this <; to compare two values write lt, as in {{if lt .Stars 5}}"},
	{regexp.MustCompile(`^unclosed action`), "an action begins with {{ and has no }}"},
	{regexp.MustCompile(`^unterminated (?:raw )?quoted string`), "a text in quotes has no closing quote"},
	{regexp.MustCompile(`^(?:unterminated|malformed) character constant`),
		`text stands in double quotes, "like this", not in single ones`},
	{regexp.MustCompile(`^unexpected ({{end}}|{{else}})`), "this %s has no {{if}}, {{range}} or {{with}} before it"},
	{regexp.MustCompile(`^function "(.+)" not defined`),
		"there is no function %s; there are word, number, asset, style and those of Go's templates. " +
			"A field has a dot before it, text has quotes around it"},
	{regexp.MustCompile(`^missing value for (\w+)`), "this {{%s}} does not say of what, as in {{if .Image}}"},
}

// explain turns an error of the template packages into one for people. file is the template that was parsed or
// executed, where the error does not say it better.
func (t *Templates) explain(file string, err error) *TemplateError {
	if e, ok := errors.AsType[*TemplateError](err); ok {
		return e
	}
	if errors.Is(err, errTooBig) {
		return &TemplateError{File: file, Message: fmt.Sprintf("is over %d MB and still growing; "+
			"look for a range or a template without end", maxOutput/1_000_000)}
	}
	text, line := strings.ReplaceAll(err.Error(), "\n", " "), 0
	if m := whereInTemplate.FindStringSubmatch(text); m != nil {
		if m[1] != "" {
			file = m[1]
		}
		line, _ = strconv.Atoi(m[2])
		text = m[3]
	}
	return newTemplateError(file, line, t.sources[file], t.readable(text))
}

// readable says the commonest mistakes in words an author knows; the others stay as the template packages say them.
func (t *Templates) readable(text string) string {
	if m := whileExecuting.FindStringSubmatch(text); m != nil {
		text = m[2]
	}
	switch {
	case text == "unexpected EOF":
		return "the file ends too early: an {{if}}, {{range}} or {{with}} has no {{end}}"
	case strings.Contains(text, "index out of range"):
		return "the list has fewer items than that; it may be empty"
	case strings.Contains(text, "exceeded maximum template depth"):
		return "the template calls itself without end"
	case strings.Contains(text, "branches end in different contexts"):
		return "the branches of this {{if}}, {{range}} or {{with}} leave the page in different places; one of them may be " +
			"inside a tag, a quote, a style or a script. Put each branch around whole tags or whole attributes"
	}
	for _, m := range parserMessages {
		if groups := m.said.FindStringSubmatch(text); groups != nil {
			return strings.ReplaceAll(m.instead, "%s", groups[len(groups)-1])
		}
	}
	if m := noField.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("a %s has no %s; it has %s", m[2], m[1], strings.Join(fieldsOf(m[2]), ", "))
	}
	if m := noTemplate.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("there is no template %q; there are %s", m[1], strings.Join(t.names(), ", "))
	}
	return text
}

func (t *Templates) names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.sources)), func(name string) bool {
		return path.Ext(name) != ".html"
	})
}

// fieldsOf lists what a template may use of a Page, a Category, a Card and what they have.
func fieldsOf(name string) []string {
	var fields []string
	for _, v := range []any{Page{}, Category{}, Card{}, Logo{}, Search{}, Parameter{}, Link{}, Group{}} {
		if typ := reflect.TypeOf(v); typ.Name() == name {
			for _, f := range reflect.VisibleFields(typ) {
				if f.IsExported() {
					fields = append(fields, f.Name)
				}
			}
		}
	}
	return fields
}
