package render

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"vitrine/store"
)

// TestGate guards I4: what is up is not replaced by something worse, and the refusal says why and what to do.
func TestGate(t *testing.T) {
	whole := []byte("<!doctype html><html><p>x</p></html>\n")
	usual := Gate{MinProducts: 1, MaxShrink: 50}
	up := func(products, categories int) *PageSummary {
		return &PageSummary{Products: products, Categories: categories}
	}
	of := func(products, categories int) PageSummary {
		return PageSummary{Products: products, Categories: categories}
	}
	for _, c := range []struct {
		name  string
		gate  Gate
		body  []byte
		next  PageSummary
		up    *PageSummary
		force bool
		rule  string
		says  string
	}{
		{name: "same", gate: usual, body: whole, next: of(96, 12), up: up(96, 12)},
		{name: "grown", gate: usual, body: whole, next: of(960, 120), up: up(96, 12)},
		{name: "first page", gate: usual, body: whole, next: of(1, 1)},
		{name: "half, inclusive", gate: usual, body: whole, next: of(48, 6), up: up(96, 12)},
		{name: "one below half", gate: usual, body: whole, next: of(47, 12), up: up(96, 12), rule: RuleMaxShrink,
			says: "products fell from 96 to 47 (-51 %), MAX_SHRINK allows 50 %"},
		{name: "the example of the documents", gate: usual, body: whole, next: of(12, 12), up: up(96, 12),
			rule: RuleMaxShrink,
			says: "products fell from 96 to 12 (-87 %), MAX_SHRINK allows 50 %"},
		{name: "barely below half", gate: usual, body: whole, next: of(499, 1), up: up(1000, 1), rule: RuleMaxShrink,
			says: "products fell from 1000 to 499 (-50.1 %)"},
		{name: "by a hair", gate: usual, body: whole, next: of(49999, 1), up: up(100000, 1), rule: RuleMaxShrink,
			says: "(-50.001 %)"},
		{name: "odd number, half rounded", gate: usual, body: whole, next: of(2, 1), up: up(5, 1), rule: RuleMaxShrink,
			says: "-60 %"},
		{name: "odd number, less than half", gate: usual, body: whole, next: of(3, 1), up: up(5, 1)},
		{name: "categories", gate: usual, body: whole, next: of(90, 5), up: up(96, 12), rule: RuleMaxShrink,
			says: "non-empty categories fell from 12 to 5 (-58 %), MAX_SHRINK allows 50 %"},
		{name: "to nothing", gate: Gate{0, 99}, body: whole, next: of(0, 0), up: up(96, 12), rule: RuleMaxShrink,
			says: "to 0 (-100 %)"},
		{name: "100 is off", gate: Gate{0, 100}, body: whole, next: of(0, 0), up: up(96, 12)},
		{name: "0 allows no fall", gate: Gate{1, 0}, body: whole, next: of(95, 12), up: up(96, 12), rule: RuleMaxShrink,
			says: "-1 %"},
		{name: "0 allows the same", gate: Gate{1, 0}, body: whole, next: of(96, 12), up: up(96, 12)},
		{name: "empty page up", gate: Gate{0, 50}, body: whole, next: of(0, 0), up: up(0, 0)},
		{name: "no product", gate: usual, body: whole, next: of(0, 0), rule: RuleMinProducts,
			says: "the page has 0 products, MIN_PRODUCTS asks for at least 1"},
		{name: "one product", gate: Gate{20, 50}, body: whole, next: of(1, 1), rule: RuleMinProducts,
			says: "the page has 1 product, MIN_PRODUCTS asks for at least 20"},
		{name: "no product, all left out", gate: usual, body: whole, next: PageSummary{LeftOut: "bad_price: 2 (a, b)"},
			rule: RuleMinProducts,
			says: "the page has 0 products (left out: bad_price: 2 (a, b)), MIN_PRODUCTS asks for at least 1"},
		{name: "half left out", gate: usual, body: whole,
			next: PageSummary{Products: 1, Categories: 1, LeftOut: "no_name: 7 (a)"}, up: up(8, 1), rule: RuleMaxShrink,
			says: "(-87 %) (left out: no_name: 7 (a)), MAX_SHRINK"},
		{name: "min comes before shrink", gate: usual, body: whole, next: of(0, 0), up: up(96, 12), rule: RuleMinProducts},
		{name: "just enough", gate: Gate{20, 50}, body: whole, next: of(20, 1)},
		{name: "forced shrink", gate: usual, body: whole, next: of(1, 1), up: up(96, 12), force: true},
		{name: "forced empty", gate: usual, body: whole, next: of(0, 0), up: up(96, 12), force: true},
		{name: "half a page", gate: usual, body: whole[:20], next: of(96, 12), rule: RuleEnd,
			says: "home.html does not end in </html>"},
		{name: "half a page, forced", gate: usual, body: whole[:20], next: of(96, 12), force: true, rule: RuleEnd,
			says: "templates must keep </html>"},
		{name: "nothing at all", gate: usual, body: nil, next: of(96, 12), rule: RuleEnd},
		{name: "something after the end", gate: usual, body: append(bytes.Clone(whole), "<p>"...), next: of(96, 12),
			rule: RuleEnd},
		{name: "capitals and blanks", gate: usual, body: []byte("<HTML></HTML> \r\n\t"), next: of(1, 1)},
		{name: "full size", gate: usual, body: wholePage(MaxPageBytes), next: of(1, 1)},
		{name: "over size", gate: usual, body: wholePage(MaxPageBytes + 100_000), next: of(1, 1), rule: RuleSize,
			says: "5.1 MB, the limit is 5 MB"},
		{name: "over size, forced", gate: usual, body: wholePage(MaxPageBytes + 1), next: of(1, 1), force: true,
			rule: RuleSize},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.gate.Check(c.body, c.next, c.up, c.force)
			if c.rule == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var r *Refusal
			if !errors.As(err, &r) || r.Rule != c.rule || !strings.Contains(r.Message, c.says) {
				t.Fatalf("got %v, want rule %s saying %q", err, c.rule, c.says)
			}
			if store.ClassOf(err) != store.Gate || store.Sentence(err) != r.Message {
				t.Errorf("class %q, sentence %q", store.ClassOf(err), store.Sentence(err))
			}
			forcible := c.rule == RuleMinProducts || c.rule == RuleMaxShrink
			if strings.Contains(r.Message, "--force") != forcible {
				t.Errorf("offers --force: %v, where it helps: %v: %s", !forcible, forcible, r.Message)
			}
		})
	}
}

// wholePage makes a whole page of n bytes.
func wholePage(n int) []byte {
	const head, tail = "<!doctype html><html>", "</html>"
	return []byte(head + strings.Repeat("x", n-len(head)-len(tail)) + tail)
}
