package shop

import (
	"slices"
	"strings"
	"unicode"
)

// words splits a name as people write them, camelCase, snake_case and kebab-case alike, into lower-case words:
// priceInCents is price, in, cents, and productSKU is product, sku.
func words(name string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list, word = append(list, strings.ToLower(string(word))), nil
		}
	}
	rs := []rune(name)
	for i, r := range rs {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return list
}

// plain is a name without what naming habits differ in: numSales, num_sales and NumSales are one.
func plain(name string) string { return strings.Join(words(name), "") }

// singular is a word without the ending of English plurals.
func singular(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "xes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && len(w) > 3:
		return w[:len(w)-1]
	}
	return w
}

func singulars(list []string) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = singular(w)
	}
	return out
}

func lastWord(name string) string {
	w := words(name)
	if len(w) == 0 {
		return ""
	}
	return singular(w[len(w)-1])
}

// bare is a column's plain name without the name of its table: product_name and productName of products are name.
func (t *Table) bare(c Column) string {
	n, tail := plain(c.Name), ""
	w := t.singular
	for i := len(w) - 1; i >= 0; i-- {
		tail = w[i] + tail
		if rest, ok := strings.CutPrefix(n, tail); ok && len(rest) > 1 {
			return rest
		}
	}
	w = words(c.Name)
	goods := len(w) > 1 && w[1] != "id" && (is(w[0], productWords...) || is(w[0], goodsWords...)) // prod_name
	if goods || len(w) > 1 && w[0] != "list" && strings.HasPrefix(lastWord(t.Name), w[0]) {       // list_price of listings
		return strings.Join(w[1:], "")
	}
	return n
}

// flag is the bare name of a flag without the verb before it: isActive, is_active and product_active are active.
func (t *Table) flag(c Column) string {
	n := t.bare(c)
	for _, verb := range []string{"is", "has", "was"} {
		rest, ok := strings.CutPrefix(n, verb)
		if ok && len(rest) > 2 && (words(c.Name)[0] == verb || n == plain(c.Name)) {
			return t.bare(Column{Name: rest})
		}
	}
	return n
}

// has reports whether the name holds one of the stems.
func has(name string, stems ...string) bool {
	p := plain(name)
	return slices.ContainsFunc(stems, func(s string) bool { return strings.Contains(p, s) })
}

// begins reports whether a word of the name begins with one of the stems.
func begins(name string, stems ...string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool {
		return slices.ContainsFunc(stems, func(s string) bool { return strings.HasPrefix(w, s) })
	})
}

// is reports whether the plain name is one of the list.
func is(name string, list ...string) bool { return slices.Contains(list, name) }
