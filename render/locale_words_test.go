package render

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWordsAreComplete: every language that ships says everything English says, fills in the same values, and has the
// plural forms that its numbers need.
func TestWordsAreComplete(t *testing.T) {
	w := maps.Clone(load(t, "").words)
	w["en"] = maps.Clone(w["en"])
	// What ships empty is what a shop may say.
	maps.DeleteFunc(w["en"], func(_ string, forms word) bool { return forms["other"] == "" })
	keys := slices.Sorted(maps.Keys(w["en"]))
	for _, lang := range []string{"ar", "de", "fr", "es", "pt", "he", "fa", "ja", "hi"} {
		if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(w[lang]))); diff != "" {
			t.Errorf("%s: keys (-en +%s):\n%s", lang, lang, diff)
		}
	}
	for lang, table := range w {
		l := localeOf(lang)
		for key, forms := range table {
			for form, text := range forms {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s, %s, %s: empty", lang, key, form)
				}
				named := slices.Sorted(slices.Values(placeholder.FindAllString(text, -1)))
				want := slices.Sorted(slices.Values(placeholder.FindAllString(w["en"][key]["other"], -1)))
				if exact := form == "zero" || form == "one" || form == "two"; !exact && !slices.Equal(named, want) {
					t.Errorf("%s, %s, %s fills in %v, English %v", lang, key, form, named, want)
				}
			}
			if len(forms) == 1 {
				continue
			}
			for n := range 1000 {
				// In CLDR 45 the Romance languages have "many" for whole millions only; those fall back to other.
				if form := l.pluralForm(float64(n)); forms[form] == "" {
					t.Errorf("%s, %s: no form %s for %d", lang, key, form, n)
				}
			}
		}
		// The label of a link must begin with what is seen of it, for people who speak to their browser.
		seen, label := table["see_all"]["other"], table["see_all_in"]["other"]
		if !strings.Contains(label, seen) {
			t.Errorf("%s: the label %q lacks the visible %q", lang, label, seen)
		}
	}
}

// TestEveryWordIsThere: templates ask for no word that English lacks, and English has none that nobody asks for.
func TestEveryWordIsThere(t *testing.T) {
	set := load(t, "")
	asked := map[string]bool{"description": true, "notfound_title": true, "unavailable_title": true}
	for _, name := range set.names() {
		for _, m := range regexp.MustCompile(`word "(\w+)"`).FindAllStringSubmatch(set.sources[name], -1) {
			asked[m[1]] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(asked)), slices.Sorted(maps.Keys(set.words["en"]))); diff != "" {
		t.Errorf("words (-asked for +there):\n%s", diff)
	}
}

func TestSay(t *testing.T) {
	set := load(t, folderOf(t, "words.json", `{
		"pt-PT": {"lead_sales": "Só em Portugal"},
		"sv": {"see_all": "Visa alla"},
		"en": {"twice": "{a} and {b}, {a}", "only": "{missing}"}
	}`))
	for _, c := range []struct {
		lang, key string
		pairs     []any
		want      string
	}{
		{"en", "see_all", nil, "See all"},
		{"xx", "see_all", nil, "See all"},
		{"sv-SE", "see_all", nil, "Visa alla"},
		{"sv-SE", "sold_out", nil, "Sold out"},
		{"pt-PT", "lead_sales", nil, "Só em Portugal"},
		{"pt-BR", "lead_sales", nil, "Os mais vendidos, prateleira por prateleira"},
		{"en", "twice", []any{"a", "{b}", "b", 2}, "{b} and 2, {b}"},
		{"en", "reviews", []any{"n", int64(1)}, "1 review"},
		{"en", "reviews", []any{"n", 1.5}, "1.5 reviews"},
		{"en", "reviews", []any{"n", 0}, "0 reviews"},
		{"en", "reviews", []any{"n", int64(1234567)}, "1,234,567 reviews"},
		{"ar-EG", "reviews", []any{"n", 0}, "لا تقييمات"},
		{"ar-EG", "reviews", []any{"n", 1}, "تقييم واحد"},
		{"ar-EG", "reviews", []any{"n", 2}, "تقييمان"},
		{"ar-EG", "reviews", []any{"n", 3}, "٣ تقييمات"},
		{"ar", "reviews", []any{"n", 99}, "99 تقييمًا"},
		{"ar-EG", "reviews", []any{"n", 100}, "١٠٠ تقييم"},
		{"he", "reviews", []any{"n", 2}, "שתי ביקורות"},
		{"fr-FR", "rated", []any{"rating", 4.5, "max", 5}, "4,5 étoiles sur 5"},
		{"ar", "see_all_in", []any{"category", "Lamps"}, "عرض الكل في \u2068Lamps\u2069"},
		{"ar", "see_all_in", []any{"category", "مصابيح"}, "عرض الكل في مصابيح"},
		{"en", "see_all_in", []any{"category", "مصابيح"}, "See all \u2068مصابيح\u2069"},
	} {
		got, err := set.words.translate(localeOf(c.lang), c.key, c.pairs...)
		if got != c.want || err != nil {
			t.Errorf("%s, %s: %+q, %v; want %+q", c.lang, c.key, got, err, c.want)
		}
	}
	if got, err := set.words.translate(localeOf("en"), "only", "given", "{missing}"); err == nil ||
		!strings.Contains(err.Error(), "{missing}") {
		t.Errorf("what is not filled in reaches visitors: %q, %v", got, err)
	}
	for _, pairs := range [][]any{{"n"}, {1, 2}} {
		if got, err := set.words.translate(localeOf("en"), "reviews", pairs...); err == nil {
			t.Errorf("pairs %v give %q, want an error", pairs, got)
		}
	}
	if got, err := set.words.translate(localeOf("en"), "nonsense"); err == nil {
		t.Errorf("an unknown word gives %q, want an error", got)
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    any
		want string
	}{
		{"en", 0, "0"}, {"en", 999, "999"}, {"en", 1000, "1,000"}, {"en", int64(1234567), "1,234,567"}, {"en", 4.0, "4"},
		{"en", 4.25, "4.2"}, {"en", -1200, "-1,200"},
		{"de", 1234.5, "1.234,5"}, {"fr", 1234, "1\u202f234"}, {"es-ES", 1234, "1234"}, {"es-ES", 12345, "12.345"},
		{"hi", 1234567, "12,34,567"},
		{"ar-EG", 4.5, "٤٫٥"}, {"ar", 1234, "1,234"}, {"fa", 1234, "۱٬۲۳۴"}, {"bn-BD", 12, "১২"}, {"mr-IN", 12, "१२"},
	} {
		got, err := localeOf(c.lang).anyNumber(c.n)
		if got != c.want || err != nil {
			t.Errorf("%s of %v = %+q, %v; want %+q", c.lang, c.n, got, err, c.want)
		}
	}
	if got, err := localeOf("en").anyNumber("12"); err == nil {
		t.Errorf("a text gives %q, want an error", got)
	}
}
