package main

import (
	"fmt"
	"runtime/debug"
)

// version may be set at link time; a build from a checkout falls back to its commit.
var version = ""

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p program) error {
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
