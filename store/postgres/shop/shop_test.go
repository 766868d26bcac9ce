package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store/storetest"
)

// at connects to the database of url for the test's life.
func at(t testing.TB, url string) *sqlx.Conn {
	t.Helper()
	c, err := sqlx.NewDb(storetest.Open(t, url), "postgres").Connx(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// english is what an owner sets who has set nothing.
var english = Settings{Lang: "en", Currency: "USD", CurrencyDigits: 2}

func read(t testing.TB, c *sqlx.Conn, s Settings) Mapping {
	t.Helper()
	var schema string
	if err := c.GetContext(context.Background(), &schema, "SELECT current_schema()"); err != nil {
		t.Fatal(err)
	}
	tables, err := Inspect(context.Background(), c, schema)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(tables, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// page is what a statement gives: a line a product, "category: name price (old price) [pictures] stock", and the values
// in doubt.
type page struct {
	lines      []string
	seen, look Seen
	hash       string
}

func query(t testing.TB, c *sqlx.Conn, m Mapping, per int, categories ...string) page {
	t.Helper()
	statement, _ := Wrap(m.Statement(len(categories) > 0), m.Scalars(true, true), 0)
	rows, err := c.QueryxContext(context.Background(), statement, pq.Array(append([]string{}, categories...)), per)
	if err != nil {
		t.Fatalf("%v in\n%s", err, statement)
	}
	defer rows.Close()
	p := page{seen: Seen{}, look: Seen{}}
	for rows.Next() {
		values := map[string]any{}
		if err := rows.MapScan(values); err != nil {
			t.Fatal(err)
		}
		text := func(name string) string {
			switch v := values[name].(type) {
			case nil:
				return ""
			case []byte:
				return string(v)
			default:
				return fmt.Sprint(v)
			}
		}
		if s := text("scalars"); s != "" {
			p.scalars(t, s)
		}
		if text("id") == "" {
			continue
		}
		line := text("category") + ": " + text("name") + " " + text("price")
		if old := text("list_price"); old != "" {
			line += " (" + old + ")"
		}
		if images := text("images"); images != "" && images != "{}" {
			line += " " + images
		}
		if stock := text("count_in_stock"); stock != "" {
			line += " #" + stock
		}
		p.lines = append(p.lines, line)
		for _, entry := range strings.Split(strings.Trim(text("doubts"), "{}"), ",") {
			p.seen.Add(strings.Trim(entry, `"`))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *page) scalars(t testing.TB, text string) {
	t.Helper()
	var s struct {
		Hash string
		Look []string
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	p.hash = s.Hash
	for _, entry := range s.Look {
		p.look.Add(entry)
	}
}

// shapes reads the files of testdata: SQL that makes a shop, then a comment for each way to look at it, as in
//
//	-- page CATALOG_STORE=north CATEGORIES=Tea per=2
//	-- Tea: Green 4.00
//	-- ask storeId CATALOG_STORE
//
// with the lines of the page, and a line for each question with the words that it must have.
func shapes(t *testing.T) map[string]string {
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d shapes: %v", len(files), err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(f), ".sql")] = string(b)
	}
	return all
}

// settings are those of a line of a shape.
func settings(t *testing.T, line string) (s Settings, per int, categories []string) {
	s, per = english, 100
	for _, f := range strings.Fields(line) {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "PRICE_UNIT":
			s.PriceUnit = value
		case "CATALOG_STORE":
			s.Store = value
		case "CATALOG_DISCOUNT":
			s.Discount = value
		case "CATALOG_IGNORE":
			s.Ignore = strings.Split(value, ",")
		case "SITE_LANG":
			s.Lang, s.LangSet = value, true
		case "CURRENCY":
			s.Currency, s.CurrencySet = value, true
		case "CATEGORIES":
			categories = strings.Split(value, ",")
		case "per":
			if _, err := fmt.Sscan(value, &per); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("unknown setting %q", f)
		}
	}
	return s, per, categories
}

// Shops of many shapes are read as their owner means them, or asked about.
func TestShapes(t *testing.T) {
	for name, text := range shapes(t) {
		t.Run(name, func(t *testing.T) {
			ddl, ways, ok := strings.Cut(text, "-- page")
			if !ok {
				t.Fatal("no page is told")
			}
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, ddl)
			c := at(t, url)
			for way := range strings.SplitSeq(ways, "-- page") {
				first, rest, _ := strings.Cut(way, "\n")
				s, per, categories := settings(t, first)
				var want, asked []string
				for line := range strings.Lines(rest) {
					line = strings.TrimSpace(strings.TrimPrefix(line, "--"))
					if q, ok := strings.CutPrefix(line, "ask "); ok {
						asked = append(asked, q)
					} else if line != "" {
						want = append(want, line)
					}
				}
				m := read(t, c, s)
				p := query(t, c, m, per, categories...)
				if d := cmp.Diff(want, p.lines); d != "" {
					t.Errorf("%s: -want +got\n%s\n%s", first, d, m.Statement(true))
				}
				if p.hash != m.Hash() {
					t.Errorf("the hash is %s, read was %s", p.hash, m.Hash())
				}
				questions := append(slices.Clone(m.Questions), m.Ask(p.seen, p.look, nil)...)
				if len(questions) != len(asked) {
					t.Errorf("%s: asked %q, want %q", first, questions, asked)
				}
				for i, words := range asked {
					for word := range strings.FieldsSeq(words) {
						if i < len(questions) && !strings.Contains(questions[i], word) {
							t.Errorf("%s: %q does not say %s", first, questions[i], word)
						}
					}
				}
			}
		})
	}
}

// A status is watched, though it may say that a product is sold out; what only counts is not.
func TestWatched(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2),
		status text, is_available boolean, stock int, sold int)`)
	m := read(t, at(t, url), english)
	if d := cmp.Diff([]string{"id", "name", "price", "slug", "status"}, m.Watched()[0].Columns); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
