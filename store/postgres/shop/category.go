package shop

import "strings"

// categoryStems are in names of tables of categories, and how much they say.
var categoryStems = []struct {
	stem  string
	score int
}{
	{"category", 100}, {"categorie", 100}, {"categoria", 100}, {"kategori", 100}, {"taxon", 85}, {"collection", 80},
	{"department", 75}, {"section", 75}, {"shelf", 75}, {"group", 60}, {"family", 60}, {"genre", 60},
	{"class", 50}, {"type", 50},
}

var (
	categoryWords = strings.Fields(`
		category categorie categoria kategorie kategori categorias collection taxon department section shelf`)
	// noCategoryWords are in names of tables that products refer to and that are no categories.
	noCategoryWords = strings.Fields(`
		brand vendor seller merchant supplier manufacturer user owner admin creator author tax currency tag
		status attribute warehouse partner account member customer parent country discount promotion locale
		language`)
	noCategoryStems = strings.Fields("variant sku image media file price upload stock")
	// categoryColumns hold the category itself, the best first.
	categoryColumns = strings.Fields(`
		category categories categoryname categoryslug cat kategorie categoria collection collections
		department section`)
)

// membership is one route from a product to a category.
type membership struct {
	score     int
	key       key    // leads to the category: one of products, or of join
	join      *Table // a join table; nil for none
	toProduct key    // of join
	above     key    // of the categories to the upper ones, where they are sub-categories
}

// findCategories chooses how products belong to categories: over keys, over a join table, by a column that holds the
// category itself; without any of these there is one shelf.
func (r *reader) findCategories() {
	best := r.byKeys()
	for _, b := range r.byJoins() {
		if b.score > best.score {
			best = b
		}
	}
	if c, ok := r.categoryColumn(); ok && best.score < 90 {
		r.categoriesIn(c)
		return
	}
	if best.score > 0 {
		r.categoriesOver(best)
		return
	}
	r.shelf.with = fill(oneCategory)
	r.role("category", "none: one shelf, named by CATEGORIES")
}

// categoryScore says how much a table looks like one of categories: 0 not at all.
func (r *reader) categoryScore(t *Table, by string) int {
	if t == r.Products || !r.named(t) || begins(t.Name, elseWords...) || has(t.Name, noCategoryStems...) {
		return 0
	}
	for _, w := range append(singulars(words(by)), lastWord(t.Name)) {
		if is(w, ownerWords...) || is(w, noCategoryWords...) {
			return 0
		}
	}
	score := 10
	for _, s := range categoryStems {
		if has(t.Name, s.stem) || has(by, s.stem) && score < 20 {
			score = max(score, s.score)
		}
	}
	if has(t.Name, "sub") || has(by, "sub") {
		score -= 30
	}
	return score
}

// named reports whether the rows of t have a name; nothing is noted of its columns.
func (r *reader) named(t *Table) (ok bool) {
	roles := r.Roles
	r.attempt(func() bool {
		_, what := r.nameOf(t, "k")
		ok = what != ""
		return false
	})
	r.Roles = roles
	return ok
}

// byKeys is the best of the products' own foreign keys.
func (r *reader) byKeys() (best membership) {
	unknown := 0
	for _, k := range r.Products.keys {
		if r.ignored(r.Products, k.from) {
			continue
		}
		b := membership{score: r.categoryScore(k.to, k.from.Name), key: k}
		if b.score == 10 {
			unknown++
		}
		if b.score > best.score {
			best = b
		}
	}
	if best.score == 10 && unknown > 1 { // which of several lookup tables is meant, nothing says
		return membership{}
	}
	if best.score == 0 || !has(best.key.to.Name, "sub") && !has(best.key.from.Name, "sub") {
		return best
	}
	for _, k := range best.key.to.keys { // a sub-category's category
		if k.to != best.key.to && r.categoryScore(k.to, k.from.Name) > best.score {
			best.above = k
		}
	}
	return best
}

// byJoins are the tables with a key to products and one to a table of categories.
func (r *reader) byJoins() (list []membership) {
	for _, j := range r.all.List {
		if begins(j.Name, elseWords...) || j == r.Products || variantLike(j) && !has(j.Name, categoryWords...) {
			continue
		}
		for _, p := range j.keys {
			for _, c := range j.keys {
				if p.to != r.Products || c.to == r.Products || c.from.Name == p.from.Name {
					continue
				}
				if n := r.categoryScore(c.to, c.from.Name); n > 20 {
					list = append(list, membership{score: n - 5, join: j, toProduct: p, key: c})
				}
			}
		}
	}
	return list
}

// categoryColumn is a column of products that holds the category itself: its name, slug or id, or several of them.
func (r *reader) categoryColumn() (Column, bool) {
	t := r.Products
	for _, name := range categoryColumns {
		for _, c := range t.Columns {
			called := plain(c.Name) == name || t.bare(c) == name
			fits := c.text() || c.Class == 'E' || c.textArray() || c.Base == "jsonb" && strings.HasSuffix(name, "s")
			if called && fits && !t.refers(c) && !r.ignored(t, c) {
				return c, true
			}
		}
	}
	return Column{}, false
}

// tableOf is the categories table whose names, slugs or ids a column may hold.
func (r *reader) tableOf(c Column) *Table {
	var found *Table
	best := 0
	for _, t := range r.all.List {
		score, near := r.categoryScore(t, ""), t.Schema == r.Products.Schema
		if score > 20 && near && singular(r.Products.bare(c)) == strings.Join(t.singular, "") {
			score += 50
		}
		name, ok := t.ownName()
		if score > 140 || ok && near && name.Readable && score > max(best, 60) {
			found, best = t, score
		}
	}
	return found
}
