package main

import (
	"strings"
	"testing"
)

func TestBusy(t *testing.T) {
	for loadavg, want := range map[string]bool{"0.50 3.00 4.00 1/200 77": false, "0.51 0.10 0.10 1/200 77": true, "": false} {
		if got := busy(loadavg, 2); got != want {
			t.Errorf("busy(%q, 2) is %v", loadavg, got)
		}
	}
}

func TestVersionOfWhatIsNotThere(t *testing.T) {
	if got := version(t.Context(), `v(.*)`, "no-such-program-anywhere"); got != "(not installed)" {
		t.Errorf("got %q", got)
	}
	if got := firstMatch("MemTotal:       24680000 kB", `MemTotal:\s*(\d+) kB`); got != "24680000" {
		t.Errorf("got %q", got)
	}
	if got := machineMemory("MemTotal:       24680000 kB"); got != "25 GB" {
		t.Errorf("got %q", got)
	}
}

// What is quoted names the day, the machine and the versions.
func TestHeading(t *testing.T) {
	got := heading(t.Context(), options{pairs: 3, seconds: 4})
	for _, want := range []string{"## The race: ", " UTC", "Linux ", "load average", "net/http of go", "nginx ", "Varnish ", "Caddy ", "3 interleaved pairs of 4 s"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
