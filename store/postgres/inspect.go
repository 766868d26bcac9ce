package postgres

import (
	"context"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// Report is what Inspect found out about the database, for `vitrine check`.
type Report struct {
	Server Server
	// Custom says that the page is made by the statement of CATALOG_QUERY_FILE.
	Custom bool
	// Shop is how the shop is read; nil with Custom, or while Mismatch is set.
	Shop *shop.Mapping
	// Indexes are those that the statement needs.
	Indexes []shop.Index
	// Questions are what the owner must answer before there is a page.
	Questions []string
	// Catalogue is what the query gave just now; QueryMS is how long it took. Which of it the page shows, its addresses
	// decide as well.
	Catalogue store.Catalogue
	QueryMS   float64
	// Mismatch is the classed error of a shop that cannot be read; the rest of the report is filled as far as possible.
	Mismatch error
}

// Inspect asks the server about itself and the shop: a few quick catalogue queries, then the page's own query once. The
// error is a classed *Error where the database cannot be reached; a shop that cannot be read is in Report.Mismatch.
func (db *DB) Inspect(ctx context.Context) (Report, error) {
	var r Report
	_, err := db.read(ctx, "inspect", func(ctx context.Context, c *sqlx.Conn) (err error) {
		if r.Server, err = db.inspectServer(ctx, c); err != nil {
			return err
		}
		return db.inspectShop(ctx, c, &r)
	})
	if err != nil || r.Mismatch != nil {
		return r, err
	}
	cost, err := db.read(ctx, "query categories", func(ctx context.Context, c *sqlx.Conn) (err error) {
		r.Catalogue, r.Questions, err = db.catalogue(ctx, c, nil)
		if err == nil && r.Catalogue.Products() == 0 && !r.Custom {
			err = db.hidden(ctx, c)
		}
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
	err = db.blame(ctx, err)
	r.QueryMS = float64(cost.Query.Microseconds()) / 1000
	return r, err
}

// inspectShop looks at the shop's tables anew, so that check never tells of what was.
func (db *DB) inspectShop(ctx context.Context, c *sqlx.Conn, r *Report) error {
	if db.custom() {
		r.Custom = true
		return nil
	}
	m, indexes, err := db.look(ctx, c)
	if store.ClassOf(err) == store.SchemaMismatch {
		r.Mismatch = err
		return nil
	}
	r.Shop, r.Indexes = &m, indexes
	return err
}
