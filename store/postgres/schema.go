package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// InitPlan is what `vitrine init` would do to the database, for a person to read first. The caller owns it.
type InitPlan struct {
	// Steps are the statements to run, in order; none means that everything is there.
	Steps []Step
	// Role is a proposal for a read-only role, as SQL with comments. Init never runs it.
	Role string
	// Notes are sentences for people about what is not done, and why.
	Notes []string
	// Views are what the page is read from and cannot have a trigger.
	Views []string
}

//go:embed queries/schema_postgres.sql
var schemaSQL string

// ourTables is what makes our own tables; prefix is the schema, quoted and with its dot, or "".
func ourTables(prefix string) string { return strings.ReplaceAll(schemaSQL, "{schema.}", prefix) }

// Step is one statement of an InitPlan.
type Step struct {
	// What says in a few words what the statement does.
	What string
	// SQL is the statement; the schema of a new shop is several, which PostgreSQL runs as one transaction.
	SQL string
	// Undo takes it back; "" where nothing is to be taken back.
	Undo string
}

// PlanInit looks at the database and says what it needs: an empty one our schema with its index; a shop that is
// recognised the index only, and never a table. It changes nothing. The error is a classed *Error; a database that
// holds something else is SchemaMismatch with a *shop.Unrecognised, unless CATALOG_SCHEMA=vitrine asks for our tables
// beside it.
func (db *DB) PlanInit(ctx context.Context) (InitPlan, error) {
	var plan InitPlan
	_, err := db.read(ctx, "plan init", func(ctx context.Context, c *sqlx.Conn) (err error) {
		plan, err = db.plan(ctx, c)
		return err
	})
	return plan, err
}

func (db *DB) plan(ctx context.Context, c *sqlx.Conn) (InitPlan, error) {
	if db.custom() {
		return InitPlan{Notes: []string{"CATALOG_QUERY_FILE is set: EXPLAIN tells which indexes your statement needs"}}, nil
	}
	m, indexes, err := db.look(ctx, c)
	if is[*shop.Unrecognised](err) {
		return db.planTables(ctx, c, err)
	}
	if err != nil {
		return InitPlan{}, err
	}
	plan := InitPlan{Role: readRole(&m)}
	for _, x := range indexes {
		if err := planIndex(ctx, c, x, &plan); err != nil {
			return InitPlan{}, err
		}
	}
	return plan, nil
}

// planTables plans our own schema, where nothing is in the way; otherwise it returns unknown, which says what is there.
func (db *DB) planTables(ctx context.Context, c *sqlx.Conn, unknown error) (InitPlan, error) {
	tables, err := shop.Inspect(ctx, c, db.schema)
	if err != nil {
		return InitPlan{}, err
	}
	list := slices.DeleteFunc(tables.List, func(t *shop.Table) bool { return !t.Searched })
	taken := slices.ContainsFunc(list, func(t *shop.Table) bool { return t.Name == "products" || t.Name == "categories" })
	if len(list) > 0 && (taken || db.opt.Schema != kindVitrine) {
		return InitPlan{}, unknown
	}
	schema, prefix := db.schema, pq.QuoteIdentifier(db.schema)+"."
	there, err := db.schemaThere(ctx, c)
	if err != nil {
		return InitPlan{}, err
	}
	var plan InitPlan
	if !there {
		plan.Steps = append(plan.Steps, Step{"create the schema " + schema,
			"CREATE SCHEMA IF NOT EXISTS " + pq.QuoteIdentifier(schema) + ";",
			"DROP SCHEMA " + pq.QuoteIdentifier(schema) + ";"})
	}
	plan.Steps = append(plan.Steps, Step{"create the tables " +
		"categories and products, and the index of the homepage's query",
		strings.TrimSpace(ourTables(prefix)),
		fmt.Sprintf("DROP TABLE %sproducts, %scategories;", prefix, prefix)})
	plan.Role = roleFor([]string{schema}, prefix+"products", prefix+"categories")
	return plan, nil
}

// schemaThere reports whether there is the schema that the shop's tables are to be in.
func (db *DB) schemaThere(ctx context.Context, c *sqlx.Conn) (bool, error) {
	return exists(ctx, c, "look for the schema", "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1", db.schema)
}

// exists asks whether a SELECT gives any row; what says what for.
func exists(ctx context.Context, c *sqlx.Conn, what, sel string, args ...any) (there bool, err error) {
	if err = c.QueryRowxContext(ctx, "SELECT EXISTS ("+sel+")", args...).Scan(&there); err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return there, nil
}

// planIndex adds what the index needs: nothing, its making, or its making anew where a build was interrupted.
func planIndex(ctx context.Context, c *sqlx.Conn, x shop.Index, plan *InitPlan) error {
	switch {
	case !x.Possible:
		plan.Notes = append(plan.Notes, fmt.Sprintf("%s is a view: an index would have to be made on the tables under it",
			x.Table.Quoted()))
		return nil
	case x.Served:
		return nil
	}
	what := "create the index of the homepage's query"
	if !x.Main {
		what = "create the index by which a product's rows of " + x.Table.Quoted() + " are found"
	}
	create := Step{what + " (reads the whole table; the shop goes on meanwhile)", x.Create, x.Drop}
	if x.Table.Kind == 'p' {
		create.What = what
		plan.Notes = append(plan.Notes, fmt.Sprintf("%s is partitioned, where PostgreSQL cannot build an index "+
			"concurrently: writes wait until it is done", x.Table.Quoted()))
	}
	if !x.Broken {
		plan.Steps = append(plan.Steps, create)
		return nil
	}
	building, err := exists(ctx, c, "look for a build under way",
		"SELECT FROM pg_catalog.pg_stat_progress_create_index WHERE relid = $1::bigint::oid", x.Table.OID)
	if err != nil {
		return err
	}
	if building {
		return said(store.Other, "an index of "+x.Table.Quoted()+" is being built right now: wait until that is done")
	}
	plan.Steps = append(plan.Steps, Step{"drop the index of that name, which " +
		"is incomplete or fits an older form of the table", x.Drop, ""}, create)
	return nil
}

// readRole proposes a role that may read what the shop's page needs.
func readRole(m *shop.Mapping) string {
	var schemas, tables []string
	for _, t := range m.Tables() {
		if tables = append(tables, t.Quoted()); !slices.Contains(schemas, t.Schema) {
			schemas = append(schemas, t.Schema)
		}
	}
	return roleFor(schemas, tables...)
}

func roleFor(schemas []string, tables ...string) string {
	quoted := make([]string, len(schemas))
	for i, s := range schemas {
		quoted[i] = pq.QuoteIdentifier(s)
	}
	return fmt.Sprintf(`-- A role that may read the homepage's tables and nothing else. `+
		`Choose a password; run it as the tables' owner.
CREATE ROLE vitrine_reader LOGIN PASSWORD 'choose-one';
ALTER ROLE vitrine_reader SET default_transaction_read_only = on;
GRANT USAGE ON SCHEMA %s TO vitrine_reader;
GRANT SELECT ON %s TO vitrine_reader;
-- Undo: DROP OWNED BY vitrine_reader; DROP ROLE vitrine_reader;
`, strings.Join(quoted, ", "), strings.Join(tables, ", "))
}

// Init runs the steps of a plan. It may take as long as an index needs; ctx ends it, and a build that was ended so is
// replaced by the next run. progress, if not nil, is told what is being done, about once a second during a build. The
// error is a classed *Error.
func (db *DB) Init(ctx context.Context, plan InitPlan, progress func(string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	defer db.reading.stale()
	for _, step := range plan.Steps {
		progress(step.What)
		stop := db.watchBuild(ctx, progress)
		err := db.once(ctx, "init", func(ctx context.Context, c *sqlx.Conn) error {
			_, err := c.ExecContext(ctx, step.SQL)
			return explainInit(err)
		})
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// inVain are sentences for the errors that a step of init cannot be done with, by SQLSTATE (PostgreSQL manual, appendix
// A).
var inVain = map[pqerror.Code]store.Error{
	"42501": {Class: store.Auth, Sentence: "the database role may not do this: run the statements that " +
		"`vitrine init --print` prints (with --notify too, where that is meant) as the tables' owner"},
	"25006": {Class: store.Other, Sentence: "the database takes no writes over this connection (a standby, " +
		"or a read-only role): run the statements that `vitrine init --print` prints " +
		"(with --notify too, where that is meant) where it does"},
	"55P03": {Class: store.Other, Sentence: "the table is busy: a transaction that writes to it has been " +
		"open for seconds; nothing was changed, try again when it has ended"},
	"42P07": {Class: store.Other, Sentence: "somebody else has made it meanwhile, or is making it: " +
		"run `vitrine init` again to see what is missing"},
}

func explainInit(err error) error {
	if server, ok := errors.AsType[*pq.Error](err); ok {
		if e, known := inVain[server.Code]; known {
			e.Err = err
			return &e
		}
	}
	return err
}

// watchBuild reports the progress of index builds, over a connection of its own, until stop is called.
func (db *DB) watchBuild(ctx context.Context, progress func(string)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pool := db.open()
		defer pool.Close()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var phase string
			var percent float64
			err := pool.QueryRowxContext(ctx, `SELECT phase, COALESCE(100.0 * blocks_done / NULLIF(blocks_total, 0),
					100.0 * tuples_done / NULLIF(tuples_total, 0), 0)
				FROM pg_catalog.pg_stat_progress_create_index WHERE phase IS NOT NULL LIMIT 1`).Scan(&phase, &percent)
			if err == nil {
				progress(fmt.Sprintf("%s, %.0f %%", phase, percent))
			}
		}
	}()
	return func() { cancel(); <-done }
}
