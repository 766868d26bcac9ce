//go:build !linux

package main

import (
	"fmt"
	"os"
	"os/exec"
)

// tie does nothing here: whoever ends the tests by force has their children left.
func tie(*exec.Cmd, bool) {}

// useResolver cannot give a process a resolver of its own here.
func useResolver(file string) {
	if file != "" {
		fmt.Fprintln(os.Stderr, "use another resolv.conf: only Linux can")
		os.Exit(exitFailed)
	}
}

// limitDescriptors cannot be had here.
func limitDescriptors(to string) {
	if to != "" {
		fmt.Fprintln(os.Stderr, "limit descriptors: only Linux can")
		os.Exit(exitFailed)
	}
}
