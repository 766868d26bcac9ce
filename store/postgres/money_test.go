package postgres

import (
	"context"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"vitrine/store"
	"vitrine/store/storetest"
)

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		text   string
		minor  bool
		digits int32
		want   string // "" for no price
	}{
		{"19.99", false, 2, "19.99"}, {"0", false, 2, "0"}, {"-0", false, 2, "0"},
		{"19.990000000000000000000000000000", false, 2, "19.99"},
		{"0.005", false, 2, "0.01"}, {"0.0049999999999999999999999999", false, 2, "0"}, {"2.675", false, 2, "2.68"},
		{"1.005", false, 2, "1.01"},
		{"19.5", false, 0, "20"}, {"19.49", false, 0, "19"}, {"1.2345", false, 3, "1.235"}, {"1.2344", false, 3, "1.234"},
		{"1999", true, 2, "19.99"}, {"1999", true, 0, "1999"}, {"1999", true, 3, "1.999"}, {"1999.5", true, 2, "20"},
		{"1", true, 2, "0.01"},
		{"1e+06", false, 2, "1000000"}, {"1e-07", false, 2, "0"}, {"9007199254740993.01", false, 2, ""},
		{"900719925474.01", false, 2, "900719925474.01"},
		{"1000000000000", false, 2, "1000000000000"}, {"1000000000000.01", false, 2, ""},
		{"100000000000000", true, 2, "1000000000000"},
		{"NaN", false, 2, ""}, {"Infinity", false, 2, ""}, {"-Infinity", false, 2, ""}, {"-0.001", false, 2, ""},
		{"1e300", false, 2, ""}, {"1e+999999999", false, 2, ""},
		{"1e-999999999", false, 2, ""}, {"", false, 2, ""}, {"free", false, 2, ""}, {"0x10", false, 2, ""},
		{"1_000", false, 2, ""}, {" 5 ", false, 2, "5"},
		{"1,99", false, 2, ""}, {strings.Repeat("9", 500), false, 2, ""}, {"1-2", false, 2, ""},
	} {
		d, ok := unit{c.minor, c.digits}.price(c.text)
		if got := d.String(); ok != (c.want != "") || (ok && got != c.want) {
			t.Errorf("price(%q), minor %t, %d digits: %s %t, want %q", c.text, c.minor, c.digits, got, ok, c.want)
		}
	}
}

// Rounding is half away from zero, which for what prices are is half up, to the last digit.
func TestPriceRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mills := rapid.Int64Range(0, 1e12).Draw(t, "mills")
		d := decimal.New(mills, -3)
		got, ok := unit{digits: 2}.price(d.String())
		if want := decimal.New((mills+5)/10, -2); !ok || !got.Equal(want) {
			t.Fatalf("%s: %s, want %s", d, got, want)
		}
	})
}

func TestListPriceRules(t *testing.T) {
	u := unit{digits: 2}
	for list, want := range map[string]string{"": "0", "0": "0", "10": "0", "9.99": "0", "10.01": "10.01", "10.004": "0",
		"NaN": "0", "Infinity": "0", "-20": "0", "20": "20", "1e300": "0"} {
		if got := u.listPrice(list, decimal.NewFromInt(10)); got.String() != want {
			t.Errorf("list price %q over 10: %s, want %s", list, got, want)
		}
	}
}

func TestRatingAndCount(t *testing.T) {
	for text, want := range map[string]float64{"4.25": 4.25, "": 0, "NaN": 0, "Infinity": 5, "-1": 0, "8.7": 5, "x": 0} {
		if got := rating(text); got != want {
			t.Errorf("rating(%q) = %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]int64{"12": 12, "-3": -3, "12.9": 12, "1e3": 1000,
		"9223372036854775807": 9223372036854775807} {
		if got, ok := count(text); !ok || got != want {
			t.Errorf("count(%q) = %v %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "NaN", "Infinity", "1e30", "x"} {
		if got, ok := count(text); ok {
			t.Errorf("count(%q) = %v", text, got)
		}
	}
}

func TestImages(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "{}": nil, "{NULL}": nil, "{a,NULL,b}": {"a", "b"},
		`{"a b","c\"d","e\\f","{g}","NULL"}`: {"a b", `c"d`, `e\f`, "{g}", "NULL"},
		"{{a,b},{c,d}}":                      {"a", "b", "c", "d"}, "[0:1]={a,b}": {"a", "b"}, "/one.jpg": {"/one.jpg"},
		`["a","",null,"b"]`:                  {"a", "b"},
		`[{"url":"a"},{"src":"b"},{"id":1}]`: {"a", "b"}, `{"url": "a", "id": 1}`: {"a"}, `{"image": null}`: nil,
		`{"{\"color\": \"#000\", \"image\": \"a\"}",NULL}`: {"a"},
		`[{"secure_url":"a","url":{}}, [["b"]]]`:           {"a", "b"},
		`"c"`:                                              {"c"}, "  ": nil, "[broken": nil, `{"open`: {"open"},
		`{a,"`: {"a"}, `{"\`: nil,
	} {
		if got := images(text); !slices.Equal(got, want) {
			t.Errorf("images(%q) = %q, want %q", text, got, want)
		}
	}
}

// Whatever text comes, reading it neither fails nor hangs, and gives only non-empty addresses.
func FuzzImages(f *testing.F) {
	for _, s := range []string{"{a,NULL}", `{"a\"`, "[1:2]={a,b}", `["a",{"url":"b"}]`, "{{", "}{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if slices.Contains(images(s), "") {
			t.Errorf("images(%q) has an empty address", s)
		}
	})
}

// Every type that a price column may have; what is no price is counted, and the rest of the page is there.
func TestPriceColumns(t *testing.T) {
	for typ, values := range map[string]map[string]string{
		"numeric": {"19.99": "19.99", "0.005": "0.01", "'NaN'": "", "'Infinity'": "", "-1": "", "1e300": "",
			"NULL": ""},
		"double precision": {"19.99": "19.99", "0.1": "0.1", "'NaN'": "", "'-Infinity'": "", "1e300": "",
			"1000000": "1000000", "1e-10": "0"},
		"real":           {"19.99": "19.99", "'NaN'": ""},
		"numeric(65,30)": {"19.994999999999999999999999999999": "19.99", "19.995": "20"},
		"money":          {"19.99": "19.99", "-5": ""},
		"text":           {"'19.99'": "19.99", "'on request'": ""},
	} {
		url := storetest.Server(t).URL(t)
		storetest.Exec(t, url, "CREATE TABLE products (id text, name text, slug text, category text, price "+typ+")")
		want, bad := map[string]string{}, 0
		for v, p := range values {
			storetest.Exec(t, url, "INSERT INTO products VALUES ('"+strings.ReplaceAll(v, "'", "")+"', 'n', 's', 'k', "+v+")")
			if p == "" {
				bad++
			} else {
				want[strings.ReplaceAll(v, "'", "")] = p
			}
		}
		cat := readShop(t, openShop(t, url))
		got := map[string]string{}
		for _, p := range cat.Categories[0].Products {
			got[p.ID] = p.Price.String()
		}
		if d := gocmp.Diff(want, got); d != "" || len(cat.Skipped) != bad {
			t.Errorf("%s: -want +got\n%s\nskipped %v", typ, d, cat.Skipped)
		}
	}
}

// NULL, infinity and emptiness anywhere cost at most their own row.
func TestOddRows(t *testing.T) {
	url := storetest.Server(t).URL(t)
	storetest.Exec(t, url, `CREATE TABLE products (id text, name text, slug text, category text, brand text,
		images text[], price numeric, list_price numeric,
		avg_rating float8, num_reviews float8, num_sales numeric, count_in_stock int, is_published bool,
			created_at timestamptz)`,
		`INSERT INTO products VALUES ('1', 'Good', 'good', 'k', NULL, '{a,NULL}', 2, 'NaN', 'NaN', 'NaN', 'NaN', NULL, true,
			'infinity')`,
		`INSERT INTO products VALUES ('2', NULL, 'nameless', 'k', NULL, NULL, 2, NULL, 'Infinity', NULL, NULL, NULL, true,
			'-infinity')`,
		`INSERT INTO products VALUES ('3', '  ', 'blank', 'k', NULL, NULL, 2, NULL, NULL, NULL, NULL, NULL, true, NULL)`,
		`INSERT INTO products VALUES ('4', 'No slug', NULL, 'k', NULL, NULL, 2, NULL, NULL, NULL, NULL, NULL, true, NULL)`,
		`INSERT INTO products VALUES ('5', 'Free of price', 'priceless', 'k', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL, true, NULL)`,
		`INSERT INTO products VALUES ('6', 'Nowhere', 'nowhere', NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, true,
			NULL)`,
		`INSERT INTO products VALUES ('7', 'Unsaid', 'unsaid', 'k', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
		`INSERT INTO products VALUES ('8', 'Nameless shelf', 'n', '', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, true,
			NULL)`)
	db := openShop(t, url)
	cat, _, err := db.Categories(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lines(cat), "k: Good 2[a];\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	slices.SortFunc(cat.Skipped, func(a, b store.Skipped) int { return strings.Compare(a.Slug, b.Slug) })
	want := []store.Skipped{{Reason: store.SkipNoSlug, Slug: "4"}, {Reason: store.SkipNoName, Slug: "blank"},
		{Reason: store.SkipNoName, Slug: "nameless"}, {Reason: store.SkipBadPrice, Slug: "priceless"}}
	if d := gocmp.Diff(want, cat.Skipped); d != "" {
		t.Error(d)
	}
	if p := cat.Categories[0].Products[0]; p.Stock != nil || p.Rating != 0 || p.NumReviews != 0 {
		t.Errorf("%+v", p)
	}
}
