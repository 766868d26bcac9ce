// Package store has the nouns of a shop's data: what a refresh reads ([Catalogue]), what it may fail of ([Error] and its [Class]), what is
// known of the database ([Health]), and text that is never shown ([Secret]). It knows no database; store/postgres and store/demo do.
package store

import (
	"time"

	"github.com/shopspring/decimal"
)

// Catalogue is what one refresh read: the categories in page order, each with its best sellers first.
type Catalogue struct {
	Categories []Category `json:"categories"`
	// Skipped lists the rows that cannot be understood (no name, no slug, a price that is no number), in query order.
	Skipped []Skipped `json:"skipped,omitempty"`
	// Order says what a category's products are ordered by: one of the Order constants, "" where it is not known.
	Order string `json:"order,omitempty"`
	// Seen are the values that columns in doubt have on this page, by column: another value on a later page is a question.
	Seen map[string][]string `json:"seen,omitempty"`
	// Warnings are sentences for the owner about names in CATEGORIES that nothing has, or that are spelt otherwise; Notices what else is
	// worth knowing of the rows.
	Warnings []string `json:"warnings,omitempty"`
	Notices  []string `json:"notices,omitempty"`
	// ReadAt is when the query was sent, UTC: the page's data is at least as new as this.
	ReadAt time.Time `json:"read_at"`
	// DatabaseName is what people call the database, for sentences about another one.
	DatabaseName string `json:"database_name,omitempty"`
	// DataVersion grows with every change of a database, on its primary and its standbys alike: an answer with a lower
	// one is older. 0 where the database has none.
	DataVersion int64 `json:"data_version,omitempty"`
	// Source says which database and which settings the rows came from.
	Source Source `json:"source"`
}

// Products counts the products of all categories.
func (c Catalogue) Products() int {
	n := 0
	for _, cat := range c.Categories {
		n += len(cat.Products)
	}
	return n
}

// Orders of a category's products.
const (
	OrderSales  = "sales"
	OrderRating = "rating"
	OrderNewest = "newest"
	OrderID     = "id"
)

// Category is one shelf of the homepage. A category that was asked for by name and has no products stays, empty.
type Category struct {
	Name string `json:"name"`
	// Slug and ID are those of the shop's categories table, "" where it has none.
	Slug     string    `json:"slug,omitempty"`
	ID       string    `json:"id,omitempty"`
	Products []Product `json:"products"`
}

// Product is one card. Text is valid UTF-8 as the database holds it, neither trimmed nor escaped.
type Product struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
	// Brand may be empty.
	Brand string `json:"brand,omitempty"`
	// Images are addresses as the shop stores them, best first; whether they may be shown is render's business.
	Images []string `json:"images,omitempty"`
	// Price is in major units, exact, rounded half away from zero to the currency's digits.
	Price decimal.Decimal `json:"price"`
	// ListPrice is the price before the sale; zero where there is no sale (NULL, 0 or not above Price).
	ListPrice decimal.Decimal `json:"list_price"`
	// Rating is 0 to 5; it means something only where NumReviews > 0 or Rating > 0.
	Rating     float64 `json:"rating"`
	NumReviews int64   `json:"num_reviews"`
	NumSales   int64   `json:"num_sales"`
	// Stock is nil where the shop's table does not tell; 0 or less is sold out.
	Stock *int64 `json:"stock,omitempty"`
}

// Skipped is one row that was left out of the page, and why.
type Skipped struct {
	// Reason is one of the Skip constants.
	Reason string `json:"reason"`
	// Slug names the row as well as it can be named: its slug, else its id.
	Slug string `json:"slug"`
}

// Reasons for leaving a row out of the page. The set may grow; readers of the status treat it as open.
const (
	SkipNoName     = "no_name"
	SkipNoSlug     = "no_slug"
	SkipBadPrice   = "bad_price"   // NaN, infinite, negative or beyond 10^12
	SkipBadAddress = "bad_address" // a product address that must not be linked, such as javascript:
	SkipTooBig     = "too_big"     // a name, slug or brand longer than its limit
	SkipBadPicture = "bad_picture" // no address of a picture can be used; the product is shown without one
	SkipNoCategory = "no_category" // a row of a CATALOG_QUERY_FILE that belongs to no category
)

// Source identifies where a catalogue came from, without secrets: both fields are hex SHA-256 sums.
type Source struct {
	// Database is the identity of the database: engine, hosts, database name, schema name.
	Database string `json:"database"`
	// Settings covers what may rightly change the page at one stroke: schema kind, query file, CATEGORIES,
	// PRODUCTS_PER_CATEGORY and the answers to questions (PRICE_UNIT, CATALOG_STORE, CATALOG_DISCOUNT, CATALOG_IGNORE).
	Settings string `json:"settings"`
}

// Cost is what one read cost.
type Cost struct {
	// SentAt is when the query went out, with monotonic reading; zero where none did.
	SentAt time.Time
	// Acquire is how long it took to have a connection, Query how long the answer took.
	Acquire, Query time.Duration
	// InUse is the highest number of pool connections seen in use meanwhile.
	InUse int
	// WaitCount is how often the pool had to wait for a connection meanwhile.
	WaitCount int64
}
