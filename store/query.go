package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"text/template"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

//go:embed queries/*.sql
var sqlFiles embed.FS

var queries = template.Must(template.New("").ParseFS(sqlFiles, "queries/*.sql"))

// Categories reads the page's catalogue: one data query on one connection, whatever the kind of shop and however many categories.
// sent, if not nil, is called right before the first statement goes out. The error is a classed *Error; of an unknown kind of shop
// it holds an *Unrecognised.
func (db *DB) Categories(ctx context.Context, sent func()) (Catalogue, Cost, error) {
	var cat Catalogue
	cost, err := db.read(ctx, "query categories", sent, func(ctx context.Context, c *sqlx.Conn) (err error) {
		cat, err = db.catalogue(ctx, c)
		return err
	})
	if err != nil {
		return Catalogue{}, cost, db.blameIndex(err)
	}
	return cat, cost, nil
}

// catalogue reads by the way that the options and the kind of shop ask for.
func (db *DB) catalogue(ctx context.Context, c *sqlx.Conn) (Catalogue, error) {
	want, per := wanted(db.opt.Categories), db.opt.PerCategory
	u := unit{minor: db.opt.PriceUnit == "minor", digits: int32(db.opt.CurrencyDigits)}
	cat := Catalogue{ReadAt: time.Now().UTC()}
	cat.Source.Database = db.database
	kind, hash := shapeVitrine, ""
	var rows []row
	var skipped []Skipped
	var err error
	switch {
	case db.kind == kindSQLite:
		u.minor = false // the demo shop's prices are in major units
		rows, err = queryRows(ctx, c, sqliteStatement(want, per))
	case db.custom():
		var q customQuery
		if q, err = readQuery(db.opt.QueryFile); err == nil {
			kind, hash = shapeCustom, q.hash
			rows, skipped, err = q.read(ctx, c, want, per, db.opt.PriceUnit)
		}
	default:
		kind, rows, err = db.shopRows(ctx, c, want, per)
	}
	if err != nil {
		return Catalogue{}, err
	}
	cat.Source.Settings = settings(kind, hash, want, per)
	cat.Categories, cat.Skipped = shelves(rows, want, per, u)
	cat.Skipped = append(skipped, cat.Skipped...)
	return cat, nil
}

// custom reports whether the shop brings its own SELECT.
func (db *DB) custom() bool {
	return db.opt.QueryFile != "" && (db.opt.Schema == shapeCustom || db.opt.Schema == shapeAuto || db.opt.Schema == "")
}

// shopRows runs the query that fits the shop. A query that fails because the shop's tables were changed since they were looked at
// is made anew, once.
func (db *DB) shopRows(ctx context.Context, c *sqlx.Conn, want []string, per int) (string, []row, error) {
	_, _, remembered := db.shop.get()
	s, err := db.find(ctx, c)
	if err != nil {
		return "", nil, err
	}
	rows, err := queryRows(ctx, c, s.statement(want, per))
	if changed(err) && remembered {
		db.shop.stale()
		if s, err = db.find(ctx, c); err != nil {
			return "", nil, err
		}
		rows, err = queryRows(ctx, c, s.statement(want, per))
	}
	return s.kind, rows, err
}

// changed reports whether the server refused the statement because tables, columns or types are not what they were.
func changed(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code.Class() == "42" || e.Code.Class() == "22" || e.Code.Class() == "3F")
}

// queryRows runs a statement and reads all of its rows; an error never comes with rows.
func queryRows(ctx context.Context, c *sqlx.Conn, st statement) ([]row, error) {
	rs, err := c.QueryContext(ctx, st.sql, st.args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	rows := make([]row, 0, 128)
	for rs.Next() {
		rows = append(rows, row{})
		if err := rs.Scan(rows[len(rows)-1].dest()...); err != nil {
			return nil, err
		}
	}
	if err := rs.Err(); err != nil {
		return nil, err
	}
	return rows, nil
}

// blameIndex adds to a query timeout that the index is missing, where that is known, and has the next refresh look again.
func (db *DB) blameIndex(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Class != QueryTimeout || db.custom() {
		return err
	}
	db.shop.stale()
	hint := db.indexNotice(0)
	if hint == "" {
		return err
	}
	return &Error{Class: e.Class, Sentence: e.Sentence + ": " + hint, Err: e.Err}
}

// indexNotice says that the index is missing, if that is known and the table has at least big rows; "" otherwise.
func (db *DB) indexNotice(big float64) string {
	db.shop.mu.Lock()
	defer db.shop.mu.Unlock()
	if k := &db.shop; k.known && k.shape.products.rows >= big {
		return k.shape.indexMissing(k.indexes)
	}
	return ""
}

// settings is Source.Settings: what may rightly change the page at one stroke.
func settings(kind, queryHash string, want []string, per int) string {
	b, _ := json.Marshal([]any{kind, queryHash, want, per}) // cannot fail: strings and a number
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

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

// sqliteStatement is the one query for the demo shop.
func sqliteStatement(want []string, per int) statement {
	if len(want) == 0 {
		return statement{execute("found_sqlite.sql", nil), []any{per}}
	}
	names, _ := json.Marshal(want) // strings always encode
	return statement{execute("given_sqlite.sql", nil), []any{string(names), per}}
}

// execute fills in one of the embedded statements; a failure is a fault of the program.
func execute(name string, data any) string {
	var b bytes.Buffer
	if err := queries.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return b.String()
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

// wanted prepares CATEGORIES for the query: duplicates and empty names are dropped, the order stays.
func wanted(names []string) []string {
	seen := make(map[string]bool, len(names))
	var list []string
	for _, n := range names {
		if n != "" && !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}
