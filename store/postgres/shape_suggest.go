package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// sketch is a SELECT in the making: an expression per column of the page, over a FROM clause.
type sketch struct {
	columns    []outColumn
	from       []string // first the table, then joins
	where      []string
	sales      string // expressions to order by, "" where there are none
	rating, id string
	notes      []string
}

type outColumn struct{ name, expr string }

// suggest makes a statement out of the tables that are there. It is to start from: right in form, and as right in meaning as names
// tell. False where nothing looks like a table of products.
func suggest(tables []table) (sketch, bool) {
	if d, ok := suggestPosts(tables); ok {
		return d, true
	}
	p, ok := likeliestProducts(tables)
	if !ok {
		return sketch{}, false
	}
	d := sketch{from: []string{p.quoted() + " AS p"}, where: published(p, "p")}
	id, ok := p.find("SNU", "id", plain(p.name)+"id", singular(p.name)+"id")
	name, okName := p.find("S", nameWords...)
	if !ok || !okName {
		return sketch{}, false
	}
	d.id = "p." + id.quoted()
	price := d.price(p, id, tables)
	category := d.category(p, id, tables)
	d.columns = []outColumn{{"category", category}, {"id", d.id + "::text"}, {"name", "p." + name.quoted()}}
	if slug, ok := p.find("S", "slug", "handle", "urlkey", "permalink", "url", "seoname"); ok {
		d.columns = append(d.columns, outColumn{"slug", "p." + slug.quoted()})
	} else {
		d.columns = append(d.columns, outColumn{"slug", d.id + "::text"})
		d.notes = append(d.notes, "slug: there is no such column; the id stands for it (see PRODUCT_URL)")
	}
	d.columns = append(d.columns, outColumn{"price", price})
	d.optional(p, id, tables)
	if c, ok := p.find("SE", "status"); ok && !understood(d.where, c) {
		d.notes = append(d.notes, "status: products of every status are chosen; add a condition on p."+c.quoted()+" to the inner WHERE")
	}
	return d, true
}

var (
	nameWords  = []string{"name", "title", "productname", "label", "displayname"}
	priceWords = []string{"price", "pricecents", "priceincents", "unitprice", "saleprice", "amount", "amountcents", "unitamount", "currentprice", "baseprice", "retailprice"}
)

// likeliestProducts picks the table that most looks like products.
func likeliestProducts(tables []table) (table, bool) {
	best, score := table{}, 0
	for _, t := range tables {
		s := 0
		switch n := singular(t.name); {
		case n == "product":
			s = 8
		case strings.HasSuffix(n, "product"):
			s = 6
		case n == "item" || n == "article" || n == "good" || n == "sku":
			s = 4
		}
		if _, ok := t.find("S", nameWords...); !ok || s == 0 {
			continue
		}
		for _, words := range [][]string{priceWords, {"slug", "handle"}, {"description"}} {
			if _, ok := t.find("NS", words...); ok {
				s++
			}
		}
		if s > score {
			best, score = t, s
		}
	}
	return best, score > 0
}

// singular is a table's name without schema prefix habits and plural: "shop_products" ends in "product".
func singular(name string) string {
	n := plain(name)
	if s, ok := strings.CutSuffix(n, "ies"); ok {
		return s + "y"
	}
	return strings.TrimSuffix(n, "s")
}

// referring are the tables that have a column which names table t's id, product_id for products, with that column.
func referring(t table, id column, tables []table) (list []table, keys []column) {
	for _, o := range tables {
		if o.oid == t.oid {
			continue
		}
		if c, ok := o.find(string(id.class), singular(t.name)+"id", plain(t.name)+"id", "productid"); ok {
			list, keys = append(list, o), append(keys, c)
		}
	}
	return list, keys
}

// price finds the price in the products, else the lowest of the table that has several per product (variants, prices). Where nothing
// looks like one it is NULL: a product without a price is left out, so that a statement with this hole in it shows nothing wrong.
func (d *sketch) price(p table, id column, tables []table) string {
	if c, ok := p.find("NS", priceWords...); ok {
		return d.money(c, "p."+c.quoted())
	}
	list, keys := referring(p, id, tables)
	for i, v := range list {
		n := plain(v.name)
		c, ok := v.find("N", priceWords...)
		if !ok || strings.Contains(n, "order") || strings.Contains(n, "cart") || strings.Contains(n, "line") {
			continue
		}
		d.notes = append(d.notes, fmt.Sprintf("price: the lowest of %s", v.quoted()))
		live := append([]string{"v." + keys[i].quoted() + " = " + d.id}, published(v, "v")...)
		expr := fmt.Sprintf("(SELECT min(v.%s) FROM %s AS v WHERE %s)", c.quoted(), v.quoted(), strings.Join(live, " AND "))
		d.where = append(d.where, expr+" IS NOT NULL")
		return d.money(c, expr)
	}
	d.notes = append(d.notes, "price: nothing looks like one; put it in the place of NULL, for a product without a price is not shown")
	return "NULL::numeric"
}

// money makes a price exact: a whole number by a name that says cents is divided, one that says nothing is noted.
func (d *sketch) money(c column, expr string) string {
	switch {
	case c.class == 'S':
		return expr
	case c.integer() && (strings.Contains(plain(c.name), "cents") || strings.Contains(plain(c.name), "minor")):
		return "(" + expr + "::numeric / 100)::numeric(14,2)"
	case c.integer():
		d.notes = append(d.notes, "price: whole numbers; divide them by 100 here if they are cents")
		return expr + "::numeric"
	case c.base == "money":
		return expr + "::numeric"
	}
	return expr
}

// category finds the category's name: in the products, in a table they refer to, or through a table between the two.
func (d *sketch) category(p table, id column, tables []table) string {
	if c, ok := p.find("SE", "category", "categoryname", "producttype", "type", "department", "collection"); ok {
		return "p." + c.quoted() + "::text"
	}
	for _, cat := range tables {
		word := singular(cat.name)
		if !strings.HasSuffix(word, "category") && !strings.HasSuffix(word, "collection") {
			continue
		}
		cid, ok := cat.find("SNU", "id", word+"id")
		cname, okName := cat.find("S", nameWords...)
		if !ok || !okName {
			continue
		}
		shown := append([]string{""}, published(cat, "c")...)
		if key, ok := p.find(string(cid.class), word+"id", "categoryid", "maincategoryid"); ok {
			d.from = append(d.from, fmt.Sprintf("JOIN %s AS c ON c.%s = p.%s", cat.quoted(), cid.quoted(), key.quoted()))
			d.where = append(d.where, shown[1:]...)
			return "c." + cname.quoted()
		}
		between, keys := referring(p, id, tables)
		for i, j := range between {
			if ckey, ok := j.find(string(cid.class), word+"id", "categoryid"); ok && j.oid != cat.oid {
				d.from = append(d.from, fmt.Sprintf("JOIN %s AS j ON j.%s = %s", j.quoted(), keys[i].quoted(), d.id),
					fmt.Sprintf("JOIN %s AS c ON c.%s = j.%s", cat.quoted(), cid.quoted(), ckey.quoted()))
				d.where = append(d.where, shown[1:]...)
				return "c." + cname.quoted()
			}
		}
		if join, ckey, pkey, ok := implicitJoin(cat, cid, p, id, tables); ok {
			d.from = append(d.from, fmt.Sprintf("JOIN %s AS j ON j.%s = %s", join.quoted(), pkey.quoted(), d.id),
				fmt.Sprintf("JOIN %s AS c ON c.%s = j.%s", cat.quoted(), cid.quoted(), ckey.quoted()))
			d.where = append(d.where, shown[1:]...)
			return "c." + cname.quoted()
		}
	}
	d.notes = append(d.notes, "category: nothing looks like one; all products stand in one")
	return "'Products'::text"
}

// implicitJoin finds the table that Prisma makes for an implicit relation of many to many, such as "_CategoryToProduct": "A" refers to
// the model that comes first in the alphabet, "B" to the other (Prisma documentation, "Conventions for relation tables").
func implicitJoin(cat table, cid column, p table, id column, tables []table) (join table, ckey, pkey column, ok bool) {
	for _, j := range tables {
		if !strings.HasPrefix(j.name, "_") || !strings.Contains(strings.ReplaceAll(plain(j.name), "ies", "y"), singular(cat.name)) {
			continue
		}
		ckey, okC := j.find(string(cid.class), "a")
		pkey, okP := j.find(string(id.class), "b")
		if singular(cat.name) > singular(p.name) {
			ckey, okC = j.find(string(cid.class), "b")
			pkey, okP = j.find(string(id.class), "a")
		}
		if okC && okP && len(j.columns) == 2 {
			return j, ckey, pkey, true
		}
	}
	return table{}, column{}, column{}, false
}

// optional adds what else the tables have.
func (d *sketch) optional(p table, id column, tables []table) {
	for _, o := range []struct {
		name, classes string
		words         []string
	}{
		{"list_price", "N", []string{"listprice", "compareatprice", "originalprice", "regularprice", "compareatpricecents", "listpricecents"}},
		{"brand", "S", []string{"brand", "vendor", "manufacturer", "brandname"}},
		{"images", "ASU", pictureWords},
		{"avg_rating", "N", []string{"avgrating", "averagerating", "rating"}},
		{"num_reviews", "N", []string{"numreviews", "reviewcount", "reviewscount"}},
		{"num_sales", "N", []string{"numsales", "salescount", "soldcount", "sold", "totalsales"}},
		{"count_in_stock", "N", []string{"countinstock", "stock", "inventory", "stockquantity", "quantity"}},
	} {
		c, ok := p.find(o.classes, o.words...)
		if !ok && o.name == "images" {
			d.pictures(p, id, tables)
		}
		if !ok {
			continue
		}
		expr := "p." + c.quoted()
		switch o.name {
		case "list_price":
			expr = d.money(c, expr)
		case "num_sales":
			d.sales = expr
		case "avg_rating":
			d.rating = expr
		}
		d.columns = append(d.columns, outColumn{o.name, expr})
	}
}

// pictures adds the addresses of a table of pictures.
func (d *sketch) pictures(p table, id column, tables []table) {
	list, keys := referring(p, id, tables)
	for i, t := range list {
		n := plain(t.name)
		if !strings.Contains(n, "image") && !strings.Contains(n, "picture") && !strings.Contains(n, "photo") && !strings.Contains(n, "media") {
			continue
		}
		url, ok := t.find("S", "url", "src", "path", "imageurl", "href", "file", "original")
		if !ok {
			continue
		}
		order := "i." + url.quoted()
		if pos, ok := t.find("N", "position", "sortorder", "displayorder", "sort", "order", "id"); ok {
			order = "i." + pos.quoted() + ", " + order
		}
		d.columns = append(d.columns, outColumn{"images", fmt.Sprintf("ARRAY(SELECT i.%s::text FROM %s AS i WHERE i.%s = %s ORDER BY %s)",
			url.quoted(), t.quoted(), keys[i].quoted(), d.id, order)})
		return
	}
}

// plainSelect is the SELECT of every product, indented by indent.
func (d sketch) plainSelect(indent string, extra ...outColumn) string {
	var b strings.Builder
	for i, c := range append(slices.Clone(d.columns), extra...) {
		sep := ",\n" + indent + "       "
		if i == 0 {
			sep = indent + "SELECT "
		}
		b.WriteString(sep + c.expr + " AS " + c.name)
	}
	b.WriteString("\n" + indent + "FROM " + strings.Join(d.from, "\n"+indent+"     "))
	if len(d.where) > 0 {
		b.WriteString("\n" + indent + "WHERE " + strings.Join(d.where, "\n"+indent+"  AND "))
	}
	return b.String()
}

// query is the statement for a CATALOG_QUERY_FILE, cut to $2 products a category.
func (d sketch) query() string {
	var order []string
	for _, e := range []string{d.sales, d.rating} {
		if e != "" {
			order = append(order, e+" DESC NULLS LAST")
		}
	}
	category := d.columns[0].expr
	place := outColumn{"place", fmt.Sprintf("row_number() OVER (PARTITION BY %s ORDER BY %s)", category, strings.Join(append(order, d.id), ", "))}
	names := make([]string, len(d.columns))
	for i, c := range d.columns {
		names[i] = c.name
	}
	return d.comments() + fmt.Sprintf("SELECT %s\nFROM (\n%s\n) AS products\nWHERE place <= $2 -- PRODUCTS_PER_CATEGORY\n"+
		"  AND (cardinality($1::text[]) = 0 OR category = ANY($1)) -- CATEGORIES, if any are set\nORDER BY category COLLATE \"C\", place\n",
		strings.Join(names, ", "), d.plainSelect("    ", place))
}

// view is the same as a view named products.
func (d sketch) view() string {
	return d.comments() + "CREATE SCHEMA IF NOT EXISTS " + viewSchema + ";\nCREATE VIEW " + viewSchema + ".products AS\n" + d.plainSelect("") + ";\n"
}

func (d sketch) comments() string {
	var b strings.Builder
	for _, n := range d.notes {
		b.WriteString("-- " + n + "\n")
	}
	return b.String()
}
