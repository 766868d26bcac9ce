package main

import (
	"fmt"
	"io"
	"strings"

	"vitrine/cmd/vitrine/deploy"
)

type printCmd struct {
	Name string `arg:"" optional:"" help:"Which file; without it, they are listed."`
}

// Run prints one of the files that stand before a shop or run the program.
func (c printCmd) Run(p program) error {
	var names []string
	for _, f := range deploy.Files() {
		if c.Name == f.Name {
			_, err := io.WriteString(p.stdout, f.Text)
			return err
		}
		if c.Name == "" {
			if _, err := fmt.Fprintf(p.stdout, "%-11s %s\n", f.Name, f.About()); err != nil {
				return err
			}
		}
		names = append(names, f.Name)
	}
	if c.Name != "" {
		return usage(fmt.Errorf("there is no file %q to print: take one of %s", c.Name, strings.Join(names, ", ")))
	}
	return nil
}
