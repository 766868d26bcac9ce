package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
)

// Report is what Inspect found out about the database, for `vitrine check`.
type Report struct {
	// Engine is postgres; ServerVersion as the server gives it ("15.18").
	Engine, ServerVersion string
	// Role is primary or standby. ReadOnly says that this role's transactions cannot write.
	Role     string
	ReadOnly bool
	// Pooler says that a pooler or proxy stands between: notifications and session locks may not work through it. It is found by
	// comparing port numbers, which is possible over TCP only.
	Pooler bool
	// MaxConnections is the server's limit for everyone, PoolMax ours.
	MaxConnections, PoolMax int
	// Kind is vitrine, prisma or custom; "" while Mismatch is set.
	Kind string
	// Products and CategoriesTable are quoted, qualified names; the latter is "" where there is none.
	Products, CategoriesTable string
	// Form says where the categories come from: given (CATEGORIES), table or discovered; for custom, the query file.
	Form string
	// Columns maps what the page shows to the column it is read from; Missing lists what the shop does not have.
	Columns map[string]string
	Missing []string
	// Published are the conditions that a product meets which visitors may see, as SQL.
	Published []string
	// Notes are sentences on what the names of the columns leave open.
	Notes []string
	// Order is the order of a category's products, as SQL.
	Order string
	// EstimatedProducts is the planner's figure, -1 where the table was never analysed.
	EstimatedProducts int64
	// Index tells of the index that the query walks.
	Index IndexReport
	// Catalogue is what the query gave just now; QueryMS is how long it took. Which of it the page shows, its addresses decide as well.
	Catalogue store.Catalogue
	QueryMS   float64
	// Mismatch is the classed error of a shop that cannot be read; the rest of the report is filled as far as possible. See Suggestion.
	Mismatch error
}

// IndexReport tells whether the one query has its index.
type IndexReport struct {
	// Present says that an index serves the query; Possible is false on views.
	Present, Possible bool
	// Name is the index that serves, else the one that is proposed; Statement makes the latter.
	Name, Statement string
	// Sentence says what is missing and what to run; "" if nothing is.
	Sentence string
}

// Inspect asks the server about itself and the shop: a few quick catalogue queries, then the page's own query once. The error is a
// classed *Error where the database cannot be reached; a shop that cannot be read is in Report.Mismatch.
func (db *DB) Inspect(ctx context.Context) (Report, error) {
	r := Report{Engine: "postgres", PoolMax: db.opt.PoolMax}
	_, err := db.read(ctx, "inspect", nil, func(ctx context.Context, c *sqlx.Conn) error {
		if err := db.inspectServer(ctx, c, &r); err != nil {
			return err
		}
		return db.inspectShop(ctx, c, &r)
	})
	if err != nil || r.Mismatch != nil {
		return r, err
	}
	cat, cost, err := db.Categories(ctx, nil)
	if store.ClassOf(err) == store.SchemaMismatch {
		r.Mismatch = err
		return r, nil
	}
	r.Catalogue = cat
	r.QueryMS = float64(cost.Query.Microseconds()) / 1000
	return r, err
}

func (db *DB) inspectServer(ctx context.Context, c *sqlx.Conn, r *Report) error {
	var standby bool
	var port int
	err := c.QueryRowxContext(ctx, `SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
		current_setting('max_connections')::int, COALESCE(inet_client_port(), 0)`).
		Scan(&r.ServerVersion, &standby, &r.ReadOnly, &r.MaxConnections, &port)
	if err != nil {
		return fmt.Errorf("ask the server about itself: %w", err)
	}
	r.ServerVersion, _, _ = strings.Cut(r.ServerVersion, " ")
	if r.Role = "primary"; standby {
		r.Role = "standby"
	}
	return c.Raw(func(conn any) error {
		if w := db.dial.wireFor(conn); w != nil {
			if tcp, ok := w.LocalAddr().(*net.TCPAddr); ok {
				r.Pooler = port != tcp.Port
			}
		}
		return nil
	})
}

// inspectShop looks at the shop's tables anew, so that check never tells of what was.
func (db *DB) inspectShop(ctx context.Context, c *sqlx.Conn, r *Report) error {
	if db.custom() {
		r.Kind, r.Form = shapeCustom, "query file"
		return nil
	}
	s, indexes, err := db.look(ctx, c)
	var e *store.Error
	if errors.As(err, &e) && e.Class == store.SchemaMismatch {
		r.Mismatch = e
		return nil
	}
	if err != nil {
		return err
	}
	db.shop.set(s, indexes)
	s.report(indexes, r)
	if len(wanted(db.opt.Categories)) > 0 {
		r.Form = "given"
		return nil
	}
	return s.categoryForm(ctx, c, r)
}

func (s shape) report(indexes []index, r *Report) {
	r.Kind, r.Products, r.Published, r.Order = s.kind, s.products.quoted(), s.show, s.order("")
	r.EstimatedProducts, r.Notes = int64(s.products.rows), s.doubts()
	r.Columns = map[string]string{"category": s.category.key.name}
	for _, role := range columns {
		if c, ok := s.cols[role]; ok {
			r.Columns[role] = c.name
		} else {
			r.Missing = append(r.Missing, role)
		}
	}
	r.Index = IndexReport{Present: s.served(indexes), Possible: s.indexable(), Name: s.indexName(), Statement: s.createIndex(), Sentence: s.indexMissing(indexes)}
	for _, x := range indexes {
		if s.serves(x) {
			r.Index.Name = x.name
		}
	}
}

// categoryForm asks whether the categories table names any category.
func (s shape) categoryForm(ctx context.Context, c *sqlx.Conn, r *Report) error {
	r.Form = "discovered"
	if s.category.table == nil {
		return nil
	}
	r.CategoriesTable = s.category.table.quoted()
	var named bool
	err := c.QueryRowxContext(ctx, fmt.Sprintf("SELECT EXISTS (SELECT FROM %s AS k WHERE k.%s <> ''%s)", s.category.table.quoted(),
		s.category.name.quoted(), and(s.category.active))).Scan(&named)
	if err != nil {
		return fmt.Errorf("ask for the categories: %w", err)
	}
	if named {
		r.Form = "table"
	}
	return nil
}

// Explain returns the plan of the page's query as PostgreSQL prints it; with analyze it runs the query, and shows times and buffers.
// The error is a classed *Error.
func (db *DB) Explain(ctx context.Context, analyze bool) (string, error) {
	how := "EXPLAIN "
	if analyze {
		how = "EXPLAIN (ANALYZE, BUFFERS) "
	}
	var lines []string
	_, err := db.read(ctx, "explain", nil, func(ctx context.Context, c *sqlx.Conn) error {
		st, err := db.pageStatement(ctx, c)
		if err != nil {
			return err
		}
		lines = lines[:0]
		return c.SelectContext(ctx, &lines, how+st.sql, st.args...)
	})
	return strings.Join(lines, "\n"), err
}

// pageStatement is the statement that a refresh would send.
func (db *DB) pageStatement(ctx context.Context, c *sqlx.Conn) (statement, error) {
	want, per := wanted(db.opt.Categories), db.opt.PerCategory
	if db.custom() {
		q, err := readQuery(db.opt.QueryFile)
		return statement{q.sql, q.arguments(want, per)}, err
	}
	s, err := db.find(ctx, c)
	if err != nil {
		return statement{}, err
	}
	return s.statement(want, per), nil
}
