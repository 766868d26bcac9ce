package main

import (
	_ "embed"
	"fmt"
	"runtime/debug"
)

// version may be set at link time; a build from a checkout falls back to its commit.
var version = ""

// licenses names the modules in the binary, with the text of their licences.
//
//go:embed licenses.txt
var licenses string

type versionCmd struct {
	Licenses bool `help:"Print the licences of the modules that the program is made of."`
}

// Run prints the version.
func (v versionCmd) Run(p program) error {
	if v.Licenses {
		_, err := fmt.Fprint(p.stdout, licenses)
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "vitrine", programVersion())
	return err
}

// programVersion is the version set at link time, else the module's version or the commit it was built from.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	if v := info.Main.Version; v != "" {
		return v
	}
	return "unknown"
}
