package render

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// whereInTemplate reads file, line and message off the errors of text/template and html/template.
var whereInTemplate = regexp.MustCompile(`^(?:html/template|template): ?([^:]*):(\d+)(?::\d+)?:? (.*)$`)

// explain turns an error of the template packages into one for people.
func (t *Templates) explain(file string, err error) *TemplateError {
	var e *TemplateError
	if errors.As(err, &e) {
		return e
	}
	text := err.Error()
	line := 0
	if m := whereInTemplate.FindStringSubmatch(strings.ReplaceAll(text, "\n", " ")); m != nil {
		if m[1] != "" {
			file = m[1]
		}
		line, _ = strconv.Atoi(m[2])
		text = m[3]
	}
	return newTemplateError(file, line, t.sources[file], text)
}
