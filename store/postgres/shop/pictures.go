package shop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

var (
	pictureStems = strings.Fields("image img photo picture thumb imagen imagem foto bild gallery")
	// pictureTableStems are in names of tables of pictures, beside pictureStems.
	pictureTableStems = strings.Fields("media gallery asset file")
	addressNames      = strings.Fields(`
		url imageurl src image imagepath imagesrc path original link href secureurl photo photourl picture
		pictureurl img imgurl file filepath fileurl publicurl imagelink thumbnail thumbnailurl location uri
		filename`)
	notAddress = strings.Fields(`
		alt caption count width height title text hash blur placeholder credit size position order prompt
		type mime ratio color colour public key description name`)
	// mainFlags tell the main picture among others.
	mainFlags = strings.Fields("primary main default cover featured thumbnail first master")
)

// addressesInJSON are the strings that look like addresses, however deep they lie in an object or array.
const addressesInJSON = `ARRAY(
        SELECT left(u.v #>> '{}', %d)
        FROM jsonb_path_query(%s, 'strict $.**{0 to 4}') WITH ORDINALITY AS u(v, n)
        WHERE jsonb_typeof(u.v) = 'string' AND u.v #>> '{}' ~* '^(https?:|/)|[.](jpe?g|png|webp|gif|avif|svg)([?#]|$)'
        ORDER BY u.n LIMIT 3)`

// source is a column that holds the address of a picture, or several.
type source struct {
	sql   string // text[]
	short string // the whole value as text, which costs less where it is short; "" where that would not do
	what  string
	place int
}

// findPictures selects at most three addresses: of the product's own columns, the main one first, then of a child
// table.
func (r *reader) findPictures() {
	var list []source
	for _, c := range r.Products.Columns {
		if s, ok := r.pictureColumn(r.Products, c, "p"); ok && has(c.Name, pictureStems...) && c.Readable {
			r.use(r.Products, c)
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b source) int { return cmp.Compare(a.place, b.place) })
	if s, ok := r.pictureTable(); ok {
		list = append(list, s)
	}
	if len(list) == 0 {
		return
	}
	list = list[:min(len(list), 3)]
	var parts, what []string
	for _, s := range list {
		parts, what = append(parts, s.sql), append(what, s.what)
	}
	expr := "(" + parts[0] + ")::text"
	if len(parts) > 1 {
		expr = "((" + strings.Join(parts, " || ") + ")[1:3])::text"
	} else if short := list[0].short; short != "" {
		expr = fmt.Sprintf("CASE WHEN octet_length(%[1]s) <= %[2]d THEN %[1]s ELSE %[3]s END", short, MaxAddress, expr)
	}
	r.output("images", r.encoded(expr))
	r.role("picture", strings.Join(what, ", else "))
}

// pictureColumn reads a column of text, text[] or JSON.
func (r *reader) pictureColumn(t *Table, c Column, alias string) (source, bool) {
	q := alias + "." + c.quoted()
	s := source{what: c.quoted(), place: picturePlace(t.bare(c))}
	if begins(c.Name, notAddress...) && !has(c.Name, "filename") || t.refers(c) {
		return s, false
	}
	elements := "ARRAY(SELECT left(u.v::text, %d) FROM unnest(" + q + ") WITH ORDINALITY AS u(v, n) " +
		"WHERE u.v::text <> '' ORDER BY u.n LIMIT 3)"
	switch {
	case c.text(), c.Base == "json": // text may hold JSON, too: cut, and read as far as it goes
		s.sql = fmt.Sprintf("array_remove(ARRAY[NULLIF(left(%s::text, %d), '')], NULL)", q, 3*(MaxAddress+1))
	case c.textArray():
		s.sql, s.short = fmt.Sprintf(elements, MaxAddress+1), q+"::text"
	case c.Class == 'A' && (c.Item == "json" || c.Item == "jsonb"):
		s.sql = fmt.Sprintf(elements, 3*(MaxAddress+1))
	case c.Base == "jsonb":
		s.sql = fmt.Sprintf(addressesInJSON, MaxAddress+1, q)
	default:
		return s, false
	}
	return s, true
}

// picturePlace is a column's place in order of preference, by its plain name.
func picturePlace(n string) int {
	switch {
	case has(n, "thumb", "small", "icon"):
		return 30
	case has(n, "other", "second", "hover", "back", "additional", "extra", "gallery", "alternat"):
		return 20
	case n == "images":
		return 4
	case n == "image":
		return 5
	case has(n, "main", "primary", "hero", "cover", "featured", "default"):
		return 3
	}
	return 10
}

// pictureTable finds a child table with a picture's address: of products, else of their variants.
func (r *reader) pictureTable() (source, bool) {
	var far []source
	children := r.all.children(r.Products)
	slices.SortStableFunc(children, func(a, b child) int { // banners and swatches have pictures, too
		return cmp.Compare(pictureTablePlace(a.table), pictureTablePlace(b.table))
	})
	for _, c := range children {
		if s, ok := r.addresses(path{c}, c.table); ok {
			return s, true
		}
		if !variantLike(c.table) {
			continue
		}
		for _, d := range r.all.children(c.table) {
			if s, ok := r.addresses(path{c, d}, d.table); ok && d.table != r.Products {
				far = append(far, s)
			}
		}
	}
	if len(far) > 0 {
		return far[0], true
	}
	return source{}, false
}

// pictureTablePlace is 0 for a table that is called after pictures, 1 for another one.
func pictureTablePlace(t *Table) int {
	if has(t.Name, pictureStems...) || has(t.Name, pictureTableStems...) {
		return 0
	}
	return 1
}

// addresses reads the pictures of a table, the main one first, then by position, then by key. A table that this role
// may not read costs the pictures, and a warning.
func (r *reader) addresses(path path, t *Table) (s source, ok bool) {
	c, named := t.find("S", addressNames...)
	if !named || !has(t.Name, pictureStems...) && !has(t.Name, pictureTableStems...) && !has(c.Name, pictureStems...) {
		return s, false
	}
	if !c.Readable {
		r.warn("the database role may not read the pictures in %[1]s: GRANT SELECT ON %[1]s TO <role>", t.Quoted())
		return s, false
	}
	self := r.self
	r.self = Column{} // a picture of a variant is none of the product
	defer func() { r.self = self }()
	ok = r.attempt(func() bool {
		rs := r.rows(path)
		address := rs.alias + "." + r.use(t, c)
		const three = "ARRAY(SELECT left(%s::text, %d) FROM %s WHERE %s AND %s <> '' ORDER BY %sLIMIT 3)"
		s.sql = fmt.Sprintf(three, address, 3*(MaxAddress+1), rs.sql, rs.where, address, r.firstBy(t, rs.alias))
		s.what = t.Quoted() + "." + c.quoted()
		return true
	})
	return s, ok
}

// firstBy is the ORDER BY list that puts the main row of a child table first.
func (r *reader) firstBy(t *Table, alias string) string {
	var flags, places []string
	for _, c := range t.Columns {
		switch q := alias + "." + c.quoted(); {
		case c.Class == 'B' && is(t.flag(c), mainFlags...):
			flags = append(flags, q+" DESC NULLS LAST")
		case c.Class == 'N' && is(t.bare(c), orderWords...):
			places = append(places, q+" NULLS LAST")
		default:
			continue
		}
		r.use(t, c)
	}
	if t.primary.Name != "" {
		places = append(places, alias+"."+r.use(t, t.primary))
	}
	if list := append(flags, places...); len(list) > 0 {
		return strings.Join(list, ", ") + " "
	}
	return alias + "." + pq.QuoteIdentifier(t.Columns[0].Name) + " "
}
