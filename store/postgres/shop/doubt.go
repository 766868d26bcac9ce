package shop

import (
	"slices"
	"strings"
)

// What a column is in doubt about.
const (
	aboutStore = iota
	aboutLanguage
	aboutCurrency
	aboutDiscount
	aboutFlag
	aboutPrice
	aboutStorePrice
	aboutYesNo
	aboutMinor
)

// doubt is a column that may say that a product is not for this page, or costs something else. Its value rides along
// with each product.
type doubt struct {
	kind  int
	label string // the column's name
	table *Table
	value string   // SQL over a product that is shown
	known []string // values that nothing is in doubt about
	// answered says that the owner has chosen; the value rides along so that what is left over is still seen.
	answered bool
}

func (r *reader) doubt(d doubt) { r.doubts = append(r.doubts, d) }

// Seen are the values of the columns in doubt, by column, each once.
type Seen map[string][]string

// Add notes a value of the form column=value, as the statement gives them.
func (s Seen) Add(entry string) {
	if label, value, ok := strings.Cut(entry, "="); ok && !slices.Contains(s[label], value) {
		s[label] = append(s[label], value)
	}
}

// Ask tells what the rows leave open, each as one sentence with what was seen and the answers. shown are the values of
// the products that would be shown, looked those of the bounded look, and remembered those of the page that is up, nil
// without one.
func (m *Mapping) Ask(shown, looked, remembered Seen) []string {
	var list []string
	for _, d := range m.doubts {
		values, before := slices.Clone(shown[d.label]), remembered[d.label]
		if len(before) == 0 || d.answered {
			before = looked[d.label]
		}
		none := len(values) == 0
		if !slices.Contains([]int{aboutStore, aboutFlag, aboutYesNo}, d.kind) { // of the others NULL says nothing
			values, before = withoutNull(values), withoutNull(before)
		}
		switch {
		case d.answered && none && len(before) > 0:
			list = append(list, d.nothing(before, m.ignoring(d.label)))
		case d.answered && len(values) > 1 && (d.kind != aboutLanguage || d.open(values)),
			!d.answered && d.open(union(values, before)):
			list = append(list, d.question(union(values, before), m.ignoring(d.label)))
		}
	}
	return list
}

func withoutNull(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "NULL" })
}

// NeedsLook reports whether a column is in doubt that the page that is up says nothing of.
func (m *Mapping) NeedsLook(remembered Seen) bool {
	return slices.ContainsFunc(m.doubts, func(d doubt) bool { return !d.answered && len(remembered[d.label]) == 0 })
}

func union(a, b []string) []string {
	for _, v := range b {
		if !slices.Contains(a, v) {
			a = append(a, v)
		}
	}
	return a
}

// open reports whether these values leave the doubt open.
func (d doubt) open(values []string) bool {
	odd := slices.ContainsFunc(values, func(v string) bool {
		return !slices.Contains(d.known, v) && !(d.kind == aboutLanguage && speaks(v, d.known[0]))
	})
	switch d.kind {
	case aboutDiscount, aboutCurrency, aboutLanguage, aboutMinor:
		return odd
	case aboutPrice, aboutStorePrice:
		return len(values) > 1 || strings.Contains(strings.Join(values, ""), " and ")
	case aboutYesNo:
		return len(values) > 1 && !slices.Contains(values, "other")
	}
	return odd && len(values) > 1
}
