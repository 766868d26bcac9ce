package shop

import (
	"fmt"
	"strings"
)

var (
	nameWords = strings.Fields(`
		name title displayname fullname nome nombre nom naam bezeichnung titel titulo label heading`)
	slugWords = strings.Fields("slug handle urlkey permalink urlslug seoslug urlhandle slugurl")
)

// Limits of text, in characters: what is longer is cut in SQL to one more, which tells.
const (
	MaxText    = 1000
	MaxAddress = 2048
)

func cut(expr string, limit int) string { return fmt.Sprintf("left(%s, %d)", expr, limit+1) }

// encoded is a text expression as it is sent. A server that knows no encoding (SQL_ASCII) checks text
// against the client's, and one bad byte would fail the whole query: from there text comes as bytes, and is made valid
// here.
func (m *Mapping) encoded(expr string) string {
	if m.ascii {
		return "convert_to(" + expr + ", 'SQL_ASCII')"
	}
	return expr
}

// selectText selects what tells products apart and names them.
func (r *reader) selectText() {
	t := r.Products
	r.output("id", r.encoded(cut(r.p(r.id)+"::text", MaxText)))
	r.role("id", r.id.quoted())
	name, what := r.nameOf(t, "p")
	r.output("name", r.encoded(cut(name, MaxText)))
	r.role("name", what)
	if slug, ok := t.find("S", slugWords...); ok {
		r.output("slug", r.encoded(cut(r.p(slug)+"::text", MaxAddress)))
		r.role("slug", slug.quoted())
	} else if expr, what := r.translated(t, "p", slugWords); expr != "" {
		r.output("slug", r.encoded(cut(expr, MaxAddress)))
		r.role("slug", what)
	} else {
		r.output("slug", r.encoded(cut(r.p(r.id)+"::text", MaxAddress)))
		r.warn("%s has no slug column: product addresses are made of the id (see PRODUCT_URL)", t.Quoted())
	}
	if brand, ok := t.find("S", "brand", "brandname", "vendor", "manufacturer", "maker"); ok && brand.Readable {
		r.output("brand", r.encoded(cut(r.p(brand)+"::text", MaxText)))
		r.role("brand", brand.quoted())
	}
}

// nameOf is the name of a row of t, its own or a translation's, and which column that is.
func (r *reader) nameOf(t *Table, alias string) (expr, what string) {
	if c, ok := t.ownName(); ok {
		return alias + "." + r.use(t, c) + "::text", c.quoted()
	}
	return r.translated(t, alias, nameWords)
}

// ownName is the column that names the rows of t: of a categories table also the one that is called like the table, or
// the only text.
func (t *Table) ownName() (Column, bool) {
	if c, ok := t.find("S", nameWords...); ok {
		return c, true
	}
	for _, c := range t.Columns {
		w := words(c.Name)
		alike := plain(c.Name) == strings.Join(t.singular, "") || len(w) == 1 && singular(w[0]) == lastWord(t.Name)
		if c.text() && alike && !t.refers(c) {
			return c, true
		}
	}
	return Column{}, false
}

// translated is the text of a row of t in a table of translations, in the page's language where it is there, else in
// another.
func (r *reader) translated(t *Table, alias string, names []string) (expr, what string) {
	for _, k := range r.all.children(t) {
		lang, ok := k.table.find("SE", localeWords...)
		text, named := k.table.find("S", names...)
		if !ok || !named {
			continue
		}
		if is(plain(text.Name), nameWords...) && alias == "p" && !r.ignored(k.table, lang) {
			r.doubtLanguage(k.table, lang, r.translation(k, lang, lang, alias))
		}
		return r.translation(k, lang, text, alias), k.table.Quoted() + "." + text.quoted()
	}
	return "", ""
}

// translation is a column of the translation that is shown.
func (r *reader) translation(k child, lang, c Column, alias string) string {
	spoken := r.spoken("tr." + r.use(k.table, lang))
	where := fmt.Sprintf("tr.%s = %s.%s", r.use(k.table, k.from), alias, r.use(k.to, k.toColumn))
	if r.set.LangSet && !r.ignored(k.table, lang) {
		where += " AND " + spoken
	}
	r.noteLookup(k.table, k.from)
	return fmt.Sprintf("(SELECT tr.%s::text FROM %s AS tr WHERE %s ORDER BY (%s) DESC, tr.%s::text LIMIT 1)",
		r.use(k.table, c), k.table.Quoted(), where, spoken, lang.quoted())
}
