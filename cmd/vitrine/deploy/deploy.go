// Package deploy holds the files that "vitrine print" hands out: what stands before a shop, and what runs the program.
package deploy

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed files
var files embed.FS

// File is one file to hand out. Its first line is a comment that says what it is for; JSON has a description instead.
type File struct{ Name, Text string }

// Files are all of them, by name.
func Files() ([]File, error) {
	entries, err := files.ReadDir("files")
	if err != nil {
		return nil, fmt.Errorf("list the files to print: %w", err)
	}
	var out []File
	for _, e := range entries {
		text, err := files.ReadFile("files/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read a file to print: %w", err)
		}
		name, _, _ := strings.Cut(e.Name(), ".")
		out = append(out, File{name, string(text)})
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
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
