package shop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Statement is the SELECT that a page's products are read by: $1 (text[]) are the categories asked for, none for all, $2 (int) is the number
// of products of a category. It can be run as it is, by anybody.
func (m *Mapping) Statement() string { return m.statement(m.with(), m.riding(m.shelf.spelling)) }

// ExactStatement gives the same rows for less work where products spell each category as its table does and each has products. Where
// that does not hold it gives a category without products, or fewer categories than CATEGORIES names.
func (m *Mapping) ExactStatement() string {
	if m.shelf.exact == "" {
		return m.Statement()
	}
	return m.statement("WITH "+m.shelf.exact, m.riding(""))
}

// with begins a statement with the CTE shelf.
func (m *Mapping) with() string {
	if m.shelf.recursive {
		return "WITH RECURSIVE " + m.shelves()
	}
	return "WITH " + m.shelves()
}

func (m *Mapping) statement(with, doubts string) string {
	var b strings.Builder
	b.WriteString(with + "\n")
	list := []string{m.wire("c.name") + " AS category", m.wire("c.slug") + " AS category_slug", m.wire("c.id") + " AS category_id"}
	for _, c := range m.columns {
		list = append(list, c.sql+" AS "+c.name)
	}
	if doubts != "" {
		list = append(list, doubts)
	}
	fmt.Fprintf(&b, "SELECT %s\nFROM shelf AS c\n", strings.Join(list, ",\n       "))
	fmt.Fprintf(&b, "LEFT JOIN LATERAL (\n    SELECT %s\n    FROM %s AS p\n    WHERE %s\n    ORDER BY %s\n    LIMIT $2::int\n) AS p ON true\n", m.raw(), m.Products.Quoted(), m.where(), m.order("p."))
	for _, j := range m.joins {
		b.WriteString(j + "\n")
	}
	fmt.Fprintf(&b, "ORDER BY c.ord, c.name COLLATE \"C\", %s", m.order("p."))
	return b.String()
}

// shelves are the CTEs that end with shelf.
func (m *Mapping) shelves() string {
	return strings.ReplaceAll(m.shelf.with, "{{shown}}", and(m.shown))
}

// where are the conditions on a product, a line each.
func (m *Mapping) where() string {
	var list []string
	if m.shelf.from != "" {
		list = append(list, m.shelf.from)
	}
	for _, c := range m.shown {
		if c.sql != "" {
			list = append(list, c.sql)
		}
	}
	if len(list) == 0 {
		return "true"
	}
	return strings.Join(list, "\n      AND ")
}

// raw are the columns of a product that anything is made of, each once: a role may have rights on these alone.
func (m *Mapping) raw() string {
	var list []string
	for _, c := range m.used[m.Products] {
		list = append(list, "p."+c.quoted())
	}
	return strings.Join(list, ", ")
}

// riding is the output column of the columns in doubt, each as column=value, and of other entries; "" where there is none.
func (m *Mapping) riding(other string) string {
	var list []string
	for _, d := range m.doubts {
		list = append(list, d.entry())
	}
	if other != "" {
		list = append(list, other)
	}
	if len(list) == 0 {
		return ""
	}
	return "CASE WHEN p." + m.id.quoted() + " IS NOT NULL THEN " + m.wire("array_remove(ARRAY["+strings.Join(list, ", ")+"], NULL)::text") + " END AS doubts"
}

func (d doubt) entry() string {
	return "'" + strings.ReplaceAll(d.label, "'", "''") + "=' || COALESCE(left(" + d.value + ", 100), 'NULL')"
}

// Scalars are the values that travel with the rows, a JSON object: hash tells whether the tables are those that were
// read; names, if asked for and where fewer categories came than CATEGORIES names, are all of them; look, if asked for, or where an answer of
// the owner leaves no row, are the values that the columns in doubt have in the first 1,000 rows. What is left out need not be planned.
func (m *Mapping) Scalars(look, names bool) string {
	list := []string{"'hash'", m.hashSQL()}
	if names {
		list = append(list, "'names'", "CASE WHEN cardinality($1::text[]) > (SELECT count(DISTINCT category) FROM shop WHERE id IS NOT NULL) THEN "+m.namesSQL()+" END")
	}
	answered := slices.ContainsFunc(m.looks(), func(d doubt) bool { return d.answered })
	switch {
	case look && len(m.looks()) > 0:
		list = append(list, "'look'", m.lookSQL())
	case answered:
		list = append(list, "'look'", "CASE WHEN NOT EXISTS (SELECT FROM shop WHERE id IS NOT NULL) THEN "+m.lookSQL()+" END")
	}
	return m.wire("json_build_object(" + strings.Join(list, ", ") + ")::text")
}

// Hash is what the scalar hash is as long as the tables are those that were read, and no table came after them.
func (m *Mapping) Hash() string {
	var sum int64
	for t := range m.used {
		sum += t.hash
	}
	return fmt.Sprintf("%d of %d", sum, m.last)
}

// hashSQL reckons the same. The tables are named, since another one may have taken the name.
func (m *Mapping) hashSQL() string {
	var names []string
	for _, t := range m.Tables() {
		names = append(names, pq.QuoteLiteral(t.Quoted())+"::regclass")
	}
	return `(SELECT sum(hashtext(concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull))::bigint) || ' of ' ||
        (SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' ORDER BY oid DESC LIMIT 1)
    FROM pg_catalog.pg_attribute WHERE attrelid IN (` + strings.Join(names, ", ") + `) AND attnum > 0 AND NOT attisdropped)`
}

func (m *Mapping) namesSQL() string {
	return fmt.Sprintf("(%s SELECT json_agg(name) FROM (SELECT DISTINCT name FROM shelf ORDER BY name LIMIT 100) AS shelf)",
		strings.ReplaceAll(m.with(), "$1::text[]", "'{}'::text[]"))
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
	return fmt.Sprintf("(SELECT json_agg(DISTINCT u.v) FROM (SELECT %s FROM %s AS p LIMIT 1000) AS p, unnest(ARRAY[%s]) AS u(v) WHERE u.v IS NOT NULL%s)",
		m.raw(), m.Products.Quoted(), strings.Join(entries, ", "), and(rest))
}

// serverState says of what age an answer is, as JSON. The version is one more than the newest transaction that the
// answer knows of: it grows on a primary and its standbys alike, whatever their clocks say.
const serverState = `json_build_object('version', txid_snapshot_xmax(txid_current_snapshot()),
'standby', pg_is_in_recovery(), 'replay_age_ms',
CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000 END)::text`

// Wrap puts a SELECT of the shop's products where the program runs it: both parameters are used, at most limit rows leave the server (0: no
// limit), and one row comes in any case, with the scalars in its first column and the server's state in the second. head is the number of bytes before the SELECT.
func Wrap(sel, scalars string, limit int) (sql string, head int) {
	const before = "WITH shop AS (SELECT row_number() OVER () AS n, s.* FROM (\n"
	cut := ""
	if limit > 0 {
		cut = fmt.Sprintf(" LIMIT %d", limit)
	}
	return before + sel + "\n) AS s WHERE $1::text[] IS NOT NULL AND $2::int IS NOT NULL" + cut + ")\n" +
		"SELECT CASE WHEN COALESCE(shop.n, 1) = 1 THEN (SELECT " + scalars + ") END AS scalars,\n" +
		"CASE WHEN COALESCE(shop.n, 1) = 1 THEN (SELECT " + serverState + ") END AS server, shop.*\n" +
		"FROM (SELECT) AS one LEFT JOIN shop ON true ORDER BY shop.n", len(before)
}
