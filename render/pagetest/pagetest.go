// Package pagetest has what tests of rendered pages share: golden files.
package pagetest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares got with a file of testdata/golden, or writes it there with -update.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", file, diff)
	}
}

var inlined = regexp.MustCompile(`(?s)<style>.*?</style>`)

// WithoutStyle leaves the style out, whose every change would be one of every golden file.
func WithoutStyle(body []byte) []byte {
	return inlined.ReplaceAll(body, []byte("<style>…</style>"))
}
