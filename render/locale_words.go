package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/unicode/bidi"
)

// word is one text of the page: one form, or several by plural category (zero, one, two, few, many, other), of which
// other must be there. Names in braces are filled in; {n} is the number that chooses the form.
type word map[string]string

// words are the texts by language ("ar", or "ar-EG" for what a region says otherwise), then by key.
type words map[string]map[string]word

// pluralForms are CLDR's names of the plural categories.
var pluralForms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
	plural.Other: "other",
}

// parseWords reads a words.json. Errors are *TemplateError.
func parseWords(text string) (words, error) {
	var raw map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		at := int64(1)
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = max(e.Offset, 1)
		} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			at = max(e.Offset, 1)
		}
		return nil, newTemplateError(wordsFile, 1+strings.Count(text[:at-1], "\n"), text,
			`is not JSON of the form {"en": {"see_all": "See all"}}: `+strings.TrimPrefix(err.Error(), "json: "))
	}
	w := words{}
	for _, lang := range slices.Sorted(maps.Keys(raw)) {
		w[lang] = map[string]word{}
		for _, key := range slices.Sorted(maps.Keys(raw[lang])) {
			forms, wrong := parseWord(raw[lang][key])
			if wrong != "" {
				return nil, wordError(text, lang, key, wrong)
			}
			w[lang][key] = forms
		}
	}
	return w, nil
}

func wordError(text, lang, key, wrong string) *TemplateError {
	at := max(strings.Index(text, strconv.Quote(lang)), 0)
	at += max(strings.Index(text[at:], strconv.Quote(key)), 0)
	line := 1 + strings.Count(text[:at], "\n")
	return newTemplateError(wordsFile, line, text, fmt.Sprintf("%s, %q: %s", lang, key, wrong))
}

// placeholder finds the names in braces.
var placeholder = regexp.MustCompile(`{\w+}`)

// validate compares w, read from text, with the words that ship: a text must fill in what theirs does, and
// nothing else. The forms for exact numbers (zero, one, two) may do without, and so may the page's description. Words
// that do not ship are their author's own.
func (w words) validate(ours map[string]word, text string) error {
	for _, lang := range slices.Sorted(maps.Keys(w)) {
		for _, key := range slices.Sorted(maps.Keys(w[lang])) {
			if _, ok := ours[key]; !ok {
				continue
			}
			for _, form := range slices.Sorted(maps.Keys(w[lang][key])) {
				allowMissing := form == "zero" || form == "one" || form == "two" || key == "description"
				if wrong := checkPlaceholders(w[lang][key][form], ours[key]["other"], allowMissing); wrong != "" {
					return wordError(text, lang, key, wrong)
				}
			}
		}
	}
	return nil
}

// checkPlaceholders compares the placeholders of an override with the default's, and says what is wrong; "" for
// nothing. allowMissing permits fewer.
func checkPlaceholders(text, ours string, allowMissing bool) string {
	has, may := placeholder.FindAllString(text, -1), placeholder.FindAllString(ours, -1)
	for _, name := range has {
		switch {
		case len(may) == 0:
			return fmt.Sprintf("%s is not known here: this word has nothing to fill in", name)
		case !slices.Contains(may, name):
			return fmt.Sprintf("%s is not known here; there is %s", name, strings.Join(may, ", "))
		}
	}
	for _, name := range may {
		if !allowMissing && !slices.Contains(has, name) {
			return fmt.Sprintf("%s is missing, as in %q", name, ours)
		}
	}
	return ""
}

// parseWord reads one text: a plain string, or an object of plural forms. The second value says what is wrong with it.
func parseWord(raw json.RawMessage) (forms word, wrong string) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return word{"other": s}, ""
	}
	if json.Unmarshal(raw, &forms) != nil {
		return nil, "must be a text, or an object of plural forms"
	}
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		if !slices.Contains(slices.Collect(maps.Values(pluralForms)), form) {
			return nil, fmt.Sprintf("%q is no plural form; there are zero, one, two, few, many and other", form)
		}
	}
	if _, ok := forms["other"]; !ok {
		return nil, "the plural form \"other\" is missing"
	}
	return forms, ""
}

// merge gives w with the texts of others in place of its own, key by key.
func (w words) merge(others words) words {
	out := words{}
	for _, table := range []words{w, others} {
		for lang, texts := range table {
			if out[lang] == nil {
				out[lang] = map[string]word{}
			}
			maps.Copy(out[lang], texts)
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

// translate is the template function word: the text of a key in the page's language, with pairs of name and value
// filled in. Numbers are written in the language's digits; a value of the other direction is set apart, so that it does
// not tear the sentence.
func (w words) translate(l *locale, key string, pairs ...any) (string, error) {
	text, ok := w.find(l, key)
	if !ok {
		return "", fmt.Errorf("no word %q in words.json", key)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("word %q: names and values must come in pairs", key)
	}
	form, fills, given := "other", make([]string, 0, len(pairs)), map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("word %q: %v is no name", key, pairs[i])
		}
		value := l.isolate(fmt.Sprint(pairs[i+1]))
		if n, isNumber := number64(pairs[i+1]); isNumber {
			value = l.decimal(n)
			if name == "n" {
				form = l.pluralForm(n)
			}
		}
		fills, given["{"+name+"}"] = append(fills, "{"+name+"}", value), true
	}
	chosen, ok := text[form]
	if !ok {
		chosen = text["other"]
	}
	for _, name := range placeholder.FindAllString(chosen, -1) {
		if !given[name] {
			return "", fmt.Errorf("word %q: it has %s to fill in, which is not given here", key, name)
		}
	}
	return strings.NewReplacer(fills...).Replace(chosen), nil
}

// isolate puts isolates (U+2068, U+2069) around text that has letters of the other direction.
func (l *locale) isolate(text string) string {
	other := func(r rune) bool {
		p, _ := bidi.LookupRune(r)
		c := p.Class()
		return l.dir == "ltr" && (c == bidi.R || c == bidi.AL) || l.dir == "rtl" && c == bidi.L
	}
	if strings.ContainsFunc(text, other) {
		return "\u2068" + text + "\u2069"
	}
	return text
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

func (l *locale) decimal(n float64) string {
	decimals := 1
	if n == math.Trunc(n) {
		decimals = 0
	}
	return l.number(strconv.FormatFloat(n, 'f', decimals, 64))
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
