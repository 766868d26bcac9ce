package shop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

var (
	productWords = strings.Fields("product produkt producto produto produit prodotto prod")
	goodsWords   = strings.Fields(`
		item good article artikel articulo artigo catalog catalogue merchandise listing`)
	// elseWords are beginnings of words that say that a table's rows are no goods for sale but something that happened
	// to them.
	elseWords = strings.Fields(`
		order cart basket invoice wish favorit favourit review purchase transaction shipment return refund
		histor log audit quote checkout payment subscription event view recommend related backup bak old tmp
		temp test import staging comment question feedback saved delivery bill archiv delet draft`)
	// otherTables are beginnings of words that say that a table holds something else of a shop.
	otherTables = strings.Fields(`
		categor tag brand variant sku price image plan service room course ticket attribute option`)
	shownNames = strings.Fields("image images imageurl imageurls picture thumbnail photo")
)

// products finds the table of the products: rows with a name and a price, their own or that of variants, in a table
// that is called so.
func (ts Tables) products(kind string) (*Table, error) {
	var found, elsewhere *Table
	best, far := 0, 0
	for _, t := range ts.List {
		n := ts.productScore(t, kind)
		if t.Searched && n > best {
			found, best = t, n
		}
		if !t.Searched && n > far {
			elsewhere, far = t, n
		}
	}
	switch {
	case found != nil:
		return found, nil
	case elsewhere != nil:
		const sentence = "there is no shop in the schema that DATABASE_URL names, " +
			"but the schema %[1]s has products in %[2]s: add ?schema=%[1]s to DATABASE_URL"
		return nil, &Unrecognised{Sentence: fmt.Sprintf(sentence, elsewhere.Schema, elsewhere.Quoted())}
	}
	return nil, &Unrecognised{Sentence: ts.Found()}
}

// productScore says how much a table looks like the one of the products: 0 not at all.
func (ts Tables) productScore(t *Table, kind string) int {
	if t.primary.Name == "" || begins(t.Name, elseWords...) {
		return 0
	}
	score := tableScore(t.Name)
	if score < 0 {
		return 0
	}
	r := &reader{all: ts, Mapping: Mapping{Products: t, used: map[*Table][]Column{}}}
	r.findParent()
	_, named := t.find("S", nameWords...)
	if text, _ := r.translated(t, "p", nameWords); !named && text == "" {
		return 0
	}
	_, priced := r.price(t, "p", false)
	if _, _, ok := r.variants(); !priced && !ok {
		return 0
	}
	for _, names := range [][]string{slugWords, shownNames, stockNames, {"description"}} {
		if _, ok := t.find("SNAU", names...); ok {
			score += 4
		}
	}
	if priced {
		score += 5
	}
	for _, k := range t.keys { // a row that belongs to a product is none
		if k.to != t && slices.Contains(productWords, lastWord(k.to.Name)) {
			score -= 80
		}
	}
	if _, ours := t.column("num_sales"); ours && t.Name == "products" {
		score += 10
	}
	if len(t.singular) == 1 {
		score += 10
	}
	if t.Kind == 'v' || t.Kind == 'm' {
		score -= 10
	}
	if kind == "vitrine" && t.Name == "products" {
		score += 200
	}
	if i := slices.Index([]string{"products", "product", "Products", "Product"}, t.Name); kind == "prisma" && i >= 0 {
		score += 200 + 20*i
	}
	if score < 10 { // neither the name nor two columns speak for it
		return 0
	}
	return score
}

// tableScore says how much a table's name is one of products.
func tableScore(name string) int {
	last := lastWord(name)
	ends := func(w string) bool { return strings.HasSuffix(last, w) }
	switch {
	case slices.Contains(productWords, last):
		return 100
	case begins(name, otherTables...):
		return -50
	case slices.ContainsFunc(productWords, ends):
		return 90
	case slices.ContainsFunc(goodsWords, ends):
		return 60
	}
	return 0
}

// Found says what is there of tables, those that look like a shop's first.
func (ts Tables) Found() string {
	if len(ts.List) == 0 {
		return "found no tables that this role can see; run `vitrine init` to make the shop's tables, " +
			"or check the schema and the role's rights"
	}
	var names []string
	for _, t := range ts.List[:min(len(ts.List), 8)] {
		names = append(names, pq.QuoteIdentifier(t.Name))
	}
	more := ""
	if ts.Total > len(names) {
		more = fmt.Sprintf(" and %d more", ts.Total-len(names))
	}
	const sentence = "found no table of products with a name and a price among %s%s; " +
		"write your own SELECT into a file and name it in CATALOG_QUERY_FILE (README)"
	return fmt.Sprintf(sentence, strings.Join(names, ", "), more)
}

// findParent finds whether rows of the products table may be variants of another row.
func (r *reader) findParent() {
	for _, k := range r.Products.keys {
		if k.to == r.Products && has(k.from.Name, "parent", "variantof") && !r.ignored(r.Products, k.from) {
			r.self = k.from
		}
	}
}
