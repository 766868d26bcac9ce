package shop

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store/storetest"
)

const manyProducts = `INSERT INTO products (id, name, slug, price, sold, %s) SELECT i, 'n', 's' || i, 1, i %% 1000,
	%s FROM generate_series(1, 20000) AS i`

// planForm is a form of the statement; walks says that the products come in the page's order
// from the index, so that no category is sorted.
type planForm struct {
	name, setup string
	walks       bool
}

// planForms are all forms of the statement, over 20,000 products.
var planForms = []planForm{
	{"by key", `CREATE TABLE categories (id int PRIMARY KEY, name text);
		INSERT INTO categories SELECT i, 'k' || i FROM generate_series(0, 39) AS i;
		CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int NOT NULL,
			category_id int REFERENCES categories, is_active boolean, published_at timestamp);` +
		fmt.Sprintf(manyProducts, "category_id, is_active, published_at", "i % 40, i % 10 > 0, '2020-01-01'"), true},
	{"by name", `CREATE TABLE categories (id int PRIMARY KEY, name text);
		INSERT INTO categories SELECT i, 'k' || i FROM generate_series(0, 39) AS i;
		CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int, category varchar(20),
			status text);` +
		fmt.Sprintf(manyProducts, "category, status", "'k' || i % 40, 'active'"), true},
	{"flags of all kinds", `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
		deleted_at bigint, is_active numeric, published bit(1));` +
		fmt.Sprintf(manyProducts, "is_active, published", "1, '1'"), true},
	{"one shelf", `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
		deleted smallint);` +
		fmt.Sprintf(manyProducts, "deleted", "0"), true},
	{"two steps", `CREATE TYPE "State" AS ENUM ('ACTIVE', 'SOLD_OUT', 'DRAFT');
		CREATE TABLE categories (id int PRIMARY KEY, name text);
		INSERT INTO categories SELECT i, 'k' || i FROM generate_series(0, 9) AS i;
		CREATE TABLE subcategories (id int PRIMARY KEY, name text, category_id int REFERENCES categories);
			INSERT INTO subcategories SELECT i, 's' || i, i % 10 FROM generate_series(0, 39) AS i;
		CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
			subcategory_id int REFERENCES subcategories, state "State");` +
		fmt.Sprintf(manyProducts, "subcategory_id, state", "i % 40, 'ACTIVE'"), true},
	{"join table, variants and pictures", `CREATE TABLE categories (id int PRIMARY KEY, name text);
		INSERT INTO categories SELECT i, 'k' || i FROM generate_series(0, 999) AS i;
		CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
			store_id int);` + fmt.Sprintf(manyProducts, "store_id", "1") + `;
		CREATE TABLE product_categories (product_id int REFERENCES products, category_id int REFERENCES categories);
			INSERT INTO product_categories SELECT i, i % 1000 FROM generate_series(1, 20000) AS i;
		CREATE TABLE product_images (id int PRIMARY KEY, product_id int REFERENCES products, url text);
			INSERT INTO product_images SELECT i, i, '/' || i FROM generate_series(1, 20000) AS i;
		CREATE TABLE product_variants (id int PRIMARY KEY, product_id int REFERENCES products, price numeric, stock int);
			INSERT INTO product_variants SELECT i, i, 2, 1 FROM generate_series(1, 20000) AS i`, false},
	{"an array", `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
		categories text[]);` +
		fmt.Sprintf(manyProducts, "categories", "ARRAY['k' || i % 1000]"), false},
	{"a JSON array", `CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, sold int,
		categories jsonb);` +
		fmt.Sprintf(manyProducts, "categories", "jsonb_build_array('k' || i % 1000)"), false},
}

// With the indexes that are proposed no form of the statement reads a whole table for a category or a product, on
// tables that were never analysed and on ones that were (I3); the names in an array alone take a look at every row,
// unless CATEGORIES says them.
func TestPlans(t *testing.T) {
	for _, f := range planForms {
		t.Run(f.name, func(t *testing.T) {
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, f.setup)
			c := at(t, url)
			m := read(t, c, english)
			proposed, err := m.Indexes(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range proposed {
				if !x.Served {
					storetest.Exec(t, url, x.Create)
				}
			}
			again, err := m.Indexes(context.Background(), c)
			for _, x := range again {
				if !x.Served || x.Missing() != "" {
					t.Errorf("%v: %s does not serve", err, x.Create)
				}
			}
			for _, analysed := range []bool{false, true} {
				plan := explain(t, c, m.Statement(true))
				if line := f.flaw(plan, analysed); line != "" {
					t.Errorf("%s in\n%s", line, plan)
				}
				storetest.Exec(t, url, "ANALYZE")
			}
		})
	}
}

// flaw returns the line of a plan that reads or sorts more than it should, "" for none. The first lines sort what comes
// out.
func (f planForm) flaw(plan string, analysed bool) string {
	for i, line := range strings.Split(plan, "\n") {
		node, _, _ := strings.Cut(line, "  (")
		names := strings.HasSuffix(f.name, "array") && strings.HasSuffix(node, "on products p")
		reads := strings.Contains(line, "Seq Scan on pro") && (f.walks || analysed) && !names
		if reads || f.walks && i > 2 && strings.Contains(line, "Sort Key: p") {
			return line
		}
	}
	return ""
}

func explain(t *testing.T, c *sqlx.Conn, statement string) string {
	t.Helper()
	var lines []string
	categories := pq.Array([]string{"k1", "k2"})
	if err := c.SelectContext(context.Background(), &lines, "EXPLAIN "+statement, categories, 8); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
