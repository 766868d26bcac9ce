package render

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// locale is how one language writes: its direction, digits and separators. Where money stands is in locale_money.go.
type locale struct {
	tag    language.Tag
	lang   string // base language: "ar"
	region string // given or likely: "EG"
	dir    string // rtl or ltr
	zero   rune   // the digit zero
	group  string // between thousands

	decimalSign    string
	secondaryGroup int // digits in every group but the last: 3, or 2 where lakhs are counted
	minGrouping    int // CLDR's minimumGroupingDigits: 1, or 2 where "1234" has no separator

	symbols sync.Map // of currencies asked for so far, by code: making one costs as much as a card
}

// locales holds the locales made so far by language tag.
var locales sync.Map

// localeOf gives the locale of a BCP 47 tag; one that cannot be parsed writes like English.
func localeOf(lang string) *locale {
	if l, ok := locales.Load(lang); ok {
		return l.(*locale)
	}
	l, _ := locales.LoadOrStore(lang, newLocale(lang))
	return l.(*locale)
}

func newLocale(lang string) *locale {
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.English
	}
	base, _ := tag.Base()
	region, _ := tag.Region()
	l := &locale{tag: tag, lang: base.String(), region: region.String(), dir: "ltr"}
	switch script, _ := tag.Script(); script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm":
		l.dir = "rtl"
	}
	l.sample()
	l.correct()
	return l
}

// sample reads digits, separators and grouping off a number that x/text has written (CLDR 32).
func (l *locale) sample() {
	text := message.NewPrinter(l.tag).Sprint(number.Decimal(1234567.5))
	l.group, l.decimalSign, l.secondaryGroup, l.minGrouping = ",", ".", 3, 1
	var marks []string
	var runs []int
	for _, r := range text {
		if unicode.IsDigit(r) {
			if len(runs) == len(marks) {
				runs = append(runs, 0)
			}
			runs[len(runs)-1]++
			continue
		}
		marks = append(marks, string(r))
	}
	l.zero = l.zeroDigit()
	if len(marks) == 3 {
		l.group, l.decimalSign, l.secondaryGroup = marks[0], marks[2], runs[1]
	}
}

// zeroDigit is the language's digit zero; x/text has Latin digits for some regions ("bn-BD") whose language it knows
// better.
func (l *locale) zeroDigit() rune {
	one := message.NewPrinter(language.Make(l.lang)).Sprint(number.Decimal(1))
	r, _ := utf8.DecodeRuneInString(one)
	return r - 1
}

// correct puts right what x/text has of old or has wrong, as CLDR 44 and ICU have it. Source: Intl.NumberFormat of a
// browser, whose answers are the table in locale_money_test.go.
func (l *locale) correct() {
	switch key := l.lang + "-" + l.region; {
	case l.lang == "ar":
		l.arabic()
	case l.lang == "fa", key == "ur-IN":
		l.zero, l.group, l.decimalSign = '۰', "٬", "٫"
	case key == "fr-CA":
	case key == "fr-CH":
		l.group, l.decimalSign = "\u202f", "."
	case key == "fr-MA":
		l.group, l.decimalSign = ".", ","
	case l.lang == "fr":
		l.group = "\u202f"
	case key == "de-AT", l.lang == "sl":
		l.group = "."
	}
	switch l.lang + "-" + l.region {
	case "es-ES", "it-IT", "pl-PL", "pt-PT", "bg-BG", "et-EE", "lv-LV", "sl-SI":
		l.minGrouping = 2
	}
}

// arabic: the Gulf and Egypt write Arabic digits, the Maghreb, the Emirates and the bare language European ones.
func (l *locale) arabic() {
	l.zero, l.group, l.decimalSign = '0', ",", "."
	_, _, region := l.tag.Raw()
	switch region.String() {
	case "EG", "SA", "KW", "QA", "BH", "OM", "IQ", "JO", "SY", "LB", "PS", "YE", "SD", "SO", "DJ", "ER", "TD", "KM", "MR",
		"SS", "IL":
		l.zero, l.group, l.decimalSign = '٠', "٬", "٫"
	case "MA", "DZ", "TN", "LY", "EH":
		l.group, l.decimalSign = ".", ","
	}
}

// number writes a plain decimal such as "-1234567.50" in the locale's digits and separators, with as many decimals as
// it has.
func (l *locale) number(plain string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(plain, "-"); negative {
		sign, plain = "-", rest
	}
	whole, fraction, has := strings.Cut(plain, ".")
	var b strings.Builder
	b.WriteString(sign)
	grouped := len(whole) >= 3+l.minGrouping
	for i, d := range []byte(whole) {
		if left := len(whole) - i; grouped && i > 0 && (left == 3 || left > 3 && (left-3)%l.secondaryGroup == 0) {
			b.WriteString(l.group)
		}
		b.WriteRune(l.zero + rune(d-'0'))
	}
	if has {
		b.WriteString(l.decimalSign)
		for _, d := range []byte(fraction) {
			b.WriteRune(l.zero + rune(d-'0'))
		}
	}
	return b.String()
}
