package shop

import (
	"fmt"
	"strings"
)

// Statement is the SELECT that a page's products are read by: $1 (text[]) are the categories asked for, none for all,
// $2 (int) is the number of products of a category. It can be run as it is, by anybody. Where asked is false, what
// matters only where there are categories in $1 is left out: it need not be planned.
func (m *Mapping) Statement(asked bool) string {
	var b strings.Builder
	b.WriteString(m.with(asked) + "\n")
	var list []string
	for _, c := range []selected{{"category", "c.name"}, {"category_slug", "c.slug"}, {"category_id", "c.id"}} {
		list = append(list, m.encoded(c.sql)+" AS "+c.name)
	}
	for _, c := range m.columns {
		list = append(list, c.sql+" AS "+c.name)
	}
	if doubts := m.doubtsColumn(m.shelf.spelling); doubts != "" {
		list = append(list, doubts)
	}
	fmt.Fprintf(&b, "SELECT %s\nFROM shelf AS c\n", strings.Join(list, ",\n       "))
	const products = `LEFT JOIN LATERAL (
    SELECT %s
    FROM %s AS p
    WHERE %s
    ORDER BY %s
    LIMIT $2::int
) AS p ON true
`
	fmt.Fprintf(&b, products, m.raw(), m.Products.Quoted(), m.where(), m.order("p."))
	for _, j := range m.joins {
		b.WriteString(j + "\n")
	}
	fmt.Fprintf(&b, "ORDER BY c.ord, c.name COLLATE \"C\", %s", m.order("p."))
	return b.String()
}

// with begins a statement with the CTEs that end with shelf.
func (m *Mapping) with(asked bool) string {
	with, part := "WITH ", ""
	if m.shelf.recursive {
		with = "WITH RECURSIVE "
	}
	if asked {
		part = "$1"
	}
	return with + strings.ReplaceAll(ifAsked.ReplaceAllString(m.shelf.with, part), shownMark, and(m.shown))
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

// doubtsColumn is the output column of the columns in doubt, each as column=value, and of other entries; "" where
// there is none.
func (m *Mapping) doubtsColumn(other string) string {
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
	entries := m.encoded("array_remove(ARRAY[" + strings.Join(list, ", ") + "], NULL)::text")
	return "CASE WHEN p." + m.id.quoted() + " IS NOT NULL THEN " + entries + " END AS doubts"
}

func (d doubt) entry() string {
	return "'" + strings.ReplaceAll(d.label, "'", "''") + "=' || COALESCE(left(" + d.value + ", 100), 'NULL')"
}

// serverState says of what age an answer is, as JSON. The version is one more than the newest transaction that the
// answer knows of: it grows on a primary and its standbys alike, whatever their clocks say.
const serverState = `json_build_object('version', txid_snapshot_xmax(txid_current_snapshot()),
'standby', pg_is_in_recovery(), 'replay_age_ms', CASE WHEN pg_is_in_recovery()
THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000 END)::text`

// Wrap puts a SELECT of the shop's products where the program runs it: both parameters are used, at most limit rows
// leave the server (0: no limit), and one row comes in any case, with the scalars in its first column and the server's
// state in the second. head is the number of bytes before the SELECT.
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
