package shop

import (
	"fmt"
	"strings"

	"github.com/lib/pq"
)

var (
	localeWords = strings.Fields(`
		locale language lang languagecode langcode localecode languageid`)
	currencyNames = strings.Fields(`
		currency currencycode pricecurrency currencyiso isocurrency pricecurrencycode`)
)

func isLocale(c Column) bool {
	return (c.text() || c.Class == 'E') && is(plain(c.Name), localeWords...)
}

func isCurrency(c Column) bool {
	return (c.text() || c.Class == 'E') && is(plain(c.Name), currencyNames...)
}

func upper(q string) string { return "upper(btrim(" + q + "::text))" }

// findLanguage finds the language and the currency of rows. They are conditions once the owner has said which the page
// is in.
func (r *reader) findLanguage() {
	t := r.Products
	for _, c := range t.Columns {
		if r.ignored(t, c) {
			continue
		}
		if isLocale(c) {
			if r.set.LangSet {
				sql := "(" + orAny(c, r.p(c), r.spoken(r.p(c))) + ")"
				r.shown = append(r.shown, condition{sql: sql, fixed: c.Class != 'E', column: c})
			}
			r.doubtLanguage(t, c, r.p(c)+"::text")
		}
		if isCurrency(c) {
			if r.set.CurrencySet {
				sql := "(" + orAny(c, r.p(c), upper(r.p(c))+" = "+pq.QuoteLiteral(r.set.Currency)) + ")"
				r.shown = append(r.shown, condition{sql: sql, fixed: c.Class != 'E', column: c})
			}
			r.doubtCurrency(t, c, upper(r.p(c)))
		}
		switch n := plain(c.Name); { // ids that do not say which it is
		case isLocale(c) || isCurrency(c) || !is(string(c.Class), "N", "U"):
		case n == "currencyid":
			r.doubt(doubt{kind: aboutPrice, label: c.Name, table: t, value: r.p(c) + "::text"})
		case is(n, "languageid", "localeid", "langid"):
			r.doubt(doubt{kind: aboutFlag, label: c.Name, table: t, value: r.p(c) + "::text"})
		}
	}
}

// orAny adds that NULL is any language or currency.
func orAny(c Column, q, condition string) string {
	if c.NotNull {
		return condition
	}
	return q + " IS NULL OR " + condition
}

func (r *reader) doubtLanguage(t *Table, c Column, value string) {
	r.role("language", t.Quoted()+"."+c.quoted())
	r.doubt(doubt{kind: aboutLanguage, label: c.Name, table: t, value: "lower(" + value + ")",
		known: []string{r.set.Lang}, answered: r.set.LangSet})
}

func (r *reader) doubtCurrency(t *Table, c Column, value string) {
	r.role("currency", t.Quoted()+"."+c.quoted())
	r.doubt(doubt{kind: aboutCurrency, label: c.Name, table: t, value: value, known: []string{r.set.Currency},
		answered: r.set.CurrencySet})
}

// language is a language tag as it is compared, and its primary language; a tag with a region is spoken by those two
// alone.
func language(tag string) (whole, primary string, region bool) {
	whole = strings.ToLower(strings.ReplaceAll(tag, "_", "-"))
	primary, _, region = strings.Cut(whole, "-")
	return whole, primary, region
}

// spoken is the condition that a row's language is the page's: de is spoken by de, de-AT and DE_at; pt-BR by pt-BR and
// pt.
func (r *reader) spoken(q string) string {
	lang, primary, region := language(r.set.Lang)
	norm := "lower(translate(" + q + "::text, '_', '-'))"
	if region {
		return fmt.Sprintf("%s IN (%s, %s)", norm, pq.QuoteLiteral(lang), pq.QuoteLiteral(primary))
	}
	return fmt.Sprintf("split_part(%s, '-', 1) = %s", norm, pq.QuoteLiteral(primary))
}

// speaks reports what spoken does of a value.
func speaks(value, lang string) bool {
	lang, primary, region := language(lang)
	value, first, _ := language(value)
	if region {
		return value == lang || value == primary
	}
	return first == lang
}
