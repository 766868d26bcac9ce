// Package templates holds the default homepage: its parts, its style, its words and its small files, as they are compiled into the
// program. README.md in the same folder is the manual for template authors.
package templates

import "embed"

// Files are the default templates. Everything but status/ may be overridden file by file by a shop's own templates folder.
//
//go:embed README.md words.json style.css *.html assets status
var Files embed.FS
