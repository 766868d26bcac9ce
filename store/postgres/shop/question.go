package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// own is how an owner chooses who finds no setting that does.
const own = "write your own statement (`vitrine init --query FILE`, CATALOG_QUERY_FILE)"

// ignoring is the setting that has a column mean nothing, beside those that do already.
func (m *Mapping) ignoring(column string) string {
	return "CATALOG_IGNORE=" + strings.Join(append(slices.Clone(m.ignore), column), ",")
}

// question is the sentence that asks, with at most two of the values. ignore is the setting that has the column mean
// nothing.
func (d doubt) question(values []string, ignore string) string {
	slices.Sort(values)
	seen := fmt.Sprintf("the column %s of %s holds %s", d.label, d.table.Quoted(), examples(values))
	switch d.kind {
	case aboutStore:
		return fmt.Sprintf("%s, so these are products of more than one store; set CATALOG_STORE=%s, "+
			"or the value that is this shop, or %s where all of them are", seen, values[0], ignore)
	case aboutLanguage:
		return fmt.Sprintf("%s, and the page's language is %s; set SITE_LANG=%[2]s, or the one of this page, "+
			"or %[3]s where that says nothing", seen, d.known[0], ignore)
	case aboutCurrency:
		return fmt.Sprintf("%s, and the page's currency is %s; set CURRENCY=%s, or the one of this page, "+
			"or %s where that says nothing", seen, d.known[0], other(values, d.known[0]), ignore)
	case aboutDiscount:
		return fmt.Sprintf("%s, which may be percent or an amount; set CATALOG_DISCOUNT=percent, "+
			"CATALOG_DISCOUNT=amount or CATALOG_DISCOUNT=ignore (so does %s)", seen, ignore)
	case aboutStorePrice:
		store, _, _ := strings.Cut(values[0], " and ")
		return fmt.Sprintf("%s, so these are prices of more than one store; set CATALOG_STORE=%s, or the one that is this "+
			"shop, or %s where the lowest is right", seen, store, ignore)
	case aboutMinor:
		return fmt.Sprintf("PRICE_UNIT=minor says that prices count cents, and the price column %s of %s holds %s; "+
			"set PRICE_UNIT=major (19.99 is 19.99), or %s", d.label, d.table.Quoted(), values[len(values)-1], own)
	case aboutPrice:
		return fmt.Sprintf("%s, and which of these prices a visitor pays is not known; %s, "+
			"or set %s where the lowest is right", seen, own, ignore)
	}
	return fmt.Sprintf("%s, and which of that visitors may see is not "+
		"understood; set %s where all of it may be seen, or %s", seen, ignore, own)
}

// nothing is the sentence for an answer that leaves no product.
func (d doubt) nothing(values []string, ignore string) string {
	slices.Sort(values)
	setting := []string{"CATALOG_STORE", "SITE_LANG", "CURRENCY"}[d.kind]
	return fmt.Sprintf("with %[1]s as it is set no product is left: the column %[2]s of %[3]s holds %[4]s; "+
		"set %[1]s=%[5]s, or what else is this shop's, or %[6]s where that says nothing", setting, d.label, d.table.Quoted(),
		examples(values), values[0], ignore)
}

// other is a value that is not the known one.
func other(values []string, known string) string {
	return values[slices.IndexFunc(values, func(v string) bool { return v != known || len(values) == 1 })]
}

// examples are two of the values, and how many more there are.
func examples(values []string) string {
	switch n := len(values); n {
	case 1:
		return values[0]
	case 2:
		return values[0] + " and " + values[1]
	default:
		return fmt.Sprintf("%s, %s and %d more", values[0], values[1], n-2)
	}
}

// Spelling is the label of what products hold in place of a category's name: another spelling, a slug, an id. It is no
// doubt.
const Spelling = "category"

// AskOwner tells what the rows of an owner's own statement leave open: columns in its column doubts in which they
// differ.
func AskOwner(shown Seen) []string {
	const sentence = "the rows of CATALOG_QUERY_FILE differ in %[1]s, which holds %[2]s; choose in the statement " +
		"which of them are this page's, and take %[1]s out of its column doubts"
	var list []string
	for _, label := range slices.Sorted(maps.Keys(shown)) {
		if values := slices.Sorted(slices.Values(shown[label])); label != Spelling && len(values) > 1 {
			list = append(list, fmt.Sprintf(sentence, label, examples(values)))
		}
	}
	return list
}
