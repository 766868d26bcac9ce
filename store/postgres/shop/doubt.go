package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// What a column is in doubt about.
const (
	inOwner = iota
	inLanguage
	inCurrency
	inDiscount
	inFlag
	inPrice
)

// doubt is a column that may say that a product is not for this page, or costs something else. Its value rides along with each product.
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

// flagValue is the value of a flag or a status.
func flagValue(c Column) string {
	if c.Class == 'B' || c.Class == 'N' {
		return "p." + c.quoted() + "::text"
	}
	return wordSQL("p." + c.quoted())
}

// findOwner finds the columns that say whose product it is. CATALOG_STORE chooses.
func (r *reader) findOwner() {
	t := r.Products
	for _, c := range t.Columns {
		if !ownerColumn(c) || r.ignored(t, c) || c.Name == t.primary {
			continue
		}
		if value, ok := r.store(c); ok {
			r.shown = append(r.shown, condition{sql: r.p(c) + " = " + pq.QuoteLiteral(value), fixed: true, column: c})
			r.role("store", c.quoted()+" = "+value)
			r.doubt(doubt{kind: inOwner, label: c.Name, table: t, value: r.p(c) + "::text", answered: true})
			continue
		}
		r.doubt(doubt{kind: inOwner, label: c.Name, table: t, value: r.p(c) + "::text"})
	}
	for _, c := range t.Columns {
		if begins(c.Name, "vendor", "seller", "merchant", "supplier") && c.Class != 'B' && !r.ignored(t, c) {
			r.Unused = append(r.Unused, c.quoted()+" (whose product it is; CATALOG_QUERY_FILE can choose)")
		}
	}
}

// ownerColumn reports whether a column says which store a row belongs to.
func ownerColumn(c Column) bool {
	w := words(c.Name)
	if n := len(w); n > 1 && is(w[n-1], "id", "uuid", "code", "slug") {
		w = w[:n-1]
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
				list = append(list, condition{sql: fmt.Sprintf("(k.%s = %s OR k.%s IS NULL)", r.use(t, c), pq.QuoteLiteral(value), c.quoted())})
			}
		}
		if isLocale(c) && r.set.LangSet {
			list = append(list, condition{sql: "(" + r.spoken("k."+r.use(t, c)) + ")"})
		}
	}
	return list
}

func isLocale(c Column) bool {
	return (c.text() || c.Class == 'E') && is(plain(c.Name), localeWords...)
}

func isCurrency(c Column) bool {
	return (c.text() || c.Class == 'E') && is(plain(c.Name), "currency", "currencycode", "pricecurrency", "currencyiso", "isocurrency", "pricecurrencycode")
}

func upper(q string) string { return "upper(btrim(" + q + "::text))" }

// findLanguage finds the language and the currency of rows. They are conditions once the owner has said which the page is in.
func (r *reader) findLanguage() {
	t := r.Products
	for _, c := range t.Columns {
		if r.ignored(t, c) {
			continue
		}
		switch {
		case isLocale(c) && r.set.LangSet:
			r.shown = append(r.shown, condition{sql: "(" + r.spoken(r.p(c)) + ")", fixed: true, column: c})
			r.doubtLanguage(t, c, r.p(c)+"::text")
		case isLocale(c):
			r.doubtLanguage(t, c, r.p(c)+"::text")
		case isCurrency(c) && r.set.CurrencySet:
			r.shown = append(r.shown, condition{sql: upper(r.p(c)) + " = " + pq.QuoteLiteral(r.set.Currency), fixed: c.Class != 'E', column: c})
			r.doubtCurrency(t, c, upper(r.p(c)))
		case isCurrency(c):
			r.doubtCurrency(t, c, upper(r.p(c)))
		}
	}
}

func (r *reader) doubtLanguage(t *Table, c Column, value string) {
	r.role("language", t.Quoted()+"."+c.quoted())
	r.doubt(doubt{kind: inLanguage, label: c.Name, table: t, value: "lower(" + value + ")", known: []string{r.set.Lang}, answered: r.set.LangSet})
}

func (r *reader) doubtCurrency(t *Table, c Column, value string) {
	r.role("currency", t.Quoted()+"."+c.quoted())
	r.doubt(doubt{kind: inCurrency, label: c.Name, table: t, value: value, known: []string{r.set.Currency}, answered: r.set.CurrencySet})
}

// spoken is the condition that a row's language is the page's: de is spoken by de, de-AT and DE_at; pt-BR by pt-BR and pt.
func (r *reader) spoken(q string) string {
	lang := strings.ToLower(strings.ReplaceAll(r.set.Lang, "_", "-"))
	primary, _, region := strings.Cut(lang, "-")
	norm := "lower(translate(" + q + "::text, '_', '-'))"
	if region {
		return fmt.Sprintf("%s IN (%s, %s)", norm, pq.QuoteLiteral(lang), pq.QuoteLiteral(primary))
	}
	return fmt.Sprintf("split_part(%s, '-', 1) = %s", norm, pq.QuoteLiteral(primary))
}

// hideByParents hides the products of stores, sellers and further categories that visitors may not see.
func (r *reader) hideByParents() {
	t := r.Products
	for i, k := range t.keys {
		c, ok := t.column(k.Column)
		if !ok || k.To == t || k.To == r.Categories && r.key.Name == c.Name ||
			!ownerColumn(c) && !has(k.To.Name, "vendor", "seller", "merchant", "categor", "store", "shop") {
			continue
		}
		alias := fmt.Sprintf("up%d", i)
		conds := r.live(k.To, alias, false)
		if and(conds) == "" {
			continue
		}
		r.useNamed(k.To, k.Target)
		r.shown = append(r.shown, condition{column: c, sql: fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS %s WHERE %s.%s = %s AND (true%s) IS NOT TRUE)",
			k.To.Quoted(), alias, alias, pq.QuoteIdentifier(k.Target), r.p(c), and(conds))})
	}
}

// Seen are the values of the columns in doubt, by column, each once.
type Seen map[string][]string

// Add notes a value of the form column=value, as the statement gives them.
func (s Seen) Add(entry string) {
	if label, value, ok := strings.Cut(entry, "="); ok && !slices.Contains(s[label], value) {
		s[label] = append(s[label], value)
	}
}

// Ask tells what the rows leave open, each as one sentence with what was seen and the answers. shown are the values of the products that
// would be shown, looked those of the bounded look, and remembered those of the page that is up, nil without one.
func (m *Mapping) Ask(shown, looked, remembered Seen) []string {
	var list []string
	for _, d := range m.doubts {
		values, before := slices.Clone(shown[d.label]), remembered[d.label]
		if len(before) == 0 || d.answered {
			before = looked[d.label]
		}
		switch {
		case d.answered && len(values) == 0 && len(before) > 0:
			list = append(list, d.nothing(before))
		case d.answered && len(values) > 1, !d.answered && d.open(union(values, before)):
			list = append(list, d.question(union(values, before)))
		}
	}
	return list
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
		return !slices.Contains(d.known, v) && !(d.kind == inLanguage && speaks(v, d.known[0]))
	})
	switch d.kind {
	case inDiscount, inCurrency, inLanguage:
		return odd
	case inPrice:
		return len(values) > 1 || slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, " and ") })
	}
	return odd && len(values) > 1
}

// speaks reports whether a row's language is the page's; spoken is the same in SQL.
func speaks(value, lang string) bool {
	value, lang = strings.ToLower(strings.ReplaceAll(value, "_", "-")), strings.ToLower(strings.ReplaceAll(lang, "_", "-"))
	primary, _, region := strings.Cut(lang, "-")
	if region {
		return value == lang || value == primary
	}
	first, _, _ := strings.Cut(value, "-")
	return first == lang
}

// question is the sentence that asks, with at most two of the values.
func (d doubt) question(values []string) string {
	slices.Sort(values)
	at := fmt.Sprintf("the column %s of %s holds %s", d.label, d.table.Quoted(), examples(values))
	one := values[0]
	switch d.kind {
	case inOwner:
		return fmt.Sprintf("%s, so these are products of more than one store; set CATALOG_STORE=%s, or the value that is this shop, or CATALOG_IGNORE=%s where all of them are", at, one, d.label)
	case inLanguage:
		return fmt.Sprintf("%s, and the page's language is %s; set SITE_LANG to the language of this page, or CATALOG_IGNORE=%s where that says nothing", at, d.known[0], d.label)
	case inCurrency:
		return fmt.Sprintf("%s, and the page's currency is %s; set CURRENCY=%s, or the one of this page, or CATALOG_IGNORE=%s where that says nothing", at, d.known[0], other(values, d.known[0]), d.label)
	case inDiscount:
		return fmt.Sprintf("%s, which may be percent or an amount; set CATALOG_DISCOUNT=percent, CATALOG_DISCOUNT=amount or CATALOG_DISCOUNT=ignore (so does CATALOG_IGNORE=%s)", at, d.label)
	case inPrice:
		return fmt.Sprintf("%s, and which of these prices a visitor pays is not known; write your own statement (`vitrine init --query FILE`, CATALOG_QUERY_FILE), or set CATALOG_IGNORE=%s where the lowest is right",
			at, d.label)
	}
	return fmt.Sprintf("%s, and which of that visitors may see is not understood; set CATALOG_IGNORE=%s where all of it may be seen, or write your own statement (`vitrine init --query FILE`, CATALOG_QUERY_FILE)",
		at, d.label)
}

// nothing is the sentence for an answer that leaves no product.
func (d doubt) nothing(values []string) string {
	slices.Sort(values)
	setting := []string{"CATALOG_STORE", "SITE_LANG", "CURRENCY"}[d.kind]
	return fmt.Sprintf("with %s as it is set no product is left: the column %s of %s holds %s; set %s to what is this shop's", setting, d.label, d.table.Quoted(),
		examples(values), setting)
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

// Spelling is the label of what products hold in place of a category's name: another spelling, a slug, an id. It is no doubt.
const Spelling = "category"

// AskOwner tells what the rows of an owner's own statement leave open: columns in its column doubts in which they differ.
func AskOwner(shown Seen) []string {
	var list []string
	for _, label := range slices.Sorted(maps.Keys(shown)) {
		if values := slices.Sorted(slices.Values(shown[label])); label != Spelling && len(values) > 1 {
			list = append(list, fmt.Sprintf("the rows of CATALOG_QUERY_FILE differ in %s, which holds %s; choose in the statement which of them are this page's, and take %s out of its column doubts",
				label, examples(values), label))
		}
	}
	return list
}
