package render

import (
	"testing"

	"github.com/shopspring/decimal"
)

// The expected values of both tables are what Intl.NumberFormat answers in a browser with a recent CLDR.

// TestMoneyOfLocales holds the pairs of language and currency that the shop promises.
func TestMoneyOfLocales(t *testing.T) {
	tests := []struct{ lang, currency, amount, want string }{
		{"en-US", "USD", "1234.5", "$1,234.50"},
		{"en-GB", "GBP", "1234.5", "£1,234.50"},
		{"de-DE", "EUR", "1234.5", "1.234,50\u00a0€"},
		{"fr-FR", "EUR", "1234.5", "1\u202f234,50\u00a0€"},
		{"ar-EG", "EGP", "1234.5", "\u200f١٬٢٣٤٫٥٠\u00a0ج.م.\u200f"},
		{"he-IL", "ILS", "1234.5", "\u200f1,234.50\u00a0\u200f₪"},
		{"ja-JP", "JPY", "1234.5", "￥1,235"},
		{"pt-BR", "BRL", "1234.5", "R$\u00a01.234,50"},
		{"hi-IN", "INR", "1234.5", "₹1,234.50"},
		{"hi-IN", "INR", "123456.5", "₹1,23,456.50"},
		{"fa-IR", "IRR", "1234.5", "\u200eریال\u00a0۱٬۲۳۵"},

		{"en", "EUR", "9.9", "€9.90"},
		{"en-GB", "USD", "1234.5", "US$1,234.50"},
		{"en-CA", "CAD", "1234.5", "$1,234.50"},
		{"en-CA", "USD", "1234.5", "US$1,234.50"},
		{"en-AU", "AUD", "1234.5", "$1,234.50"},
		{"en-IN", "INR", "1234567.5", "₹12,34,567.50"},
		{"en-IE", "EUR", "1234.5", "€1,234.50"},
		{"en-US", "KWD", "1234.5", "KWD\u00a01,234.500"},
		{"de", "EUR", "1234567.5", "1.234.567,50\u00a0€"},
		{"de-DE", "USD", "1234.5", "1.234,50\u00a0$"},
		{"de-AT", "EUR", "1234.5", "€\u00a01.234,50"},
		{"de-CH", "CHF", "1234.5", "CHF\u00a01’234.50"},
		{"fr", "EUR", "1234567.5", "1\u202f234\u202f567,50\u00a0€"},
		{"fr-CA", "CAD", "1234.5", "1\u00a0234,50\u00a0$"},
		{"fr-CH", "CHF", "1234.5", "1\u202f234.50\u00a0CHF"},
		{"fr-FR", "USD", "1234.5", "1\u202f234,50\u00a0$US"},
		{"fr-MA", "MAD", "1234.5", "1.234,50\u00a0MAD"},
		{"es-ES", "EUR", "1234.5", "1234,50\u00a0€"},
		{"es-ES", "EUR", "12345.5", "12.345,50\u00a0€"},
		{"es-MX", "MXN", "1234.5", "$1,234.50"},
		{"es-AR", "ARS", "1234.5", "$\u00a01.234,50"},
		{"es-US", "USD", "1234.5", "$1,234.50"},
		{"it-IT", "EUR", "1234567.5", "1.234.567,50\u00a0€"},
		{"nl-NL", "EUR", "1234.5", "€\u00a01.234,50"},
		{"pt-BR", "USD", "1234.5", "US$\u00a01.234,50"},
		{"pt-PT", "EUR", "1234.5", "1234,50\u00a0€"},
		{"pt-PT", "EUR", "1234567.5", "1\u00a0234\u00a0567,50\u00a0€"},
		{"ar", "USD", "1234.5", "\u200f1,234.50\u00a0US$\u200e"},
		{"ar-SA", "SAR", "1234.5", "\u200f١٬٢٣٤٫٥٠\u00a0ر.س.\u200f"},
		{"ar-AE", "AED", "1234.5", "\u200f1,234.50\u00a0د.إ.\u200f"},
		{"ar-MA", "MAD", "1234.5", "\u200f1.234,50\u00a0د.م.\u200f"},
		{"ar-KW", "KWD", "1234.5", "\u200f١٬٢٣٤٫٥٠٠\u00a0د.ك.\u200f"},
		{"he-IL", "USD", "1234.5", "\u200f1,234.50\u00a0\u200f$"},
		{"fa-IR", "USD", "1234.5", "\u200e$۱٬۲۳۴٫۵۰"},
		{"ur-IN", "INR", "1234.5", "₹۱٬۲۳۴٫۵۰"},
		{"ja-JP", "USD", "1234.5", "$1,234.50"},
		{"zh-CN", "CNY", "1234.5", "¥1,234.50"},
		{"zh-TW", "TWD", "1234.5", "$1,234.50"},
		{"ko-KR", "KRW", "1234.5", "₩1,235"},
		{"bn-BD", "BDT", "1234567.5", "১২,৩৪,৫৬৭.৫০৳"},
		{"ta-IN", "INR", "1234567.5", "₹12,34,567.50"},
		{"ru-RU", "RUB", "1234.5", "1\u00a0234,50\u00a0₽"},
		{"uk-UA", "UAH", "1234.5", "1\u00a0234,50\u00a0грн"},
		{"pl-PL", "PLN", "1234.5", "1234,50\u00a0zł"},
		{"pl-PL", "PLN", "12345.5", "12\u00a0345,50\u00a0zł"},
		{"cs-CZ", "CZK", "1234.5", "1\u00a0234,50\u00a0Kč"},
		{"ro-RO", "RON", "1234.5", "1.234,50\u00a0RON"},
		{"el-GR", "EUR", "1234.5", "1.234,50\u00a0€"},
		{"tr-TR", "TRY", "1234.5", "₺1.234,50"},
		{"sv-SE", "SEK", "1234.5", "1\u00a0234,50\u00a0kr"},
		{"da-DK", "DKK", "1234.5", "1.234,50\u00a0kr."},
		{"nb-NO", "NOK", "1234.5", "1\u00a0234,50\u00a0kr"},
		{"fi-FI", "EUR", "1234.5", "1\u00a0234,50\u00a0€"},
		{"id-ID", "IDR", "1234567.5", "Rp\u00a01.234.568"},
		{"ms-MY", "MYR", "1234.5", "RM\u00a01,234.50"},
		{"vi-VN", "VND", "1234.5", "1.235\u00a0₫"},
		{"th-TH", "THB", "1234.5", "฿1,234.50"},
		{"fil-PH", "PHP", "1234.5", "₱1,234.50"},
		{"sw-KE", "KES", "1234.5", "Ksh\u00a01,234.50"},

		{"en-US", "USD", "0", "$0.00"},
		{"en-US", "USD", "999", "$999.00"},
		{"en-US", "USD", "0.005", "$0.01"},
		{"en-US", "USD", "999999999999.99", "$999,999,999,999.99"},
		{"not a tag", "USD", "1234.5", "$1,234.50"},
	}
	for _, test := range tests {
		got := localeOf(test.lang).money(decimal.RequireFromString(test.amount), test.currency)
		if got != test.want {
			t.Errorf("%s of %s %s = %+q, want %+q", test.lang, test.amount, test.currency, got, test.want)
		}
	}
}

func TestCurrencyDigits(t *testing.T) {
	tests := []struct {
		code   string
		digits int
		known  bool
	}{
		{"USD", 2, true}, {"EUR", 2, true}, {"JPY", 0, true}, {"KWD", 3, true}, {"TND", 3, true}, {"IRR", 0, true},
		{"SLE", 2, true},
		{"usd", 2, false}, {"XYZ", 2, false}, {"", 2, false}, {"US", 2, false}, {"XXX", 2, false}, {"DOLLAR", 2, false},
	}
	for _, test := range tests {
		digits, known := CurrencyDigits(test.code)
		if digits != test.digits || known != test.known {
			t.Errorf("CurrencyDigits(%q) = %d, %v; want %d, %v", test.code, digits, known, test.digits, test.known)
		}
	}
}

func TestDirectionOfLanguages(t *testing.T) {
	for lang, want := range map[string]string{
		"ar": "rtl", "ar-EG": "rtl", "he": "rtl", "he-IL": "rtl", "fa": "rtl", "ur": "rtl", "ur-PK": "rtl",
		"en": "ltr", "de-DE": "ltr", "ja": "ltr", "az-Latn": "ltr", "az-Arab": "rtl", "pa-Arab-PK": "rtl", "pa": "ltr",
	} {
		if got := localeOf(lang).dir; got != want {
			t.Errorf("direction of %s = %s, want %s", lang, got, want)
		}
	}
}
