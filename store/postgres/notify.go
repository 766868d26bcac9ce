package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store/postgres/shop"
)

// The names of what init --notify makes: a trigger on each table, and the one function that they call.
const (
	triggerName  = "vitrine_changed"
	functionName = "vitrine_notify"
	functionBody = " BEGIN PERFORM pg_catalog.pg_notify(TG_ARGV[0], ''); RETURN NULL; END "
)

// statementTrigger is pg_trigger.tgtype of AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE FOR EACH STATEMENT.
const statementTrigger = 4 | 8 | 16 | 32

// notifyLockLimit is how long a trigger's making waits for a table: behind it, the shop's writes wait as well.
const notifyLockLimit = "3s"

// PlanNotify looks at the database and says which triggers are missing that notify channel when something changes that
// the page shows. It changes nothing. Errors are those of PlanInit.
func (db *DB) PlanNotify(ctx context.Context, channel string) (InitPlan, error) {
	if db.custom() {
		return InitPlan{Notes: []string{"CATALOG_QUERY_FILE is set: which tables your statement reads is not " +
			"known here. Have a trigger on each of them call pg_notify('" + channel + "', '')"}}, nil
	}
	var plan InitPlan
	_, err := db.read(ctx, "plan notify", func(ctx context.Context, c *sqlx.Conn) (err error) {
		m, _, err := db.look(ctx, c)
		if err == nil {
			plan, err = planTriggers(ctx, c, &m, channel)
		}
		return err
	})
	return plan, err
}

func planTriggers(ctx context.Context, c *sqlx.Conn, m *shop.Mapping, channel string) (InitPlan, error) {
	schema := m.Products.Schema
	function := pq.QuoteIdentifier(schema) + "." + functionName
	plan := InitPlan{Notes: []string{
		"counters such as sales, stock and ratings send nothing and wait for the next tick: NOTIFY takes a lock of the " +
			"whole cluster at commit, and checkouts must not queue for a homepage",
		"it needs the right TRIGGER on each table and CREATE on the schema " + schema + "; the tables' owner has both. " +
			"Vitrine's own role needs no right to listen",
	}}
	isView := func(w shop.Watched) bool { return w.Table.Kind == 'v' || w.Table.Kind == 'm' }
	there, err := functionThere(ctx, c, schema)
	if err != nil {
		return InitPlan{}, err
	}
	if watched := slices.DeleteFunc(m.Watched(), isView); !there && len(watched) > 0 {
		plan.Steps = append(plan.Steps, Step{"create the function " + function + ", which the triggers call",
			"CREATE OR REPLACE FUNCTION " + function + "() RETURNS trigger LANGUAGE plpgsql AS $$" + functionBody + "$$;",
			"DROP FUNCTION " + function + "();"})
	}
	for _, w := range m.Watched() {
		table := w.Table.Quoted()
		if isView(w) {
			plan.Views = append(plan.Views, table)
			plan.Notes = append(plan.Notes, table+" is a view, which cannot tell of changes: they wait for the next tick")
			continue
		}
		if there, err = triggerThere(ctx, c, w, schema, channel); err != nil {
			return InitPlan{}, err
		}
		if !there {
			plan.Steps = append(plan.Steps, Step{"notify of changes to " + table, fmt.Sprintf(
				"DO $vitrine$ BEGIN SET LOCAL lock_timeout = '%s';\nCREATE OR REPLACE TRIGGER %s AFTER INSERT OR DELETE OR "+
					"TRUNCATE OR UPDATE OF %s\nON %s FOR EACH STATEMENT EXECUTE FUNCTION %s(%s); END $vitrine$;",
				notifyLockLimit, triggerName, w.Quoted(), table, function, pq.QuoteLiteral(channel)),
				fmt.Sprintf("DROP TRIGGER %s ON %s;", triggerName, table)})
		}
	}
	return plan, nil
}

func functionThere(ctx context.Context, c *sqlx.Conn, schema string) (bool, error) {
	return exists(ctx, c, "look for the function", `SELECT FROM pg_catalog.pg_proc p
		JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname = $1 AND p.proname = $2 AND p.pronargs = 0 AND p.prosrc = $3`, schema, functionName, functionBody)
}

// triggerThere reports whether a table has the trigger as it should be.
func triggerThere(ctx context.Context, c *sqlx.Conn, w shop.Watched, schema, channel string) (bool, error) {
	return exists(ctx, c, "look for the trigger of "+w.Table.Quoted(), `SELECT FROM pg_catalog.pg_trigger t
		JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE t.tgrelid = $1::bigint::oid AND t.tgname = $2 AND t.tgtype = $3 AND t.tgenabled IN ('O', 'A')
		AND n.nspname = $4 AND p.proname = $5 AND t.tgargs = convert_to($6::text, 'UTF8') || '\x00'::bytea
		AND $7::text[] = ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::int2[]) AS k (n)
			JOIN pg_catalog.pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.n
			ORDER BY a.attname::text COLLATE "C")`,
		w.Table.OID, triggerName, statementTrigger, schema, functionName, channel, pq.Array(w.Columns))
}
