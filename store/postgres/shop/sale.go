package shop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// reduction is a lower price and when it is asked; always says that neither dates nor a switch of a sale matter.
type reduction struct {
	when, price string
	always      bool
}

// reductions are what lowers a price: a sale price, so many percent or so much off. A bare discount is what
// CATALOG_DISCOUNT says.
func (r *reader) reductions(p prices, m *money) (list []reduction) {
	full := r.number(*m, m.main)
	for _, kind := range []int{sale, percent, amount, discount} {
		c, same, ok := p.beside(m.main, kind)
		if !ok || kind == discount && r.set.Discount == "ignore" {
			continue
		}
		typ, typed := m.table.find("SE", "discounttype", "discountunit", "discountkind")
		if typed && (kind == discount || kind == amount && len(p.kinds[discount]) == 0) {
			list = append(list, r.typedDiscount(m, c, typ, same)...)
			continue
		}
		if kind == discount {
			kind = map[string]int{"percent": percent, "amount": amount, "": discount}[r.set.Discount]
		}
		if !same && (kind == sale || kind == amount) {
			m.question = fmt.Sprintf("the price column %s of %s is in another unit than %s by their names; set %s, or %s",
				m.main.quoted(), m.table.Quoted(), c.quoted(), r.ignoring(c.Name), own)
			continue
		}
		switch off := r.number(*m, c); kind {
		case sale:
			x := reduction{when: fmt.Sprintf("%s > 0 AND %s < %s", off, off, full), price: off}
			if p.paid(c) { // also where it is more: the other may be what the shop itself pays
				x = reduction{off + " > 0", off, true}
			}
			list = append(list, x)
			m.what += ", on sale " + c.quoted()
		case percent:
			lower := r.round(*m, full+"::numeric * (100 - "+off+") / 100") // whole numbers would be cut, or overflow
			list = append(list, reduction{when: fmt.Sprintf("%s > 0 AND %s < 100", off, off), price: lower})
			m.what += ", less " + c.quoted() + " percent"
		case amount:
			when := fmt.Sprintf("%s > 0 AND %s < %s", off, off, full)
			list = append(list, reduction{when: when, price: full + " - " + off})
			m.what += ", less " + c.quoted()
		case discount:
			open := off + " <> 0"
			for _, x := range list { // what lowers the price already settles it
				open += " AND (" + x.when + ") IS NOT TRUE"
			}
			m.off, m.offColumn = "CASE WHEN "+open+" THEN "+off+"::text ELSE '0' END", c
		}
	}
	return list
}

// typedDiscount are the reductions by a discount of which another column says what it is, row by row. same says that an
// amount is in the price's unit.
func (r *reader) typedDiscount(m *money, c, typ Column, same bool) []reduction {
	full, off := r.number(*m, m.main), r.number(*m, c)
	word := "COALESCE(" + wordSQL(m.alias+"."+r.use(m.table, typ)) + ", '')"
	is := func(words []string) string { return word + " IN (" + literals(words) + ")" }
	isPercent, isAmount := is(percentWords), is(amountWords)
	other := "NOT " + is(slices.Concat(percentWords, amountWords))
	switch {
	case r.set.Discount == "percent":
		isPercent = "(" + isPercent + " OR " + other + ")"
	case r.set.Discount == "amount" && same:
		isAmount = "(" + isAmount + " OR " + other + ")"
	case r.set.Discount == "ignore": // what is of no known type is none
	default:
		if !same { // how much an amount is, nobody can tell
			isAmount, other = "false", "NOT "+is(percentWords)
		}
		m.off = "CASE WHEN " + off + " <> 0 AND " + other + " THEN " + word + " || ' ' || " + off + " ELSE '0' END"
	}
	m.offColumn, m.what = c, m.what+", less "+c.quoted()+" as "+typ.quoted()+" says"
	lower := r.round(*m, full+"::numeric * (100 - "+off+") / 100")
	return []reduction{
		{when: fmt.Sprintf("%s > 0 AND %s < 100 AND %s", off, off, isPercent), price: lower},
		{when: fmt.Sprintf("%s > 0 AND %s < %s AND %s", off, off, full, isAmount), price: full + " - " + off},
	}
}

// reduce makes the first reduction that holds the price, and the price the old one.
func (r *reader) reduce(m *money, list []reduction) {
	full, during := r.number(*m, m.main), r.saleConditions(m.table, m.alias)
	var when []string
	m.price = "CASE"
	for _, x := range list {
		if !x.always {
			x.when += during
		}
		when = append(when, x.when)
		m.price += " WHEN " + x.when + " THEN " + x.price
	}
	m.price += " ELSE " + full + " END"
	m.old = "CASE WHEN " + strings.Join(when, " OR ") + " THEN " + full + " ELSE " + cmp.Or(m.old, "NULL") + " END"
}

// round keeps a price a whole number where its column holds whole numbers of minor units.
func (r *reader) round(m money, expr string) string {
	if m.minor || m.whole && r.set.PriceUnit != "major" {
		return "round(" + expr + ")"
	}
	return expr
}

// saleConditions are the conditions on the sale itself: its dates, a switch.
func (r *reader) saleConditions(t *Table, alias string) string {
	var b strings.Builder
	for _, c := range t.Columns {
		if r.ignored(t, c) || !has(c.Name, "sale", "discount", "promo", "special", "offer", "deal") {
			continue
		}
		q := alias + "." + c.quoted()
		switch inside := period(c, q); {
		case inside != "":
			b.WriteString(" AND " + inside)
		case c.Class == 'B' && (is(t.flag(c), saleSwitches...) || is(t.flag(c), saleFlags...)):
			b.WriteString(" AND " + q + " IS NOT FALSE")
		case (c.integer() || c.text()) && is(t.flag(c), saleSwitches...):
			b.WriteString(" AND COALESCE(lower(" + q + "::text), '1') NOT IN (" + literals(noWords) + ")")
		default:
			continue
		}
		r.use(t, c)
	}
	return b.String()
}

// period is the condition that a date which begins or ends something lies on the right side of now; "" for another
// column.
func period(c Column, q string) string {
	until := begins(c.Name, "to", "until", "end", "till")
	switch {
	case !c.dated():
		return ""
	case begins(c.Name, "start", "from", "begin", "since", "valid", "effective") && !until:
		return fmt.Sprintf("(%s IS NULL OR %s <= %s)", q, q, clock(c))
	case until || begins(c.Name, "expir", "stop"):
		return fmt.Sprintf("(%s IS NULL OR %s >= %s)", q, q, clock(c))
	}
	return ""
}
