package postgres

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine/store"
	"vitrine/store/storetest"
)

var foreignShops = []struct {
	name  string
	setup string
	found []string // parts of the sentence
	want  string
}{
	{name: "variants with prices in cents",
		setup: `CREATE TABLE products (id bigserial PRIMARY KEY, title text NOT NULL, handle text NOT NULL, vendor text, product_type text, status text, published boolean NOT NULL DEFAULT true);
			CREATE TABLE product_variants (id bigserial PRIMARY KEY, product_id bigint NOT NULL REFERENCES products, sku text, price_cents integer NOT NULL, inventory integer);
			CREATE TABLE product_images (id bigserial PRIMARY KEY, product_id bigint NOT NULL REFERENCES products, src text NOT NULL, position integer);
			CREATE TABLE order_lines (id bigserial, product_id bigint, price integer);
			INSERT INTO products (title, handle, vendor, product_type, published) VALUES ('Mug', 'mug', 'Acme', 'Kitchen', true), ('Pan', 'pan', NULL, 'Kitchen', true),
				('Secret', 'secret', NULL, 'Kitchen', false), ('Bodiless', 'bodiless', NULL, 'Garden', true), ('Hose', 'hose', NULL, 'Garden', true);
			INSERT INTO product_variants (product_id, price_cents) VALUES (1, 1250), (1, 999), (2, 4000), (3, 1), (5, 70);
			INSERT INTO product_images (product_id, src, position) VALUES (1, '/2.png', 2), (1, '/1.png', 1)`,
		found: []string{`"products" without category, price`, `"product_variants"`},
		want:  "Garden: Hose 0.7;\nKitchen: Mug 9.99[/1.png /2.png]; Pan 40;\n"},
	{name: "join table of products and categories",
		setup: `CREATE TABLE products (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(200) NOT NULL, slug varchar(200), price numeric(10,2) NOT NULL, image_url text, stock int, rating numeric(3,2), sales_count int, is_active boolean);
			CREATE TABLE categories (id serial PRIMARY KEY, name varchar(80) NOT NULL, slug varchar(80), is_active boolean NOT NULL DEFAULT true);
			CREATE TABLE product_categories (product_id uuid NOT NULL, category_id integer NOT NULL, PRIMARY KEY (product_id, category_id));
			INSERT INTO categories (name, is_active) VALUES ('Plants', true), ('Gifts', true), ('Old', false);
			INSERT INTO products (name, slug, price, image_url, sales_count, is_active) VALUES ('Fern', 'fern', 12.5, '/fern.png', 3, true), ('Rose', 'rose', 4, NULL, 9, true), ('Thorn', 'thorn', 1, NULL, 99, false);
			INSERT INTO product_categories SELECT p.id, c.id FROM products p, categories c WHERE p.name <> 'Fern' OR c.name = 'Plants'`,
		found: []string{`"products" without category`},
		want:  "Gifts: Rose 4;\nPlants: Rose 4; Fern 12.5[/fern.png];\n"},
	{name: "Prisma's implicit relation of many to many",
		setup: `CREATE TABLE "Category" ("id" TEXT PRIMARY KEY, "title" TEXT NOT NULL);
			CREATE TABLE "Product" ("id" TEXT PRIMARY KEY, "title" TEXT NOT NULL, "slug" TEXT NOT NULL, "price" DOUBLE PRECISION NOT NULL, "mainImage" TEXT, "isPublic" BOOLEAN NOT NULL);
			CREATE TABLE "_CategoryToProduct" ("A" TEXT NOT NULL REFERENCES "Category", "B" TEXT NOT NULL REFERENCES "Product");
			INSERT INTO "Category" VALUES ('c1', 'رجال'), ('c2', 'نساء');
			INSERT INTO "Product" VALUES ('p1', 'قميص', 'shirt', 9.5, '/s.png', true), ('p2', 'حذاء', 'shoe', 20, NULL, true), ('p3', 'سر', 'secret', 1, NULL, false);
			INSERT INTO "_CategoryToProduct" VALUES ('c1', 'p1'), ('c1', 'p2'), ('c2', 'p2'), ('c2', 'p3')`,
		found: []string{`"Product" without category`, `"_CategoryToProduct"`},
		want:  "رجال: قميص 9.5[/s.png]; حذاء 20;\nنساء: حذاء 20;\n"},
	{name: "like WooCommerce",
		setup: `CREATE TABLE wp_posts ("ID" bigserial PRIMARY KEY, post_title text NOT NULL, post_name varchar(200) NOT NULL, post_type varchar(20) NOT NULL, post_status varchar(20) NOT NULL, guid varchar(255));
			CREATE TABLE wp_postmeta (meta_id bigserial PRIMARY KEY, post_id bigint NOT NULL, meta_key varchar(255), meta_value text);
			CREATE TABLE wp_terms (term_id bigserial PRIMARY KEY, name varchar(200) NOT NULL, slug varchar(200) NOT NULL);
			CREATE TABLE wp_term_taxonomy (term_taxonomy_id bigserial PRIMARY KEY, term_id bigint NOT NULL, taxonomy varchar(32) NOT NULL);
			CREATE TABLE wp_term_relationships (object_id bigint NOT NULL, term_taxonomy_id bigint NOT NULL);
			CREATE TABLE wp_options (option_id bigserial, option_name text, option_value text);
			INSERT INTO wp_posts (post_title, post_name, post_type, post_status, guid) VALUES ('Cap', 'cap', 'product', 'publish', ''), ('Hat', 'hat', 'product', 'draft', ''), ('Hello', 'hello', 'post', 'publish', ''), ('pic', 'pic', 'attachment', 'inherit', '/cap.jpg'), ('Wig', 'wig', 'product', 'publish', '');
			INSERT INTO wp_terms (name, slug) VALUES ('Headwear', 'headwear'), ('News', 'news');
			INSERT INTO wp_term_taxonomy (term_id, taxonomy) VALUES (1, 'product_cat'), (2, 'category');
			INSERT INTO wp_term_relationships VALUES (1, 1), (1, 2), (2, 1), (3, 2), (5, 1);
			INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (1, '_price', '18.50'), (1, '_regular_price', '20'), (1, 'total_sales', '4'), (1, '_stock', ''), (1, '_thumbnail_id', '4'), (2, '_price', '5'), (5, '_price', '30'), (5, 'total_sales', '12')`,
		found: []string{"6 tables and views", `"wp_posts"`},
		want:  "Headwear: Wig 30; Cap 18.5(20)[/cap.jpg];\n"},
}

// A database of neither kind is refused with what was looked for and what is there; following either way out gives the page.
func TestForeignShops(t *testing.T) {
	for _, c := range foreignShops {
		t.Run(c.name, func(t *testing.T) {
			url := storetest.Server(t).URL(t)
			storetest.Exec(t, url, strings.Split(c.setup, ";\n")...)
			_, _, err := openShop(t, url).Categories(context.Background(), nil)
			var u *Unrecognised
			if store.ClassOf(err) != store.SchemaMismatch || !errors.As(err, &u) || u.Query == "" {
				t.Fatalf("%v", err)
			}
			for _, part := range append(c.found, "products (id, name, slug, category, price)", `"Product"`, "CATALOG_QUERY_FILE", "a view named products", "vitrine check") {
				if !strings.Contains(store.Sentence(err), part) {
					t.Errorf("the sentence lacks %q: %s", part, store.Sentence(err))
				}
			}
			if !strings.Contains(Suggestion(err), u.Query) || !strings.Contains(Suggestion(err), u.View) {
				t.Errorf("suggestion:\n%s", Suggestion(err))
			}
			byFile(t, url, u.Query, c.want)
			byView(t, url, u.View, c.want)
		})
	}
}

func byFile(t *testing.T, url, query, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "catalog.sql")
	if err := os.WriteFile(path, []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	got := readShop(t, openShop(t, url, func(o *Options) { o.QueryFile = path }))
	if d := gocmp.Diff(want, lines(got)); d != "" {
		t.Errorf("CATALOG_QUERY_FILE: -want +got\n%s\n%s", d, query)
	}
	cut := readShop(t, openShop(t, url, func(o *Options) { o.QueryFile, o.PerCategory, o.Categories = path, 1, []string{"Nowhere"} }))
	if len(cut.Categories) != 1 || cut.Products() != 0 {
		t.Errorf("CATEGORIES=Nowhere: %v", cut.Categories)
	}
}

func byView(t *testing.T, url, view, want string) {
	t.Helper()
	own := url + "_view" // a schema of its own, so that tests do not meet
	schema := own[strings.LastIndex(own, "=")+1:]
	storetest.Exec(t, url, strings.ReplaceAll(strings.ReplaceAll(view, "SCHEMA IF NOT EXISTS vitrine", "SCHEMA "+schema), "VIEW vitrine.", "VIEW "+schema+"."))
	t.Cleanup(func() { storetest.Exec(t, url, "DROP SCHEMA "+schema+" CASCADE") })
	db := openShop(t, own)
	if d := gocmp.Diff(want, lines(readShop(t, db))); d != "" {
		t.Errorf("view: -want +got\n%s\n%s", d, view)
	}
	if plan, err := db.PlanInit(context.Background()); err != nil || len(plan.Steps) != 0 || len(plan.Notes) == 0 {
		t.Errorf("init on a view: %v %+v", err, plan)
	}
}

// Without anything to start from the sentence says so, and what to do.
func TestNothingToStartFrom(t *testing.T) {
	for setup, part := range map[string]string{
		"SELECT 1": "`vitrine init`",
		"CREATE TABLE customers (id int, email text)":                                    `found 1 tables and views ("customers")`,
		`CREATE TABLE "Product" ("id" int[], "name" text, "price" int, "category" text)`: `"Product" without id`,
	} {
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, setup)
		_, _, err := openShop(t, url).Categories(context.Background(), nil)
		if store.ClassOf(err) != store.SchemaMismatch || !strings.Contains(store.Sentence(err), part) || Suggestion(err) != "" {
			t.Errorf("%s: %v\n%s", setup, err, Suggestion(err))
		}
	}
}

// Where prices are too far away to be found, and a status is text that anyone may have chosen, the statement says what is left to do:
// as it stands it shows no product.
func TestSuggestionWithHoles(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE product (id text PRIMARY KEY, title text NOT NULL, handle text NOT NULL, status text NOT NULL)`,
		"INSERT INTO product VALUES ('p1', 'Shirt', 'shirt', 'draft')")
	_, _, err := openShop(t, url).Categories(context.Background(), nil)
	var u *Unrecognised
	if !errors.As(err, &u) || !strings.Contains(u.Query, "-- price: nothing looks like one") || !strings.Contains(u.View, "-- status: products of every status") {
		t.Fatalf("%v\n%s", err, Suggestion(err))
	}
	path := filepath.Join(t.TempDir(), "catalog.sql")
	if err := os.WriteFile(path, []byte(u.Query), 0o600); err != nil {
		t.Fatal(err)
	}
	got := readShop(t, openShop(t, url, func(o *Options) { o.QueryFile = path }))
	if got.Products() != 0 || len(got.Skipped) != 1 || got.Skipped[0] != (store.Skipped{Reason: store.SkipBadPrice, Slug: "shirt"}) {
		t.Errorf("%+v", got)
	}
}
