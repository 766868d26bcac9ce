package render

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What templates call by name: parts and words.
var (
	callsPart = regexp.MustCompile(`{{-?\s*(?:template|block)\s+"([^"]+)"`)
	callsWord = regexp.MustCompile(`\bword\s+"([^"]+)"`)
)

// Warnings are sentences about an author's templates that keep nobody from using them: names that are nearly one of
// ours, and what the page's policy will refuse on site s. They begin with file:line, or the file.
func (t *Templates) Warnings(s Site) []string {
	return append(slices.Clip(t.misspelt), t.blocked(s)...)
}

// findMisspelt finds what stands in an author's folder under a name that nothing asks for and that is nearly one of
// ours: parts, shipped under the names given, and words, read from text.
func (t *Templates) findMisspelt(own map[string]string, shipped []string, w, ours words, text string) {
	parts, said := map[string]bool{}, map[string]bool{}
	for _, source := range t.sources {
		for _, m := range callsPart.FindAllStringSubmatch(source, -1) {
			parts[m[1]] = true
		}
		for _, m := range callsWord.FindAllStringSubmatch(source, -1) {
			said[m[1]] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if near := Nearest(name, shipped); path.Ext(name) == ".html" && !parts[name] && near != "" {
			t.misspelt = append(t.misspelt, fmt.Sprintf("%s: no template uses this part; should it be %s?", name, near))
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(w)) {
		for _, key := range slices.Sorted(maps.Keys(w[lang])) {
			if near := Nearest(key, slices.Sorted(maps.Keys(ours["en"]))); !said[key] && near != "" {
				wrong := fmt.Sprintf("no template uses this word; should it be %q?", near)
				t.misspelt = append(t.misspelt, wordError(text, lang, key, wrong).Error())
			}
		}
	}
}

// Nearest returns the first of names within an edit distance of 2, or of a quarter of its length if that is less; ""
// where name is one of them, or near to none.
func Nearest(name string, names []string) string {
	found := ""
	for _, n := range names {
		switch d := distance(name, n); {
		case d == 0:
			return ""
		case d <= min(2, len(n)/4) && found == "":
			found = n
		}
	}
	return found
}

// distance is the Levenshtein distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// refused is what the page's policy refuses in silence, and what to do instead.
var refused = []struct {
	written *regexp.Regexp
	told    string
}{
	{regexp.MustCompile(`(?i)<[a-z][^>]*\sstyle\s*=`), "a style attribute: put it into style.css"},
	{regexp.MustCompile(`(?i)<[a-z][^>]*\son[a-z]+\s*=`), "a script in an attribute: put it into a file of assets/"},
	{regexp.MustCompile(`(?i)<script(?:\s+type="(?:text/javascript|module)")?\s*>`),
		"a script in the page: put it into a file of assets/"},
	{regexp.MustCompile(`(?i)<script[^>]*\ssrc\s*=\s*["']?(?:https?:)?//`),
		"a script of another host: keep a copy in assets/"},
	{regexp.MustCompile(`(?i)<link[^>]*\shref\s*=\s*["']?(?:https?:)?//[^>]*\.css` +
		`|<link[^>]*stylesheet[^>]*\shref\s*=\s*["']?(?:https?:)?//`),
		"a style sheet of another host: keep a copy in assets/"},
	{regexp.MustCompile(`(?i)<(?:iframe|object|embed)\b`), "a page within the page"},
	{regexp.MustCompile(`(?i)@import`), "an @import: put what it brings into style.css"},
	{regexp.MustCompile(`(?i)url\(\s*["']?(?:https?:)?//[^)]*\.(?:woff2?|ttf|otf)`),
		"a font of another host: keep a copy in assets/"},
}

// blocked lists what the page's own Content-Security-Policy will refuse. It says nothing of a policy that the site sets
// itself.
func (t *Templates) blocked(s Site) []string {
	if s.CSP != "" {
		return nil
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(t.sources)) {
		for i, line := range strings.Split(t.sources[name], "\n") {
			for _, b := range refused {
				if name != wordsFile && b.written.MatchString(line) {
					found = append(found, fmt.Sprintf("%s:%d: the page's Content-Security-Policy blocks %s "+
						"(or set CONTENT_SECURITY_POLICY)", name, i+1, b.told))
				}
			}
		}
	}
	return found
}
