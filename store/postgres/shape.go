package postgres

import (
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Kinds of shop: what CATALOG_SCHEMA names, and what recognise finds.
const (
	shapeAuto    = "auto"
	shapeVitrine = "vitrine" // our own products and categories, or a view named products with those columns
	shapePrisma  = "prisma"  // "Product" and "Category" as Prisma creates them
	shapeCustom  = "custom"  // CATALOG_QUERY_FILE
)

// column is one column as the system catalogue describes it.
type column struct {
	name     string
	typ      string // full name, quoted and qualified as needed: a cast to it is valid SQL
	base     string // pg_type.typname of the type, of a domain's base type
	class    byte   // pg_type.typcategory: S text, N number, B boolean, A array, D time, E enum, U other
	notNull  bool
	readable bool     // this role may read it
	labels   []string // of an enum, in its order
}

func (c column) quoted() string { return pq.QuoteIdentifier(c.name) }

// integer reports whether the column holds whole numbers, of which nobody can tell whether they are cents.
func (c column) integer() bool { return slices.Contains([]string{"int2", "int4", "int8"}, c.base) }

// table is one relation as the system catalogue describes it.
type table struct {
	oid          int64
	schema, name string
	relkind      byte    // r table, p partitioned, v view, m materialized view, f foreign
	rows         float64 // the planner's estimate, -1 where it was never analysed
	columns      []column
}

func (t table) quoted() string {
	return pq.QuoteIdentifier(t.schema) + "." + pq.QuoteIdentifier(t.name)
}

// find returns the first column whose name is one of names, without regard to case and underscores, and whose type class is one
// of classes. Names come in order of preference.
func (t table) find(classes string, names ...string) (column, bool) {
	for _, n := range names {
		for _, c := range t.columns {
			if plain(c.name) == n && strings.IndexByte(classes, c.class) >= 0 {
				return c, true
			}
		}
	}
	return column{}, false
}

// plain is a name without what naming habits differ in: numSales, num_sales and NumSales are one.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// shape is a shop that was recognised: where its products and categories are and what their columns are called.
type shape struct {
	kind     string
	products table
	cols     map[string]column // by role, see roles; absent where the shop has no such column
	show     []string          // conditions on alias p that a published product meets
	category shelf
	ascii    bool // the server stores bytes of no known encoding (SQL_ASCII)
}

// shelf says how categories are told apart and named.
type shelf struct {
	key    column // column of products that the index begins with: the category's name, or its id
	table  *table // the categories table, nil where there is none
	id     column // the column of table that key refers to
	name   column // the column of table that holds the name
	order  column // the column of table that orders it, if any
	active []string
}

// named reports whether products hold the category's name itself.
func (s shelf) named() bool { return s.table == nil || s.id.name == s.name.name }

// Roles of the product's columns. Required are id, name, price, and category or a key of a category table.
var roles = []struct {
	role, classes string
	names         []string
}{
	{"id", "SNUE", []string{"id"}},
	{"name", "S", []string{"name", "title"}},
	{"slug", "S", []string{"slug", "handle"}},
	{"category", "SE", []string{"category"}},
	{"brand", "S", []string{"brand", "vendor", "manufacturer"}},
	{"images", "ASU", pictureWords},
	{"price", "NS", []string{"price"}},
	{"list_price", "NS", []string{"listprice", "compareatprice", "originalprice"}},
	{"avg_rating", "N", []string{"avgrating", "averagerating", "rating"}},
	{"num_reviews", "N", []string{"numreviews", "reviewcount", "reviewscount"}},
	{"num_sales", "N", []string{"numsales", "salescount", "soldcount", "sold"}},
	{"count_in_stock", "N", []string{"countinstock", "stock", "inventory", "stockquantity", "quantity"}},
	{"created_at", "D", []string{"createdat", "created"}},
}

// pictureWords are names of columns with the address of a picture, or several.
var pictureWords = []string{"images", "image", "imageurl", "imageurls", "imagesrc", "imagepath", "mainimage", "featuredimage", "coverimage",
	"thumbnail", "thumbnailurl", "picture", "pictures", "photo", "photos"}

// recognise looks for a shop among tables, which come in the order in which schemas are searched. want is CATALOG_SCHEMA.
func recognise(tables []table, want string) (shape, bool) {
	for _, kind := range []string{shapeVitrine, shapePrisma} {
		if want != shapeAuto && want != "" && want != kind {
			continue
		}
		for _, name := range productTables(kind) {
			for _, t := range tables {
				if t.name != name {
					continue
				}
				if s, ok := recogniseTable(t, tables, kind); ok {
					return s, true
				}
			}
		}
	}
	return shape{}, false
}

// productTables are the names a kind's products may go by, the usual one first.
func productTables(kind string) []string {
	if kind == shapeVitrine {
		return []string{"products"}
	}
	return []string{"Product", "Products", "product", "products"}
}

func categoryTables(kind string) []string {
	if kind == shapeVitrine {
		return []string{"categories"}
	}
	return []string{"Category", "Categories", "category", "categories"}
}

func recogniseTable(t table, all []table, kind string) (shape, bool) {
	s := shape{kind: kind, products: t, cols: map[string]column{}}
	for _, r := range roles {
		names := r.names
		if kind == shapeVitrine {
			names = []string{plain(r.role)}
		}
		c, ok := t.find(r.classes, names...)
		if ok && (kind != shapeVitrine || c.name == r.role) {
			s.cols[r.role] = c
		}
	}
	if !s.has("id", "name", "price") || (kind == shapeVitrine && !s.has("slug", "category")) {
		return shape{}, false
	}
	s.show = published(t, "p")
	return s.shelve(all)
}

func (s shape) has(roles ...string) bool {
	for _, r := range roles {
		if _, ok := s.cols[r]; !ok {
			return false
		}
	}
	return true
}

// shelve finds how the shop's products belong to categories: by a column with the name, else by a key of a categories table.
func (s shape) shelve(all []table) (shape, bool) {
	var cat *table
	for _, name := range categoryTables(s.kind) {
		for i := range all {
			if cat == nil && all[i].name == name && all[i].schema == s.products.schema {
				cat = &all[i]
			}
		}
	}
	if key, ok := s.cols["category"]; ok {
		s.category.key = key
		if cat == nil || key.class == 'E' {
			return s, true
		}
		if name, ok := cat.find("S", "name", "title"); ok && name.readable {
			s.category.table, s.category.id, s.category.name = cat, name, name
			s.category.describe(s.kind)
		}
		return s, true
	}
	key, ok := s.products.find("SNU", "categoryid")
	if !ok || cat == nil {
		return shape{}, false
	}
	id, okID := cat.find("SNU", "id")
	name, okName := cat.find("S", "name", "title")
	if !okID || !okName || id.base != key.base {
		return shape{}, false
	}
	s.category = shelf{key: key, table: cat, id: id, name: name}
	s.category.describe(s.kind)
	return s, true
}

// describe fills in which categories are active and, in our own schema, what orders them.
func (s *shelf) describe(kind string) {
	s.active = published(*s.table, "k")
	if c, ok := s.table.find("N", "position"); ok && kind == shapeVitrine && c.integer() {
		s.order = c
	}
}

// published returns the conditions, on alias, that rows of t meet which visitors may see. All flags that are there count: a
// product that one of them hides must not appear.
func published(t table, alias string) []string {
	var conds []string
	for _, c := range t.columns {
		q := alias + "." + c.quoted()
		switch n := plain(c.name); {
		case c.class == 'B' && slices.Contains([]string{"ispublished", "published", "isactive", "active", "isvisible", "visible", "ispublic", "public", "isenabled", "enabled"}, n):
			conds = append(conds, q)
		case c.class == 'B' && slices.Contains([]string{"isarchived", "archived", "isdeleted", "deleted", "isdraft", "draft", "ishidden", "hidden"}, n):
			conds = append(conds, q+" IS NOT TRUE")
		case c.class == 'D' && slices.Contains([]string{"deletedat", "archivedat"}, n):
			conds = append(conds, q+" IS NULL")
		case c.class == 'E' && n == "status":
			if l := liveLabel(c.labels); l != "" {
				conds = append(conds, q+" = "+pq.QuoteLiteral(l)+"::"+c.typ)
			}
		}
	}
	return conds
}

// liveLabel is the one label of a status enum that means "shown to visitors", "" where none or more than one does.
func liveLabel(labels []string) string {
	live := ""
	for _, l := range labels {
		if n := plain(l); n == "published" || n == "active" {
			if live != "" {
				return ""
			}
			live = l
		}
	}
	return live
}

// understood reports whether one of the conditions on alias p is about c.
func understood(conds []string, c column) bool {
	return slices.ContainsFunc(conds, func(cond string) bool { return strings.HasPrefix(cond, "p."+c.quoted()+" ") })
}

// doubts are sentences on what the names of the columns leave open.
func (s shape) doubts() []string {
	var list []string
	if !s.has("slug") {
		list = append(list, s.products.quoted()+" has no slug column: product addresses are made of the id (see PRODUCT_URL)")
	}
	status, ok := s.products.find("SE", "status")
	if ok && !understood(s.show, status) {
		list = append(list, "the column "+status.quoted()+" of "+s.products.quoted()+
			" is not understood: products of every status are shown; CATALOG_QUERY_FILE can choose")
	}
	return list
}

// sorting are the columns that order a category's products, best first, before id: sales, then rating; where one of the two is
// missing, the newest come first among equals.
func (s shape) sorting() []column {
	var keys []column
	for _, r := range []string{"num_sales", "avg_rating"} {
		if c, ok := s.cols[r]; ok {
			keys = append(keys, c)
		}
	}
	if c, ok := s.cols["created_at"]; ok && len(keys) < 2 {
		keys = append(keys, c)
	}
	return keys
}

// order is the ORDER BY list of a category's products, on alias p or, for an index, without alias. A column that may hold NULL
// says NULLS LAST, in the query and in the index alike: an index serves only the very order it was made for.
func (s shape) order(alias string) string {
	var b strings.Builder
	for _, c := range s.sorting() {
		b.WriteString(alias + c.quoted() + " DESC")
		if !c.notNull {
			b.WriteString(" NULLS LAST")
		}
		b.WriteString(", ")
	}
	return b.String() + alias + s.cols["id"].quoted()
}
