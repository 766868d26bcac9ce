package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateLicenses = flag.Bool("update-licenses", false, "write licenses.txt anew")

// TestLicenses: the binary names every module that it is made of, with its licence word for word, as the licences ask
// for.
func TestLicenses(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Version}}{{.Path}} "+
		"{{.Version}}|{{.Dir}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{} // folder by name and version
	for line := range strings.Lines(string(list)) {
		if name, dir, ok := strings.Cut(strings.TrimSpace(line), "|"); ok {
			modules[name] = dir
			if strings.HasPrefix(name, "golang.org/x/text ") {
				modules["the Go standard library"] = dir // its licence, of the same authors
			}
		}
	}
	want := licensesOf(t, modules)
	if *updateLicenses {
		if err := os.WriteFile("licenses.txt", want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(want, []byte(licenses)) {
		t.Error("licenses.txt is not that of the modules in go.mod: go test ./cmd/vitrine -run TestLicenses -update-licenses")
	}
}

// licensesOf joins the licence files of modules; those that share a text stand before it together.
func licensesOf(t *testing.T, modules map[string]string) []byte {
	sharers := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		text := ""
		for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "NOTICE*"} {
			files, err := filepath.Glob(filepath.Join(modules[name], pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				text += "\n" + string(bytes.TrimSpace(content)) + "\n"
			}
		}
		if text == "" {
			t.Errorf("%s has no licence", name)
		}
		sharers[text] = append(sharers[text], name)
	}
	var out bytes.Buffer
	for _, text := range slices.SortedFunc(maps.Keys(sharers), func(a,
		b string) int {
		return strings.Compare(sharers[a][0], sharers[b][0])
	}) {
		fmt.Fprintf(&out, "%s\n%s\n", strings.Join(sharers[text], "\n"), text)
	}
	return bytes.ReplaceAll(out.Bytes(), []byte("\r\n"), []byte("\n"))
}
