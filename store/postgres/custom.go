package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/postgres/shop"
	"vitrine/store/regular"
)

const (
	maxQueryRows = 10_000
	maxQueryFile = 1 << 20 // bytes
)

// customQuery is the shop's own SELECT.
type customQuery struct {
	hash string // of the file's bytes
	file string // the file's text, for places in it
	sql  string // what is sent
	head int    // bytes of sql before the file's text
}

// readQuery reads and checks the file anew: at each refresh, so that an edit counts at once.
func readQuery(path string) (customQuery, error) {
	b, err := regular.Read(path, maxQueryFile)
	refused, ok := errors.AsType[*regular.Error](err)
	switch {
	case ok:
		return customQuery{}, queryFault(refused.Reason)
	case err != nil:
		return customQuery{}, &store.Error{Class: store.SchemaMismatch,
			Sentence: "CATALOG_QUERY_FILE cannot be read: " + reason(err), Err: err}
	case !utf8.Valid(b):
		return customQuery{}, queryFault("it is not UTF-8 text")
	}
	return newQuery(strings.TrimPrefix(string(b), "\uFEFF"))
}

// newQuery takes a statement. Wrapped as a subquery it cannot be anything but one SELECT, and no more rows leave the
// server than are needed to refuse it: what else it may be, the server refuses.
func newQuery(file string) (customQuery, error) {
	body := strings.TrimRight(file, "; \t\r\n")
	if strings.TrimSpace(body) == "" {
		return customQuery{}, queryFault("it is empty; it should hold one SELECT")
	}
	hash := sha256.Sum256([]byte(file))
	q := customQuery{hash: hex.EncodeToString(hash[:]), file: body}
	q.sql, q.head = shop.Wrap(body, "'{}'", maxQueryRows+1)
	return q, nil
}

// queryFault is a mistake in the query file, told to its author.
func queryFault(mistake string) *store.Error {
	return &store.Error{Class: store.SchemaMismatch, Sentence: "CATALOG_QUERY_FILE: " + mistake}
}

// reason is a file error without its path.
func reason(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return "reading failed"
}

// run sends the statement. The error is an *Error where the statement or its columns are at fault; askUnit refuses a
// price of whole numbers.
func (q customQuery) run(ctx context.Context, c *sqlx.Conn, want []string, per int, askUnit bool) (answer, error) {
	a, err := run(ctx, c, q.sql, want, per, func(types []*sql.ColumnType) error { return checkColumns(types, askUnit) })
	if err != nil {
		return answer{}, q.explain(err)
	}
	if len(a.rows) > maxQueryRows {
		return answer{}, queryFault(fmt.Sprintf("it gives more than %d rows. Let it cut each category to $2 rows "+
			"(CROSS JOIN LATERAL (SELECT … LIMIT $2), or row_number() OVER (PARTITION BY …) <= $2)", maxQueryRows))
	}
	for _, r := range a.rows { // a name in CATEGORIES that it does not have is told with those that it has
		if name := text(r.Category); !slices.Contains(a.names, name) && len(want) > 0 {
			a.names = append(a.names, name)
		}
	}
	return a, nil
}

// checkColumns compares the result's columns with those that a page is made of.
func checkColumns(types []*sql.ColumnType, askUnit bool) error {
	seen := map[string]bool{}
	for _, t := range types {
		name, typ := t.Name(), strings.ToLower(t.DatabaseTypeName())
		allowed := ""
		for _, c := range resultColumns {
			if c.name == name {
				allowed = c.types
			}
		}
		switch {
		case allowed == "":
			return columnFault(name, "is not known")
		case seen[name]:
			return queryFault(fmt.Sprintf("column %q is there twice", name))
		case typ != "" && !slices.Contains(strings.Split(allowed, ", "), typ):
			return queryFault(fmt.Sprintf("column %q has type %s; allowed are %s", name, typ, allowed))
		case name == "price" && askUnit && whole(t):
			return asked([]string{"the column price of CATALOG_QUERY_FILE holds whole numbers, which may be cents or " +
				"whole units; set PRICE_UNIT=minor (1999 is 19.99) or PRICE_UNIT=major (1999 is 1999.00)"})
		}
		seen[name] = true
	}
	for _, c := range resultColumns {
		if c.required && !seen[c.name] {
			return columnFault(c.name, "is missing")
		}
	}
	return nil
}

// columnFault says which columns there may be.
func columnFault(name, what string) error {
	var required, optional []string
	for _, c := range resultColumns {
		if c.required {
			required = append(required, c.name)
		} else {
			optional = append(optional, c.name)
		}
	}
	return queryFault(fmt.Sprintf("column %q %s; required are %s; optional are %s",
		name, what, strings.Join(required, ", "), strings.Join(optional, ", ")))
}

// whole reports whether a column holds whole numbers only.
func whole(t *sql.ColumnType) bool {
	_, scale, ok := t.DecimalSize()
	typ := t.DatabaseTypeName()
	return slices.Contains([]string{"INT2", "INT4", "INT8"}, typ) || ok && scale == 0 && typ == "NUMERIC"
}

// sqlMistakes are sentences for what the server finds wrong with a statement, by SQLSTATE (PostgreSQL manual, appendix
// A).
var sqlMistakes = map[string]string{
	"42601": "a syntax error", "42P01": "no such table", "42703": "no such column",
	"42883": "no such function or operator for these types",
	"42702": "a column name that more than one table has", "42803": "a column that must be in GROUP BY",
	"42804": "types that do not fit", "42501": "a table that the database role may not read",
	"42P02": "a parameter that does not exist", "08P01": "a parameter beyond $2", "42P18": "a type that cannot be told",
	"22P02": "a value that its type does not take", "22012": "a division by zero", "3F000": "no such schema",
	"42846": "a cast that does not exist",
}

// explain turns the server's complaint about the statement into a sentence with the place in the file. Other errors
// stay as they are.
func (q customQuery) explain(err error) error {
	e, ok := errors.AsType[*pq.Error](err)
	if !ok || !changed(err) && e.Code != "08P01" && e.Code != "0A000" {
		return err
	}
	what, ok := sqlMistakes[string(e.Code)]
	if !ok {
		what = "a statement that the server does not take"
	}
	sentence := "CATALOG_QUERY_FILE: " + what
	var pos int
	_, scanErr := fmt.Sscan(e.Position, &pos)
	if scanErr == nil && pos > q.head && pos-1-q.head < utf8.RuneCountInString(q.file) {
		at := len(string([]rune(q.file)[:pos-1-q.head]))
		sentence += fmt.Sprintf(" at %s", place(q.file, at))
		if near := strings.Fields(q.file[at:]); len(near) > 0 {
			sentence += fmt.Sprintf(": %q", strings.TrimRight(near[0], ",;"))
		}
	}
	return &store.Error{Class: store.SchemaMismatch,
		Sentence: sentence + " (SQLSTATE " + string(e.Code) + "; the original message is in the log)", Err: err}
}

// place says where in the text an offset is.
func place(text string, at int) string {
	before := text[:at]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line+1, column+1)
}
