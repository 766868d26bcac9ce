package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// Settings are the owner's answers, and what the page is for.
type Settings struct {
	// Kind is CATALOG_SCHEMA: vitrine and prisma say which tables to begin with.
	Kind string
	// PriceUnit, Store and Discount are PRICE_UNIT, CATALOG_STORE and CATALOG_DISCOUNT; Ignore is CATALOG_IGNORE, columns that mean nothing.
	PriceUnit, Store, Discount string
	Ignore                     []string
	// Lang and Currency are SITE_LANG and CURRENCY; LangSet and CurrencySet say that the owner chose them.
	Lang, Currency       string
	LangSet, CurrencySet bool
	// Digits is the number of decimals of the currency: without any a whole number is no riddle.
	Digits int
}

// Role is one part of the page and the column that plays it.
type Role struct{ Name, Column string }

// Mapping is how a shop is read.
type Mapping struct {
	// Products is the table of the products, Categories that of their categories, nil where there is none.
	Products, Categories *Table
	// Roles say which column plays which part, Hidden what a product meets that visitors may see (SQL over the alias p).
	Roles  []Role
	Hidden []string
	// Unused are columns that look as if they meant something for the page and are not used.
	Unused []string
	// Order is what a category's products are ordered by: sales, rating, newest or id; OrderBy the same as SQL.
	Order, OrderBy string
	// Minor says that prices are in minor units (cents), by their column's name or PRICE_UNIT.
	Minor bool
	// Questions are open whatever the rows hold, each a sentence with its answers; what the rows leave open, Ask tells.
	Questions []string
	Warnings  []string

	ascii   bool
	last    int64  // see Tables
	key     Column // of Products, that an index begins with; "" where shelves are told otherwise
	array   Column // of Products, that holds several categories, for an index
	shelf   shelf
	id      Column
	sorting []Column
	shown   []condition // what a product meets that visitors may see
	columns []selected  // the select list
	joins   []string    // lateral joins to the products that are shown
	doubts  []doubt
	used    map[*Table][]Column
	// counters are columns that move with every checkout or review, by name.
	counters map[*Table][]string
	reach    []reach // child tables, for indexes
}

// selected is one column of the result.
type selected struct{ name, sql string }

// reach is a child table that is looked up by one of its columns, for each product that is shown.
type reach struct {
	table  *Table
	column string
}

// Unrecognised is the error of a database in which no shop is seen, or a known system whose statement is its owner's to choose.
type Unrecognised struct {
	Sentence string
	// Statement is the text of a CATALOG_QUERY_FILE for a known system, "" otherwise.
	Statement string
}

func (e *Unrecognised) Error() string { return e.Sentence }

// Denied is the error of a shop whose tables this role may not read.
type Denied struct {
	Sentence string
	// Grant are the statements that give the rights, to <role>.
	Grant string
}

func (e *Denied) Error() string { return e.Sentence }

// reader makes one Mapping.
type reader struct {
	Mapping
	all  Tables
	set  Settings
	self string // the column of Products that leads to a row's parent, "" where rows have none

	stocked bool // something tells the stock of a product
}

// Read finds the shop among the tables. The error is an *Unrecognised or a *Denied.
func Read(ts Tables, set Settings) (Mapping, error) {
	t, err := ts.products(set.Kind)
	if err != nil {
		return Mapping{}, err
	}
	r := &reader{all: ts, set: set}
	r.Products, r.ascii, r.last, r.used, r.counters = t, ts.ascii, ts.last, map[*Table][]Column{}, map[*Table][]string{}
	r.id, _ = t.column(t.primary)
	r.use(t, r.id)
	r.findParent()
	r.selectText()
	r.findStock()
	r.findPrice()
	r.findPictures()
	r.findShelf()
	r.findOwner()
	r.findLanguage()
	r.hide()
	r.sort()
	if err := r.denied(); err != nil {
		return Mapping{}, err
	}
	return r.Mapping, nil
}

// Tables are those that the statement reads, in a fixed order.
func (m *Mapping) Tables() []*Table {
	return slices.SortedFunc(maps.Keys(m.used), func(a, b *Table) int { return strings.Compare(a.Quoted(), b.Quoted()) })
}

// use notes that the statement reads c of t, and returns it quoted.
func (r *reader) use(t *Table, c Column) string {
	if !slices.ContainsFunc(r.used[t], func(u Column) bool { return u.Name == c.Name }) {
		r.used[t] = append(r.used[t], c)
	}
	return c.quoted()
}

// p is column c of a product.
func (r *reader) p(c Column) string { return "p." + r.use(r.Products, c) }

func (r *reader) role(name, column string) { r.Roles = append(r.Roles, Role{name, column}) }

func (r *reader) ask(format string, args ...any) {
	r.Questions = append(r.Questions, fmt.Sprintf(format, args...))
}

func (r *reader) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// ignored reports whether CATALOG_IGNORE names the column, alone or with its table.
func (r *reader) ignored(t *Table, c Column) bool {
	return slices.ContainsFunc(r.set.Ignore, func(name string) bool {
		table, column, both := strings.Cut(strings.ToLower(name), ".")
		if !both {
			table, column = "", table
		}
		return strings.ToLower(c.Name) == column && (!both || strings.ToLower(t.Name) == table)
	})
}

// output adds a column to the result.
func (r *reader) output(name, sql string) { r.columns = append(r.columns, selected{name, sql}) }

// wire is a text expression as it should cross the wire. A server that knows no encoding (SQL_ASCII) checks text against the client's, and
// one bad byte would fail the whole query: from there text comes as bytes, and is made valid here.
func (m *Mapping) wire(expr string) string {
	if m.ascii {
		return "convert_to(" + expr + ", 'SQL_ASCII')"
	}
	return expr
}

// Limits of text, in characters: what is longer is cut in SQL to one more, which tells.
const (
	MaxText    = 1000
	MaxAddress = 2048
)

func cut(expr string, limit int) string { return fmt.Sprintf("left(%s, %d)", expr, limit+1) }

// selectText selects what tells products apart and names them.
func (r *reader) selectText() {
	t := r.Products
	r.output("id", r.wire(cut(r.p(r.id)+"::text", MaxText)))
	r.role("id", r.id.quoted())
	name, what := r.nameOf(t, "p")
	r.output("name", r.wire(cut(name, MaxText)))
	r.role("name", what)
	if slug, ok := t.find("S", slugWords...); ok {
		r.output("slug", r.wire(cut(r.p(slug)+"::text", MaxAddress)))
		r.role("slug", slug.quoted())
	} else if expr, what := r.translated(t, "p", slugWords); expr != "" {
		r.output("slug", r.wire(cut(expr, MaxAddress)))
		r.role("slug", what)
	} else {
		r.output("slug", r.wire(cut(r.p(r.id)+"::text", MaxAddress)))
		r.warn("%s has no slug column: product addresses are made of the id (see PRODUCT_URL)", t.Quoted())
	}
	if brand, ok := t.find("S", "brand", "brandname", "vendor", "manufacturer", "maker"); ok && brand.Readable {
		r.output("brand", r.wire(cut(r.p(brand)+"::text", MaxText)))
		r.role("brand", brand.quoted())
	}
}

// nameOf is the name of a row of t, its own or a translation's, and which column that is.
func (r *reader) nameOf(t *Table, alias string) (expr, what string) {
	if c, ok := t.ownName(); ok {
		return alias + "." + r.use(t, c) + "::text", c.quoted()
	}
	return r.translated(t, alias, nameWords)
}

// ownName is the column that names the rows of t: of a categories table also the one that is called like the table, or the only text.
func (t *Table) ownName() (Column, bool) {
	if c, ok := t.find("S", nameWords...); ok {
		return c, true
	}
	last := lastWord(t.Name)
	for _, c := range t.Columns {
		if w := words(c.Name); c.text() && len(t.keysFrom(c.Name)) == 0 && (plain(c.Name) == strings.Join(t.singular, "") || len(w) == 1 && singular(w[0]) == last) {
			return c, true
		}
	}
	return Column{}, false
}

func (t *Table) keysFrom(column string) []key {
	if k, ok := t.key(column); ok {
		return []key{k}
	}
	return nil
}

// translated is the text of a row of t in a table of translations, in the page's language where it is there, else in another.
func (r *reader) translated(t *Table, alias string, names []string) (expr, what string) {
	for _, k := range r.all.children(t) {
		lang, ok := k.table.find("SE", localeWords...)
		text, named := k.table.find("S", names...)
		if !ok || !named {
			continue
		}
		r.use(k.table, lang)
		r.use(k.table, text)
		r.use(k.table, k.from)
		r.touch(k.table, k.from.Name)
		where := fmt.Sprintf("FROM %s AS tr WHERE tr.%s = %s.%s", k.table.Quoted(), k.from.quoted(), alias, pq.QuoteIdentifier(k.target))
		if r.set.LangSet && !r.ignored(k.table, lang) {
			where += " AND " + r.spoken("tr."+lang.quoted())
		}
		order := fmt.Sprintf(" ORDER BY (%s) DESC, tr.%s::text LIMIT 1", r.spoken("tr."+lang.quoted()), lang.quoted())
		if alias == "p" && is(plain(text.Name), nameWords...) {
			r.doubtLanguage(k.table, lang, "(SELECT tr."+lang.quoted()+"::text "+where+order+")")
		}
		return fmt.Sprintf("(SELECT tr.%s::text %s%s)", text.quoted(), where, order), fmt.Sprintf("%s.%s", k.table.Quoted(), text.quoted())
	}
	return "", ""
}

// touch notes a child table that is looked up for each row, which an index should serve.
func (r *reader) touch(t *Table, column string) {
	if !slices.ContainsFunc(r.reach, func(c reach) bool { return c.table == t && c.column == column }) {
		r.reach = append(r.reach, reach{t, column})
	}
}

// child is a table whose rows belong to another's.
type child struct {
	table  *Table
	from   Column // of table
	target string // the column that it refers to
}

// children are the tables with a key to t, but for those that record what happened to it.
func (ts Tables) children(t *Table) []child {
	var list []child
	for _, c := range ts.List {
		if c == t || begins(c.Name, elseWords...) {
			continue
		}
		for _, k := range c.keys {
			if from, ok := c.column(k.Column); ok && k.To == t {
				list = append(list, child{c, from, k.Target})
			}
		}
	}
	return list
}

// findParent finds whether rows of the products table may be variants of another row.
func (r *reader) findParent() {
	for _, k := range r.Products.keys {
		if c, ok := r.Products.column(k.Column); ok && k.To == r.Products && has(k.Column, "parent", "variantof") && !r.ignored(r.Products, c) {
			r.self = k.Column
		}
	}
}

// hide collects what a product must meet, and what in that is in doubt.
func (r *reader) hide() {
	t := r.Products
	if c, ok := t.column(r.self); ok {
		r.shown = append(r.shown, condition{sql: r.p(c) + " IS NULL", fixed: true, column: c})
	}
	for _, c := range r.live(t, "p", r.stocked) {
		r.shown = append(r.shown, c)
		if c.odd {
			r.doubt(doubt{kind: inFlag, label: c.column.Name, table: t, value: flagValue(c.column), known: c.live})
		}
	}
	r.hideByParents()
	for _, c := range r.shown {
		if c.sql != "" {
			r.Hidden = append(r.Hidden, c.sql)
		}
	}
}

// sort settles the order of a category's products, best first: sales, then rating; where one of the two is missing, the newest come first
// among equals; the id last.
func (r *reader) sort() {
	t := r.Products
	r.Order = "id"
	sales, sold := t.find("N", "numsales", "salescount", "soldcount", "sold", "sales", "totalsales", "unitssold", "quantitysold", "timessold", "totalsold",
		"soldquantity", "numsold", "purchasecount", "ordercount", "orderscount", "numorders", "totalorders")
	rating, rated := t.find("N", "avgrating", "averagerating", "rating", "ratingaverage", "ratingavg", "averagescore", "stars", "ratings")
	created, dated := t.find("D", "createdat", "created", "createdon", "createddate", "createdate", "createat", "datecreated", "dateadded", "addedat", "insertedat",
		"creationdate", "datecreate", "publishedat", "createtime", "createdtime")
	if sold {
		r.Order, r.sorting = "sales", append(r.sorting, sales)
		r.counts(t, sales)
		r.output("num_sales", r.p(sales)+"::text")
	}
	if rated {
		r.sorting = append(r.sorting, rating)
		r.counts(t, rating)
		r.output("avg_rating", r.p(rating)+"::text")
		if !sold {
			r.Order = "rating"
		}
	}
	if dated && len(r.sorting) < 2 {
		r.sorting = append(r.sorting, created)
		if !sold && !rated {
			r.Order = "newest"
		}
	}
	if c, ok := t.find("N", "numreviews", "reviewcount", "reviewscount", "ratingcount", "ratingscount", "totalreviews", "numratings", "reviewsnumber"); ok {
		r.counts(t, c)
		r.output("num_reviews", r.p(c)+"::text")
	}
	for _, c := range r.sorting {
		r.use(t, c)
	}
	r.OrderBy = r.order("")
	r.role("order", r.Order+": "+r.OrderBy)
}

// order is the ORDER BY list of a category's products, on alias p or, for an index, without alias. A column that may hold NULL says NULLS
// LAST, in the query and in the index alike: an index serves only the very order it was made for.
func (m *Mapping) order(alias string) string {
	var b strings.Builder
	for _, c := range m.sorting {
		b.WriteString(alias + c.quoted() + " DESC")
		if !c.NotNull {
			b.WriteString(" NULLS LAST")
		}
		b.WriteString(", ")
	}
	return b.String() + alias + m.id.quoted()
}

// denied is the error of what the role may not read: without a flag or a categories table the page would show what it must not.
func (r *reader) denied() error {
	var columns, tables []string
	schemas := map[string]bool{}
	for _, t := range r.Tables() {
		n := len(columns)
		for _, c := range r.used[t] {
			if !c.Readable {
				columns = append(columns, c.quoted()+" of "+t.Quoted())
			}
		}
		if len(columns) > n {
			tables, schemas[t.Schema] = append(tables, t.Quoted()), true
		}
	}
	if len(columns) == 0 {
		return nil
	}
	var usage strings.Builder
	for _, s := range slices.Sorted(maps.Keys(schemas)) {
		fmt.Fprintf(&usage, "GRANT USAGE ON SCHEMA %s TO <role>; ", pq.QuoteIdentifier(s))
	}
	grant := fmt.Sprintf("%sGRANT SELECT ON %s TO <role>;", usage.String(), strings.Join(tables, ", "))
	return &Denied{fmt.Sprintf("the database role may not read %s. As the tables' owner run %s", strings.Join(columns, ", "), grant), grant}
}
