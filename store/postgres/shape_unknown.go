package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
)

// Unrecognised is the cause of a SchemaMismatch of a database that is neither kind of shop: with what was looked for, what is there, and
// a statement to start from. `vitrine check` prints it.
type Unrecognised struct {
	// LookedFor and Found describe tables and columns in words.
	LookedFor, Found string
	// Query is a SELECT for a CATALOG_QUERY_FILE, of several lines, made from the columns that are there; "" where nothing looks like
	// products.
	Query string
	// View is the same as a view that is recognised as a shop; "" where Query is.
	View string
}

// Error says what was found, in one line.
func (u *Unrecognised) Error() string { return "looked for " + u.LookedFor + "; found " + u.Found }

// Suggestion returns the statement to start from that err carries: the SELECT for a CATALOG_QUERY_FILE and the view, with what to do with
// them, as text of several lines for a terminal; "" if there is none.
func Suggestion(err error) string {
	var u *Unrecognised
	if !errors.As(err, &u) || u.Query == "" {
		return ""
	}
	return "-- Way one: save this as a file, and name the file in CATALOG_QUERY_FILE.\n" + u.Query +
		"\n\n-- Way two: make this view, and let DATABASE_URL end in " + "schema=" + viewSchema + ".\n" + u.View + "\n"
}

// viewSchema is the schema of the proposed view: one of its own, so that its name never meets a table of the shop.
const viewSchema = "vitrine"

// unrecognised describes a database in which no shop was found. It reads the system catalogue only.
func (db *DB) unrecognised(ctx context.Context, c *sqlx.Conn) error {
	tables, _, err := readTables(ctx, c, db.schema, nil)
	if err != nil {
		return err
	}
	u := &Unrecognised{LookedFor: lookedFor(db.opt.Schema), Found: found(tables, db.opt.Schema)}
	if q, ok := suggest(tables); ok {
		u.Query, u.View = q.query(), q.view()
	}
	schema := "the schema " + pq.QuoteIdentifier(db.schema)
	if db.schema == "" {
		schema = "the search path"
	}
	sentence := fmt.Sprintf("no shop was recognised in %s. Looked for %s; found %s. ", schema, u.LookedFor, u.Found)
	switch {
	case len(tables) == 0:
		sentence += "For a new shop run `vitrine init`; for another schema end DATABASE_URL in ?schema=NAME"
	case u.Query != "":
		sentence += "Two ways out: name a file with one SELECT in CATALOG_QUERY_FILE, or make a view named products with those columns; " +
			"`vitrine check` prints a statement to start from"
	default:
		sentence += "Two ways out: name a file with one SELECT (category, id, name, slug, price) in CATALOG_QUERY_FILE, or make a view named " +
			"products with those columns; for another schema end DATABASE_URL in ?schema=NAME"
	}
	return &store.Error{Class: store.SchemaMismatch, Sentence: sentence, Err: u}
}

func lookedFor(want string) string {
	ours := "a table or view products (id, name, slug, category, price)"
	prismas := `Prisma's "Product" (id, name, price, and category or "categoryId" with a table "Category")`
	switch want {
	case shapeVitrine:
		return ours
	case shapePrisma:
		return prismas
	}
	return ours + " or " + prismas
}

// found describes the tables that are there: what a table with the right name lacks, then the names.
func found(tables []table, want string) string {
	if len(tables) == 0 {
		return "no tables"
	}
	var parts []string
	for _, t := range tables {
		if plain(t.name) != "product" && plain(t.name) != "products" {
			continue
		}
		kind := shapePrisma
		if want == shapeVitrine {
			kind = shapeVitrine
		}
		if lacks := t.lacks(kind); len(lacks) > 0 {
			parts = append(parts, fmt.Sprintf("%s without %s", pq.QuoteIdentifier(t.name), strings.Join(lacks, ", ")))
		} else {
			parts = append(parts, pq.QuoteIdentifier(t.name)+" with columns of other types or another kind of link to its categories")
		}
	}
	var names []string
	for _, t := range tables {
		if len(names) == 10 {
			names = append(names, "…")
			break
		}
		names = append(names, pq.QuoteIdentifier(t.name))
	}
	return strings.Join(append(parts, fmt.Sprintf("%d tables and views (%s)", len(tables), strings.Join(names, ", "))), "; ")
}

// lacks names the required columns that t does not have.
func (t table) lacks(kind string) []string {
	var list []string
	for _, r := range roles {
		required := r.role == "id" || r.role == "name" || r.role == "price" || r.role == "category" || (kind == shapeVitrine && r.role == "slug")
		if !required {
			continue
		}
		_, ok := t.find(r.classes, r.names...)
		if !ok && r.role == "category" && kind == shapePrisma {
			_, ok = t.find("SNU", "categoryid")
		}
		if !ok {
			list = append(list, r.role)
		}
	}
	return list
}
