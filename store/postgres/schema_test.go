package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine/store"
	"vitrine/store/storetest"
)

func planned(t *testing.T, db *DB) InitPlan {
	t.Helper()
	plan, err := db.PlanInit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func initialise(t *testing.T, db *DB, plan InitPlan) {
	t.Helper()
	if err := db.Init(context.Background(), plan, nil); err != nil {
		t.Fatal(err)
	}
}

// undo runs what takes a plan back, last step first.
func undo(t *testing.T, url string, plan InitPlan) {
	t.Helper()
	for _, s := range slices.Backward(plan.Steps) {
		if s.Undo != "" {
			storetest.Exec(t, url, s.Undo)
		}
	}
}

// An empty database gets our schema with its index, also where the schema itself is missing; twice without harm; undo
// takes it back.
func TestInitEmpty(t *testing.T) {
	for _, suffix := range []string{"", "_new"} {
		url := storetest.Server(t).URL(t) + suffix
		db := openShop(t, url)
		plan := planned(t, db)
		if len(plan.Steps) != 1+len(suffix)/4 {
			t.Fatalf("%+v", plan)
		}
		initialise(t, db, plan)
		initialise(t, db, plan)
		if again := planned(t, db); len(again.Steps) != 0 {
			t.Errorf("a second plan: %+v", again.Steps)
		}
		report, err := db.Inspect(context.Background())
		if err != nil || report.Mismatch != nil || !report.Indexes[0].Served {
			t.Errorf("%v %+v", err, report)
		}
		undo(t, url, plan)
		if again := planned(t, db); len(again.Steps) != len(plan.Steps) {
			t.Errorf("after undo: %+v", again.Steps)
		}
	}
}

// A shop that is there gets the index only, never a table; what is neither kind is refused, unless our tables are asked
// for by name.
func TestInitForeign(t *testing.T) {
	url := prismaShop(t, "arabic_text_category")
	db := openShop(t, url)
	tables := "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
	before := storetest.Value(t, url, tables)
	plan := planned(t, db)
	if len(plan.Steps) != 1 || !strings.HasPrefix(plan.Steps[0].SQL,
		`CREATE INDEX CONCURRENTLY "vitrine_product_idx" ON `) {
		t.Fatalf("%+v", plan)
	}
	initialise(t, db, plan)
	if after := storetest.Value(t, url, tables); after != before {
		t.Errorf("%s tables before, %s after", before, after)
	}
	if again := planned(t, db); len(again.Steps) != 0 {
		t.Errorf("a second plan: %+v", again.Steps)
	}
	undo(t, url, plan)
	if again := planned(t, db); len(again.Steps) != 1 {
		t.Errorf("after undo: %+v", again.Steps)
	}

	url = storetest.Server(t).URL(t)
	storetest.Exec(t, url, "CREATE TABLE customers (id int)")
	if _, err := openShop(t, url).PlanInit(context.Background()); store.ClassOf(err) != store.SchemaMismatch {
		t.Errorf("neither kind: %v", err)
	}
	db = openShop(t, url, func(o *Options) { o.Schema = kindVitrine })
	initialise(t, db, planned(t, db))
	readShop(t, db)
	url = storetest.Server(t).URL(t)
	storetest.Exec(t, url, "CREATE TABLE products (id int)")
	db = openShop(t, url, func(o *Options) { o.Schema = kindVitrine })
	if _, err := db.PlanInit(t.Context()); store.ClassOf(err) != store.SchemaMismatch {
		t.Errorf("our tables' names taken: %v", err)
	}
}

// A build that is under way is waited for; one that was interrupted leaves an invalid index, which is seen and
// replaced.
func TestInitInterrupted(t *testing.T) {
	url := prismaShop(t, "arabic_text_category")
	db := openShop(t, url)
	plan := planned(t, db)

	// CREATE INDEX CONCURRENTLY waits for every transaction that has the table open.
	blocker, err := storetest.Open(t, url).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Rollback()
	if _, err := blocker.Exec(`UPDATE "Product" SET "brand" = 'x' WHERE "id" = 'p1'`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	building := make(chan string, 100)
	done := make(chan error)
	go func() { done <- db.Init(ctx, plan, func(s string) { building <- s }) }()
	if first := <-building; first != plan.Steps[0].What {
		t.Errorf("progress begins with %q", first)
	}
	select {
	case s := <-building:
		if !strings.Contains(s, "waiting") {
			t.Errorf("progress: %q", s)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no progress is told")
	}
	if _, err := db.PlanInit(context.Background()); err == nil || !strings.Contains(store.Sentence(err),
		"being built right now") {
		t.Errorf("during the build: %v", err)
	}
	cancel()
	if err := <-done; store.ClassOf(err) != store.Shutdown {
		t.Errorf("interrupted: %v", err)
	}
	if err := blocker.Rollback(); err != nil {
		t.Fatal(err)
	}

	report, err := db.Inspect(context.Background())
	if err != nil || report.Indexes[0].Served || !strings.Contains(report.Indexes[0].Missing(), "is not complete") ||
		!strings.Contains(report.Indexes[0].Missing(), "run, one at a time: DROP INDEX CONCURRENTLY") {
		t.Errorf("%v %+v", err, report.Indexes)
	}
	plan = planned(t, db)
	if len(plan.Steps) != 2 || !strings.HasPrefix(plan.Steps[0].SQL, "DROP INDEX CONCURRENTLY") {
		t.Fatalf("%+v", plan.Steps)
	}
	initialise(t, db, plan)
	if again := planned(t, db); len(again.Steps) != 0 {
		t.Errorf("after the repair: %+v", again.Steps)
	}
}

// The proposed role is enough for the page, and for nothing else; init with it says what to do instead.
func TestReadOnlyRole(t *testing.T) {
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	owner := openShop(t, url)
	plan := planned(t, owner)
	initialise(t, owner, plan)
	storetest.Exec(t, url, strings.Replace(plan.Role, "choose-one", "reader", 1),
		`INSERT INTO products (name, slug, category, price) VALUES ('a', 'a', 'a', 1)`)
	t.Cleanup(func() { storetest.Exec(t, url, "DROP OWNED BY vitrine_reader", "DROP ROLE vitrine_reader") })
	asReader := strings.Replace(url, storetest.Superuser+":"+storetest.Password, "vitrine_reader:reader", 1)
	db := openShop(t, asReader)
	if got := readShop(t, db); got.Products() != 1 {
		t.Errorf("%v", got)
	}
	report, err := db.Inspect(context.Background())
	if err != nil || !report.Server.ReadOnly || report.Server.Role != "primary" || report.Server.Pooler ||
		report.Server.Limits[0].Most == 0 {
		t.Errorf("%v %+v", err, report)
	}
	storetest.Exec(t, url, "DROP INDEX vitrine_products_idx")
	err = db.Init(context.Background(), planned(t, db), nil)
	if err == nil || !strings.Contains(store.Sentence(err), "vitrine init --print") {
		t.Errorf("init as reader: %v", err)
	}
}

// A partitioned table gets its index without CONCURRENTLY, with a note.
func TestInitPartitioned(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url,
		`CREATE TABLE "Product" ("id" TEXT NOT NULL, "name" TEXT NOT NULL, "slug" TEXT NOT NULL, "category" TEXT NOT NULL,
			"price" DECIMAL(10,2) NOT NULL) PARTITION BY HASH ("id")`,
		`CREATE TABLE part0 PARTITION OF "Product" FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
		`INSERT INTO "Product" VALUES ('a', 'a', 'a', 'a', 1)`)
	db := openShop(t, url)
	plan := planned(t, db)
	if len(plan.Notes) != 1 {
		t.Errorf("%+v", plan.Notes)
	}
	initialise(t, db, plan)
	if again := planned(t, db); len(again.Steps) != 0 || readShop(t, db).Products() != 1 {
		t.Errorf("%+v", again)
	}
}

// When the query takes too long and the index is known to be missing, the sentence names it and the statement that
// makes it; after running that the page is there.
func TestTimeoutNamesTheIndex(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE "Product" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL,
		"slug" TEXT NOT NULL, "category" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL,
		"numSales" INTEGER, "avgRating" DOUBLE PRECISION, "isPublished" BOOLEAN NOT NULL DEFAULT true)`,
		`INSERT INTO "Product" SELECT i, 'n', 's', 'k' || i % 200, 1, i, 4, true FROM generate_series(1, 150000) AS i`)
	db := openShop(t, url, func(o *Options) { o.QueryTimeout = time.Second })
	var s string
	for _, figures := range []string{"", "ANALYZE"} { // the planner has no figures of a table that was filled just now
		storetest.Exec(t, url, figures)
		_, _, err := db.Categories(context.Background(), nil)
		if s = store.Sentence(err); store.ClassOf(err) != store.QueryTimeout || !strings.Contains(s,
			`has no index "vitrine_product_idx"`) {
			t.Fatalf("%q: %v", figures, err)
		}
	}
	_, statement, ok := strings.Cut(s, "or run: ")
	if !ok {
		t.Fatal(s)
	}
	if n := db.indexNotice(nil); n == "" {
		t.Error("no notice of the missing index of a big table")
	}
	storetest.Exec(t, url, statement)
	if got := readShop(t, db); len(got.Categories) != 200 {
		t.Errorf("after the index: %d categories", len(got.Categories))
	}
	if n := db.indexNotice(nil); n != "" {
		t.Errorf("a notice after the index: %s", n)
	}
}

// Inspect tells of a shop that cannot be read instead of failing, and of every column.
func TestInspect(t *testing.T) {
	url := prismaShop(t, "arabic_text_category")
	r, err := openShop(t, url).Inspect(context.Background())
	if err != nil || r.Mismatch != nil {
		t.Fatalf("%v %v", err, r.Mismatch)
	}
	if !strings.Contains(fmt.Sprint(r.Shop.Describe()), `before a sale "listPrice"`) ||
		len(r.Catalogue.Categories) != 3 || r.Catalogue.Products() != 3 ||
		r.Indexes[0].Served || !r.Indexes[0].Possible || !strings.Contains(r.Indexes[0].Missing(), r.Indexes[0].Create) ||
		r.Server.Version == "" {
		t.Errorf("%+v", r)
	}
	storetest.Exec(t, url, `DROP TABLE "Product"`)
	r, err = openShop(t, url).Inspect(context.Background())
	if err != nil || store.ClassOf(r.Mismatch) != store.SchemaMismatch || r.Server.Version == "" {
		t.Errorf("%v %+v", err, r)
	}
}
