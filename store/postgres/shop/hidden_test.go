package shop

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vitrine/store/storetest"
)

// hider is a way in which shops hide a row: a column, a value that shows and one that hides. An odd one hides by what
// nobody understands.
type hider struct {
	names      []string
	typ        string // several, with blanks between them: any of them
	show, hide []string
	odd        bool
	product    bool // of products alone
}

var hiders = []hider{
	{names: []string{"is_active", "isPublished", "enabled", "visible", "publish", "isLive", "is_approved", "listed",
		"isAvailableForPurchase", "sellable", "onWebsite", "activo"}, typ: "boolean",
		show: []string{"true"}, hide: []string{"false", "NULL"}},
	{names: []string{"is_archived", "isDeleted", "hidden", "draft", "is_disabled", "discontinued", "isPrivate",
		"unlisted", "isInactive", "removed", "blocked"}, typ: "boolean",
		show: []string{"false", "NULL"}, hide: []string{"true"}},
	{names: []string{"active", "status", "is_published", "isVisible"}, typ: "smallint int8 numeric(1)",
		show: []string{"1"}, hide: []string{"0", "NULL"}},
	{names: []string{"deleted", "isHidden", "archived"}, typ: "integer bigint",
		show: []string{"0", "NULL"}, hide: []string{"1"}},
	{names: []string{"status", "state", "visibility", "product_status", "workflow_state"},
		typ:  "text varchar(40) char(20) word",
		show: []string{"'active'", "'Published'", "'LIVE'"},
		hide: []string{"'draft'", "'ARCHIVED'", "'in-review'", "'Private'", "'not_published'"}},
	{names: []string{"lifecycle", "salesPhase", "stage", "publication", "moderation", "ecommerce_status",
		"homepage_publication", "customerVisibility", "code_status"}, typ: "text varchar(40) word",
		show: []string{"'active'", "'Published'"}, hide: []string{"'draft'", "'Hidden'", "'off-line'"}, product: true},
	{names: []string{"status", "lifecycle", "mood"}, typ: "life",
		show: []string{"'Active'", "'sold_out'"}, hide: []string{"'Draft'", "'ARCHIVED'", "NULL"}},
	{names: []string{"deleted", "isArchived"}, typ: "text",
		show: []string{"'no'", "'0'", "''"}, hide: []string{"'yes'", "'T'", "'1'"}},
	{names: []string{"deleted_at", "removedAt", "archived_at", "discontinuedOn", "hiddenAt"},
		typ: "timestamp timestamptz date", show: []string{"NULL"}, hide: []string{"'2020-01-01'"}},
	{names: []string{"offline_date", "retireOn", "remove_date", "inactiveOn", "dateDiscontinued"},
		typ: "date timestamp timestamptz", show: []string{"NULL", "'2999-01-01'"}, hide: []string{"'2020-01-01'"}},
	{names: []string{"published_at", "publishedAt", "datePublished"}, typ: "timestamptz timestamp date",
		show: []string{"'2020-01-01'"}, hide: []string{"NULL", "'2999-01-01'"}},
	{names: []string{"available_from", "publishAt", "launchAt", "visibleFrom"}, typ: "timestamp timestamptz date",
		show: []string{"'2020-01-01'", "NULL"}, hide: []string{"'2999-01-01'"}},
	{names: []string{"available_until", "expiresAt", "visibleUntil"}, typ: "date timestamp timestamptz",
		show: []string{"'2999-01-01'", "NULL"}, hide: []string{"'2001-01-01'"}},
	{names: []string{"status", "state", "phase", "estado"}, typ: "varchar(20) text",
		show: []string{"'vigente'"}, hide: []string{"'retirado'"}, odd: true},
	{names: []string{"store_id", "shopId", "tenant_id"}, typ: "integer text",
		show: []string{"1"}, hide: []string{"2"}, odd: true},
	{names: []string{"show_in_shop", "is_displayed", "visibleOnSite"}, typ: "smallint char(1) text",
		show: []string{"'1'"}, hide: []string{"'0'"}, odd: true},
	{names: []string{"deleted_at", "archivedAt", "del_flag"}, typ: "bigint", show: []string{"0", "NULL"},
		hide: []string{"1700000000"}},
	{names: []string{"published", "is_active"}, typ: "bit(1) numeric", show: []string{"'1'"},
		hide: []string{"'0'", "NULL"}},
	{names: []string{"show_in_catalog", "displayed", "vises"}, typ: "boolean",
		show: []string{"true"}, hide: []string{"false"}, odd: true},
}

// drawn is a table of a small shop: its columns, and how they hide rows.
type drawn struct {
	columns []string
	hiders  []hider
}

func draw(t *rapid.T, label string, base string, category bool) drawn {
	d := drawn{columns: []string{base}}
	for i, h := range rapid.SliceOfNDistinct(rapid.SampledFrom(hiders), 0, 3,
		func(h hider) string { return h.names[0] + h.typ[:1] }).Draw(t, label) {
		name := rapid.SampledFrom(h.names).Draw(t, fmt.Sprint(label, i))
		if strings.Contains(strings.ToLower(strings.Join(d.columns, ",")), strings.ToLower(`"`+name+`"`)) || category &&
			(h.odd || h.product) {
			continue
		}
		d.columns, d.hiders = append(d.columns, fmt.Sprintf("%q %s", name,
			rapid.SampledFrom(strings.Fields(h.typ)).Draw(t, name))), append(d.hiders, h)
	}
	return d
}

// values are those of a row; hidden says that one of them hides it, odd that nobody understands which.
func (d drawn) values(t *rapid.T, label string, hide bool) (list string, hidden, odd bool) {
	at := -1
	if hide && len(d.hiders) > 0 {
		at = rapid.IntRange(0, len(d.hiders)-1).Draw(t, label)
	}
	for i, h := range d.hiders {
		from := h.show
		if i == at {
			from = h.hide
		}
		list += ", " + rapid.SampledFrom(from).Draw(t, label+"value")
	}
	return list, at >= 0, at >= 0 && d.hiders[at].odd
}

// No row that these rules can see as hidden is ever on a page without a question, whatever the names, types and keys,
// and whatever the LIMIT.
func TestHiddenRowsAreNeverShown(t *testing.T) {
	url := storetest.Server(t).URL(t)
	c := at(t, url)
	schema := storetest.Value(t, url, "SELECT current_schema()")
	rapid.Check(t, func(rt *rapid.T) {
		storetest.Exec(t, url, "DROP SCHEMA "+schema+" CASCADE", "CREATE SCHEMA "+schema,
			"CREATE DOMAIN word AS varchar(30)", "CREATE TYPE life AS ENUM ('Draft', 'Active', 'sold_out', 'ARCHIVED')")
		key := rapid.SampledFrom([]string{"integer", "text", "bigint", "varchar(10)"}).Draw(rt, "key")
		names := rapid.SampledFrom([][3]string{{"products", "categories", "category_id"},
			{"Product", "Category", "categoryId"}, {"shop_item", "shop_collection", "collection_id"},
			{"produkt", "kategorie", "kategorie_id"}, {"catalog_products", "departments", "departmentId"}}).Draw(rt, "names")
		joined := rapid.Bool().Draw(rt, "join table")
		products := draw(rt, "products", fmt.Sprintf(`"id" %s PRIMARY KEY, "name" text NOT NULL, "slug" text,
			"price" numeric(8,2) NOT NULL, "sold" int, %q %s`, key, names[2], key), false)
		categories := draw(rt, "categories", fmt.Sprintf(`"id" %s PRIMARY KEY, "name" text NOT NULL`, key), true)
		setup := []string{fmt.Sprintf("CREATE TABLE %q (%s)", names[1], strings.Join(categories.columns, ", ")),
			fmt.Sprintf("CREATE TABLE %q (%s)", names[0], strings.Join(products.columns, ", "))}
		if joined {
			setup = append(setup, fmt.Sprintf(`CREATE TABLE "link" ("p" %s REFERENCES %q, "c" %s REFERENCES %q)`, key,
				names[0], key, names[1]))
		}
		hidden, oddly, plain := map[string]bool{}, map[string]bool{},
			false // plain: one is shown, so that an odd value differs from its own
		off := map[int]bool{}
		for i := range 3 {
			values, h, _ := categories.values(rt, fmt.Sprint("category", i), rapid.IntRange(0, 2).Draw(rt, "off") == 0)
			off[i] = h
			setup = append(setup, fmt.Sprintf("INSERT INTO %q VALUES ('%d', 'Shelf %d'%s)", names[1], i, i, values))
		}
		for i := range rapid.IntRange(1, 12).Draw(rt, "products") {
			of := rapid.IntRange(0, 2).Draw(rt, "of")
			values, h, odd := products.values(rt, fmt.Sprint("product", i), rapid.Bool().Draw(rt, "hide"))
			hidden[fmt.Sprint("P", i)], oddly[fmt.Sprint("P", i)] = h && !odd || off[of], odd
			plain = plain || !h && !off[of]
			in := fmt.Sprintf("'%d'", of)
			if joined {
				in = "NULL"
			}
			setup = append(setup, fmt.Sprintf("INSERT INTO %q VALUES ('%d', 'P%d', 's%d', 1, %d, %s%s)", names[0], i, i, i,
				rapid.IntRange(0, 9).Draw(rt, "sold"), in, values))
			if joined {
				setup = append(setup, fmt.Sprintf(`INSERT INTO "link" VALUES ('%d', '%d')`, i, of))
			}
		}
		storetest.Exec(t, url, setup...)
		tables, err := Inspect(context.Background(), c, schema)
		if err != nil {
			rt.Fatal(err)
		}
		m, err := Read(tables, english)
		if err != nil {
			rt.Fatalf("%v of\n%s", err, strings.Join(setup, ";\n"))
		}
		p := query(t, c, m, rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(5, 1000)).Draw(rt, "per"))
		if len(m.Questions)+len(m.Ask(p.seen, p.look, nil)) > 0 {
			return
		}
		for _, line := range p.lines {
			_, rest, _ := strings.Cut(line, ": ")
			if name, _, _ := strings.Cut(rest, " "); hidden[name] || oddly[name] && plain {
				rt.Fatalf("%s is shown, of\n%s\nby\n%s", name, strings.Join(setup, ";\n"), m.Statement(true))
			}
		}
	})
}
