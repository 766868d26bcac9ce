package main

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/shopspring/decimal"

	"vitrine/store"
	"vitrine/store/postgres"
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
	if !strings.Contains(text, "1 category, 1 product in") || !strings.Contains(text, "warn left out: bad_address: 99 (s, s, s, s, s, …)") || len(f) > 4 {
		t.Error(text)
	}
}

// A folder whose disk has no room for a page is told, not only one that cannot be written at all.
func TestCheckFindsFullDisk(t *testing.T) {
	needRoot(t, "a disk of the test's own")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	var f findings
	checkFolder(&f, "PUBLIC_DIR", dir)
	if len(f) != 1 || f[0].Level != "warn" || !strings.Contains(f[0].Sentence, "no space left") {
		t.Errorf("%+v", f)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
