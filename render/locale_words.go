package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

// word is one text of the page: one form, or several by plural category (zero, one, two, few, many, other), of which other must be
// there. Names in braces are filled in; {n} is the number that chooses the form.
type word map[string]string

// UnmarshalJSON takes a plain string as a word of one form.
func (w *word) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte(`"`)) {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = word{"other": s}
		return nil
	}
	return json.Unmarshal(b, (*map[string]string)(w))
}

// words are the texts by language ("ar", or "ar-EG" for what a region says otherwise), then by key.
type words map[string]map[string]word

// pluralForms are CLDR's names of the plural categories.
var pluralForms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// parseWords reads a words.json; errors name the line.
func parseWords(file string, text []byte) (words, error) {
	var w words
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&w); err != nil {
		offset := d.InputOffset()
		if e, ok := err.(*json.SyntaxError); ok {
			offset = e.Offset
		}
		line := 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
		return nil, newTemplateError(file, line, string(text), "is not JSON as expected: "+err.Error())
	}
	for lang, table := range w {
		for key, forms := range table {
			for form := range forms {
				if !slices.Contains([]string{"zero", "one", "two", "few", "many", "other"}, form) {
					return nil, newTemplateError(file, lineOf(text, `"`+form+`"`), string(text), fmt.Sprintf("%s, %q: %q is no plural form; there are zero, one, two, few, many and other", lang, key, form))
				}
			}
			if forms["other"] == "" {
				return nil, newTemplateError(file, lineOf(text, `"`+key+`"`), string(text), fmt.Sprintf("%s, %q: the form \"other\" is missing", lang, key))
			}
		}
	}
	return w, nil
}

// over gives w with the texts of others put over it, key by key.
func (w words) over(others words) words {
	out := words{}
	for _, table := range []words{w, others} {
		for lang, texts := range table {
			if out[lang] == nil {
				out[lang] = map[string]word{}
			}
			for k, v := range texts {
				out[lang][k] = v
			}
		}
	}
	return out
}

// find looks a key up for a locale: language and region, language, English.
func (w words) find(l *locale, key string) (word, bool) {
	for _, lang := range []string{l.lang + "-" + l.region, l.lang, "en"} {
		if t, ok := w[lang][key]; ok {
			return t, true
		}
	}
	return nil, false
}

// say is the template function word: the text of a key in the page's language, with pairs of name and value filled in. Numbers are
// written in the language's digits; other values are set apart (U+2068, U+2069), so that names of the other direction stay whole.
func (w words) say(l *locale, key string, pairs ...any) (string, error) {
	text, ok := w.find(l, key)
	if !ok {
		return "", fmt.Errorf("no word %q in words.json", key)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("word %q: names and values must come in pairs", key)
	}
	form, fills := "other", make([]string, 0, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("word %q: %v is no name", key, pairs[i])
		}
		value := "\u2068" + fmt.Sprint(pairs[i+1]) + "\u2069"
		if n, isNumber := number64(pairs[i+1]); isNumber {
			value = l.decimal(n)
			if name == "n" {
				form = l.pluralForm(n)
			}
		}
		fills = append(fills, "{"+name+"}", value)
	}
	chosen, ok := text[form]
	if !ok {
		chosen = text["other"]
	}
	return strings.NewReplacer(fills...).Replace(chosen), nil
}

// number64 gives the value of a number of any kind that Page holds.
func number64(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// decimal writes a whole number without decimals, any other with one.
func (l *locale) decimal(n float64) string {
	if n == math.Trunc(n) {
		return l.number(strconv.FormatFloat(n, 'f', 0, 64))
	}
	return l.number(strconv.FormatFloat(n, 'f', 1, 64))
}

// pluralForm is the plural category of a number in the language (CLDR cardinal rules).
func (l *locale) pluralForm(n float64) string {
	if n != math.Trunc(n) || n < 0 {
		return "other"
	}
	return pluralForms[plural.Cardinal.MatchPlural(l.tag, int(math.Mod(n, 1e9)), 0, 0, 0, 0)]
}

// anyNumber is the template function number: a count in the locale's digits and separators.
func (l *locale) anyNumber(v any) (string, error) {
	n, ok := number64(v)
	if !ok {
		return "", fmt.Errorf("number: %v is no number", v)
	}
	return l.decimal(n), nil
}
