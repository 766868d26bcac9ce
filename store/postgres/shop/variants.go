package shop

import (
	"fmt"
	"maps"
	"strings"

	"github.com/lib/pq"
)

// chain leads from the products to a table of variants, stocks or prices: over no child table (rows of the products table itself), one or two.
type chain []child

// rows are the rows at the end of a chain that belong to one product: FROM and WHERE of a subquery over the alias p.
type rows struct {
	sql, where, extra string
	last              *Table
	alias             string
}

// chains are those that lead to a table which may hold variants, stocks or prices, the nearest first.
func (r *reader) chains() []chain {
	var near, far []chain
	for _, c := range r.all.children(r.Products) {
		if !variantLike(c.table) {
			continue
		}
		near = append(near, chain{c})
		for _, d := range r.all.children(c.table) {
			if d.table != r.Products && variantLike(d.table) {
				far = append(far, chain{c, d})
			}
		}
	}
	if near = append(near, far...); r.self != "" {
		near = append(near, chain{})
	}
	return near
}

// variantLike reports whether a child table may hold variants, stocks or prices of products, by its name.
func variantLike(t *Table) bool {
	if has(t.Name, pictureStems...) || has(t.Name, "discount", "tax", "shipping", "bundle", "addon", "transl", "media", "attribute") {
		return false
	}
	return has(t.Name, variantStems...) || has(t.Name, "product") && has(t.Name, "type")
}

// rows builds the subquery of a chain. What visitors may not see counts on every step of the way; a product whose variants are rows of
// its own table has theirs, too.
func (r *reader) rows(way chain) rows {
	self, _ := r.Products.column(r.self)
	if len(way) == 0 {
		return rows{last: r.Products, alias: "v", sql: r.Products.Quoted() + " AS v",
			where: fmt.Sprintf("v.%s = p.%s%s", self.quoted(), r.id.quoted(), and(r.rowsLive(r.Products, "v")))}
	}
	c := way[0]
	s := rows{last: c.table, alias: "v", sql: c.table.Quoted() + " AS v"}
	target := pq.QuoteIdentifier(c.target)
	s.where = fmt.Sprintf("v.%s = p.%s", r.use(c.table, c.from), target)
	if r.self != "" {
		s.where = fmt.Sprintf("v.%s IN (SELECT p.%s UNION ALL SELECT s.%s FROM %s AS s WHERE s.%s = p.%s%s)", c.from.quoted(), target, target,
			r.Products.Quoted(), self.quoted(), r.id.quoted(), and(r.rowsLive(r.Products, "s")))
		r.touch(r.Products, r.self)
	}
	s.where += and(r.rowsLive(c.table, "v"))
	r.touch(c.table, c.from.Name)
	if len(way) > 1 {
		d := way[1]
		s.sql += fmt.Sprintf(" JOIN %s AS w ON w.%s = v.%s", d.table.Quoted(), r.use(d.table, d.from), pq.QuoteIdentifier(d.target))
		s.where += and(r.rowsLive(d.table, "w"))
		s.last, s.alias = d.table, "w"
		r.touch(d.table, d.from.Name)
	}
	return s
}

// rowsLive are the conditions on a row of variants or prices: those of any row, its quantity, its customer group and its currency.
func (r *reader) rowsLive(t *Table, alias string) []condition {
	list := r.live(t, alias, true)
	if t == r.Products {
		return list
	}
	for _, c := range t.Columns {
		q, n := alias+"."+c.quoted(), plain(c.Name)
		switch _, isKey := t.key(c.Name); {
		case r.ignored(t, c) || c.Name == t.primary:
			continue
		case c.Class == 'N' && (is(n, "minquantity", "minqty", "minimumquantity", "minimumqty", "quantityfrom", "fromquantity", "qtyfrom", "quantitymin",
			"qtymin", "moq") || has(t.Name, "price") && is(n, "quantity", "qty")):
			list = append(list, condition{sql: "COALESCE(" + q + ", 0) <= 1"})
		case c.Class != 'B' && (begins(c.Name, "customer", "segment", "membership") || begins(c.Name, "user", "account", "group", "role") && (isKey || strings.HasSuffix(n, "id"))):
			list = append(list, condition{sql: q + " IS NULL"})
		case isCurrency(c) && r.set.CurrencySet:
			list = append(list, condition{sql: upper(q) + " = " + pq.QuoteLiteral(r.set.Currency)})
		default:
			continue
		}
		r.use(t, c)
	}
	return list
}

// attempt runs f and forgets the columns that it noted where f does not come to anything.
func (r *reader) attempt(f func() bool) bool {
	used, reach, doubts := maps.Clone(r.used), r.reach, r.doubts
	if f() {
		return true
	}
	r.used, r.reach, r.doubts = used, reach, doubts
	return false
}

// variants finds the table that holds the prices of products, or of their variants.
func (r *reader) variants() (m money, s rows, ok bool) {
	for _, way := range r.chains() {
		if r.attempt(func() bool {
			s = r.rows(way)
			m, ok = r.price(s.last, s.alias, has(s.last.Name, "price"))
			return ok
		}) {
			r.priceDoubts(&s)
			return m, s, true
		}
	}
	return money{}, rows{}, false
}

// priceDoubts are columns of a table of prices that may tell whose price it is: where rows of products differ in them, who pays which is
// the owner's to say.
func (r *reader) priceDoubts(s *rows) {
	for _, c := range s.last.Columns {
		if s.last == r.Products || r.ignored(s.last, c) {
			continue
		}
		q, name := s.alias+"."+c.quoted(), fmt.Sprintf("x%d", strings.Count(s.extra, " AS ")+1)
		switch {
		case isCurrency(c):
			s.extra += ", " + upper(q) + " AS " + name
			r.doubtCurrency(s.last, c, "v."+name)
		case has(s.last.Name, "price") && has(c.Name, "channel", "pricelist", "region", "country", "market", "zone", "pricetype", "tier"):
			s.extra += fmt.Sprintf(", min(%s::text) OVER () || CASE WHEN min(%s::text) OVER () <> max(%s::text) OVER () THEN ' and ' || max(%s::text) OVER () ELSE '' END AS %s", q, q, q, q, name)
			r.doubt(doubt{label: c.Name, table: s.last, value: "v." + name, kind: inPrice})
		default:
			continue
		}
		r.use(s.last, c)
	}
}

var (
	stockNames = []string{"countinstock", "stock", "inventory", "stockquantity", "quantity", "qty", "instock", "availablestock", "unitsinstock",
		"quantityinstock", "stockcount", "stocklevel", "inventorycount", "inventoryquantity", "onhand", "quantityonhand", "numinstock", "stockqty",
		"qtyinstock", "instockquantity", "availablequantity", "quantityavailable", "stockavailable", "currentstock", "totalstock", "amountinstock", "available"}
	inStockFlags  = []string{"instock", "stock", "stockavailable", "available", "availability", "stockstatus", "availabilitystatus", "inventorystatus", "stockstate"}
	outStockFlags = []string{"soldout", "outofstock", "outstock", "isoutofstock"}
)

// findStock finds what tells whether a product is sold out: a number, a flag or a word, its own or its variants'.
func (r *reader) findStock() {
	t := r.Products
	number, counted := t.find("N", stockNames...)
	expr, what := "", ""
	if counted && len(t.keysFrom(number.Name)) == 0 {
		expr, what = r.p(number), number.quoted()
		r.counts(t, number)
	} else {
		expr, what = r.stockOfVariants()
	}
	for _, c := range t.Columns {
		n, q := t.flag(c), "p."+c.quoted()
		gone := ""
		switch {
		case r.ignored(t, c) || counted && c.Name == number.Name:
		case c.Class == 'B' && is(n, inStockFlags...) && (expr != "" || !is(n, availableFlags...)):
			gone = "NOT " + q
		case c.Class == 'B' && is(n, outStockFlags...):
			gone = q
		case (c.text() || c.Class == 'E') && is(n, inStockFlags...):
			gone = wordSQL(q) + " IN ('soldout', 'outofstock', 'unavailable', 'notavailable', 'nostock', 'no', 'false', 'none', '0')"
		}
		if gone != "" {
			r.use(t, c)
			r.counts(t, c)
			expr, what = fmt.Sprintf("CASE WHEN %s THEN 0%s END", gone, orElse(expr)), strings.TrimPrefix(what+", "+c.quoted(), ", ")
		}
	}
	if expr != "" {
		r.stocked = true
		r.output("count_in_stock", "("+expr+")::text")
		r.role("stock", what)
	}
}

func orElse(expr string) string {
	if expr == "" {
		return ""
	}
	return " ELSE " + expr
}

// stockOfVariants is the sum of what the live variants have.
func (r *reader) stockOfVariants() (expr, what string) {
	for _, way := range r.chains() {
		r.attempt(func() bool {
			s := r.rows(way)
			c, ok := s.last.find("N", stockNames...)
			if !ok || has(s.last.Name, "price") || s.last == r.Products {
				return false
			}
			expr = fmt.Sprintf("(SELECT sum(%s.%s) FROM %s WHERE %s)", s.alias, r.use(s.last, c), s.sql, s.where)
			r.counts(s.last, c)
			what = s.last.Quoted() + "." + c.quoted()
			return true
		})
		if expr != "" {
			break
		}
	}
	return expr, what
}
