package postgres

import (
	"bytes"
	"embed"
	"slices"
	"strings"
	"text/template"

	"github.com/lib/pq"
)

//go:embed queries/*.sql
var sqlFiles embed.FS

var queries = template.Must(template.New("").ParseFS(sqlFiles, "queries/*.sql"))

// statement is one data query with its arguments.
type statement struct {
	sql  string
	args []any
}

// columns are the roles that cross the wire for a product, in the order in which row scans them.
var columns = []string{"id", "name", "slug", "brand", "images", "price", "list_price", "avg_rating", "num_reviews", "num_sales", "count_in_stock"}

// statement builds the one query for shop s: want are the categories asked for by name, each once; none means that the database
// names them. Every form is one statement, one round trip and one snapshot of the data.
func (s shape) statement(want []string, per int) statement {
	data := map[string]any{
		"Products":    s.products.quoted(),
		"Key":         s.category.key.quoted(),
		"NameKey":     s.comparable("c.name"),
		"Columns":     s.columns(),
		"Raw":         s.raw(),
		"Order":       s.order("p."),
		"Published":   and(s.show),
		"PerCategory": per,
		"Position":    "0",
		"Related":     !s.category.named(),
		"CategoryOut": s.bytes("c.name"),
	}
	if t := s.category.table; t != nil {
		data["Categories"], data["Active"] = t.quoted(), and(s.category.active)
		data["CategoryName"], data["CategoryID"] = s.category.name.quoted(), s.category.id.quoted()
		data["CategoryKey"] = "k." + s.category.id.quoted()
		if s.category.named() {
			data["CategoryKey"] = s.comparable("k." + s.category.name.quoted())
		}
		if o := s.category.order; o.name != "" {
			data["Position"] = "COALESCE(k." + o.quoted() + ", 0)"
		}
	}
	if len(want) > 0 {
		return statement{execute("given.sql", data), []any{pq.Array(want)}}
	}
	return statement{execute("found.sql", data), nil}
}

// execute fills in one of the embedded statements; a failure is a fault of the program.
func execute(name string, data any) string {
	var b bytes.Buffer
	if err := queries.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return b.String()
}

// raw are the columns that the select list and the order are made of, each once: a role may have rights on these alone.
func (s shape) raw() string {
	var list []string
	add := func(c column) {
		if q := "p." + c.quoted(); !slices.Contains(list, q) {
			list = append(list, q)
		}
	}
	for _, role := range columns {
		if c, ok := s.cols[role]; ok {
			add(c)
		}
	}
	for _, c := range s.sorting() {
		add(c)
	}
	return strings.Join(list, ", ")
}

// columns is the select list of a product: text throughout, NULL for what the shop does not have.
func (s shape) columns() string {
	list := make([]string, len(columns))
	for i, role := range columns {
		c, ok := s.cols[role]
		switch {
		case !ok && role == "slug": // a shop without slugs links by id
			list[i] = "p." + s.cols["id"].quoted() + "::text AS slug"
		case !ok:
			list[i] = "NULL::text AS " + role
		case c.base == "money":
			list[i] = "p." + c.quoted() + "::numeric::text AS " + role
		default:
			list[i] = s.bytes("p."+c.quoted()+"::text") + " AS " + role
		}
	}
	return strings.Join(list, ", ")
}

// bytes is expr as it should cross the wire. A server that knows no encoding (SQL_ASCII) checks text against the client's, and
// one bad byte would fail the whole query: from there text comes as bytes, and is made valid here.
func (s shape) bytes(expr string) string {
	if s.ascii {
		return "convert_to(" + expr + ", 'SQL_ASCII')"
	}
	return expr
}

// comparable makes a category's name, the text expr, comparable with the key column in such a way that an index on it serves. A name
// that is no label of an enum is NULL, which equals nothing, instead of an error.
func (s shape) comparable(expr string) string {
	key := s.category.key
	switch {
	case key.class == 'E':
		labels := make([]string, len(key.labels))
		for i, l := range key.labels {
			labels[i] = pq.QuoteLiteral(l)
		}
		return "CASE WHEN " + expr + " IN (" + strings.Join(labels, ", ") + ") THEN " + expr + " END::" + key.typ
	case key.base == "text":
		return expr
	case key.base == "varchar":
		return expr + "::varchar"
	}
	return expr + "::" + key.typ
}

func and(conds []string) string {
	var b strings.Builder
	for _, c := range conds {
		b.WriteString(" AND " + c)
	}
	return b.String()
}
