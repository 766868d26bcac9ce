package preset

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"vitrine/store/storetest"
)

// shops has what the statement of each system shows of its shop in testdata: all, and so many products of some
// categories.
var shops = []struct {
	name       string
	all        []string
	categories []string
	per        int
	some       []string
}{
	{"medusa", []string{
		"Tea | tea | tea | oolong | Oolong | oolong | 20.11 | 20.11 | https://img.example/oolong.png",
		"Tea | tea | tea | sencha | Sencha | sencha | 19 | 19 | ",
		"Teapots | teapots | a-tea | pot | Pot | pot | 20.11 | 20.11 | ",
		"Cups | cups | cups | mug | Mug | mug | 16.5 | 20.11 | ",
		"Cups | cups | cups | bowl | Bowl | bowl | 15 | 20.11 | ",
		"Cups | cups | cups | beaker | Beaker | beaker |  |  | ",
		"Cups | cups | cups | glass | Glass | glass | 17 | 18 | ",
		"Cups | cups | cups | saucer | Saucer | saucer | 22 | 22 | ",
		"More |  |  | relic | Relic | relic | 20.11 | 20.11 | ",
		"More |  |  | loose | Loose | loose | 14 | 14 | ",
	}, []string{"Green tea", "Winter", "Cups"}, 3, []string{
		"Cups | cups | cups | mug | Mug | mug | 16.5 | 20.11 | ",
		"Cups | cups | cups | bowl | Bowl | bowl | 15 | 20.11 | ",
		"Cups | cups | cups | beaker | Beaker | beaker |  |  | ",
		"Green tea | green-tea | green | oolong | Oolong | oolong | 20.11 | 20.11 | https://img.example/oolong.png",
		"Green tea | green-tea | green | sencha | Sencha | sencha | 19 | 19 | ",
	}},
	{"saleor", []string{
		"Cups | cups | 4 | 4 | Mug | mug | 20.110 | 20.110 |  | 0 | {}",
		"Cups | cups | 4 | 5 | Bowl | bowl | 20.110 | 20.110 |  | 0 | {}",
		"Cups | cups | 4 | 6 | Jar | jar | 20.110 | 20.110 |  | 0 | {}",
		"Cups | cups | 4 | 7 | Glass | glass | 20.110 | 20.110 |  | 0 | {}",
		"Tea | tea | 1 | 3 | Assam | assam | 20.110 | 20.110 | 4.5 | 0 | {}",
		"Tea | tea | 1 | 2 | Sencha | sencha | 20.110 | 20.110 |  |  | {}",
		"Tea | tea | 1 | 8 | Mate | mate | 20.110 | 20.110 |  | 0 | {}",
		"Tea | tea | 1 | 1 | Oolong | oolong | 15.500 | 20.110 |  | 7 | " +
			"{products/first.png,products/second.png,https://img.example/third.png}",
	}, []string{"Green tea", "Tea", "Cups"}, 3, []string{
		"Cups | cups | 4 | 4 | Mug | mug | 20.110 | 20.110 |  | 0 | {}",
		"Cups | cups | 4 | 5 | Bowl | bowl | 20.110 | 20.110 |  | 0 | {}",
		"Cups | cups | 4 | 6 | Jar | jar | 20.110 | 20.110 |  | 0 | {}",
		"Tea | tea | 1 | 3 | Assam | assam | 20.110 | 20.110 | 4.5 | 0 | {}",
		"Tea | tea | 1 | 2 | Sencha | sencha | 20.110 | 20.110 |  |  | {}",
		"Tea | tea | 1 | 8 | Mate | mate | 20.110 | 20.110 |  | 0 | {}",
		"Green tea | green-tea | 2 | 2 | Sencha | sencha | 20.110 | 20.110 |  |  | {}",
	}},
	{"payload", []string{
		"Cups | cups | 2 | 7 | Jug | jug | 2500 |  | {}",
		"Cups | cups | 2 | 3 | Mug | mug | 1600 | 3 | {}",
		"Cups | cups | 2 | 4 | Bowl | bowl | 1500 | 5 | {/api/media/file/2.png}",
		"Cups | cups | 2 | 5 | Saucer | saucer |  | 4 | {}",
		"Tea | tea | 1 | 2 | Sencha | sencha | 1900 | 0 | {}",
		"Tea | tea | 1 | 1 | Oolong | oolong | 2011 | 3 | " +
			"{/api/media/file/3.png,/api/media/file/4.png,/api/media/file/2.png}",
		"Tea | tea-2 | 4 | 1 | Oolong | oolong | 2011 | 3 | " +
			"{/api/media/file/3.png,/api/media/file/4.png,/api/media/file/2.png}",
		"More |  |  | 6 | Loose | loose | 700 | 1 | {}",
	}, []string{"Cups"}, 3, []string{
		"Cups | cups | 2 | 7 | Jug | jug | 2500 |  | {}",
		"Cups | cups | 2 | 3 | Mug | mug | 1600 | 3 | {}",
		"Cups | cups | 2 | 4 | Bowl | bowl | 1500 | 5 | {/api/media/file/2.png}",
	}},
}

// A statement shows the published products of the channel at the price that a visitor pays, and nothing else, in any
// schema.
func TestStatements(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			db := load(t, s.name)
			statement := recognised(t, db).Statement
			if diff := cmp.Diff(s.all, show(t, db, statement, []string{}, 100)); diff != "" {
				t.Errorf("all (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(s.some, show(t, db, statement, s.categories, s.per)); diff != "" {
				t.Errorf("%d of %q (-want +got):\n%s", s.per, s.categories, diff)
			}
			exec(t, db, `ALTER SCHEMA public RENAME TO "Web shop"`)
			if diff := cmp.Diff(s.all, show(t, db, recognised(t, db).Statement, []string{}, 100)); diff != "" {
				t.Errorf("in another schema (-want +got):\n%s", diff)
			}
		})
	}
}

// Where the channel that the statement names is switched off, deleted or not the currency's, nothing is shown.
func TestStatementsOfAChannelThatIsOff(t *testing.T) {
	for name, changes := range map[string][]string{
		"medusa": {"UPDATE sales_channel SET is_disabled = true",
			"UPDATE sales_channel SET is_disabled = false, deleted_at = now()"},
		"saleor": {"UPDATE channel_channel SET is_active = false",
			"UPDATE channel_channel SET is_active = true, currency_code = 'EUR'",
			"UPDATE channel_channel SET currency_code = 'USD', slug = slug || '-old'"},
	} {
		t.Run(name, func(t *testing.T) {
			db := load(t, name)
			for _, change := range changes {
				exec(t, db, change)
				if got := show(t, db, recognised(t, db).Statement, []string{}, 100); len(got) > 0 {
					t.Errorf("after %s: %q", change, got)
				}
			}
		})
	}
}

// A Payload shop that does not sell in USD gets the statement of the first of its currencies.
func TestPayloadCurrency(t *testing.T) {
	db := load(t, "payload")
	for _, table := range []string{"products", "variants"} {
		exec(t, db, "ALTER TABLE "+table+" DROP COLUMN price_in_u_s_d, DROP COLUMN price_in_u_s_d_enabled")
		exec(t, db, "ALTER TABLE "+table+" ADD COLUMN price_in_g_b_p numeric, ADD COLUMN price_in_g_b_p_enabled boolean")
	}
	statement := recognised(t, db).Statement
	if !strings.Contains(statement, "price_in_e_u_r is in EUR") || strings.Contains(statement, "USD") {
		t.Errorf("the statement does not speak of EUR:\n%s", statement)
	}
	want := []string{
		"Cups | cups | 2 | 7 | Jug | jug |  |  | {}",
		"Cups | cups | 2 | 3 | Mug | mug | 6 | 73 | {}",
		"Cups | cups | 2 | 4 | Bowl | bowl | 3 | 5 | {/api/media/file/2.png}",
	}
	if diff := cmp.Diff(want, show(t, db, statement, []string{"Cups"}, 3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// load makes a database with the shop of testdata in schema public.
func load(t *testing.T, name string) *sql.DB {
	t.Helper()
	script, err := os.ReadFile("testdata/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, storetest.Server(t).NewDatabase(t))
	exec(t, db, string(script))
	return db
}

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%v, in: %s", err, statement)
	}
}

// recognised is the system that the tables of a database belong to.
func recognised(t *testing.T, db *sql.DB) System {
	t.Helper()
	rows, err := db.Query(`SELECT table_schema, table_name, array_agg(column_name::text) FROM information_schema.columns
		WHERE table_schema NOT IN ('information_schema', 'pg_catalog') GROUP BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var schema, table string
	tables := map[string][]string{}
	for rows.Next() {
		var columns []string
		if err := rows.Scan(&schema, &table, pq.Array(&columns)); err != nil {
			t.Fatal(err)
		}
		tables[table] = columns
	}
	s, ok := Recognise(schema, tables)
	if err := rows.Err(); err != nil || !ok {
		t.Fatalf("recognised %v, error %v", ok, err)
	}
	return s
}

// show returns the rows of a statement, each as its columns' values.
func show(t *testing.T, db *sql.DB, statement string, categories []string, per int) []string {
	t.Helper()
	rows, err := db.Query("SELECT shop.* FROM (\n"+statement+"\n) AS shop", pq.Array(categories), per)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		list = append(list, values(t, rows))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func values(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range cells {
		to[i] = &cells[i]
	}
	if err := rows.Scan(to...); err != nil {
		t.Fatal(err)
	}
	words := make([]string, len(cells))
	for i, c := range cells {
		words[i] = c.String
	}
	return strings.Join(words, " | ")
}
