package postgres

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"vitrine/store"
)

// row is one product, or one category without products, as it crosses the wire: everything is text, because one value that
// its type cannot hold (NaN, infinity, NULL, bad UTF-8) must cost one row and not the page.
type row struct {
	Ord      int64          // place of the category: the number in the list asked for, or its position
	Category sql.NullString // name of the category
	Rank     sql.NullInt64  // place of the product in its category, from 1; NULL means that the category is empty
	ID, Name, Slug, Brand, Images,
	Price, ListPrice, Rating, NumReviews, NumSales, Stock sql.NullString
}

// dest are the places to scan a row into, in the order of columns (query.go).
func (r *row) dest() []any {
	return []any{&r.Ord, &r.Category, &r.Rank, &r.ID, &r.Name, &r.Slug, &r.Brand, &r.Images,
		&r.Price, &r.ListPrice, &r.Rating, &r.NumReviews, &r.NumSales, &r.Stock}
}

// product makes a card of the row, or says why it cannot be shown.
func (r *row) product(u unit) (store.Product, *store.Skipped) {
	p := store.Product{ID: text(r.ID), Name: text(r.Name), Slug: text(r.Slug), Brand: text(r.Brand)}
	price, ok := u.price(r.Price.String)
	switch {
	case strings.TrimSpace(p.Name) == "":
		return store.Product{}, skip(p, store.SkipNoName)
	case strings.TrimSpace(p.Slug) == "":
		return store.Product{}, skip(p, store.SkipNoSlug)
	case !ok:
		return store.Product{}, skip(p, store.SkipBadPrice)
	}
	p.Price, p.ListPrice = price, u.listPrice(r.ListPrice.String, price)
	p.Images = images(text(r.Images))
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

// skip names the product as well as it can be named.
func skip(p store.Product, reason string) *store.Skipped {
	if strings.TrimSpace(p.Slug) != "" {
		return &store.Skipped{Reason: reason, Slug: p.Slug}
	}
	return &store.Skipped{Reason: reason, Slug: p.ID}
}

// text is a value as valid UTF-8; NULL is "".
func text(s sql.NullString) string { return strings.ToValidUTF8(s.String, "\uFFFD") }

// shelves groups rows into a catalogue's categories. want are the categories asked for by name, in page order: each stays, empty
// or not, and Ord numbers them from 1. Without want the categories come by Ord, then by name in byte order.
func shelves(rows []row, want []string, per int, u unit) ([]store.Category, []store.Skipped) {
	slices.SortStableFunc(rows, compareRows)
	cats := make([]store.Category, 0, max(len(want), 12))
	at := make(map[string]int, cap(cats)) // name to index in cats
	for _, name := range want {
		at[name] = len(cats)
		cats = append(cats, store.Category{Name: name})
	}
	var skipped []store.Skipped
	taken := make(map[string]bool) // ids of a category that two rows of the categories table name
	for i := range rows {
		r := &rows[i]
		name := text(r.Category)
		if want != nil {
			name = want[r.Ord-1]
		}
		k, seen := at[name]
		if !seen {
			k, at[name] = len(cats), len(cats)
			cats = append(cats, store.Category{Name: name})
		}
		key := name + "\x00" + r.ID.String
		if !r.Rank.Valid || taken[key] || len(cats[k].Products) >= per {
			continue
		}
		taken[key] = true
		if p, s := r.product(u); s != nil {
			skipped = append(skipped, *s)
		} else {
			cats[k].Products = append(cats[k].Products, p)
		}
	}
	return cats, skipped
}

// compareRows orders by category, then by place in it. Names compare as bytes: the same on every machine.
func compareRows(a, b row) int {
	if a.Ord != b.Ord {
		return int(min(max(a.Ord-b.Ord, -1), 1))
	}
	if c := strings.Compare(a.Category.String, b.Category.String); c != 0 {
		return c
	}
	if a.Rank.Int64 != b.Rank.Int64 {
		return int(min(max(a.Rank.Int64-b.Rank.Int64, -1), 1))
	}
	return strings.Compare(a.ID.String, b.ID.String)
}

// images reads a product's pictures: a PostgreSQL array, of addresses or of JSON, a JSON array or object, or one address. NULL and
// empty entries are left out, dimensions flattened.
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

// pictureKeys are the names under which shops and upload services keep the address in an object that describes a picture.
var pictureKeys = []string{"url", "src", "image", "imageUrl", "image_url", "secure_url", "href", "path"}

// imagesJSON reads addresses out of JSON: a string, an object that has one under the first of pictureKeys, or an array of those. What lies
// deep in it, which no shop writes and would take long to read, is left out.
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

// arrayText reads the text form of a PostgreSQL array (Arrays, "Array Input and Output Syntax"): {a,"b,\"c",NULL}, with or
// without bounds in front. NULL becomes "". It never fails: what is no array is read as far as it goes.
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
