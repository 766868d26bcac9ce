package render

import (
	"fmt"
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
		e.Text = clean(lines[line-1], maxText)
	}
	return e
}
