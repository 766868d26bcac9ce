// Package templates holds the default homepage: its parts, its style, its words and its small files, as they are
// compiled into the program. README.md in the same folder is the manual for template authors.
package templates

import "embed"

// Files are the default templates, which a shop's own templates folder may override file by file.
//
//go:embed README.md words.json style.css *.html assets
var Files embed.FS

// Status is the status page, which nobody overrides.
//
//go:embed status
var Status embed.FS
