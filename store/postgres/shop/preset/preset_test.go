package preset

import (
	"maps"
	"strings"
	"testing"
)

// signatures are tables of each system, of which no one may be missing, beside tables that others have as well.
var signatures = map[string]map[string][]string{
	"Medusa 2":           {"price_set": {"id"}, "product_variant_price_set": {"id"}},
	"Saleor":             {"product_productchannellisting": {"id"}, "product_productvariantchannellisting": {"id"}},
	"Payload e-commerce": {"payload_migrations": {"id"}, "products": {"id", "price_in_usd"}},
	"Vendure":            {"collection_product_variants_product_variant": {"id"}},
	"Spree":              {"spree_products": {"id"}, "spree_prices": {"amount", "compare_at_amount"}},
	"Solidus":            {"spree_products": {"id"}, "spree_prices": {"amount"}},
}

// beside adds tables that belong to no system by themselves, and leaves one out.
func beside(tables map[string][]string, without string) map[string][]string {
	all := maps.Clone(tables)
	for _, name := range strings.Fields("product product_variant product_category collection price categories variants " +
		"sales_channel") {
		all[name] = []string{"id", "price"}
	}
	delete(all, without)
	return all
}

func TestRecognise(t *testing.T) {
	for name, tables := range signatures {
		t.Run(name, func(t *testing.T) {
			s, ok := Recognise("public", beside(tables, ""))
			begins := strings.HasPrefix(s.Sentence, "this is a "+name+" database: ")
			if !ok || !begins || !strings.Contains(s.Sentence, "CATALOG_QUERY_FILE") {
				t.Errorf("recognised %v: %s", ok, s.Sentence)
			}
			if hasOne := s.Statement != ""; hasOne != strings.Contains(s.Sentence, "vitrine init --query FILE") {
				t.Errorf("there is a statement: %v, but the sentence is: %s", hasOne, s.Sentence)
			}
			for table := range tables {
				if s, ok := Recognise("public", beside(tables, table)); ok {
					t.Errorf("without table %s: %s", table, s.Sentence)
				}
			}
		})
	}
}

// Payload holds more than shops: products without its prices are another's.
func TestPayloadWithoutPrices(t *testing.T) {
	for _, column := range []string{"price", "price_in_cents", "price_in_usd_enabled"} {
		tables := map[string][]string{"payload_migrations": {"id"}, "products": {column}}
		if s, ok := Recognise("public", tables); ok {
			t.Errorf("by the column %s: %s", column, s.Sentence)
		}
	}
}

// The owner is told the schema where it is not the usual one.
func TestSchema(t *testing.T) {
	s, ok := Recognise("shop a", signatures["Vendure"])
	if !ok || !strings.HasPrefix(s.Sentence, "this is a Vendure database (schema shop a): ") {
		t.Errorf("recognised %v: %s", ok, s.Sentence)
	}
}
