package shop

import (
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
	currentNames = strings.Fields(`
		price currentprice sellingprice sellprice unitprice finalprice ourprice priceamount minprice
		pricemin lowestprice pricelowest fromprice pricefrom startingprice startprice shopprice webprice
		standardprice defaultprice newprice preis precio preco prix prezzo prijs pris valor`)
	// paidNames are of the price that a visitor pays where another one stands beside it.
	paidNames = strings.Fields("sellingprice sellprice finalprice currentprice ourprice newprice")
	saleStems = strings.Fields(`
		sale discount promo special offer reduced deal clearance campaign flash`)
	// oldStems are prices before a sale. The first of them are the price itself where nothing else is.
	oldStems = strings.Fields(`
		base regular normal full original list retail recommended market undiscounted compare comparison old
		was previous strike crossed before`)
	recommendedNames = strings.Fields("msrp rrp mrp uvp")
	taxStems         = strings.Fields("net gross tax vat brutto netto")
	// otherStems are prices that a visitor does not pay.
	otherStems = strings.Fields(`
		cost buy purchase wholesale supplier import trade max highest per shipping delivery fee deposit
		setup install tier bulk member vip b2b dealer reseller employee partner margin insurance`)
	// discountNames may be percent or an amount.
	discountNames = strings.Fields(`
		discount discountvalue promotion discountrate reduction rebate`)
	percentWords = strings.Fields("percent percentage pct perc %")
	amountWords  = strings.Fields("amount fixed fix flat value absolute fixedamount flatamount cash")
	// noCurrency are words of three letters that are no code of a currency.
	noCurrency = strings.Fields("was old net all top try")
	minorWords = strings.Fields("cents cent minor pence pennies paise kopecks subunits")
	// saleSwitches are flags that say whether a sale is on.
	saleSwitches = strings.Fields(`
		onsale sale discounted discountactive saleactive saleenabled discountenabled promo onpromotion
		promoactive onoffer`)
	// saleFlags say so as booleans only: a number or a text by that name is the discount itself.
	saleFlags = strings.Fields("discount promotion offer special specialoffer deal insale discountactivated")
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
	if c.Class != 'N' && !c.text() || t.isKey(c) {
		return tag{}
	}
	g, rest := unitOf(c)
	n := t.bare(Column{Name: rest})
	g.kind, g.place = kindOf(n, g.minor, c.Class == 'N')
	if c.text() && g.kind != regular && !is(n, recommendedNames...) && !has(n, "price", "preis") ||
		c.text() && begins(c.Name, "label", "text", "note", "descr", "comment", "display", "format") {
		g.kind = noPrice
	}
	return g
}

// unitOf is what a column's name says of the unit of its money, and the rest of the name.
func unitOf(c Column) (g tag, rest string) {
	var other []string
	for _, w := range words(c.Name) {
		u, err := currency.ParseISO(w)
		switch {
		case err == nil && len(w) == 3 && has(c.Name, "price", "amount") && !is(w, noCurrency...):
			g.currency = u.String()
		case is(w, minorWords...):
			g.minor = true
		case w != "in" || len(other) == 0:
			other = append(other, w)
		}
	}
	return g, strings.Join(other, "_")
}

// kindOf is what a plain name without its unit says, and its place in order of preference.
func kindOf(n string, minor, number bool) (kind, place int) {
	money := minor || has(n, "price", "preis")
	switch {
	case has(n, "percent", "pct") && has(n, saleStems...) || is(n, "percentoff", "offpercent", "reductionpercent"):
		return percent, 0
	case is(n, discountNames...) && number:
		return discount, 0
	case is(n, "discountamount", "amountoff", "discountabsolute"):
		return amount, 0
	case is(n, currentNames...):
		return regular, slices.Index(currentNames, n)
	case is(n, recommendedNames...):
		return old, 50
	case !money && is(n, "amount", "value"):
		return anyMoney, 0
	case !money || has(n, otherStems...):
		return noPrice, 0
	case has(n, taxStems...):
		return taxed, 0
	case has(n, "before", "without", "undiscounted"): // a discount, if at all
		return old, slices.IndexFunc(oldStems, func(s string) bool { return strings.Contains(n, s) })
	case has(n, saleStems...):
		return sale, 0
	case has(n, oldStems...):
		return old, slices.IndexFunc(oldStems, func(s string) bool { return strings.Contains(n, s) })
	}
	return noPrice, 0
}
