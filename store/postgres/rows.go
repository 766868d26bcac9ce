package postgres

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// row is one product as it is sent: everything is text, because one value that its type cannot hold (NaN, infinity,
// NULL, bad UTF-8) must cost one row and not the page.
type row struct {
	Category, CategorySlug, CategoryID, ID, Name, Slug, Brand, Images,
	Price, ListPrice, Rating, NumReviews, NumSales, Stock, Doubts sql.NullString
}

// Names of the types that a result's columns may have, as PostgreSQL's catalogue has them.
const (
	wordTypes   = "text, varchar, bpchar, name"
	labelTypes  = wordTypes + ", uuid, int8, int4, int2"
	numberTypes = "numeric, float8, float4, int8, int4, int2, text, varchar"
)

// resultColumns are the columns of a result that a page is made of, the required ones first.
var resultColumns = []struct {
	name, types string
	required    bool
	at          func(*row) *sql.NullString
}{
	{"category", labelTypes, true, func(r *row) *sql.NullString { return &r.Category }},
	{"id", labelTypes + ", numeric", true, func(r *row) *sql.NullString { return &r.ID }},
	{"name", labelTypes, true, func(r *row) *sql.NullString { return &r.Name }},
	{"slug", labelTypes, true, func(r *row) *sql.NullString { return &r.Slug }},
	{"price", numberTypes, true, func(r *row) *sql.NullString { return &r.Price }},
	{"list_price", numberTypes, false, func(r *row) *sql.NullString { return &r.ListPrice }},
	{"brand", labelTypes, false, func(r *row) *sql.NullString { return &r.Brand }},
	{"images", "text, varchar, _text, _varchar, json, jsonb", false, func(r *row) *sql.NullString { return &r.Images }},
	{"avg_rating", numberTypes, false, func(r *row) *sql.NullString { return &r.Rating }},
	{"num_reviews", numberTypes, false, func(r *row) *sql.NullString { return &r.NumReviews }},
	{"num_sales", numberTypes, false, func(r *row) *sql.NullString { return &r.NumSales }},
	{"count_in_stock", numberTypes, false, func(r *row) *sql.NullString { return &r.Stock }},
	{"category_slug", labelTypes, false, func(r *row) *sql.NullString { return &r.CategorySlug }},
	{"category_id", labelTypes, false, func(r *row) *sql.NullString { return &r.CategoryID }},
	{"doubts", "text, _text", false, func(r *row) *sql.NullString { return &r.Doubts }},
}

// field is the place to scan a result's column into; nil for one that is not known.
func (r *row) field(name string) *sql.NullString {
	for _, c := range resultColumns {
		if c.name == name {
			return c.at(r)
		}
	}
	return nil
}

// maxImages is the number of addresses of a product that are kept: the first one is shown, the others where it cannot
// be used.
const maxImages = 3

// product makes a card of the row, or says why it cannot be shown.
func (r *row) product(u unit) (store.Product, *store.Skipped) {
	p := store.Product{ID: text(r.ID), Name: text(r.Name), Slug: text(r.Slug), Brand: text(r.Brand)}
	price, ok := u.price(r.Price.String)
	switch {
	case tooLong(p.Name, shop.MaxText), tooLong(p.Slug, shop.MaxAddress), tooLong(p.Brand, shop.MaxText):
		return store.Product{}, skip(store.Product{ID: p.ID}, store.SkipTooBig)
	case strings.TrimSpace(p.Name) == "":
		return store.Product{}, skip(p, store.SkipNoName)
	case strings.TrimSpace(p.Slug) == "":
		return store.Product{}, skip(p, store.SkipNoSlug)
	case !ok:
		return store.Product{}, skip(p, store.SkipBadPrice)
	}
	p.Price, p.ListPrice = price, u.listPrice(r.ListPrice.String, price)
	p.Images = images(text(r.Images))
	p.Images = p.Images[:min(len(p.Images), maxImages)]
	p.Rating = rating(r.Rating.String)
	p.NumSales, _ = count(r.NumSales.String)
	if n, ok := count(r.NumReviews.String); ok {
		p.NumReviews = max(n, 0)
	}
	if n, ok := count(r.Stock.String); ok && r.Stock.Valid {
		p.Stock = &n
	}
	return p, nil
}

// tooLong reports whether a text has more characters than its limit: the statement cuts it to one more.
func tooLong(s string, limit int) bool { return utf8.RuneCountInString(s) > limit }

// skip names the product as well as it can be named.
func skip(p store.Product, reason string) *store.Skipped {
	if strings.TrimSpace(p.Slug) != "" {
		return &store.Skipped{Reason: reason, Slug: p.Slug}
	}
	return &store.Skipped{Reason: reason, Slug: p.ID}
}

// text is a value as valid UTF-8; NULL is "".
func text(s sql.NullString) string { return strings.ToValidUTF8(s.String, "\uFFFD") }

// shelves groups rows, in the order in which they come, into a catalogue's categories. want are the categories asked
// for by name, in page order: each stays, empty or not. One that the shop has in other case or with blanks around it
// alone is taken for it; near tells of those, by the name that was asked for. byID says that two of one name, such as
// the shoes of men and of women, are two, unless names are asked for.
func shelves(rows []row, want []string, per int, u unit, byID bool) (cats []store.Category,
	skipped []store.Skipped, near map[string]string) {
	cats = make([]store.Category, 0, max(len(want), 12))
	at := make(map[string]int, cap(cats)) // name to index in cats
	for _, name := range want {
		at[name] = len(cats)
		cats = append(cats, store.Category{Name: name})
	}
	near = nearNames(rows, want)
	for asked, name := range near {
		at[name] = at[asked]
		cats[at[asked]].Name = name
	}
	taken := make(map[string]bool) // ids of a category that comes twice
	for i := range rows {
		r := &rows[i]
		name := text(r.Category)
		if strings.TrimSpace(name) == "" {
			skipped = append(skipped, *skip(store.Product{ID: text(r.ID), Slug: text(r.Slug)}, store.SkipNoCategory))
			continue
		}
		one := name
		if want == nil && byID {
			one += "\x00" + r.CategoryID.String
		}
		k, seen := at[one]
		switch {
		case !seen && want != nil:
			continue // not asked for
		case !seen:
			k, at[one] = len(cats), len(cats)
			cats = append(cats, store.Category{Name: name})
		}
		if cats[k].ID == "" && cats[k].Slug == "" {
			cats[k].ID, cats[k].Slug = text(r.CategoryID), text(r.CategorySlug)
		}
		key := one + "\x00" + r.ID.String
		if !r.ID.Valid && !r.Name.Valid || taken[key] || len(cats[k].Products) >= per {
			continue
		}
		taken[key] = true
		if p, s := r.product(u); s != nil {
			skipped = append(skipped, *s)
		} else {
			cats[k].Products = append(cats[k].Products, p)
		}
	}
	return cats, skipped, near
}

// nearNames finds for each name in want that no row has the one that differs in case and outer blanks alone, if there
// is just one.
func nearNames(rows []row, want []string) map[string]string {
	near := map[string]string{}
	if want == nil {
		return near
	}
	have := map[string]bool{}
	folded := map[string][]string{}
	for i := range rows {
		if name := text(rows[i].Category); rows[i].ID.Valid && !have[name] {
			have[name] = true
			folded[fold(name)] = append(folded[fold(name)], name)
		}
	}
	for _, name := range want {
		if one := folded[fold(name)]; !have[name] && len(one) == 1 && !slices.Contains(want, one[0]) {
			near[name] = one[0]
		}
	}
	return near
}

// fold is a name without what people mistype first: case and blanks around it.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// images reads a product's pictures: a PostgreSQL array, of addresses or of JSON, a JSON array or object, or one
// address. NULL and empty entries are left out, dimensions flattened.
func images(s string) []string {
	s = strings.TrimSpace(s)
	var list []string
	switch {
	case s == "":
		return nil
	case mayBeJSON(s) && json.Valid([]byte(s)):
		list = imagesJSON([]byte(s), 0)
	case s[0] == '{', s[0] == '[' && strings.Contains(s, "]={"):
		for _, element := range arrayText(s) {
			if element != "" && strings.IndexByte("{[", element[0]) >= 0 && json.Valid([]byte(element)) { // jsonb[]
				list = append(list, imagesJSON([]byte(element), 0)...)
			} else {
				list = append(list, element)
			}
		}
	case s[0] == '[', s[0] == '"': // broken JSON
		return nil
	default:
		list = []string{s}
	}
	list = slices.DeleteFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(list) == 0 {
		return nil
	}
	return list
}

// mayBeJSON tells by the first characters whether it is worth asking the parser: the common array {https://…} is not.
func mayBeJSON(s string) bool {
	if s[0] == '{' {
		inside := strings.TrimLeft(s[1:], " \t\r\n")
		return inside != "" && (inside[0] == '"' || inside[0] == '}')
	}
	return s[0] == '[' || s[0] == '"'
}

// pictureKeys are the names under which shops and upload services keep the address in an object that describes a
// picture.
var pictureKeys = []string{"url", "src", "image", "imageUrl", "image_url", "secure_url", "href", "path"}

// imagesJSON reads addresses out of JSON: a string, an object that has one under the first of pictureKeys, or an array
// of those. What lies deep in it, which no shop writes and would take long to read, is left out.
func imagesJSON(b []byte, depth int) []string {
	var one string
	if depth > 4 {
		return nil
	}
	if json.Unmarshal(b, &one) == nil {
		return []string{one}
	}
	var list []string
	var many []json.RawMessage
	if json.Unmarshal(b, &many) == nil {
		for _, m := range many {
			list = append(list, imagesJSON(m, depth+1)...)
		}
		return list
	}
	var object map[string]any
	if json.Unmarshal(b, &object) != nil {
		return nil
	}
	for _, key := range pictureKeys {
		if address, ok := object[key].(string); ok && address != "" {
			return []string{address}
		}
	}
	return nil
}

// arrayText reads the text form of a PostgreSQL array (Arrays, "Array Input and Output Syntax"): {a,"b,\"c",NULL},
// with or without bounds in front. NULL becomes "". It never fails: what is no array is read as far as it goes.
func arrayText(s string) []string {
	if i := strings.IndexByte(s, '{'); i >= 0 {
		s = s[i:]
	}
	var list []string
	for i := 0; i < len(s); {
		switch s[i] {
		case '{', '}', ',':
			i++
		case '"':
			v, n := quotedElement(s[i+1:])
			list, i = append(list, v), i+1+n
		default:
			n := strings.IndexAny(s[i:], ",}")
			if n < 0 {
				n = len(s) - i
			}
			if v := s[i : i+n]; v == "NULL" {
				list = append(list, "")
			} else {
				list = append(list, v)
			}
			i += n
		}
	}
	return list
}

// quotedElement reads up to the closing quote, and says how many bytes that took, the quote included.
func quotedElement(s string) (string, int) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), i + 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), len(s)
}
