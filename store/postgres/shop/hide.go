package shop

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// condition is what a row meets that visitors may see.
type condition struct {
	sql    string // over the alias it was made for
	column Column
	// fixed says that it depends on the row alone, not on the clock: an index may have it.
	fixed bool
	// live are, of a column whose words are not all understood, those that mean shown; see doubt.
	live []string
	odd  bool // the column may hold what is not understood: it is in doubt
	// weak says that a part of the name alone tells that the column may be a status: NULL does not hide.
	weak bool
	// yesNo says that the column is in doubt where it holds nothing but yes and no.
	yesNo bool
	says  string // sql in words, "" where it speaks for itself
}

// hide collects what a product must meet, and what in that is in doubt.
func (r *reader) hide() {
	t := r.Products
	if r.self.Name != "" {
		none := r.p(r.self) + " IS NULL"
		if r.self.Class == 'N' && !t.declared(r.self) {
			none = "(" + none + " OR " + r.p(r.self) + " = 0)"
		}
		r.shown = append(r.shown, condition{sql: none, fixed: true, column: r.self})
	}
	for _, c := range r.live(t, "p", r.stocked) {
		r.shown = append(r.shown, c)
		if c.yesNo {
			r.doubt(doubt{kind: aboutYesNo, label: c.column.Name, table: t, value: yesNoValue(r.p(c.column))})
		} else if c.odd {
			r.doubt(doubt{kind: aboutFlag, label: c.column.Name, table: t, value: flagValue(c.column), known: c.live})
		}
	}
	r.hideByParents()
	for _, c := range r.shown {
		if says := cmp.Or(c.says, c.sql); says != "" {
			r.Hidden = append(r.Hidden, says)
		}
	}
}

// live returns the conditions that rows of t meet which visitors may see. Every flag, status and date counts: what one
// of them hides must not appear. stocked says that t tells a stock: "available" then means no more than that.
func (r *reader) live(t *Table, alias string, stocked bool) []condition {
	var list []condition
	for _, c := range t.Columns {
		cond, ok := r.hides(t, c, alias, stocked)
		if ok && r.ignored(t, c) { // nothing is in doubt then, but words that are known to hide go on hiding
			ok, cond.odd = cond.odd && cond.sql != "" && !cond.weak, false
		}
		if ok {
			cond.column = c
			list = append(list, cond)
			r.use(t, c)
		}
	}
	return list
}

// hides is the condition of one column; ok is false where it hides nothing.
func (r *reader) hides(t *Table, c Column, alias string, stocked bool) (cond condition, ok bool) {
	q, n := alias+"."+c.quoted(), t.flag(c)
	shown := is(n, shownFlags...) || is(n, statusNames...)
	if c.Class == 'B' && is(n, "show", "display", "displayed") {
		shown = true
	}
	if is(n, availableFlags...) && !stocked && !c.text() && c.Class != 'E' {
		shown = true
	}
	switch {
	case c.Class == 'B':
		return flags(c, q, n, shown)
	case c.Base == "bit" && shown:
		return condition{sql: q + " = '1'", fixed: true}, true
	case c.Base == "bit" && is(n, hiddenFlags...):
		return condition{sql: q + " IS DISTINCT FROM '1'", fixed: true}, true
	case t == r.Products && c.integer() && is(n, statusNames...) && c.Default == "0":
		// 0 may be the live one, as Rails numbers them.
		return condition{odd: true}, true
	case c.Class == 'N':
		if cond, ok := numbers(c, q, n, shown); ok {
			return cond, true
		}
	case c.dated():
		return dates(c, n, q)
	case n == "state" && c.text() && t.hasAddress():
		return condition{}, false
	case c.Class == 'E' && (shown || tellsBoth(c, n)), c.text() && shown:
		return status(c, q), true
	case t == r.Products && maybeStatus(c, n):
		return weak(c, q), true
	case c.text() && is(n, hiddenFlags...):
		cond := texts(q, yesWords, slices.Concat(noWords, []string{"", "NULL"}))
		cond.sql = "(" + q + " IS NULL OR " + cond.sql + ")"
		return cond, true
	}
	return condition{odd: true, yesNo: true}, t == r.Products && maybeYesNo(t, c, n)
}

// hasAddress reports whether the rows of a table live somewhere.
func (t *Table) hasAddress() bool {
	_, ok := t.find("S", "city", "zip", "zipcode", "postcode", "postalcode")
	return ok
}

// maybeYesNo reports whether a number or a text may be a flag by a name that is on no list.
func maybeYesNo(t *Table, c Column, n string) bool {
	counts := func(w string) bool { return is(singular(w), countWords...) }
	return (c.integer() || c.text()) && has(c.Name, visibleStems...) && !stockFlag(n) && !is(n, availableFlags...) &&
		!t.isKey(c) && tagOf(t, c).kind == noPrice && !slices.ContainsFunc(words(c.Name), counts)
}

// yesNoValue is yes or no in any of their words, else "other".
func yesNoValue(q string) string {
	is := "lower(left(" + q + "::text, 6))"
	return "CASE WHEN " + is + " IN (" + literals(slices.Concat(yesWords, noWords)) + ") THEN " + is +
		" WHEN " + q + " IS NOT NULL THEN 'other' END"
}

// status is the condition on a text or an enum that is a status.
func status(c Column, q string) condition {
	if c.Class == 'E' {
		return labels(c, q)
	}
	return texts(q, hiddenWords, slices.Concat(liveWords, soldOutWords))
}

// maybeStatus reports whether a text or an enum may be a status, by the last word of its name.
func maybeStatus(c Column, n string) bool {
	if !c.text() && c.Class != 'E' || !is(lastWord(c.Name), statusWords...) || stockFlag(n) || is(n, availableFlags...) {
		return false
	}
	harmless := begins(c.Name, harmlessStems...) ||
		slices.ContainsFunc(words(c.Name), func(w string) bool { return is(w, harmlessWords...) })
	return !harmless || has(c.Name, visibleStems...)
}

// weak is the condition on what may be a status: its words hide as those of a status do, NULL does not, and is in doubt
// beside other values.
func weak(c Column, q string) condition {
	cond := status(c, q)
	cond.weak, cond.odd = true, true
	if cond.sql != "" {
		cond.sql = "(" + q + " IS NULL OR " + cond.sql + ")"
	}
	return cond
}

// tellsBoth reports whether an enum, whatever its column is called, has a word for what is shown and one for what is
// not. About the stock, unavailable is no more than sold out.
func tellsBoth(c Column, n string) bool {
	stock := stockFlag(n) || is(n, availableFlags...)
	has := func(words []string) bool {
		return slices.ContainsFunc(c.Labels, func(l string) bool {
			return is(word(l), words...) && !(stock && is(word(l), goneWords...))
		})
	}
	return has(liveWords) && has(hiddenWords)
}

// flags is the condition on a boolean. One that is neither known nor harmless is in doubt.
func flags(c Column, q, n string, shown bool) (condition, bool) {
	switch {
	case shown:
		return condition{sql: q, fixed: true}, true
	case is(n, hiddenFlags...):
		return condition{sql: q + " IS NOT TRUE", fixed: true}, true
	case stockFlag(n) || is(n, availableFlags...):
		return condition{}, false
	}
	return condition{odd: true}, has(c.Name, visibleStems...) ||
		!begins(c.Name, harmlessStems...) && !begins(c.Name, harmlessWords...)
}

// numbers is the condition on whole numbers that stand for a flag.
func numbers(c Column, q, n string, shown bool) (condition, bool) {
	day := dayless(n)
	since := day != n && !is(day, "draft", "private") && (is(day, hiddenFlags...) || is(day, hiddenDates...))
	switch {
	case (c.integer() || c.Base == "numeric" && c.Scale < 0) && shown:
		return condition{sql: q + " <> 0", fixed: true, odd: true, live: []string{"1"}}, true
	case c.integer() && day == "published": // seconds or milliseconds since 1970
		return condition{sql: q + " > 0", fixed: true}, true
	case c.integer() && (since || is(n, hiddenFlags...)):
		return condition{sql: "COALESCE(" + q + ", 0) = 0", fixed: true}, true
	}
	return condition{}, false
}

// dates are conditions on points in time. What has no zone is UTC, whatever the session's zone.
func dates(c Column, n, q string) (condition, bool) {
	now, day := clock(c), dayless(n)
	switch {
	case day == "published":
		return condition{sql: q + " <= " + now}, true // NULL is a draft
	case is(day, plannedDates...) && !strings.HasSuffix(n, "at"):
		return condition{sql: "(" + q + " IS NULL OR " + q + " > " + now + ")"}, true
	case is(day, "draft", "private"): // the day when it became one says nothing of today
		return condition{}, false
	case is(day, hiddenFlags...), is(day, hiddenDates...):
		return condition{sql: q + " IS NULL", fixed: true}, true
	case is(n, fromDates...):
		return condition{sql: "(" + q + " IS NULL OR " + q + " <= " + now + ")"}, true
	case is(n, untilDates...):
		return condition{sql: "(" + q + " IS NULL OR " + q + " >= " + now + ")"}, true
	}
	return condition{}, false
}

// dayless is the plain name of a date without what says that it is one: deletedAt, deleted_on and date_deleted are all
// deleted.
func dayless(n string) string {
	n = strings.TrimPrefix(n, "date")
	for _, end := range []string{"at", "on", "date", "time"} {
		if rest, ok := strings.CutSuffix(n, end); ok {
			return rest
		}
	}
	return n
}

// clock is the present in a column's type.
func clock(c Column) string {
	switch c.Base {
	case "timestamptz":
		return "now()"
	case "date":
		return "(now() AT TIME ZONE 'UTC')::date"
	}
	return "(now() AT TIME ZONE 'UTC')"
}

// labels is the condition on an enum. Where it has a word that means shown and no word of unknown meaning, nothing is
// in doubt.
func labels(c Column, q string) condition {
	var shown, live []string
	cond := condition{fixed: true}
	for _, l := range c.Labels {
		switch w := word(l); {
		case is(w, hiddenWords...):
		case is(w, liveWords...), is(w, soldOutWords...):
			live, shown = append(live, word(l)), append(shown, pq.QuoteLiteral(l)+"::"+c.Type)
		default:
			cond.odd, shown = true, append(shown, pq.QuoteLiteral(l)+"::"+c.Type)
		}
	}
	cond.live = live
	switch {
	case len(shown) == len(c.Labels) && cond.odd:
		cond.fixed = false
	case len(shown) == len(c.Labels): // a word that is added later is not shown before it is read
		cond.sql, cond.fixed = "("+q+" IS NULL OR "+q+" IN ("+strings.Join(shown, ", ")+"))", false
	case len(shown) == 0:
		cond.sql = "false"
	case len(shown) == 1:
		cond.sql = q + " = " + shown[0]
	default:
		cond.sql = q + " IN (" + strings.Join(shown, ", ") + ")"
	}
	return cond
}

// texts is the condition that a text is none of the words that hide; live are those that are understood to show.
func texts(q string, hidden, live []string) condition {
	return condition{sql: wordSQL(q) + " NOT IN (" + literals(hidden) + ")", fixed: true, odd: true, live: live,
		says: q + " is not " + examples(hidden) + " words that hide"}
}

// literals are texts as SQL, with commas between them.
func literals(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = pq.QuoteLiteral(text)
	}
	return strings.Join(list, ", ")
}

// word is a status word without what spelling habits differ in.
func word(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s))
}

// wordSQL is what word does, in SQL.
func wordSQL(q string) string { return "lower(translate(" + q + "::text, ' _-', ''))" }

// stockFlag reports whether a flag's name is about being in stock.
func stockFlag(n string) bool {
	return strings.Contains(n, "stock") || strings.Contains(n, "soldout") || strings.Contains(n, "inventory")
}

// flagValue is the value of a flag or a status.
func flagValue(c Column) string {
	if c.Class == 'B' || c.Class == 'N' {
		return "p." + c.quoted() + "::text"
	}
	return wordSQL("p." + c.quoted())
}

// and joins conditions to the end of a WHERE.
func and(list []condition) string {
	var b strings.Builder
	for _, c := range list {
		if c.sql != "" {
			b.WriteString(" AND " + c.sql)
		}
	}
	return b.String()
}
