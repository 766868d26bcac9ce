package shop

import (
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// shelf is how products belong to categories.
type shelf struct {
	with      string // CTEs that end with shelf (ord, name, slug, id, key)
	exact     string // the same where products spell each category as its table does; "" where with is all there is
	recursive bool
	from      string // what a product is chosen by, over the aliases p and c
	spelling  string // tells a category's key where it is not its name; "" where that cannot be
}

// belonging is one way from a product to a category.
type belonging struct {
	score  int
	key    Column // of products
	join   *Table // a join table, with its columns to the product and to the category
	joinP  key
	joinC  key
	to     *Table // the categories table
	target string // the column of it that is referred to
	above  *Table // the upper category's table, where to is one of sub-categories
	aboveK key
}

// findShelf chooses how products belong to categories: over keys, over a join table, by a column that holds the category itself; without
// any of these there is one shelf.
func (r *reader) findShelf() {
	best := r.byKeys()
	for _, b := range r.byJoins() {
		if b.score > best.score {
			best = b
		}
	}
	if c, ok := r.categoryColumn(); ok && best.score < 90 {
		r.shelveByName(c)
		return
	}
	switch {
	case best.score == 0:
		r.shelf.with = "shelf (ord, name, slug, id, key) AS (\n    SELECT NULL::int, COALESCE(($1::text[])[1], 'All products'), NULL::text, NULL::text, NULL::text\n)"
		r.role("category", "none: one shelf, named by CATEGORIES")
	default:
		r.shelve(best)
	}
}

// noShelfWords are tables that products refer to and that are no categories.
var noShelfWords = []string{"brand", "vendor", "seller", "merchant", "supplier", "manufacturer", "user", "owner", "admin", "creator", "author", "tax", "currency",
	"tag", "status", "attribute", "warehouse", "partner", "account", "member", "customer", "parent", "country", "discount", "promotion", "locale", "language"}

// shelfScore says how much a table looks like one of categories: 0 not at all.
func (r *reader) shelfScore(t *Table, by string) int {
	if _, what := r.nameOfQuiet(t); !what || t == r.Products || begins(t.Name, elseWords...) || has(t.Name, "variant", "sku", "image", "media", "file", "price", "upload", "stock") {
		return 0
	}
	for _, w := range append(singulars(words(by)), lastWord(t.Name)) {
		if is(w, ownerWords...) || is(w, noShelfWords...) {
			return 0
		}
	}
	score := 10
	for i, stem := range []string{"category", "categorie", "categoria", "kategori", "taxon", "collection", "department", "section", "shelf", "group", "family", "genre", "class", "type"} {
		if has(t.Name, stem) || has(by, stem) && score < 20 {
			score = max(score, []int{100, 100, 100, 100, 85, 80, 75, 75, 75, 60, 60, 60, 50, 50}[i])
		}
	}
	if has(t.Name, "sub") || has(by, "sub") {
		score -= 30
	}
	return score
}

// nameOfQuiet is nameOf, without noting anything.
func (r *reader) nameOfQuiet(t *Table) (what string, ok bool) {
	roles := r.Roles
	r.attempt(func() bool {
		_, what = r.nameOf(t, "k")
		return false
	})
	r.Roles = roles
	return what, what != ""
}

// byKeys is the best of the products' own foreign keys.
func (r *reader) byKeys() (best belonging) {
	unknown := 0
	for _, k := range r.Products.keys {
		c, ok := r.Products.column(k.Column)
		if !ok || r.ignored(r.Products, c) {
			continue
		}
		b := belonging{score: r.shelfScore(k.To, k.Column), key: c, to: k.To, target: k.Target}
		if b.score == 10 {
			unknown++
		}
		if b.score > best.score {
			best = b
		}
	}
	if best.score == 10 && unknown > 1 { // which of several lookup tables is meant, nothing says
		return belonging{}
	}
	if best.score == 0 || !has(best.to.Name, "sub") && !has(best.key.Name, "sub") {
		return best
	}
	for _, k := range best.to.keys { // a sub-category's category
		if _, ok := best.to.column(k.Column); ok && k.To != best.to && r.shelfScore(k.To, k.Column) > best.score {
			best.above, best.aboveK = k.To, k
		}
	}
	return best
}

// byJoins are the tables with a key to products and one to a table of categories.
func (r *reader) byJoins() (list []belonging) {
	for _, j := range r.all.List {
		if begins(j.Name, elseWords...) || j == r.Products {
			continue
		}
		for _, p := range j.keys {
			for _, c := range j.keys {
				if p.To != r.Products || c.Column == p.Column || c.To == r.Products || variantLike(j) && !has(j.Name, shelfWords...) {
					continue
				}
				if n := r.shelfScore(c.To, c.Column); n > 20 {
					list = append(list, belonging{score: n - 5, join: j, joinP: p, joinC: c, to: c.To, target: c.Target})
				}
			}
		}
	}
	return list
}

// shelve builds the shelves of categories that products refer to by key.
func (r *reader) shelve(b belonging) {
	top := b.to
	if b.above != nil {
		top = b.above
	}
	r.Categories = top
	key, from := "k."+pq.QuoteIdentifier(b.target), top.Quoted()+" AS k"
	var hide []condition
	if b.above != nil {
		r.useNamed(b.to, b.target)
		r.useNamed(b.to, b.aboveK.Column)
		from += fmt.Sprintf(" JOIN %s AS sub ON sub.%s = k.%s", b.to.Quoted(), pq.QuoteIdentifier(b.aboveK.Column), pq.QuoteIdentifier(b.aboveK.Target))
		key, hide = "sub."+pq.QuoteIdentifier(b.target), r.live(b.to, "sub", false)
	} else {
		r.useNamed(b.to, b.target)
	}
	cols, what := r.categoryColumns(top)
	r.shelf.with = fmt.Sprintf("shelf (ord, name, slug, id, key) AS (\n    SELECT * FROM (\n        SELECT %s, %s FROM %s WHERE true%s\n    ) AS k (ord, name, slug, id, key)\n    WHERE btrim(k.name) <> '' AND %s\n)",
		cols, key, from, and(append(r.live(top, "k", false), append(hide, r.ownedCategory(top)...)...)), wanted("k.name"))
	if b.join == nil {
		r.key = b.key
		r.shelf.from = r.p(b.key) + " = c.key"
		r.role("category", b.key.quoted()+" → "+what)
		return
	}
	r.useNamed(b.join, b.joinP.Column)
	r.useNamed(b.join, b.joinC.Column)
	r.useNamed(r.Products, b.joinP.Target)
	r.touch(b.join, b.joinC.Column)
	r.shelf.from = fmt.Sprintf("EXISTS (SELECT FROM %s AS j WHERE j.%s = p.%s AND j.%s = c.key%s)", b.join.Quoted(), pq.QuoteIdentifier(b.joinP.Column),
		pq.QuoteIdentifier(b.joinP.Target), pq.QuoteIdentifier(b.joinC.Column), and(r.live(b.join, "j", false)))
	r.role("category", b.join.Quoted()+" → "+what)
}

func (r *reader) useNamed(t *Table, column string) {
	if c, ok := t.column(column); ok {
		r.use(t, c)
	}
}

// categoryColumns are order, name, slug and id of a category, over the alias k.
func (r *reader) categoryColumns(t *Table) (list, what string) {
	ord, slug, id := "NULL::int", "NULL::text", "NULL::text"
	name, which := r.nameOf(t, "k")
	what = t.Quoted() + "." + which
	if c, ok := t.find("N", orderWords...); ok && len(t.keysFrom(c.Name)) == 0 {
		ord, what = "k."+r.use(t, c), what+", in the order of "+c.quoted()
	}
	if c, ok := t.find("S", slugWords...); ok {
		slug = "k." + r.use(t, c) + "::text"
	}
	if c, ok := t.column(t.primary); ok {
		id = "k." + r.use(t, c) + "::text"
	}
	return strings.Join([]string{ord, cut(name, MaxText), slug, id}, ", "), what
}

// wanted is the condition that CATEGORIES, where it is set, names the category; case and outer blanks do not matter.
func wanted(name string) string {
	return fmt.Sprintf("(cardinality($1::text[]) = 0 OR %s IN (SELECT %s FROM unnest($1::text[]) AS w))", folded(name), folded("w"))
}

// folded is a text without case and outer blanks, in the database's own collation.
func folded(expr string) string {
	return "lower(btrim(" + expr + ` COLLATE "default"))`
}

// categoryColumn is a column of products that holds the category itself: its name, slug or id, or several of them.
func (r *reader) categoryColumn() (Column, bool) {
	for _, name := range []string{"category", "categories", "categoryname", "categoryslug", "cat", "kategorie", "categoria", "collection", "collections", "department", "section"} {
		for _, c := range r.Products.Columns {
			if (plain(c.Name) == name || r.Products.bare(c) == name) && (c.text() || c.Class == 'E' || c.textArray() || c.Base == "jsonb" && strings.HasSuffix(name, "s")) && len(r.Products.keysFrom(c.Name)) == 0 &&
				!r.ignored(r.Products, c) {
				return c, true
			}
		}
	}
	return Column{}, false
}

// shelveByName builds the shelves of a column that holds the category itself. The values that are there are found by stepping through an
// index from one to the next; each is the name of a category, or its slug or id, but for case and outer blanks.
func (r *reader) shelveByName(c Column) {
	q, products := r.p(c), r.Products.Quoted()
	values, each := "", r.comparable(c, "w")
	if c.several() {
		r.array = c
		value, elements, holds := "u.v", "unnest("+q+")", "ARRAY[c.key]::"+c.Type
		if c.Base == "jsonb" {
			value, holds = "u.v #>> '{}'", "jsonb_build_array(c.key)"
			elements = "jsonb_path_query(" + q + `, 'strict $[*] ? (@.type() == "string")', '{}', true)`
		}
		r.shelf.from = q + " @> " + holds
		values = fmt.Sprintf("value (key) AS (\n    SELECT DISTINCT %s FROM %s AS p, %s AS u(v) WHERE u.v IS NOT NULL{{shown}}\n)", value, products, elements)
	} else {
		r.key, r.shelf.recursive = c, true
		r.shelf.from = q + " = c.key"
		values = fmt.Sprintf(`step (key) AS (  -- from each value of the column to the next
    (SELECT %[1]s FROM %[2]s AS p
     WHERE (cardinality($1::text[]) = 0 OR EXISTS (SELECT FROM unnest($1::text[]) AS w WHERE NOT EXISTS (SELECT FROM %[2]s AS p WHERE %[1]s = %[3]s{{shown}}))){{shown}}
     ORDER BY %[1]s LIMIT 1)
    UNION ALL
    SELECT (SELECT %[1]s FROM %[2]s AS p WHERE %[1]s > step.key{{shown}} ORDER BY %[1]s LIMIT 1)
    FROM step WHERE step.key IS NOT NULL
), value (key) AS (
    SELECT key FROM step WHERE key IS NOT NULL UNION SELECT %[3]s FROM unnest($1::text[]) AS w WHERE %[3]s IS NOT NULL
)`, q, products, each)
	}
	t := r.tableOf(c)
	if t == nil {
		r.shelf.with = values + fmt.Sprintf(`, shelf (ord, name, slug, id, key) AS (
    SELECT NULL::int, %[1]s, NULL::text, NULL::text, key FROM value
    WHERE btrim(%[1]s) <> '' AND %[2]s
)`, cut("key::text", MaxText), wanted("key::text"))
		r.role("category", c.quoted())
	} else {
		r.Categories = t
		cols, what := r.categoryColumns(t)
		active := "true" + and(append(r.live(t, "k", false), r.ownedCategory(t)...))
		if !c.several() {
			r.shelf.exact = fmt.Sprintf(`shelf (ord, name, slug, id, key) AS (
    SELECT k.*, %s FROM (SELECT %s FROM %s AS k WHERE %s) AS k (ord, name, slug, id)
    WHERE btrim(k.name) <> '' AND %s
)`, r.comparable(c, "k.name"), cols, t.Quoted(), active, wanted("k.name"))
		}
		r.shelf.with = values + fmt.Sprintf(`, category AS (
    SELECT row_number() OVER () AS n, k.* FROM (SELECT %[1]s, %[2]s FROM %[3]s AS k) AS k (ord, name, slug, id, active)
), fit AS (  -- which value is whose name, slug or id
    SELECT DISTINCT ON (value.key) value.key, category.n
    FROM category CROSS JOIN LATERAL (VALUES (1, category.name), (2, category.slug), (3, category.id)) AS label (rank, text)
    JOIN value ON label.text <> '' AND %[7]s = %[8]s
    ORDER BY value.key, (category.name = value.key::text COLLATE "default") DESC, label.rank, category.id
), shelf (ord, name, slug, id, key) AS (
    SELECT category.ord, category.name, category.slug, category.id, fit.key FROM category LEFT JOIN fit USING (n)
    WHERE category.active AND btrim(category.name) <> '' AND %[4]s
    UNION ALL  -- values that the table does not know: where CATEGORIES asks for them, or no category is active
    SELECT NULL, %[5]s, NULL, NULL, key FROM value
    WHERE (cardinality($1::text[]) > 0 OR NOT EXISTS (SELECT FROM category WHERE active AND name <> ''))
      AND btrim(key::text) <> '' AND %[6]s AND NOT EXISTS (SELECT FROM fit WHERE fit.key = value.key)
)`, cols, active, t.Quoted(), wanted("category.name"), cut("key::text", MaxText), wanted("key::text"), folded("label.text"), folded("value.key::text"))
		r.role("category", c.quoted()+" → "+what)
	}
	r.shelf.spelling = `CASE WHEN c.key::text COLLATE "default" <> c.name THEN 'category=' || left(c.key::text, 100) END`
}

// tableOf is the categories table whose names, slugs or ids a column may hold.
func (r *reader) tableOf(c Column) *Table {
	var found *Table
	best := 0
	for _, t := range r.all.List {
		score := r.shelfScore(t, "")
		if score > 20 && t.Schema == r.Products.Schema && singular(r.Products.bare(c)) == strings.Join(t.singular, "") {
			score += 50
		}
		if name, ok := t.ownName(); ok && score > max(best, 60) && t.Schema == r.Products.Schema && name.Readable || score > 140 {
			found, best = t, score
		}
	}
	return found
}

// comparable makes a category's name, the text expr, comparable with the column in such a way that an index on it serves. A name that is no
// label of an enum is NULL, which equals nothing, instead of an error.
func (r *reader) comparable(key Column, expr string) string {
	switch {
	case key.Class == 'E':
		labels := make([]string, len(key.Labels))
		for i, l := range key.Labels {
			labels[i] = pq.QuoteLiteral(l)
		}
		return "CASE WHEN " + expr + " IN (" + strings.Join(labels, ", ") + ") THEN " + expr + " END::" + key.Type
	case key.Base == "text":
		return expr
	case key.Base == "varchar" || key.Base == "bpchar": // without a length, or char(n) would cut
		return expr + "::" + key.Base
	}
	return expr + "::" + key.Type
}
