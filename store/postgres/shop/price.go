package shop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// money is the price of a row.
type money struct {
	table      *Table
	alias      string
	price, old string // SQL over the row's alias; old may be ""
	what       string
	whole      bool // a whole number, of which nobody can tell the unit
	minor      bool // in minor units, as its name says
	main       Column
	off        string // the value of a bare discount, "" without one
	offColumn  Column
	currency   string // that the column's name says
	question   string // that is open whatever the rows hold
}

// prices are the columns of a table that hold money, by kind, each kind in order of preference.
type prices struct {
	kinds map[int][]Column
	tags  map[string]tag
}

// pricesOf reads the names of t's columns.
func (r *reader) pricesOf(t *Table) prices {
	p, others := prices{map[int][]Column{}, map[string]tag{}}, map[string][]Column{} // by currency
	add := func(c Column) {
		g := tagOf(t, c)
		p.kinds[g.kind], p.tags[c.Name] = append(p.kinds[g.kind], c), g
	}
	for _, c := range t.Columns {
		g := tagOf(t, c)
		switch {
		case g.kind == noPrice || r.ignored(t, c):
		case r.abroad(g.currency):
			others[g.currency] = append(others[g.currency], c)
		default:
			add(c)
		}
	}
	if _, ok := p.main(true); !ok && len(others) == 1 { // there is no other price
		for _, list := range others {
			for _, c := range list {
				add(c)
			}
		}
	}
	place := func(c Column) int {
		if c.text() { // it may be a label
			return 1000
		}
		return p.tags[c.Name].place
	}
	for _, list := range p.kinds {
		slices.SortStableFunc(list, func(a, b Column) int { return place(a) - place(b) })
	}
	for _, c := range p.kinds[regular][min(1, len(p.kinds[regular])):] { // beside a price, one that is paid lowers it
		if p.paid(c) {
			p.kinds[sale] = append(p.kinds[sale], c)
		}
	}
	return p
}

// abroad reports whether a currency is not the one that the owner has set; "" is any.
func (r *reader) abroad(currency string) bool {
	return currency != "" && r.set.CurrencySet && currency != r.set.Currency
}

// paid reports whether a column is called after what a visitor pays.
func (p prices) paid(c Column) bool {
	g := p.tags[c.Name]
	return g.kind == regular && is(currentNames[g.place], paidNames...)
}

// main is the price; where nothing is called so, a base price is, then a sale price. What a price was is never one.
func (p prices) main(amounts bool) (Column, bool) {
	base := slices.IndexFunc(p.kinds[old], func(c Column) bool { return p.tags[c.Name].place >= 10 })
	if base < 0 {
		base = len(p.kinds[old])
	}
	list := slices.Concat(p.kinds[regular], p.kinds[taxed], p.kinds[old][:base], p.kinds[sale])
	if len(list) == 0 && amounts {
		list = p.kinds[anyMoney]
	}
	if len(list) == 0 {
		return Column{}, false
	}
	return list[0], true
}

// beside is the first column of a kind that is in main's unit, else the first; same says which of them it is.
func (p prices) beside(main Column, kind int) (c Column, same, ok bool) {
	list := slices.DeleteFunc(slices.Clone(p.kinds[kind]), func(c Column) bool { return c.Name == main.Name })
	if len(list) == 0 {
		return Column{}, false, false
	}
	unit := func(c Column) bool { return p.tags[c.Name].minor == p.tags[main.Name].minor }
	if i := slices.IndexFunc(list, unit); i >= 0 {
		return list[i], true, true
	}
	return list[0], false, true
}

// price finds what a row of t costs. rows says that t is a table of prices, where an amount is one. ok is false where
// nothing tells.
func (r *reader) price(t *Table, alias string, rows bool) (m money, ok bool) {
	p := r.pricesOf(t)
	main, ok := p.main(rows || t == r.Products || r.Products == nil)
	if !ok {
		return money{}, false
	}
	g := p.tags[main.Name]
	m = money{table: t, alias: alias, main: main, minor: g.minor, whole: main.integer() && !g.minor,
		currency: g.currency, price: alias + "." + r.use(t, main), what: main.quoted()}
	if main.Base == "money" {
		m.price += "::numeric"
	}
	if n := p.kinds[taxed]; len(n) > 0 && (len(n) > 1 || plain(main.Name) == "price") {
		not, other := main.Name, n[len(n)-1].Name
		if begins(other, "net", "excl") {
			not, other = other, not
		}
		m.question = fmt.Sprintf("the prices %s and %s of %s may be with and without tax; set %s, "+
			"or %s if that is what visitors do not pay", main.quoted(), n[len(n)-1].quoted(), t.Quoted(),
			r.ignoring(not), r.ignoring(other))
	}
	list := r.reductions(p, &m)
	if c, same, _ := p.beside(main, old); same {
		m.old, m.what = r.number(m, c), m.what+", before a sale "+c.quoted()
	}
	if len(list) > 0 {
		r.reduce(&m, list)
	}
	return m, true
}

// number is a column of the price's row as a number.
func (r *reader) number(m money, c Column) string { return number(m.alias+"."+r.use(m.table, c), c) }

// findPrice settles the price of a product: its own, or that of its cheapest live variant.
func (r *reader) findPrice() {
	m, own := r.price(r.Products, "p", false)
	v, s, ok := r.variants()
	if ok && r.abroad(m.currency) && !r.abroad(v.currency) {
		own = false
	}
	if ok && (!own || m.minor == v.minor && m.whole == v.whole) {
		r.priceDoubts(&s)
		if v.off != "" && s.last != r.Products { // of the row that is the lowest
			r.doubtDiscount(s.last, v.offColumn, s.carry(v.off))
		}
		v.off = ""
		where, before := s.where, cmp.Or(m.old, "NULL::numeric")
		if own {
			full := number("p."+m.main.quoted(), m.main)
			where = "(" + full + " IS NULL OR " + full + " = 0) AND " + where
			m.price, m.old = "COALESCE(v.price, "+numeric(m.price, full)+")", "COALESCE(v.list_price, "+before+")"
			m.what += ", without one the lowest of " + s.last.Quoted()
		} else {
			m = v
			m.price, m.old, m.what = "v.price", "v.list_price", "the lowest of "+s.last.Quoted()+": "+v.what
		}
		r.joins = append(r.joins, lowest(v, s, where))
	}
	if m.price == "" {
		r.ask("no price of %s is left with CATALOG_IGNORE and CURRENCY as they are set", r.Products.Quoted())
		m.price, m.main = "NULL::numeric", Column{Scale: -1}
	}
	whole := m.main.integer() && r.set.PriceUnit != "major" // what is lowered has decimals then
	r.Minor = r.set.PriceUnit == "minor" || r.set.PriceUnit == "" && m.minor
	r.askAboutPrice(m)
	if r.abroad(m.currency) {
		r.warn("prices are those of %s, and the page says %s", m.main.quoted(), r.set.Currency)
	}
	r.output("price", typed(m.price, whole))
	if m.old != "" {
		r.output("list_price", typed(m.old, whole))
	}
	r.role("price", m.what)
}

// lowest is the join that gives a product the lowest price of its rows.
func lowest(v money, s rows, where string) string {
	price := numeric(v.price, number(s.alias+"."+v.main.quoted(), v.main))
	const join = `LEFT JOIN LATERAL (
    SELECT %s AS price, %s AS list_price%s
    FROM %s
    WHERE %s AND %s IS NOT NULL
    ORDER BY 1 LIMIT 1
) AS v ON true`
	return fmt.Sprintf(join, price, cmp.Or(v.old, "NULL::numeric"), s.extra, s.sql, where, price)
}

// askAboutPrice asks what no row can tell.
func (r *reader) askAboutPrice(m money) {
	if m.question != "" {
		r.Questions = append(r.Questions, m.question)
	}
	if m.whole && r.set.PriceUnit == "" && r.set.CurrencyDigits > 0 {
		r.ask("the price column %s of %s holds whole numbers, which may be cents or whole units; "+
			"set PRICE_UNIT=minor (1999 is 19.99) or PRICE_UNIT=major (1999 is 1999.00)",
			m.main.quoted(), m.table.Quoted())
	}
	if m.currency != "" && m.currency != r.set.Currency && !r.set.CurrencySet {
		r.ask("the price column %s of %s is in %s by its name, and the page would say %s; "+
			"set CURRENCY=%s, or CURRENCY=%s if that is right", m.main.quoted(), m.table.Quoted(),
			m.currency, r.set.Currency, m.currency, r.set.Currency)
	}
	if r.set.PriceUnit == "minor" && m.main.decimals() {
		full := "v.price"
		if m.table == r.Products {
			full = number(r.p(m.main), m.main)
		}
		const part = "CASE WHEN %[1]s <> trunc(%[1]s) THEN %[1]s::text ELSE '0' END"
		r.doubt(doubt{kind: aboutMinor, label: m.main.Name, table: m.table, known: []string{"0"},
			value: fmt.Sprintf(part, full)})
	}
	if m.off != "" {
		r.doubtDiscount(r.Products, m.offColumn, m.off)
	}
}

// doubtDiscount is in doubt about a discount that is not 0.
func (r *reader) doubtDiscount(t *Table, c Column, value string) {
	r.doubt(doubt{kind: aboutDiscount, label: c.Name, table: t, value: value, known: []string{"0"}})
}

// number is a column as a number that can be reckoned with: text that is none is NULL.
func number(q string, c Column) string {
	switch {
	case c.text():
		return fmt.Sprintf(`CASE WHEN %s ~ '^\s*\d+(\.\d+)?\s*$' THEN %s::numeric END`, q, q)
	case c.Base == "money" || strings.HasPrefix(c.Base, "float"):
		return q + "::numeric"
	}
	return q
}

// numeric is a price that can be compared: a mere column is replaced by its number.
func numeric(price, number string) string {
	if simple(price) {
		return number
	}
	return price
}

// typed keeps a whole number one, so that a statement of its own is still asked for its unit; all else is text, exact.
func typed(expr string, whole bool) string {
	if whole {
		return "(" + expr + ")::bigint"
	}
	if simple(expr) {
		return expr + "::text"
	}
	return "(" + expr + ")::text"
}

// simple reports whether an expression is a mere column.
func simple(expr string) bool { return !strings.ContainsAny(expr, " (") }
