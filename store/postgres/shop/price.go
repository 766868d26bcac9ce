package shop

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/currency"
)

// Kinds of price columns, by their names.
const (
	noPrice  = iota
	regular  // the price
	sale     // what is asked while there is a sale
	old      // what was asked before it
	percent  // so many percent off
	amount   // so much off
	discount // percent or amount: the owner must say
	anyMoney // amount or value: a price where there is no better one, or in a table of prices
	taxed    // a price with or without tax, as its name says
)

var (
	saleStems = []string{"sale", "discount", "promo", "special", "offer", "reduced", "deal", "clearance", "campaign", "flash"}
	// oldStems are prices before a sale. The first of them are the price itself where nothing else is.
	oldStems = []string{"base", "regular", "normal", "full", "original", "list", "retail", "recommended", "market", "undiscounted",
		"compare", "comparison", "old", "was", "previous", "strike", "crossed", "before"}
	taxStems = []string{"net", "gross", "tax", "vat", "brutto", "netto"}
	// otherStems are prices that a visitor does not pay.
	otherStems = []string{"cost", "buy", "purchase", "wholesale", "supplier", "import", "trade", "max", "highest", "per", "shipping", "delivery",
		"fee", "deposit", "setup", "install", "tier", "bulk", "member", "vip", "b2b", "dealer", "reseller", "employee", "partner", "margin", "insurance"}
	currentNames = []string{"price", "currentprice", "sellingprice", "sellprice", "unitprice", "finalprice", "ourprice", "priceamount", "minprice", "pricemin",
		"lowestprice", "pricelowest", "fromprice", "pricefrom", "startingprice", "startprice", "shopprice", "webprice", "standardprice", "defaultprice",
		"preis", "precio", "preco", "prix", "prezzo", "prijs", "pris", "valor"}
	minorWords = []string{"cents", "cent", "minor", "pence", "pennies", "paise", "kopecks", "subunits"}
)

// tag is what the name of a price column says.
type tag struct {
	kind     int
	place    int // in order of preference
	minor    bool
	currency string
}

// tagOf reads the name of a column that may hold money.
func tagOf(t *Table, c Column) tag {
	if c.Class != 'N' && !c.text() || len(t.keysFrom(c.Name)) > 0 || c.Name == t.primary {
		return tag{}
	}
	var g tag
	var rest []string
	for _, w := range words(c.Name) {
		if u, err := currency.ParseISO(w); err == nil && len(w) == 3 && has(c.Name, "price", "amount") && !is(w, "was", "old", "net", "all", "top", "try") {
			g.currency = u.String()
		} else if is(w, minorWords...) {
			g.minor = true
		} else if !(w == "in" && len(rest) > 0) {
			rest = append(rest, w)
		}
	}
	n := t.bare(Column{Name: strings.Join(rest, "_")})
	stem := func(list []string) bool { return has(n, list...) }
	money := g.minor || has(n, "price", "preis")
	switch {
	case has(n, "percent", "pct") && stem(saleStems) || is(n, "percentoff", "offpercent", "reductionpercent"):
		g.kind = percent
	case is(n, "discount", "discountvalue", "promotion", "discountrate", "reduction", "rebate") && c.Class == 'N':
		g.kind = discount
	case is(n, "discountamount", "amountoff", "discountabsolute"):
		g.kind = amount
	case is(n, currentNames...):
		g.kind, g.place = regular, slices.Index(currentNames, n)
	case is(n, "msrp", "rrp", "mrp", "uvp"):
		g.kind, g.place = old, 50
	case !money && is(n, "amount", "value"):
		g.kind = anyMoney
	case !money || c.text() && !is(n, "price"):
	case stem(otherStems):
	case stem(taxStems):
		g.kind = taxed
	case stem(saleStems):
		g.kind = sale
	case stem(oldStems):
		g.kind, g.place = old, slices.IndexFunc(oldStems, func(s string) bool { return strings.Contains(n, s) })
	}
	if c.text() && g.kind != regular && g.kind != sale && g.kind != old {
		g.kind = noPrice
	}
	return g
}

// money is the price of a row.
type money struct {
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

// price finds what a row of t costs. rows says that t is a table of prices, where an amount is one. ok is false where nothing tells.
func (r *reader) price(t *Table, alias string, rows bool) (m money, ok bool) {
	byKind := map[int][]Column{}
	tags := map[string]tag{}
	for _, c := range t.Columns {
		if g := tagOf(t, c); g.kind != noPrice && !r.ignored(t, c) && (g.currency == "" || !r.set.CurrencySet || g.currency == r.set.Currency) {
			byKind[g.kind], tags[c.Name] = append(byKind[g.kind], c), g
		}
	}
	for _, list := range byKind {
		slices.SortStableFunc(list, func(a, b Column) int { return tags[a.Name].place - tags[b.Name].place })
	}
	standIn := slices.IndexFunc(byKind[old], func(c Column) bool { return tags[c.Name].place >= 10 })
	if standIn < 0 {
		standIn = len(byKind[old])
	}
	prices := slices.Concat(byKind[regular], byKind[taxed], byKind[old][:standIn], byKind[sale], byKind[old][standIn:])
	if len(prices) == 0 && (rows || t == r.Products || r.Products == nil) {
		prices = byKind[anyMoney]
	}
	if len(prices) == 0 {
		return money{}, false
	}
	m.main = prices[0]
	g := tags[m.main.Name]
	m.whole, m.minor, m.currency = m.main.integer() && !g.minor, g.minor, g.currency
	q := func(c Column) string { return number(alias+"."+r.use(t, c), c) }
	m.price, m.what = alias+"."+r.use(t, m.main), m.main.quoted()
	if m.main.Base == "money" {
		m.price += "::numeric"
	}
	first := func(kind int) (Column, bool) {
		for _, c := range byKind[kind] {
			if c.Name != m.main.Name && tags[c.Name].minor == g.minor {
				return c, true
			}
		}
		return Column{}, false
	}
	if n := byKind[taxed]; len(n) > 0 && (len(n) > 1 || plain(m.main.Name) == "price") {
		m.question = fmt.Sprintf("the prices %s and %s of %s may be with and without tax; set CATALOG_IGNORE to the one that visitors do not pay",
			m.main.quoted(), n[len(n)-1].quoted(), t.Quoted())
	}
	reg, gate := q(m.main), r.saleGate(t, alias)
	var when, then []string
	reduce := func(cond, value string) { when, then = append(when, cond+gate), append(then, value) }
	if c, ok := first(sale); ok {
		reduce(fmt.Sprintf("%s > 0 AND %s < %s", q(c), q(c), reg), q(c))
		m.what += ", on sale " + c.quoted()
	}
	if c, ok := first(percent); ok {
		reduce(fmt.Sprintf("%s > 0 AND %s < 100", q(c), q(c)), r.round(m, reg+" * (100 - "+q(c)+") / 100"))
		m.what += ", less " + c.quoted() + " percent"
	}
	if c, ok := first(amount); ok {
		reduce(fmt.Sprintf("%s > 0 AND %s < %s", q(c), q(c), reg), reg+" - "+q(c))
		m.what += ", less " + c.quoted()
	}
	if c, ok := first(discount); ok && r.set.Discount != "ignore" {
		switch off := q(c); r.set.Discount {
		case "percent":
			reduce(fmt.Sprintf("%s > 0 AND %s < 100", off, off), r.round(m, reg+" * (100 - "+off+") / 100"))
			m.what += ", less " + c.quoted() + " percent"
		case "amount":
			reduce(fmt.Sprintf("%s > 0 AND %s < %s", off, off, reg), reg+" - "+off)
			m.what += ", less " + c.quoted()
		default:
			m.off, m.offColumn = "CASE WHEN "+off+" <> 0 THEN "+off+"::text ELSE '0' END", c
		}
	}
	before := "NULL"
	if c, ok := first(old); ok {
		before, m.what = q(c), m.what+", before a sale "+c.quoted()
		m.old = before
	}
	if len(when) > 0 {
		m.price, m.old = "CASE", "CASE WHEN "+strings.Join(when, " OR ")+" THEN "+reg+" ELSE "+before+" END"
		for i := range when {
			m.price += " WHEN " + when[i] + " THEN " + then[i]
		}
		m.price += " ELSE " + reg + " END"
	}
	return m, true
}

// round keeps a price a whole number where its column holds whole numbers of minor units.
func (r *reader) round(m money, expr string) string {
	if m.minor || m.whole && r.set.PriceUnit != "major" {
		return "round(" + expr + ")"
	}
	return expr
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

// saleGate are conditions on the sale itself: its dates, a switch.
func (r *reader) saleGate(t *Table, alias string) string {
	var b strings.Builder
	for _, c := range t.Columns {
		q := alias + "." + c.quoted()
		switch {
		case r.ignored(t, c) || !has(c.Name, "sale", "discount", "promo", "special", "offer", "deal"):
			continue
		case c.Class == 'D' && begins(c.Name, "start", "from", "begin", "since", "valid") && !begins(c.Name, "to", "until", "end", "till"):
			fmt.Fprintf(&b, " AND (%s IS NULL OR %s <= %s)", q, q, clock(c))
		case c.Class == 'D' && begins(c.Name, "end", "until", "to", "expir", "till", "stop"):
			fmt.Fprintf(&b, " AND (%s IS NULL OR %s >= %s)", q, q, clock(c))
		case c.Class == 'B' && is(t.flag(c), "onsale", "sale", "discounted", "discountactive", "saleactive", "saleenabled", "discountenabled", "promo", "onpromotion", "promoactive", "onoffer"):
			b.WriteString(" AND " + q + " IS NOT FALSE")
		default:
			continue
		}
		r.use(t, c)
	}
	return b.String()
}

// findPrice settles the price of a product: its own, or that of its cheapest live variant.
func (r *reader) findPrice() {
	m, own := r.price(r.Products, "p", false)
	from := r.Products
	if v, rs, ok := r.variants(); ok && (!own || m.minor == v.minor && m.whole == v.whole) {
		where := rs.where
		reg := number("p."+m.main.quoted(), m.main)
		if own {
			where = "(" + reg + " IS NULL OR " + reg + " = 0) AND " + where
			m.price, m.what = "COALESCE(v.price, "+numeric(m.price, reg)+")", m.what+", without one the lowest of "+rs.last.Quoted()
			m.old = "COALESCE(v.list_price, " + orNull(m.old) + ")"
		} else {
			m, from = v, rs.last
			m.price, m.old, m.what = "v.price", "v.list_price", "the lowest of "+rs.last.Quoted()+": "+v.what
		}
		price := numeric(v.price, number(rs.alias+"."+v.main.quoted(), v.main))
		r.joins = append(r.joins, fmt.Sprintf("LEFT JOIN LATERAL (\n    SELECT %s AS price, %s AS list_price%s\n    FROM %s\n    WHERE %s AND %s IS NOT NULL\n    ORDER BY 1 LIMIT 1\n) AS v ON true",
			price, orNull(v.old), rs.extra, rs.sql, where, price))
	}
	whole := m.main.integer()
	r.Minor = r.set.PriceUnit == "minor" || r.set.PriceUnit == "" && m.minor
	r.askAboutPrice(m, from)
	r.output("price", typed(m.price, whole))
	if m.old != "" {
		r.output("list_price", typed(m.old, whole))
	}
	r.role("price", m.what)
}

// askAboutPrice asks what no row can tell.
func (r *reader) askAboutPrice(m money, t *Table) {
	if m.question != "" {
		r.Questions = append(r.Questions, m.question)
	}
	if m.whole && r.set.PriceUnit == "" && r.set.Digits > 0 {
		r.ask("the price column %s of %s holds whole numbers, which may be cents or whole units; set PRICE_UNIT=minor (1999 is 19.99) or PRICE_UNIT=major (1999 is 1999.00)",
			m.main.quoted(), t.Quoted())
	}
	if m.currency != "" && m.currency != r.set.Currency && !r.set.CurrencySet {
		r.ask("the price column %s of %s is in %s by its name, and the page would say %s; set CURRENCY=%s, or CURRENCY=%s if that is right",
			m.main.quoted(), t.Quoted(), m.currency, r.set.Currency, m.currency, r.set.Currency)
	}
	if m.off != "" {
		r.doubt(doubt{label: m.offColumn.Name, table: r.Products, value: m.off, known: []string{"0"}, kind: inDiscount})
	}
}

// numeric is a price that can be compared: a mere column is replaced by its number.
func numeric(price, number string) string {
	if simple(price) {
		return number
	}
	return price
}

func orNull(expr string) string {
	if expr == "" {
		return "NULL::numeric"
	}
	return expr
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
