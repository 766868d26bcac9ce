package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows are the packages of this module that each package may import. Arrows go down only; what knows nothing of the
// others has none.
var arrows = map[string]string{
	"cmd/vitrine": "cmd/vitrine/worker cmd/vitrine/web cmd/vitrine/deploy render render/publish render/publish/object " +
		"render/status render/watch " +
		"store store/postgres store/postgres/shop store/postgres/shop/preset store/demo store/regular",
	"cmd/vitrine/worker":         "render render/publish render/publish/object render/status render/watch store",
	"cmd/vitrine/web":            "render render/publish render/status store",
	"cmd/vitrine/deploy":         "",
	"cmd/bench":                  "render render/publish render/status",
	"render":                     "store templates store/regular",
	"render/publish":             "render render/status store store/regular",
	"render/publish/object":      "render render/publish store",
	"render/status":              "render store templates",
	"render/watch":               "store/regular",
	"render/pagetest":            "",
	"store":                      "",
	"store/postgres":             "store/regular store store/postgres/shop store/postgres/shop/preset",
	"store/postgres/shop":        "store store/postgres/shop/preset",
	"store/postgres/shop/preset": "",
	"store/demo":                 "store",
	"store/storetest":            "",
	"templates":                  "",
	"store/regular":              "",
}

// TestArrows holds the packages to their imports, their comments and their size: a new package has its place here
// first.
func TestArrows(t *testing.T) {
	list, err := exec.Command("go", "list", "-f",
		`{{.ImportPath}}|{{.Doc}}|{{join .GoFiles " "}}|{{join .Imports " "}}`, "vitrine/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		part := strings.Split(line, "|")
		name := strings.TrimPrefix(part[0], "vitrine/")
		allowed, known := arrows[name]
		if !known {
			t.Errorf("%s: not among the packages of this test", name)
		}
		if word := name[strings.LastIndex(name, "/")+1:]; !strings.HasPrefix(part[1], "Package "+word+" ") &&
			!strings.HasPrefix(part[1], "Command "+word+" ") {
			t.Errorf("%s: the package's comment begins with %.30q", name, part[1])
		}
		if files := strings.Fields(part[2]); len(files) > 27 {
			t.Errorf("%s: %d files, want at most 27", name, len(files))
		}
		for imported := range strings.FieldsSeq(part[3]) {
			if short, ours := strings.CutPrefix(imported, "vitrine/"); ours && !slices.Contains(strings.Fields(allowed), short) {
				t.Errorf("%s imports %s", name, short)
			}
		}
	}
}
