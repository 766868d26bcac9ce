package postgres

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Money comes as the text PostgreSQL writes for numeric and double precision ("19.99", "1e+300", "NaN"), is exact from
// there on, and is rounded half away from zero to the currency's digits. It is never a float.

// unit says how a price column's numbers become major units.
type unit struct {
	minor  bool  // the column counts minor units (cents): PRICE_UNIT=minor
	digits int32 // decimals of the currency
}

const (
	// maxMoneyText is longer than any price: the longest double has 24 characters, DECIMAL(65,30) has 67.
	maxMoneyText = 400
	// maxMoneyPower bounds a price at 10^12 major units.
	maxMoneyPower = 12
)

var maxMoney = decimal.New(1, maxMoneyPower)

// price reads one amount. It reports false for what cannot be a price: NULL, NaN, infinite, negative, beyond 10^12, no
// number.
func (u unit) price(text string) (decimal.Decimal, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxMoneyText || !plainNumber(text) {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(text)
	// The power is looked at first: comparing 1e999999999 would write it out.
	if err != nil || d.IsNegative() || d.Exponent() > maxMoneyText || d.Exponent() < -maxMoneyText {
		return decimal.Decimal{}, false
	}
	if u.minor {
		d = d.Shift(-u.digits)
	}
	if d.GreaterThan(maxMoney) {
		return decimal.Decimal{}, false
	}
	return d.Round(u.digits), true
}

// listPrice reads the price before the sale: zero, which means no sale, where it is NULL, no price, 0 or not above
// price.
func (u unit) listPrice(text string, price decimal.Decimal) decimal.Decimal {
	d, ok := u.price(text)
	if !ok || !d.GreaterThan(price) {
		return decimal.Decimal{}
	}
	return d
}

// plainNumber reports whether s has only what PostgreSQL writes into a finite number.
func plainNumber(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return true
}

// rating reads an average rating: 0 to 5, and 0 for what is no number.
func rating(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f > 0) {
		return 0
	}
	return min(f, 5)
}

// count reads a whole number of any numeric type, cut towards zero; false for what is none or does not fit 64 bits.
func count(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f > -1<<62 && f < 1<<62) {
		return 0, false
	}
	return int64(f), true
}
