package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

const (
	maxQueryRows = 10_000
	maxQueryFile = 1 << 20 // bytes
)

// customQuery is the shop's own SELECT, checked.
type customQuery struct {
	hash string // of the file's bytes
	file string // the file's text, for places in it
	sql  string // what is sent
	head int    // bytes of sql before the file's text
	args []int  // which of $1 and $2 are sent
}

// CheckQueryFile reads a CATALOG_QUERY_FILE and says what is wrong with it as far as that can be told without a database. The error
// is an *Error of class SchemaMismatch.
func CheckQueryFile(path string) error {
	_, err := readQuery(path)
	return err
}

// readQuery reads and checks the file anew: at each refresh, so that an edit counts at once.
func readQuery(path string) (customQuery, error) {
	f, err := os.Open(path)
	if err != nil {
		return customQuery{}, &store.Error{Class: store.SchemaMismatch, Sentence: "CATALOG_QUERY_FILE cannot be read: " + reason(err), Err: err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxQueryFile+1))
	switch {
	case err != nil:
		return customQuery{}, &store.Error{Class: store.SchemaMismatch, Sentence: "CATALOG_QUERY_FILE cannot be read: " + reason(err), Err: err}
	case len(b) > maxQueryFile:
		return customQuery{}, queryFault("it is larger than 1 MB")
	case !utf8.Valid(b):
		return customQuery{}, queryFault("it is not UTF-8 text")
	}
	return newQuery(strings.TrimPrefix(string(b), "\uFEFF"))
}

// newQuery checks the statement and wraps it: as a subquery it cannot be anything but a SELECT, and no more rows leave the server
// than are needed to refuse it.
func newQuery(file string) (customQuery, error) {
	body, params, err := checkSelect(file)
	if err != nil {
		return customQuery{}, queryFault(err.Error())
	}
	sum := sha256.Sum256([]byte(file))
	q := customQuery{hash: hex.EncodeToString(sum[:]), file: file}
	const head = "SELECT shop.* FROM (\n"
	where := ""
	switch {
	case slices.Contains(params, 2):
		q.args = []int{1, 2}
		where = " WHERE $1::text[] IS NOT NULL" // a parameter that is sent must be used
	case slices.Contains(params, 1):
		q.args = []int{1}
	}
	q.head = len(head)
	q.sql = fmt.Sprintf("%s%s\n) AS shop%s LIMIT %d", head, body, where, maxQueryRows+1)
	return q, nil
}

// queryFault is a mistake in the query file, told to its author.
func queryFault(mistake string) *store.Error {
	return &store.Error{Class: store.SchemaMismatch, Sentence: "CATALOG_QUERY_FILE: " + mistake}
}

// reason is a file error without its path.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return "reading failed"
}

// read runs the query and returns its rows in the order given, of the categories asked for if any are, and the rows that have no
// category. The error is an *Error where the statement or its columns are at fault.
func (q customQuery) read(ctx context.Context, c *sqlx.Conn, want []string, per int, priceUnit string) ([]row, []store.Skipped, error) {
	rs, err := c.QueryContext(ctx, q.sql, q.arguments(want, per)...)
	if err != nil {
		return nil, nil, q.explain(err)
	}
	defer rs.Close()
	types, err := rs.ColumnTypes()
	if err != nil {
		return nil, nil, fmt.Errorf("columns of the query file: %w", err)
	}
	if err := checkColumns(types, priceUnit); err != nil {
		return nil, nil, err
	}
	rows, skipped, err := collect(rs, types, want)
	if err != nil {
		return nil, nil, q.explain(err)
	}
	return rows, skipped, nil
}

// arguments are the values of the parameters that are sent; without CATEGORIES $1 is an empty array.
func (q customQuery) arguments(want []string, per int) []any {
	args := make([]any, 0, 2)
	for _, k := range q.args {
		args = append(args, []any{pq.Array(append([]string{}, want...)), per}[k-1])
	}
	return args
}

// collect scans the rows and numbers their categories: in the order asked for, else as they first appear.
func collect(rs *sql.Rows, types []*sql.ColumnType, want []string) (rows []row, skipped []store.Skipped, err error) {
	ord := make(map[string]int64)
	for i, name := range want {
		ord[name] = int64(i + 1)
	}
	ranks := make(map[string]int64)
	for n := 1; rs.Next(); n++ {
		if n > maxQueryRows {
			return nil, nil, queryFault(fmt.Sprintf("it gives more than %d rows. Let it cut each category to $2 rows "+
				"(row_number() OVER (PARTITION BY …) <= $2)", maxQueryRows))
		}
		var r row
		if err := rs.Scan(r.named(types)...); err != nil {
			return nil, nil, err
		}
		name := text(r.Category)
		if strings.TrimSpace(name) == "" {
			skipped = append(skipped, *skip(store.Product{ID: text(r.ID), Slug: text(r.Slug)}, store.SkipNoCategory))
			continue
		}
		if _, known := ord[name]; !known {
			if len(want) > 0 {
				continue // not asked for
			}
			ord[name] = int64(len(ord) + 1)
		}
		ranks[name]++
		r.Ord, r.Rank = ord[name], sql.NullInt64{Int64: ranks[name], Valid: true}
		rows = append(rows, r)
	}
	return rows, skipped, rs.Err()
}

// named are the places to scan into, by the columns' names.
func (r *row) named(types []*sql.ColumnType) []any {
	dest := make([]any, len(types))
	for i, t := range types {
		dest[i] = r.field(t.Name())
	}
	return dest
}

func (r *row) field(role string) any {
	switch role {
	case "category":
		return &r.Category
	case "id":
		return &r.ID
	case "name":
		return &r.Name
	case "slug":
		return &r.Slug
	case "brand":
		return &r.Brand
	case "images":
		return &r.Images
	case "price":
		return &r.Price
	case "list_price":
		return &r.ListPrice
	case "avg_rating":
		return &r.Rating
	case "num_reviews":
		return &r.NumReviews
	case "num_sales":
		return &r.NumSales
	case "count_in_stock":
		return &r.Stock
	}
	return nil
}

var requiredColumns = []string{"category", "id", "name", "slug", "price"}

// checkColumns compares the result's columns with those that a page is made of.
func checkColumns(types []*sql.ColumnType, priceUnit string) error {
	seen := map[string]bool{}
	for _, t := range types {
		name, typ := t.Name(), strings.ToLower(t.DatabaseTypeName())
		switch allowed := allowedTypes(name); {
		case allowed == "":
			return queryFault(fmt.Sprintf("column %q is not known; required are %s; optional are %s",
				name, strings.Join(requiredColumns, ", "), strings.Join(optionalColumns(), ", ")))
		case seen[name]:
			return queryFault(fmt.Sprintf("column %q is there twice", name))
		case typ != "" && !slices.Contains(strings.Split(allowed, ", "), typ):
			return queryFault(fmt.Sprintf("column %q has type %s; allowed are %s", name, typ, allowed))
		case name == "price" && priceUnit == "" && slices.Contains([]string{"int2", "int4", "int8"}, typ):
			return unitMissing(`"price" of CATALOG_QUERY_FILE`)
		}
		seen[name] = true
	}
	for _, name := range requiredColumns {
		if !seen[name] {
			return queryFault(fmt.Sprintf("column %q is missing; required are %s; optional are %s",
				name, strings.Join(requiredColumns, ", "), strings.Join(optionalColumns(), ", ")))
		}
	}
	return nil
}

func optionalColumns() []string {
	var list []string
	for _, c := range columns {
		if !slices.Contains(requiredColumns, c) {
			list = append(list, c)
		}
	}
	return list
}

// allowedTypes are the type names a column may have, as PostgreSQL's catalogue has them; "" for an unknown column.
func allowedTypes(name string) string {
	const words, numbers = "text, varchar, bpchar, name", "numeric, float8, float4, int8, int4, int2"
	switch name {
	case "id":
		return words + ", uuid, int8, int4, int2, numeric"
	case "category", "name", "slug", "brand":
		return words + ", uuid, int8, int4, int2"
	case "price", "list_price", "avg_rating", "num_reviews", "num_sales", "count_in_stock":
		return numbers + ", text, varchar"
	case "images":
		return "text, varchar, _text, _varchar, json, jsonb"
	}
	return ""
}

// sqlMistakes are sentences for what the server finds wrong with a statement, by SQLSTATE (PostgreSQL manual, appendix A).
var sqlMistakes = map[string]string{
	"42601": "a syntax error", "42P01": "no such table", "42703": "no such column", "42883": "no such function or operator for these types",
	"42702": "a column name that more than one table has", "42803": "a column that must be in GROUP BY", "42804": "types that do not fit",
	"42501": "a table that the database role may not read", "42P02": "a parameter that does not exist", "42P18": "a type that cannot be told",
	"22P02": "a value that its type does not take", "22012": "a division by zero", "3F000": "no such schema", "42846": "a cast that does not exist",
}

// explain turns the server's complaint about the statement into a sentence with the place in the file. Other errors stay as they are.
func (q customQuery) explain(err error) error {
	var e *pq.Error
	if !errors.As(err, &e) || (e.Code.Class() != "42" && e.Code.Class() != "22" && e.Code.Class() != "3F") {
		return err
	}
	what, ok := sqlMistakes[string(e.Code)]
	if !ok {
		what = "a statement that the server does not take"
	}
	sentence := "CATALOG_QUERY_FILE: " + what
	var pos int
	if _, scanErr := fmt.Sscan(e.Position, &pos); scanErr == nil && pos > q.head && pos-1-q.head < utf8.RuneCountInString(q.file) {
		at := len(string([]rune(q.file)[:pos-1-q.head]))
		sentence += fmt.Sprintf(" at %s", place(q.file, at))
		if near := strings.Fields(q.file[at:]); len(near) > 0 {
			sentence += fmt.Sprintf(": %q", strings.TrimRight(near[0], ",;"))
		}
	}
	return &store.Error{Class: store.SchemaMismatch, Sentence: sentence + " (SQLSTATE " + string(e.Code) + "; the log has the server's words)", Err: err}
}
