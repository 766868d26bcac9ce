package main

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"vitrine/render"
	"vitrine/store"
	"vitrine/store/postgres"
	"vitrine/store/postgres/shop"
)

// check counts what the page would show, and tells of rows left out once a reason, not once a row.
func TestCheckCountsWhatThePageShows(t *testing.T) {
	c := config{MinProducts: 1, ProductURL: "/product/{slug}", Currency: "USD", SiteLang: "en"}
	var r postgres.Report
	products := make([]store.Product, 100)
	for i := range products {
		products[i] = store.Product{Name: "n", Slug: "s", Price: decimal.NewFromInt(1), Images: []string{"javascript:x"}}
	}
	products[0].Images = nil
	r.Catalogue.Categories = []store.Category{{Name: "k", Products: products}}
	var f findings
	describeShop(&f, r, c)
	var told []string
	for _, one := range f {
		told = append(told, one.Level+" "+one.Subject+": "+one.Sentence)
	}
	text := strings.Join(told, "\n")
	if !strings.Contains(text, "1 category, 100 products in") || !strings.Contains(text,
		"can be used: 99 (s, s, s, s, s, …)") || len(f) > 6 {
		t.Error(text)
	}
}

// A verdict that is about figures of the machine or the planner is that of the figures.
func TestCheckVerdicts(t *testing.T) {
	table := postgres.WholeTable{Name: `"public"."products"`, Rows: -1, Bytes: 8 << 20}
	analysed := table
	analysed.Rows = 50_000
	report := postgres.Report{Shop: &shop.Mapping{Products: &shop.Table{Schema: "public", Name: "products"}}}
	one := func(do func(*findings)) finding {
		t.Helper()
		var f findings
		if do(&f); len(f) != 1 {
			t.Fatalf("%+v", f)
		}
		return f[0]
	}
	clock := func(ahead, latency time.Duration) func(*findings) {
		return func(f *findings) { checkClock(f, ahead, latency) }
	}
	plan := func(w postgres.WholeTable) func(*findings) {
		return func(f *findings) { checkPlan(f, report, postgres.Plan{Whole: []postgres.WholeTable{w}}) }
	}
	gate := func(err error) func(*findings) {
		return func(f *findings) { gateVerdict(f, err) }
	}
	room := func(d disk) func(*findings) {
		return func(f *findings) {
			level, words := d.words()
			f.add(level, "PUBLIC_DIR", "%s", words)
		}
	}
	for _, c := range []struct {
		do               func(*findings)
		level, says, fix string
	}{
		{clock(1500*time.Millisecond, time.Millisecond), "pass", "within 1.5 s", ""},
		{clock(3*time.Second, 4*time.Second), "pass", "within 5.0 s", ""}, // half of the latency is in doubt
		{clock(3*time.Second, time.Millisecond), "warn", "3s ahead of the database's", "sudo timedatectl set-ntp true"},
		{clock(-time.Hour, 0), "warn", "1h0m0s behind the database's", "sudo timedatectl set-ntp true"},
		{plan(table), "warn", "the cost grows with that table", `ANALYZE "public"."products";`},
		{plan(analysed), "warn", "the cost grows with that table", ""}, // its figures are there: they are no cause
		{gate(nil), "pass", "would let the page through", ""},
		{gate(&render.Refusal{Rule: render.RuleMaxShrink, Message: "fell"}), "warn", "would refuse the page: fell",
			"vitrine render --force"},
		{gate(&render.Refusal{Rule: render.RuleEnd, Message: "half a page"}), "fail", "would refuse the page: half a page",
			""},
		{gate(&store.Error{Class: store.Publish, Sentence: "the disk is full"}), "fail", "publish: the disk is full", ""},
		{room(disk{"ext4", 2e9}), "pass", "on ext4, 2.0 GB free", ""},
		{room(disk{"ext4", 63 << 20}), "warn", "Make room there", ""},
		{room(disk{"tmpfs", 2e9}), "info", "gone after a restart", ""},
		{room(disk{"overlay", 2e9}), "info", "mount a volume", ""},
	} {
		if got := one(c.do); got.Level != c.level || !strings.Contains(got.Sentence, c.says) || got.Fix != c.fix {
			t.Errorf("%+v, want %s, %q and %q", got, c.level, c.says, c.fix)
		}
	}
}
