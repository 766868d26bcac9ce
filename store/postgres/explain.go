package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store/postgres/shop"
)

// Plan is how the server answers the page's query.
type Plan struct {
	// Text is the plan as PostgreSQL prints it. Where the query was run, it has times and buffers, and Pages is how many
	// pages of 8 KB were read.
	Text  string
	Pages int
	// Whole are the tables that are read from end to end, Indexes the indexes that are used.
	Whole   []WholeTable
	Indexes []string
}

// WholeTable is a table that a plan reads from end to end.
type WholeTable struct {
	Name  string  // quoted, with its schema
	Rows  float64 // the planner's estimate, -1 where the table was never analysed
	Bytes int64
}

// neverAnalysedBytes is how big a table may be that the planner has no figures of before it counts as big.
const neverAnalysedBytes = 4 << 20

// Big reports whether reading all of it takes a time that anyone notices.
func (t WholeTable) Big() bool {
	return t.Rows >= bigTable || t.Rows < 0 && t.Bytes >= neverAnalysedBytes
}

// Explain returns the plan of the page's query; with analyze it runs the query. The error is a classed *Error.
func (db *DB) Explain(ctx context.Context, analyze bool) (Plan, error) {
	var p Plan
	_, err := db.read(ctx, "explain", func(ctx context.Context, c *sqlx.Conn) error {
		p = Plan{}
		sql, err := db.pageStatement(ctx, c)
		if err != nil {
			return err
		}
		args := []any{pq.Array(append([]string{}, wanted(db.opt.Categories)...)), db.opt.PerCategory}
		var text []byte
		if err := c.QueryRowxContext(ctx, "EXPLAIN (FORMAT JSON, VERBOSE) "+sql, args...).Scan(&text); err != nil {
			return err
		}
		if err := p.read(ctx, c, text); err != nil {
			return err
		}
		how := "EXPLAIN "
		if analyze {
			how = "EXPLAIN (ANALYZE, BUFFERS) "
		}
		var lines []string
		if err := c.SelectContext(ctx, &lines, how+sql, args...); err != nil {
			return err
		}
		p.Text = strings.Join(lines, "\n")
		p.Pages = pagesRead(p.Text)
		return nil
	})
	return p, err
}

// planNode is what EXPLAIN (FORMAT JSON) says of one step of a plan.
type planNode struct {
	Type     string     `json:"Node Type"`
	Schema   string     `json:"Schema"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Plans    []planNode `json:"Plans"`
}

// read takes tables and indexes from a plan in JSON.
func (p *Plan) read(ctx context.Context, c *sqlx.Conn, text []byte) error {
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal(text, &plans); err != nil || len(plans) != 1 {
		return fmt.Errorf("read the plan: %w", err)
	}
	var whole []string
	var walk func(planNode)
	walk = func(n planNode) {
		if n.Index != "" && n.Schema != "pg_catalog" && !slices.Contains(p.Indexes, n.Index) {
			p.Indexes = append(p.Indexes, n.Index)
		}
		if name := pq.QuoteIdentifier(n.Schema) + "." + pq.QuoteIdentifier(n.Relation); n.Type == "Seq Scan" &&
			!slices.Contains(whole, name) {
			whole = append(whole, name)
		}
		for _, child := range n.Plans {
			walk(child)
		}
	}
	walk(plans[0].Plan)
	for _, name := range whole {
		t := WholeTable{Name: name}
		err := c.QueryRowxContext(ctx, "SELECT reltuples, pg_catalog.pg_relation_size(oid) FROM pg_catalog.pg_class WHERE "+
			"oid = pg_catalog.to_regclass($1)",
			name).Scan(&t.Rows, &t.Bytes)
		if err != nil {
			return fmt.Errorf("size of %s: %w", name, err)
		}
		p.Whole = append(p.Whole, t)
	}
	return nil
}

var buffers = regexp.MustCompile(`Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?`)

// pagesRead is the first line of buffers: a step's figures include those of the steps below it.
func pagesRead(plan string) int {
	m := buffers.FindStringSubmatch(plan)
	if m == nil {
		return 0
	}
	hit, _ := strconv.Atoi(m[1])
	read, _ := strconv.Atoi(m[2])
	return hit + read
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
	sql, _ := shop.Wrap(m.Statement(len(db.opt.Categories) > 0), m.Scalars(false, false), 0)
	return sql, nil
}
