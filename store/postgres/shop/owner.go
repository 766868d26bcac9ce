package shop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

var (
	ownerWords = strings.Fields("store shop tenant company organization organisation site website")
	// sellerWords are beginnings of words of columns that tell whose product it is and whose page it is not.
	sellerWords = strings.Fields("vendor seller merchant supplier")
	// parentStems are in names of tables whose rows, where they are off, hide their products.
	parentStems = strings.Fields("vendor seller merchant categor store shop")
)

// findOwner finds the columns that say whose product it is. CATALOG_STORE chooses.
func (r *reader) findOwner() {
	t := r.Products
	for _, c := range t.Columns {
		if !ownerColumn(c) || r.ignored(t, c) || c.Name == t.primary.Name {
			continue
		}
		value, chosen := r.store(c)
		if chosen {
			r.shown = append(r.shown, condition{sql: r.p(c) + " = " + pq.QuoteLiteral(value), fixed: true, column: c})
			r.role("store", c.quoted()+" = "+value)
		}
		r.doubt(doubt{kind: aboutStore, label: c.Name, table: t, value: r.p(c) + "::text", answered: chosen})
	}
	for _, c := range t.Columns {
		if begins(c.Name, sellerWords...) && c.Class != 'B' && !r.ignored(t, c) {
			r.sellers = append(r.sellers, c.quoted()+" (whose product it is; CATALOG_QUERY_FILE can choose)")
		}
	}
}

// ownerColumn reports whether a column says which store a row belongs to.
func ownerColumn(c Column) bool {
	w := words(c.Name)
	if len(w) == 0 {
		return false
	}
	if n := len(w); n > 1 && is(w[n-1], "id", "uuid", "code", "slug") {
		w = w[:n-1]
	} else if c.Class == 'S' && !is(w[0], "store", "shop", "tenant") { // a company is a brand, a website an address
		return false
	}
	return len(w) == 1 && is(w[0], ownerWords...) && strings.IndexByte("SNUE", c.Class) >= 0
}

// store is what CATALOG_STORE says of a column: "value", or "column:value" where several columns are in doubt.
func (r *reader) store(c Column) (string, bool) {
	if r.set.Store == "" {
		return "", false
	}
	for _, part := range strings.Split(r.set.Store, ",") {
		name, value, both := strings.Cut(strings.TrimSpace(part), ":")
		if both && strings.EqualFold(strings.TrimSpace(name), c.Name) {
			return r.fitting(c, strings.TrimSpace(value))
		}
	}
	for _, part := range strings.Split(r.set.Store, ",") {
		if part = strings.TrimSpace(part); !strings.Contains(part, ":") {
			return r.fitting(c, part)
		}
	}
	return "", false
}

// fitting refuses a value that the column's type cannot hold, which the server would call an error.
func (r *reader) fitting(c Column, value string) (string, bool) {
	ok := true
	switch {
	case c.Class == 'N':
		ok = strings.Trim(value, "0123456789") == "" && len(value) < 18 && value != ""
	case c.Base == "uuid":
		ok = len(value) == 36 && strings.Trim(strings.ToLower(value), "0123456789abcdef-") == ""
	case c.Class == 'E':
		ok = slices.Contains(c.Labels, value)
	}
	if !ok {
		r.ask("CATALOG_STORE=%s is no value of %s, which is %s", value, c.quoted(), c.Type)
	}
	return value, ok
}

// ownedCategory are the conditions of the chosen store and language on the categories.
func (r *reader) ownedCategory(t *Table) (list []condition) {
	for _, c := range t.Columns {
		if r.ignored(t, c) {
			continue
		}
		if ownerColumn(c) {
			if value, ok := r.store(c); ok {
				q := "k." + r.use(t, c)
				list = append(list, condition{sql: "(" + q + " = " + pq.QuoteLiteral(value) + " OR " + q + " IS NULL)"})
			}
		}
		if isLocale(c) && r.set.LangSet {
			list = append(list, condition{sql: "(" + r.spoken("k."+r.use(t, c)) + ")"})
		}
	}
	return list
}

// hideByParents hides the products of stores, sellers and further categories that visitors may not see.
func (r *reader) hideByParents() {
	t := r.Products
	for i, k := range t.keys {
		c := k.from
		shown := k.to == r.Categories && r.key.Name == c.Name // its conditions are the category's
		name := k.to.Name
		if w, of := words(name), words(t.Name); len(w) > 1 && len(of) > 1 && w[0] == of[0] { // of shop_product
			name = strings.Join(w[1:], "_")
		}
		if k.to == t || shown || !ownerColumn(c) && !has(name, parentStems...) {
			continue
		}
		alias := fmt.Sprintf("up%d", i)
		conds := r.live(k.to, alias, false)
		if and(conds) == "" {
			continue
		}
		sql := offSQL(k, alias, r.p(c), r.use(k.to, k.toColumn), and(conds))
		r.shown = append(r.shown, condition{column: c, sql: sql})
	}
}
