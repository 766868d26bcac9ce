package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// seedMark is the comment on a products table that seed fills: without it, rows that are there are a shop's own.
const seedMark = "Invented products, made by vitrine seed."

//go:embed queries/seed.sql
var seedSQL string

// seedBatch is how many rows one transaction brings: what an interruption costs at most.
const seedBatch = 10_000

// Seed makes the products table of our own schema hold n invented products, the same ones on every machine: variations
// of those of sample, in its categories, the first of which gets the most. It only ever touches tables that vitrine
// init made and that are empty or were filled by an earlier Seed; anything else is refused with the reason. Rows come
// in transactions of 10,000, and a run that was interrupted goes on where it stopped; rows beyond n are removed.
// progress, if not nil, is told how many rows there are, at the start and after every transaction. The error is a
// classed *Error.
func (db *DB) Seed(ctx context.Context, n int, sample store.Catalogue, progress func(done, total int)) error {
	if n < 1 {
		return refuseSeed("the number of products must be 1 or more")
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	return db.once(ctx, "seed", func(ctx context.Context, c *sqlx.Conn) error {
		s := &seeding{conn: c, sample: sample}
		if err := s.open(ctx, db.schema); err != nil {
			return err
		}
		if err := s.trim(ctx, n); err != nil {
			return err
		}
		progress(s.done, n)
		for s.done < n {
			if err := s.batch(ctx, min(s.done+seedBatch, n)); err != nil {
				return err
			}
			progress(s.done, n)
		}
		_, err := c.ExecContext(ctx, "ANALYZE "+s.products.Quoted())
		return err
	})
}

func refuseSeed(sentence string) error { return said(store.Other, sentence) }

// seeding is one Seed under way on one connection.
type seeding struct {
	conn                 *sqlx.Conn
	products, categories *shop.Table
	sample               store.Catalogue
	done                 int // rows 1 to done are there
}

// seedColumns are those of schema_postgres.sql: a table with others is not ours.
var seedColumns = map[string]string{
	"products": "id name slug category brand images description price list_price avg_rating num_reviews num_sales " +
		"count_in_stock is_published created_at updated_at",
	"categories": "id name position is_active created_at",
}

// open finds our tables and refuses those that hold anything that seed has not made.
func (s *seeding) open(ctx context.Context, schema string) error {
	all, err := shop.Inspect(ctx, s.conn, schema)
	if err != nil {
		return err
	}
	tables := slices.DeleteFunc(all.List, func(t *shop.Table) bool { return !t.Searched })
	var ok bool
	if s.products, s.categories, ok = ours(tables); !ok {
		if len(tables) == 0 {
			return refuseSeed("there are no tables to fill yet: run vitrine init first")
		}
		return refuseSeed("the tables here are a shop's own (" + tables[0].Quoted() + "): seed fills only the tables " +
			"that vitrine init makes")
	}
	var top int
	var marked, foreign bool
	err = s.conn.QueryRowxContext(ctx, fmt.Sprintf(`SELECT count(*), coalesce(max(id), 0),
		coalesce(obj_description('%[1]s'::regclass) = %[2]s, false), coalesce(bool_or(slug NOT LIKE '%%-s' || id), false)
		FROM %[1]s`, s.products.Quoted(), pq.QuoteLiteral(seedMark))).Scan(&s.done, &top, &marked, &foreign)
	if err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	if foreign || s.done > 0 && !marked {
		return refuseSeed(fmt.Sprintf("%s holds products that seed has not made: it fills only an empty table, or one "+
			"that it filled itself", s.products.Quoted()))
	}
	if err := s.onlyOurCategories(ctx); err != nil {
		return err
	}
	if top != s.done { // rows were deleted in between: begin anew
		if _, err := s.conn.ExecContext(ctx, "TRUNCATE "+s.products.Quoted()); err != nil {
			return fmt.Errorf("empty the table: %w", err)
		}
		s.done = 0
	}
	return nil
}

// ours returns the two tables that vitrine init made.
func ours(tables []*shop.Table) (products, categories *shop.Table, ok bool) {
	found := map[string]*shop.Table{}
	for _, t := range tables {
		var names []string
		for _, c := range t.Columns {
			names = append(names, c.Name)
		}
		want, known := seedColumns[t.Name]
		if known && t.Kind == 'r' && strings.Join(names, " ") == want && t.Schema == tables[0].Schema {
			found[t.Name] = t
		}
	}
	return found["products"], found["categories"], len(found) == 2
}

func (s *seeding) onlyOurCategories(ctx context.Context) error {
	foreign, err := exists(ctx, s.conn, "look at the categories",
		"SELECT FROM "+s.categories.Quoted()+" WHERE NOT name = ANY($1)", pq.Array(s.names()))
	if err != nil {
		return err
	}
	if foreign {
		return refuseSeed(fmt.Sprintf("%s holds categories that seed has not made: it fills only empty tables, or those "+
			"that it filled itself", s.categories.Quoted()))
	}
	return nil
}

func (s *seeding) names() (names []string) {
	for _, c := range s.sample.Categories {
		names = append(names, c.Name)
	}
	return names
}

// trim removes the rows beyond n that a larger Seed has left.
func (s *seeding) trim(ctx context.Context, n int) error {
	if s.done <= n {
		return nil
	}
	if _, err := s.conn.ExecContext(ctx, "DELETE FROM "+s.products.Quoted()+" WHERE id > $1", n); err != nil {
		return fmt.Errorf("remove the rows beyond %d: %w", n, err)
	}
	s.done = n
	return nil
}

// batch brings rows done+1 to upTo in one transaction, under a lock that lets everyone read and nobody else write.
func (s *seeding) batch(ctx context.Context, upTo int) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if errors.Is(err, driver.ErrBadConn) { // the driver keeps PgBouncer's own words from us
		return refuseSeed("the connection was closed as soon as a transaction began, which is what PgBouncer does " +
			"in statement mode: run vitrine seed with the address of the database itself")
	}
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "LOCK TABLE "+s.products.Quoted()+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("lock the table: %w", err)
	}
	var top int
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM "+s.products.Quoted()).Scan(&top); err != nil {
		return err
	}
	if top != s.done {
		return refuseSeed("somebody else has put products into the table meanwhile, perhaps another vitrine seed: run it " +
			"again when they are done")
	}
	if err := s.prepare(ctx, tx); err != nil {
		return err
	}
	insert := strings.ReplaceAll(seedSQL, "{products}", s.products.Quoted())
	if _, err := tx.ExecContext(ctx, insert, s.done+1, upTo, s.samples()); err != nil {
		return fmt.Errorf("insert rows %d to %d: %w", s.done+1, upTo, err)
	}
	if _, err := tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", s.products.Quoted(),
		upTo); err != nil {
		return fmt.Errorf("set the next id: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.done = upTo
	return nil
}

// prepare marks the table as filled by seed and makes sure of the categories.
func (s *seeding) prepare(ctx context.Context, tx *sql.Tx) error {
	if s.done > 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "COMMENT ON TABLE "+s.products.Quoted()+" IS "+
		pq.QuoteLiteral(seedMark)); err != nil {
		return fmt.Errorf("mark the table: %w", err)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO "+s.categories.Quoted()+
		" (name, position) SELECT name, place FROM unnest($1::text[]) WITH ORDINALITY AS c(name, place) ON CONFLICT "+
		"(name) DO NOTHING", pq.Array(s.names()))
	if err != nil {
		return fmt.Errorf("insert categories: %w", err)
	}
	return nil
}

// samples is what seed.sql takes as $3.
func (s *seeding) samples() string {
	var lines []map[string]any
	for _, c := range s.sample.Categories {
		for _, p := range c.Products {
			lines = append(lines, map[string]any{"category": c.Name, "name": p.Name, "slug": p.Slug, "brand": p.Brand,
				"image": p.Images[0], "price": p.Price})
		}
	}
	text, _ := json.Marshal(lines) // strings and decimals always encode
	return string(text)
}
