package shop

import (
	"fmt"
	"regexp"
	"strings"
)

var orderWords = strings.Fields(`
	position displayorder sortorder order sort sortindex orderindex priority rank sequence ordering ord
	index menuorder`)

// shelf is how products belong to categories.
type shelf struct {
	with      string // CTEs that end with shelf (ord, name, slug, id, key)
	recursive bool
	from      string // what a product is chosen by, over the aliases p and c
	spelling  string // tells a category's key where it is not its name; "" where that cannot be
}

// The CTE shelf in each of its forms; what stands in braces is filled in. {shown} stands for the conditions on p,
// which are known last. What stands between « and » matters only where CATEGORIES is set.
const (
	oneCategory = `shelf (ord, name, slug, id, key) AS (
    SELECT NULL::int, COALESCE(«($1::text[])[1], »'All products'), NULL::text, NULL::text, NULL::text
)`
	categoriesByKey = `shelf (ord, name, slug, id, key) AS (
    SELECT * FROM (
        SELECT {columns}, {key} FROM {from} WHERE true{live}
    ) AS k (ord, name, slug, id, key)
    WHERE btrim(k.name) <> ''{k.name wanted}
)`
	// valuesInTurn are found by stepping through an index from one to the next. Where CATEGORIES names values alone,
	// no step is taken.
	valuesInTurn = `step (key) AS (  -- from each value of the column to the next
    (SELECT {column} FROM {products} AS p
     WHERE true«
       AND (cardinality($1::text[]) = 0 OR EXISTS (
         SELECT FROM unnest($1::text[]) AS w
         WHERE NOT EXISTS (SELECT FROM {products} AS p WHERE {column} = {w}{shown})))»{shown}
     ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM {products} AS p WHERE {column} > step.key{shown} ORDER BY {column} LIMIT 1)
    FROM step WHERE step.key IS NOT NULL
), value (key) AS (
    SELECT key FROM step WHERE key IS NOT NULL«
    UNION SELECT {w} FROM unnest($1::text[]) AS w WHERE {w} IS NOT NULL»
)`
	valuesOfArrays = `value (key) AS (
    SELECT DISTINCT {element} FROM {products} AS p, {elements} AS u(v) WHERE u.v IS NOT NULL{shown}
)`
	categoriesOfValues = `, shelf (ord, name, slug, id, key) AS (
    SELECT NULL::int, {key name}, NULL::text, NULL::text, key FROM value
    WHERE btrim({key name}) <> ''{key::text wanted}
)`
	categoriesByName = `, shelf (ord, name, slug, id, key) AS (
    SELECT ord, name, slug, id, key FROM (
        -- Which value is whose name, slug or id. Values that the table does not know are shown where no category is
        -- active, or CATEGORIES asks for them.
        SELECT DISTINCT ON (value.key, CASE WHEN value.key IS NULL THEN k.n END)
               k.ord, COALESCE(k.name, {value name}) AS name, k.slug, k.id, value.key,
               CASE WHEN k.n > 0 THEN k.active
               ELSE «cardinality($1::text[]) > 0 OR »bool_or(k.active AND k.name <> '') OVER () IS NOT TRUE END AS shown
        FROM (
            SELECT {columns}, true{live}, row_number() OVER () FROM {table} AS k
        ) AS k (ord, name, slug, id, active, n)
        CROSS JOIN LATERAL (VALUES (1, k.name), (2, k.slug), (3, k.id)) AS label (rank, text)
        FULL JOIN value ON {label folded} = {value folded}
        WHERE value.key IS NOT NULL OR label.rank = 1
        ORDER BY value.key, CASE WHEN value.key IS NULL THEN k.n END,
                 (k.name = value.key::text COLLATE "default") DESC, label.rank, k.id
    ) AS k
    WHERE shown AND btrim(k.name) <> ''{k.name wanted}
)`
)

// What is decided last is marked with a NUL, which neither a name nor a label can hold: the parts of a form that matter
// only where CATEGORIES is set, and the conditions on p.
const (
	askedBegin = "\x00("
	askedEnd   = "\x00)"
	shownMark  = "\x00p"
)

var ifAsked = regexp.MustCompile(`(?s)\x00\((.*?)\x00\)`)

// fill replaces what stands in braces by the given pairs, and what is the same in all forms.
func fill(form string, pairs ...string) string {
	return strings.NewReplacer(append(pairs, "«", askedBegin, "»", askedEnd, "{shown}", shownMark,
		"{k.name wanted}", wanted("k.name"), "{key::text wanted}", wanted("key::text"),
		"{label folded}", folded("NULLIF(label.text, '')"), "{value folded}", folded("value.key::text"),
		"{key name}", cut("key::text", MaxText), "{value name}", cut("value.key::text", MaxText))...).Replace(form)
}

// wanted is the condition that CATEGORIES, where it is set, names the category; case and outer blanks do not matter.
func wanted(name string) string {
	return askedBegin + " AND (cardinality($1::text[]) = 0 OR " + folded(name) +
		" IN (SELECT " + folded("w") + " FROM unnest($1::text[]) AS w))" + askedEnd
}

// categoriesOver builds the shelf of categories that products refer to by key.
func (r *reader) categoriesOver(b membership) {
	to, top := b.key.to, b.key.to
	if b.above.to != nil {
		top = b.above.to
	}
	r.Categories = top
	referred := r.use(to, b.key.toColumn)
	columns, what := r.categoryColumns(top)
	live := r.categoryLive(top)
	if b.above.to == nil {
		r.doubtCategories(top, referred, live)
	}
	key, from := "k."+referred, top.Quoted()+" AS k"
	if b.above.to != nil {
		from += fmt.Sprintf(" JOIN %s AS sub ON sub.%s = k.%s", to.Quoted(), r.use(to, b.above.from),
			b.above.toColumn.quoted())
		key, live = "sub."+referred, append(live, r.live(to, "sub", false)...)
	}
	r.shelf.with = fill(categoriesByKey, "{columns}", columns, "{key}", key, "{from}", from, "{live}", and(live))
	if b.join != nil {
		r.joinCategories(b)
		r.role("category", b.join.Quoted()+" → "+what)
		return
	}
	r.key = b.key.from
	r.shelf.from = r.p(r.key) + " = c.key"
	r.role("category", r.key.quoted()+" → "+what)
}

// doubtCategories are in doubt about statuses of categories whose words are not all understood.
func (r *reader) doubtCategories(t *Table, key string, live []condition) {
	for _, cond := range live {
		if c := cond.column; cond.odd && (c.text() || c.Class == 'E') {
			r.doubt(doubt{kind: aboutFlag, label: t.Name + "." + c.Name, table: t, known: cond.live, value: fmt.Sprintf(
				"(SELECT %s FROM %s AS k WHERE k.%s = c.key LIMIT 1)", wordSQL("k."+c.quoted()), t.Quoted(), key)})
		}
	}
}

// joinCategories chooses products by a join table.
func (r *reader) joinCategories(b membership) {
	r.noteLookup(b.join, b.key.from)
	r.shelf.from = fmt.Sprintf("EXISTS (SELECT FROM %s AS j WHERE j.%s = p.%s AND j.%s = c.key%s)", b.join.Quoted(),
		r.use(b.join, b.toProduct.from), r.use(r.Products, b.toProduct.toColumn), r.use(b.join, b.key.from),
		and(r.live(b.join, "j", false)))
}

// categoriesIn builds the shelf of a column that holds the category itself: each value is the name of a
// category, or its slug or id, but for case and outer blanks.
func (r *reader) categoriesIn(c Column) {
	values := r.valuesOf(c)
	r.shelf.spelling = `CASE WHEN c.key::text COLLATE "default" <> c.name ` +
		`THEN 'category=' || left(c.key::text, 100) END`
	t := r.tableOf(c)
	if t == nil {
		r.shelf.with = values + fill(categoriesOfValues)
		r.role("category", c.quoted())
		return
	}
	r.Categories = t
	columns, what := r.categoryColumns(t)
	live := and(r.categoryLive(t))
	r.shelf.with = values + fill(categoriesByName, "{columns}", columns, "{table}", t.Quoted(), "{live}", live)
	r.role("category", c.quoted()+" → "+what)
}

// categoryLive are the conditions on a category, over the alias k: its own, its store's and language's, and its
// parent's.
func (r *reader) categoryLive(t *Table) []condition {
	list := append(r.live(t, "k", false), r.ownedCategory(t)...)
	for _, k := range t.keys {
		if conds := and(r.live(t, "up", false)); k.to == t && conds != "" && !r.ignored(t, k.from) {
			list = append(list, condition{sql: offSQL(k, "up", "k."+r.use(t, k.from), r.use(t, k.toColumn), conds)})
		}
	}
	return list
}

// offSQL is the condition that the row which a key leads to is not one that visitors may not see.
func offSQL(k key, alias, from, to, conds string) string {
	const off = "NOT EXISTS (SELECT FROM %s AS %s WHERE %s.%s = %s AND (true%s) IS NOT TRUE)"
	return fmt.Sprintf(off, k.to.Quoted(), alias, alias, to, from, conds)
}

// valuesOf is the CTE value (key) of the categories that products hold in c; it chooses products by them, too.
func (r *reader) valuesOf(c Column) string {
	q, products := r.p(c), r.Products.Quoted()
	element, elements := "u.v", "unnest("+q+")"
	switch {
	case c.textArray():
		r.shelf.from = q + " @> ARRAY[c.key]::" + c.Type
	case c.Base == "jsonb":
		r.shelf.from = q + " @> jsonb_build_array(c.key)"
		element = "u.v #>> '{}'"
		elements = "jsonb_path_query(" + q + `, 'strict $[*] ? (@.type() == "string")', '{}', true)`
	default:
		r.key, r.shelf.recursive = c, true
		r.shelf.from = q + " = c.key"
		return fill(valuesInTurn, "{column}", q, "{products}", products, "{w}", r.comparable(c, "w"))
	}
	r.array = c
	return fill(valuesOfArrays, "{element}", element, "{elements}", elements, "{products}", products)
}

// categoryColumns are order, name, slug and id of a category, over the alias k.
func (r *reader) categoryColumns(t *Table) (list, what string) {
	ord, slug, id := "NULL::int", "NULL::text", "NULL::text"
	name, which := r.nameOf(t, "k")
	what = t.Quoted() + "." + which
	if c, ok := t.find("N", orderWords...); ok && !t.refers(c) {
		ord, what = "k."+r.use(t, c), what+", in the order of "+c.quoted()
	}
	if c, ok := t.find("S", slugWords...); ok {
		slug = "k." + r.use(t, c) + "::text"
	}
	if t.primary.Name != "" {
		id = "k." + r.use(t, t.primary) + "::text"
	}
	return strings.Join([]string{ord, cut(name, MaxText), slug, id}, ", "), what
}

// folded is a text without case and outer blanks, in the database's own collation.
func folded(expr string) string {
	return "lower(btrim(" + expr + ` COLLATE "default"))`
}

// comparable makes a category's name, the text expr, comparable with the column in such a manner that an index on it
// serves. A name that is no label of an enum is NULL, which equals nothing, instead of an error.
func (r *reader) comparable(key Column, expr string) string {
	switch {
	case key.Class == 'E':
		return "CASE WHEN " + expr + " IN (" + literals(key.Labels) + ") THEN " + expr + " END::" + key.Type
	case key.Base == "text":
		return expr
	case key.Base == "varchar" || key.Base == "bpchar": // without a length, or char(n) would cut
		return expr + "::" + key.Base
	}
	return expr + "::" + key.Type
}
