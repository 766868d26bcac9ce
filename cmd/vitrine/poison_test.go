package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"vitrine/store/storetest"
)

// nullable is a shop's table in which everything may be missing.
const nullable = `CREATE TABLE "Product" (id text, name text, slug text, category text, brand text, images text[],
	price numeric, "listPrice" numeric, "avgRating" double precision, "numReviews" integer, "numSales" integer,
	"isPublished" boolean, "createdAt" timestamp(3))`

// poisonValues are SQL values that a column may hold and a page may choke on.
var poisonValues = map[string][]string{
	"id": {"NULL", "''", "repeat('x', 1000000)"},
	"name": {"NULL", "''", "'  '", "repeat('x', 1000000)", `repeat(U&'\0301', 10000)`, `U&'\202Eevil'`,
		`U&'a\200Db\200Dc'`, `E'a\x01\x02\x1bb'`, `'<script>alert(1)</script>'`, `'{{.}}'`},
	"slug": {"NULL", "''", "'same'", "'same'", "'../../etc/passwd'", "'javascript:alert(1)'", "repeat('y', " +
		"1000000)", `'"><b>'`},
	"brand": {"NULL", "''", "repeat('b', 1000000)", `'</ul><script>'`},
	"images": {"NULL", "'{}'", "'{a,NULL}'", "'{NULL}'", `'{""}'`, "'{javascript:alert(1)}'",
		"'{//evil.example/a}'", "'{data:text/html,x}'", "'{http://[::1}'", "'{{a,b},{c,d}}'"},
	"price":         {"NULL", "'NaN'", "'Infinity'", "'-Infinity'", "-1", "0", "1e300", "0.005", "1e-300"},
	`"listPrice"`:   {"NULL", "'NaN'", "'Infinity'", "-5", "0", "1e300", "10"},
	`"avgRating"`:   {"NULL", "'NaN'", "'Infinity'", "-3", "99", "1e300"},
	`"numReviews"`:  {"NULL", "-7", "2147483647"},
	`"numSales"`:    {"NULL", "-7", "2147483647"},
	`"isPublished"`: {"NULL", "false"},
	`"createdAt"`:   {"NULL", "'infinity'", "'-infinity'", "'9999-12-31'", "'0001-01-01 BC'"},
}

// TestPoisonRows guards the rule that a bad row never costs the page: every value above in a row of its own, in its own
// category beside a clean product; all clean products are on the page, and what was left out is counted.
func TestPoisonRows(t *testing.T) {
	t.Parallel()
	url := storetest.Server(t).URL(t)
	statements := []string{nullable}
	n := 0
	for column, values := range poisonValues {
		for _, value := range values {
			n++
			row := map[string]string{"id": fmt.Sprintf("'p%d'", n), "name": "'Poisoned'", "slug": fmt.Sprintf("'p%d'", n),
				"brand": "'B'", "images": "'{/a.jpg}'", "price": "10", `"listPrice"`: "20", `"avgRating"`: "4",
				`"numReviews"`: "1", `"numSales"`: "1", `"isPublished"`: "true", `"createdAt"`: "now()"}
			clean := maps.Clone(row)
			clean["id"], clean["slug"] = fmt.Sprintf("'c%d'", n), fmt.Sprintf("'c%d'", n)
			clean["name"], clean[`"numSales"`] = fmt.Sprintf("'Clean %d'", n), "0"
			row[column] = value
			for _, r := range []map[string]string{row, clean} {
				r["category"] = fmt.Sprintf("'C%03d'", n)
				columns := slices.Sorted(maps.Keys(r))
				var values []string
				for _, c := range columns {
					values = append(values, r[c])
				}
				statements = append(statements, fmt.Sprintf(`INSERT INTO "Product" (%s) VALUES (%s)`,
					strings.Join(columns, ", "), strings.Join(values, ", ")))
			}
		}
	}
	if n < 60 {
		t.Fatalf("%d poisons, want 60", n)
	}
	storetest.Exec(t, url, statements...)
	c := serve(t, t.TempDir(), "DATABASE_URL="+url, "PRODUCTS_PER_CATEGORY=2")
	page := c.page("Clean 1<")
	for i := range n {
		if !strings.Contains(page, fmt.Sprintf("Clean %d<", i+1)) {
			t.Errorf("a poisoned row beside it cost clean product %d its place", i+1)
		}
	}
	st := c.status()
	left := 0
	for _, s := range st.Page.Skipped {
		left += s.Count
	}
	if shown := strings.Count(page, cardMark); shown != st.Page.Products || left < 10 {
		t.Errorf("%d cards, status says %d products and %d left out", shown, st.Page.Products, left)
	}
	for _, bad := range []string{"<script>alert", `="javascript:`, `:&#34;javascript:`, "NaN", "Infinity", `="//evil`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// TestTwoServersAndARenderLoop guards I5 across processes: one folder, two servers, and a command in a loop; visitors
// of both see whole, known pages all the time, and nothing is left over.
func TestTwoServersAndARenderLoop(t *testing.T) {
	t.Parallel()
	url := ownShop(t, product("lamp", "Edition 0.", "Lamps", 1))
	dir := t.TempDir()
	variables := []string{"DATABASE_URL=" + url, "REFRESH_SCHEDULE=@every 1s"}
	servers := []*child{serve(t, dir, variables...), serve(t, dir, variables...)}
	stop := again(func() {
		for _, c := range servers {
			code, h, body := c.get("/")
			if code != 200 && code != 503 || !strings.HasSuffix(strings.TrimSpace(body), "</html>") || code == 200 &&
				(h.Get("ETag") == "" || !strings.Contains(body, "Edition ")) {
				t.Errorf("a visitor sees %d, %.80q", code, body)
			}
		}
	})
	const editions = 8
	for i := range editions {
		storetest.Exec(t, url, "UPDATE products SET name = "+pq.QuoteLiteral(fmt.Sprintf("Edition %d.", i+1)))
		if code, said := output(t, dir, variables[:1], "render"); code != exitOK {
			t.Errorf("render %d: exit code %d: %s", i+1, code, said)
		}
	}
	for _, c := range servers {
		c.page(fmt.Sprintf("Edition %d.", editions))
	}
	stop()
	for _, c := range servers {
		if code := c.stop(15); code != exitOK {
			t.Errorf("exit code %d", code)
		}
	}
	if left := leftOvers(t, dir); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
