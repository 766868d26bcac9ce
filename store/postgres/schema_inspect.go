package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/postgres/shop"
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
	// Custom says that the page is made by the statement of CATALOG_QUERY_FILE.
	Custom bool
	// Shop is how the shop is read; nil with Custom, or while Mismatch is set.
	Shop *shop.Mapping
	// Indexes are those that the statement needs.
	Indexes []shop.Index
	// Questions are what the owner must answer before there is a page.
	Questions []string
	// Catalogue is what the query gave just now; QueryMS is how long it took. Which of it the page shows, its addresses decide as well.
	Catalogue store.Catalogue
	QueryMS   float64
	// Mismatch is the classed error of a shop that cannot be read; the rest of the report is filled as far as possible. See Suggestion.
	Mismatch error
}

// Inspect asks the server about itself and the shop: a few quick catalogue queries, then the page's own query once. The error is a
// classed *Error where the database cannot be reached; a shop that cannot be read is in Report.Mismatch.
func (db *DB) Inspect(ctx context.Context) (Report, error) {
	r := Report{Engine: "postgres", PoolMax: db.opt.PoolMax}
	_, err := db.read(ctx, "inspect", func(ctx context.Context, c *sqlx.Conn) error {
		if err := db.inspectServer(ctx, c, &r); err != nil {
			return err
		}
		return db.inspectShop(ctx, c, &r)
	})
	if err != nil || r.Mismatch != nil {
		return r, err
	}
	cost, err := db.read(ctx, "query categories", func(ctx context.Context, c *sqlx.Conn) (err error) {
		r.Catalogue, r.Questions, err = db.catalogue(ctx, c, nil)
		return err
	})
	switch store.ClassOf(err) {
	case store.SchemaMismatch:
		r.Mismatch = err
		return r, nil
	case store.Question: // of an own statement
		r.Questions = []string{store.Sentence(err)}
		return r, nil
	}
	err = db.blameIndex(err)
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
		r.Custom = true
		return nil
	}
	m, indexes, err := db.look(ctx, c)
	var e *store.Error
	if errors.As(err, &e) && e.Class == store.SchemaMismatch {
		r.Mismatch = e
		return nil
	}
	r.Shop, r.Indexes = &m, indexes
	return err
}

// Explain returns the plan of the page's query as PostgreSQL prints it; with analyze it runs the query, and shows times and buffers.
// The error is a classed *Error.
func (db *DB) Explain(ctx context.Context, analyze bool) (string, error) {
	how := "EXPLAIN "
	if analyze {
		how = "EXPLAIN (ANALYZE, BUFFERS) "
	}
	var lines []string
	_, err := db.read(ctx, "explain", func(ctx context.Context, c *sqlx.Conn) error {
		sql, err := db.pageStatement(ctx, c)
		if err != nil {
			return err
		}
		lines = lines[:0]
		return c.SelectContext(ctx, &lines, how+sql, pq.Array(append([]string{}, wanted(db.opt.Categories)...)), db.opt.PerCategory)
	})
	return strings.Join(lines, "\n"), err
}

// pageStatement is the statement that a refresh would send.
func (db *DB) pageStatement(ctx context.Context, c *sqlx.Conn) (string, error) {
	if db.custom() {
		q, err := readQuery(db.opt.QueryFile)
		return q.sql, err
	}
	m, err := db.mapping(ctx, c)
	if err != nil {
		return "", err
	}
	sql, _ := shop.Wrap(m.Statement(), m.Scalars(false, false), 0)
	return sql, nil
}
