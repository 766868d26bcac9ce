package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runMain makes the test binary be the program: tests start it as a child process, with real signals and its own exit
// code.
const runMain = "VITRINE_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		useResolver(os.Getenv(resolvFile))
		limitDescriptors(os.Getenv(descriptorLimit))
		main()
	}
	testscript.Main(m, map[string]func(){"vitrine": main})
}

// TestScripts runs the command line as people type it, over the real main.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
	})
}
