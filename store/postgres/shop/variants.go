package shop

import (
	"fmt"
	"strings"

	"github.com/lib/pq"
)

var (
	variantStems = strings.Fields(`
		variant sku item offer edition option unit stock price inventor size model version`)
	noVariantStems = strings.Fields("discount tax shipping bundle addon transl media attribute")
	// quantityNames are the least quantity that a price is for.
	quantityNames = strings.Fields(`
		minquantity minqty minimumquantity minimumqty quantityfrom fromquantity qtyfrom quantitymin qtymin
		moq`)
	// priceGroupStems are in columns of tables of prices that may tell who pays them.
	priceGroupStems = strings.Fields("channel pricelist region country market zone pricetype tier")
)

// path leads from the products to a table of variants, stocks or prices: over no child table (rows of the products
// table itself), one or two.
type path []child

// rows are the rows at the end of a path that belong to one product: FROM and WHERE of a subquery over the alias p.
type rows struct {
	sql, where, extra string
	last              *Table
	alias             string
}

// carry selects a value of the lowest row beside its price, and returns its name over the products.
func (s *rows) carry(expr string) string {
	name := fmt.Sprintf("x%d", strings.Count(s.extra, " AS x")+1)
	s.extra += ", " + expr + " AS " + name
	return "v." + name
}

// paths are those that lead to a table which may hold variants, stocks or prices, the nearest first.
func (r *reader) paths() []path {
	var near, far []path
	for _, c := range r.all.children(r.Products) {
		if !variantLike(c.table) {
			continue
		}
		near = append(near, path{c})
		for _, d := range r.all.children(c.table) {
			if d.table != r.Products && variantLike(d.table) {
				far = append(far, path{c, d})
			}
		}
	}
	if near = append(near, far...); r.self.Name != "" {
		near = append(near, path{})
	}
	return near
}

// variantLike reports whether a child table may hold variants, stocks or prices of products, by its name.
func variantLike(t *Table) bool {
	if has(t.Name, pictureStems...) || has(t.Name, noVariantStems...) {
		return false
	}
	return has(t.Name, variantStems...) || has(t.Name, "product") && has(t.Name, "type")
}

// rows builds the subquery of a path. What visitors may not see counts on every step; a product whose
// variants are rows of its own table has theirs, too.
func (r *reader) rows(path path) rows {
	if len(path) == 0 {
		return rows{last: r.Products, alias: "v", sql: r.Products.Quoted() + " AS v",
			where: fmt.Sprintf("v.%s = p.%s%s", r.self.quoted(), r.id.quoted(), and(r.rowsLive(r.Products, "v")))}
	}
	c := path[0]
	s := rows{last: c.table, alias: "v", sql: c.table.Quoted() + " AS v"}
	toColumn := r.use(r.Products, c.toColumn)
	s.where = fmt.Sprintf("v.%s = p.%s", r.use(c.table, c.from), toColumn)
	if r.self.Name != "" {
		const ofVariants = "v.%s IN (SELECT p.%s UNION ALL SELECT s.%s FROM %s AS s WHERE s.%s = p.%s%s)"
		s.where = fmt.Sprintf(ofVariants, c.from.quoted(), toColumn, toColumn, r.Products.Quoted(), r.self.quoted(),
			r.id.quoted(), and(r.rowsLive(r.Products, "s")))
		r.noteLookup(r.Products, r.self)
	}
	s.where += and(r.rowsLive(c.table, "v"))
	r.noteLookup(c.table, c.from)
	if len(path) > 1 {
		d := path[1]
		s.sql += fmt.Sprintf(" JOIN %s AS w ON w.%s = v.%s", d.table.Quoted(), r.use(d.table, d.from),
			d.toColumn.quoted())
		s.where += and(r.rowsLive(d.table, "w"))
		s.last, s.alias = d.table, "w"
		r.noteLookup(d.table, d.from)
	}
	return s
}

// rowsLive are the conditions on a row of variants or prices: those of any row, its quantity, its customer group and
// its currency.
func (r *reader) rowsLive(t *Table, alias string) []condition {
	list := r.live(t, alias, true)
	if t == r.Products {
		return list
	}
	for _, c := range t.Columns {
		q, n := alias+"."+c.quoted(), plain(c.Name)
		prices := has(t.Name, "price", "offer", "tier")
		quantity := is(n, quantityNames...) || has(t.Name, "price") && is(n, "quantity", "qty")
		switch {
		case r.ignored(t, c) || c.Name == t.primary.Name:
			continue
		case prices && c.Class == 'N' && quantity:
			list = append(list, condition{sql: "COALESCE(" + q + ", 0) <= 1"})
		case (prices || is(n, "customerid", "customergroupid")) && c.Class != 'B' && ofCustomer(t, c):
			list = append(list, condition{sql: q + " IS NULL"})
		case has(t.Name, "price") && ownerColumn(c) && r.set.Store != "":
			value, ok := r.store(c)
			if !ok {
				continue
			}
			list = append(list, condition{sql: q + " = " + pq.QuoteLiteral(value)})
		case has(t.Name, "price") && c.Class == 'B' && is(t.flag(c), "current"):
			list = append(list, condition{sql: q + " IS NOT FALSE"})
		case has(t.Name, "price") && period(c, q) != "":
			list = append(list, condition{sql: period(c, q)})
		case isCurrency(c) && r.set.CurrencySet:
			list = append(list, condition{sql: upper(q) + " = " + pq.QuoteLiteral(r.set.Currency)})
		default:
			continue
		}
		r.use(t, c)
	}
	return list
}

// ofCustomer reports whether c says which customers a row is for; a user of a row that is no price has made it.
func ofCustomer(t *Table, c Column) bool {
	return begins(c.Name, "customer", "segment", "membership") ||
		(begins(c.Name, "group") || has(t.Name, "price") && begins(c.Name, "user", "account", "role")) &&
			(t.refers(c) || strings.HasSuffix(plain(c.Name), "id"))
}

// variants finds the table that holds the prices of products, or of their variants.
func (r *reader) variants() (m money, s rows, ok bool) {
	for _, path := range r.paths() {
		if r.attempt(func() bool {
			s = r.rows(path)
			m, ok = r.price(s.last, s.alias, has(s.last.Name, "price"))
			return ok
		}) {
			return m, s, true
		}
	}
	return money{}, rows{}, false
}

// priceDoubts are columns of a table of prices that may tell whose price it is: where rows of products differ in them,
// who pays which is the owner's to say.
func (r *reader) priceDoubts(s *rows) {
	for _, c := range s.last.Columns {
		if s.last == r.Products || r.ignored(s.last, c) || tagOf(s.last, c).kind != noPrice {
			continue
		}
		q := s.alias + "." + c.quoted()
		switch {
		case isCurrency(c):
			r.doubtCurrency(s.last, c, s.carry(upper(q)))
		case has(s.last.Name, "price") && (has(c.Name, priceGroupStems...) || ownerColumn(c)):
			const both = "min(%[1]s) OVER () || CASE WHEN min(%[1]s) OVER () <> max(%[1]s) OVER () " +
				"THEN ' and ' || max(%[1]s) OVER () ELSE '' END"
			d := doubt{label: c.Name, table: s.last, kind: aboutPrice}
			if ownerColumn(c) {
				if _, chosen := r.store(c); chosen {
					continue
				}
				d.kind, d.label = aboutStorePrice, s.last.Name+"."+c.Name
			}
			d.value = s.carry(fmt.Sprintf(both, q+"::text"))
			r.doubt(d)
		default:
			continue
		}
		r.use(s.last, c)
	}
}
