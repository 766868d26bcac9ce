// Package deploy holds the files that "vitrine print" hands out: what stands before a shop, and what runs the program.
package deploy

import (
	"embed"
	"encoding/json"
	"strings"
)

//go:embed files
var files embed.FS

// File is one file to hand out. Its first line is a comment that says what it is for; JSON has a description instead.
type File struct{ Name, Text string }

// Files are all of them, by name.
func Files() []File {
	var all []File
	entries, _ := files.ReadDir("files") // embedded: neither this nor reading one can fail
	for _, e := range entries {
		text, _ := files.ReadFile("files/" + e.Name())
		name, _, _ := strings.Cut(e.Name(), ".")
		all = append(all, File{name, string(text)})
	}
	return all
}

// About is what the file is for: its description in JSON, else its first line without the comment's mark.
func (f File) About() string {
	var doc struct{ Description string }
	if json.Unmarshal([]byte(f.Text), &doc) == nil {
		return doc.Description
	}
	first, _, _ := strings.Cut(f.Text, "\n")
	return strings.TrimLeft(first, "#/ ")
}
