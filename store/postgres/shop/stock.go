package shop

import (
	"cmp"
	"fmt"
	"strings"
)

var (
	stockNames = strings.Fields(`
		countinstock stock inventory stockquantity quantity qty instock availablestock unitsinstock
		quantityinstock stockcount stocklevel inventorycount inventoryquantity onhand quantityonhand
		numinstock stockqty qtyinstock instockquantity availablequantity quantityavailable stockavailable
		currentstock totalstock amountinstock available`)
	inStockFlags = strings.Fields(`
		instock stock stockavailable available availability stockstatus availabilitystatus inventorystatus
		stockstate`)
	outStockFlags = strings.Fields("soldout outofstock outstock isoutofstock")
	// goneWords are words for being sold out.
	goneWords = strings.Fields(`
		soldout outofstock unavailable notavailable nostock no n false f none off 0`)
)

// findStock finds what tells whether a product is sold out: a number, a flag or a word, its own or its variants'.
func (r *reader) findStock() {
	t := r.Products
	number, counted := t.find("N", stockNames...)
	expr, what := "", ""
	if counted && !t.refers(number) {
		expr, what = r.p(number), number.quoted()
		r.counts(t, number)
	} else {
		expr, what = r.stockOfVariants()
	}
	stocked := expr != ""
	for _, c := range t.Columns {
		if r.ignored(t, c) || counted && c.Name == number.Name {
			continue
		}
		n := t.flag(c)
		if gone := soldOut(c, n, stocked); gone != "" {
			r.use(t, c)
			if !is(n, statusNames...) { // which says more than that, and does not say that stock is counted
				r.counts(t, c)
				stocked = true
			}
			expr = fmt.Sprintf("CASE WHEN %s THEN 0 ELSE %s END", gone, cmp.Or(expr, "NULL"))
			what = strings.TrimPrefix(what+", "+c.quoted(), ", ")
		}
	}
	r.stocked = stocked
	if expr != "" {
		r.output("count_in_stock", "("+expr+")::text")
		r.role("stock", what)
	}
}

// soldOut is the condition that a flag or a word of a product says that it is sold out; "" where c says nothing of
// that. counted says that something else tells the stock: "available" then means no more than that.
func soldOut(c Column, n string, counted bool) string {
	q := "p." + c.quoted()
	switch {
	case c.Class == 'B' && is(n, inStockFlags...) && (counted || !is(n, availableFlags...)):
		return "NOT " + q
	case c.Class == 'B' && is(n, outStockFlags...):
		return q
	case c.integer() && is(n, inStockFlags...) && counted:
		return q + " = 0"
	case c.integer() && is(n, outStockFlags...):
		return q + " <> 0"
	case (c.text() || c.Class == 'E') && is(n, statusNames...):
		return wordSQL(q) + " IN (" + literals(soldOutWords) + ")"
	case (c.text() || c.Class == 'E') && is(n, inStockFlags...):
		return wordSQL(q) + " IN (" + literals(goneWords) + ")"
	}
	return ""
}

// stockOfVariants is the sum of what the live variants have.
func (r *reader) stockOfVariants() (expr, what string) {
	for _, path := range r.paths() {
		r.attempt(func() bool {
			s := r.rows(path)
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
