package render

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"
	"golang.org/x/text/message"
)

// CurrencyDigits tells how many decimals prices in a currency have (ISO 4217, and CLDR where people write fewer: the
// Iranian rial has none), and whether the code is known. An unknown one has 2.
func CurrencyDigits(code string) (digits int, known bool) {
	switch code {
	case "SLE", "VED", "XCG", "ZWG": // newer than x/text's table
		return 2, true
	case "IQD":
		return 0, true
	}
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code || unit == currency.XXX || unit == currency.XTS {
		return 2, false
	}
	digits, _ = currency.Standard.Rounding(unit)
	return digits, true
}

// Where the currency's symbol ¤ stands beside the number #. A language has one pattern, some regions their own. Source:
// CLDR's standard currency patterns; marks of direction are part of them.
var moneyPatterns = patterns(map[string]string{
	"¤#": "en ja zh ko hi ta te kn ml gu pa mr ur th fil tr " +
		"es-MX es-US es-419 es-PR es-GT es-HN es-SV es-NI es-DO es-PA es-CL es-PE ga cy mt",
	"¤\u00a0#": "nl pt id ms sw af de-AT de-CH de-LI es-AR es-CO es-UY es-PY es-VE es-EC es-CR es-BO it-CH nl-BE",
	"#\u00a0¤": "de fr es it ca eu gl pt-PT ru uk be pl cs sk hu ro bg el sv da nb no nn fi et lv " +
		"lt sl hr sr bs mk sq is vi hy ka az kk uz",
	"\u200f#\u00a0¤":       "ar",
	"\u200f#\u00a0\u200f¤": "he",
	"\u200e¤#":             "fa",
	"#¤":                   "bn",
})

func patterns(lists map[string]string) map[string]string {
	m := map[string]string{}
	for pattern, tags := range lists {
		for _, t := range strings.Fields(tags) {
			m[t] = pattern
		}
	}
	return m
}

// symbols are the currency symbols where x/text has none or an old one: "language/code", or "/code" for every language.
var symbols = map[string]string{
	"ja/JPY": "￥", "zh/CNY": "¥", "zh-TW/TWD": "$", "fa/IRR": "ریال", "ur/PKR": "Rs",
	"th/THB": "฿", "ru/RUB": "₽", "uk/UAH": "грн", "/RUB": "₽", "/TRY": "₺", "/UAH": "₴",
	"ar/EGP": "ج.م.\u200f", "ar/SAR": "ر.س.\u200f", "ar/AED": "د.إ.\u200f", "ar/MAD": "د.م.\u200f", "ar/KWD": "د.ك.\u200f",
	"ar/JOD": "د.أ.\u200f", "ar/QAR": "ر.ق.\u200f", "ar/BHD": "د.ب.\u200f", "ar/OMR": "ر.ع.\u200f", "ar/IQD": "د.ع.\u200f",
	"ar/LBP": "ل.ل.\u200f", "ar/SYP": "ل.س.\u200f", "ar/TND": "د.ت.\u200f", "ar/DZD": "د.ج.\u200f", "ar/LYD": "د.ل.\u200f",
	"ar/SDG": "ج.س.", "ar/YER": "ر.ي.\u200f",
}

// money writes an amount in major units as people of the locale write prices, exactly, in the currency's decimals.
func (l *locale) money(amount decimal.Decimal, code string) string {
	digits, _ := CurrencyDigits(code)
	n := l.number(amount.StringFixed(int32(digits)))
	pattern := cmp.Or(moneyPatterns[l.lang+"-"+l.region], moneyPatterns[l.lang], "¤\u00a0#")
	symbol := l.symbol(code)
	last, _ := utf8.DecodeLastRuneInString(symbol)
	if strings.Contains(pattern, "¤#") && unicode.IsLetter(last) {
		symbol += "\u00a0" // CLDR currencySpacing: letters keep their distance from digits
	}
	if strings.HasPrefix(pattern, "\u200f") && last == '$' && symbol != "$" {
		symbol += "\u200e" // else the sign would stand before its letters
	}
	before, after, _ := strings.Cut(pattern, "#")
	return strings.Replace(before, "¤", symbol, 1) + n + strings.Replace(after, "¤", symbol, 1)
}

// symbol is the currency's symbol as the locale writes it, else its code.
func (l *locale) symbol(code string) string {
	for _, key := range []string{l.lang + "-" + l.region + "/" + code, l.lang + "/" + code, "/" + code} {
		if s, ok := symbols[key]; ok {
			return s
		}
	}
	unit, err := currency.ParseISO(code)
	if err != nil {
		return code
	}
	if s, ok := l.symbols.Load(code); ok {
		return s.(string)
	}
	s := message.NewPrinter(l.tag).Sprint(currency.Symbol(unit))
	l.symbols.Store(code, s)
	return s
}
