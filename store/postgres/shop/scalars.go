package shop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Forms of the scalars.
const (
	hashForm = `(
    SELECT sum(hashtext(concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull))::bigint) || ' of ' || (
        SELECT oid FROM pg_catalog.pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' ORDER BY oid DESC LIMIT 1)
    FROM pg_catalog.pg_attribute WHERE attrelid IN (%s) AND attnum > 0 AND NOT attisdropped)`
	lookForm = `(
    SELECT json_agg(DISTINCT u.v) FROM (SELECT %s FROM %s AS p LIMIT 1000) AS p, unnest(ARRAY[%s]) AS u(v)
    WHERE u.v IS NOT NULL%s)`
)

// Scalars are the values that travel with the rows, a JSON object: hash tells whether the tables are those that were
// read; names, if asked for and where fewer categories came than CATEGORIES names, are all of them; look, if asked
// for, or where an answer of the owner leaves no row, are the values that the columns in doubt have in the first 1,000
// rows. What is left out need not be planned.
func (m *Mapping) Scalars(look, names bool) string {
	list := []string{"'hash'", m.hashSQL()}
	if names {
		const came = "(SELECT count(DISTINCT category) FROM shop WHERE id IS NOT NULL)"
		list = append(list, "'names'", "CASE WHEN cardinality($1::text[]) > "+came+" THEN "+m.namesSQL()+" END")
	}
	answered := slices.ContainsFunc(m.looks(), func(d doubt) bool { return d.answered })
	switch {
	case look && len(m.looks()) > 0:
		list = append(list, "'look'", m.lookSQL())
	case answered:
		const none = "NOT EXISTS (SELECT FROM shop WHERE id IS NOT NULL)"
		list = append(list, "'look'", "CASE WHEN "+none+" THEN "+m.lookSQL()+" END")
	}
	return m.encoded("json_build_object(" + strings.Join(list, ", ") + ")::text")
}

// Hash is what the scalar hash is as long as the tables are those that were read, and no table came after them.
func (m *Mapping) Hash() string {
	var sum int64
	for t := range m.used {
		sum += t.hash
	}
	return fmt.Sprintf("%d of %d", sum, m.last)
}

// SameTables reports whether two hashes differ in the newest table alone: where tables come all the time, the shop's
// own are what counts.
func SameTables(a, b string) bool {
	first, _, _ := strings.Cut(a, " of ")
	second, _, _ := strings.Cut(b, " of ")
	return first == second
}

// hashSQL reckons the same. The tables are named, since another one may have taken the name.
func (m *Mapping) hashSQL() string {
	var names []string
	for _, t := range m.Tables() {
		names = append(names, pq.QuoteLiteral(t.Quoted())+"::regclass")
	}
	return fmt.Sprintf(hashForm, strings.Join(names, ", "))
}

func (m *Mapping) namesSQL() string {
	const all = "(%s SELECT json_agg(name) FROM (SELECT DISTINCT name FROM shelf ORDER BY name LIMIT 100) AS shelf)"
	return fmt.Sprintf(all, m.with(false))
}

// looks are the doubts that a look at the products' own columns can find something of.
func (m *Mapping) looks() (list []doubt) {
	for _, d := range m.doubts {
		if d.table == m.Products {
			list = append(list, d)
		}
	}
	return list
}

func (m *Mapping) lookSQL() string {
	var entries []string
	var rest, answers []condition
	for _, c := range m.shown {
		if slices.ContainsFunc(m.doubts, func(d doubt) bool { return d.answered && d.label == c.column.Name }) {
			answers = append(answers, c)
		} else {
			rest = append(rest, c)
		}
	}
	for _, d := range m.looks() {
		if e := d.entry(); d.answered || len(answers) == 0 {
			entries = append(entries, e)
		} else {
			entries = append(entries, "CASE WHEN true"+and(answers)+" THEN "+e+" END")
		}
	}
	return fmt.Sprintf(lookForm, m.raw(), m.Products.Quoted(), strings.Join(entries, ", "), and(rest))
}
