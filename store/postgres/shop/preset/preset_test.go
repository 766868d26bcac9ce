package preset

import (
	"slices"
	"strings"
	"testing"
)

// signatures are tables of each system, of which no one may be missing, beside tables that others have as well.
var signatures = map[string][]Table{
	"Medusa 2": {{Schema: "public", Name: "price_set"}, {Schema: "public", Name: "product_variant_price_set"}},
	"Saleor": {{Schema: "public", Name: "product_productchannellisting"},
		{Schema: "public", Name: "product_productvariantchannellisting"}},
	"Payload e-commerce": {{Schema: "public", Name: "payload_migrations"},
		{Schema: "public", Name: "products", Columns: []string{"id", "price_in_usd"}}},
	"Vendure": {{Schema: "public", Name: "collection_product_variants_product_variant"}},
	"Spree": {{Schema: "public", Name: "spree_products"},
		{Schema: "public", Name: "spree_prices", Columns: []string{"amount", "compare_at_amount"}}},
	"Solidus": {{Schema: "public", Name: "spree_products"},
		{Schema: "public", Name: "spree_prices", Columns: []string{"amount"}}},
}

// common are tables that belong to no system by themselves.
var common = []Table{
	{Schema: "public", Name: "product", Columns: []string{"id", "price"}}, {Schema: "public", Name: "product_variant"},
	{Schema: "public", Name: "product_category"}, {Schema: "public", Name: "collection"},
	{Schema: "public", Name: "price"},
	{Schema: "public", Name: "categories"}, {Schema: "public", Name: "variants"},
	{Schema: "public", Name: "sales_channel"},
}

func TestRecognise(t *testing.T) {
	for name, tables := range signatures {
		t.Run(name, func(t *testing.T) {
			s, ok := Recognise(slices.Concat(common, tables))
			if !ok || s.Name != name || s.Schema != "public" {
				t.Fatalf("recognised %v: %s in schema %q", ok, s.Name, s.Schema)
			}
			begins := strings.HasPrefix(s.Sentence, "this is a "+name+" database: ")
			if !begins || !strings.Contains(s.Sentence, "CATALOG_QUERY_FILE") {
				t.Errorf("sentence: %s", s.Sentence)
			}
			if hasOne := s.Statement != ""; hasOne != strings.Contains(s.Sentence, "vitrine init --query FILE") {
				t.Errorf("there is a statement: %v, but the sentence is: %s", hasOne, s.Sentence)
			}
			for i := range tables {
				rest := slices.Concat(common, tables[:i], tables[i+1:])
				if s, ok := Recognise(rest); ok {
					t.Errorf("recognised %s without table %s", s.Name, tables[i].Name)
				}
				rest = append(rest, Table{Schema: "other", Name: tables[i].Name, Columns: tables[i].Columns})
				if s, ok := Recognise(rest); ok && len(tables) > 1 {
					t.Errorf("recognised %s over two schemas", s.Name)
				}
			}
		})
	}
}

// Payload holds more than shops: products without its prices are another's.
func TestPayloadWithoutPrices(t *testing.T) {
	for _, column := range []string{"price", "price_in_cents", "price_in_usd_enabled"} {
		tables := slices.Clone(signatures["Payload e-commerce"])
		tables[1].Columns = []string{column}
		if s, ok := Recognise(tables); ok {
			t.Errorf("recognised %s by the column %s", s.Name, column)
		}
	}
}

// The owner is told the schema where it is not the usual one; of several that have a shop the first by name counts.
func TestSchema(t *testing.T) {
	vendure := signatures["Vendure"][0].Name
	s, ok := Recognise([]Table{{Schema: "shop b", Name: vendure}, {Schema: "shop a", Name: vendure}, {Schema: "public"}})
	if !ok || s.Schema != "shop a" || !strings.HasPrefix(s.Sentence, "this is a Vendure database (schema shop a): ") {
		t.Errorf("recognised %v: schema %q, %s", ok, s.Schema, s.Sentence)
	}
}
