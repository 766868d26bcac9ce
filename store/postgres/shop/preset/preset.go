// Package preset recognises the databases of known shop systems by their own tables. Which sales channel, currency and
// language a homepage shows is their owner's decision, so such a database is never read unasked: [Recognise] gives a
// statement for CATALOG_QUERY_FILE with the decisions as comments, or says which tables hold what.
package preset

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// System is what there is to tell of a shop system.
type System struct {
	// Statement is the text of a query file that begins with what there is to decide; "" where the owner writes it.
	Statement string
	// Sentence says which system it is, what its tables hold and what to do next.
	Sentence string
}

// known are the systems, each with the tables that it alone has, and its statement or what its tables hold.
var known = []struct {
	name      string
	tables    []string
	statement string
	hold      string
}{
	{"Medusa 2", []string{"price_set", "product_variant_price_set"}, medusa, ""},
	{"Saleor", []string{"product_productchannellisting", "product_productvariantchannellisting"}, saleor, ""},
	{"Payload e-commerce", []string{"payload_migrations", "products"}, payload, ""},
	{"Vendure", []string{"collection_product_variants_product_variant"}, "",
		`product and product_variant say what is shown (enabled, "deletedAt"), product_translation the name and slug, ` +
			"product_variant_price the price by channel and currency in the currency's smallest unit, " +
			`product_channels_channel the channel, collection ("isPrivate", position), collection_translation and ` +
			`collection_product_variants_product_variant the categories, asset the pictures (product."featuredAssetId")`},
	{"Spree", []string{"spree_products", "spree_prices"}, "",
		"spree_products says what is shown (status, available_on, discontinue_on, deleted_at), spree_products_stores or " +
			"store_id in which store, spree_prices the price by currency (amount, compare_at_amount, deleted_at) of each of " +
			"spree_variants, spree_taxons and spree_products_taxons the categories, spree_assets the pictures"},
	{"Solidus", []string{"spree_products", "spree_prices"}, "",
		"spree_products says what is shown (available_on, discontinue_on, deleted_at), spree_prices the price by currency " +
			"and country (amount, deleted_at) of each of spree_variants, " +
			"spree_taxons and spree_products_taxons the categories, spree_assets the pictures"},
}

//go:embed medusa.sql
var medusa string

//go:embed saleor.sql
var saleor string

//go:embed payload.sql
var payload string

// Recognise reports which known system the tables of a schema belong to; columns are those of each table.
func Recognise(schema string, columns map[string][]string) (System, bool) {
	for _, k := range known {
		statement := k.statement
		switch {
		case slices.ContainsFunc(k.tables, func(name string) bool { return columns[name] == nil }):
			continue
		case k.name == "Spree" && !slices.Contains(columns["spree_prices"], "compare_at_amount"):
			continue
		case statement == payload:
			price := payloadPrice(columns["products"])
			if price == "" {
				continue
			}
			statement = strings.NewReplacer(usdPrice, price, "USD", currency(price)).Replace(payload)
		}
		this := "this is a " + k.name + " database"
		if schema != "public" {
			this += " (schema " + schema + ")"
			statement = strings.ReplaceAll(statement, "public.", pq.QuoteIdentifier(schema)+".")
		}
		if statement == "" {
			return System{"", this + ": " + k.hold + "; write a SELECT of your own over them, " +
				"with the columns category, id, name, slug and price, and name its file in CATALOG_QUERY_FILE"}, true
		}
		return System{statement, this + ": which channel, currency and language the homepage shows is for you to decide; " +
			"`vitrine init --query FILE` writes a statement that begins with what there is to decide; " +
			"read it, then name its file in CATALOG_QUERY_FILE"}, true
	}
	return System{}, false
}

const (
	priceIn  = "price_in_" // begins the name of a price column, of which there is one for each currency of the shop
	usdPrice = priceIn + "u_s_d"
)

// payloadPrice is the price column that the statement takes: of USD, else the first by name; "" if there is none.
func payloadPrice(columns []string) (first string) {
	for _, c := range slices.Sorted(slices.Values(columns)) {
		switch {
		case !strings.HasPrefix(c, priceIn) || len(currency(c)) != 3:
		case currency(c) == "USD":
			return c
		case first == "":
			first = c
		}
	}
	return first
}

// currency is the code in the name of a price column: price_in_u_s_d and price_in_usd are USD.
func currency(column string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(column, priceIn), "_", ""))
}
