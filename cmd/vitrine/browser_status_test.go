package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// fastTimers lets pages wait a fiftieth of what they ask for, and keeps what they asked for.
const fastTimers = `window.asked = [];
window.setTimeout = ((real) => (f, ms, ...rest) => {
	window.asked.push(ms);
	return real(f, ms / 50, ...rest);
})(window.setTimeout);`

// wrongClock puts the page's clock forward by window.drift milliseconds.
const wrongClock = `window.drift = 0; Date.now = ((real) => () => real() + window.drift)(Date.now);`

// testStatusRenews: the page changes by itself, without being loaded again, and asks every ten seconds.
func (b browser) testStatusRenews(t *testing.T) {
	site := b.demo["en"]()
	p := b.tab(t, site.url)
	p.beforePage(fastTimers)
	p.open(site.url+"/status.html", http.StatusOK)
	if !eval[bool](p, `document.body.innerText.includes("startup")`) {
		t.Error("the page does not tell who asked for the last refresh")
	}
	p.load("window.kept = 1")
	site.refreshed(http.StatusOK)
	p.await("the page shows the new refresh", `/ by http in /.test(document.body.innerText)`)
	if !eval[bool](p, "window.kept === 1") {
		t.Error("the page was loaded anew")
	}
	if !eval[bool](p, "window.asked.length > 0 && window.asked.every((ms) => ms === 10000)") {
		t.Errorf("it renews itself every %v ms, want 10000", eval[[]float64](p, "window.asked"))
	}
}

// testStatusRunsOut guards I11 where a person looks: with the worker dead the page says so by itself. A visitor's wrong
// clock alone is no reason to.
func (b browser) testStatusRunsOut(t *testing.T) {
	site := demoSite(t, "en")
	p := b.tab(t, site.url)
	p.pardon("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
	p.beforePage(fastTimers + wrongClock + `window.answers = 0;
		window.fetch = ((real) => (...a) => real(...a).then((r) => { window.answers++; return r; }))(window.fetch);`)
	p.open(site.url+"/status.html", http.StatusOK)
	const state = `document.getElementById("main").dataset.state`
	const yearAhead = "400 * 86400e3" // the schedule's next tick is within a year
	p.load("window.drift = " + yearAhead + "; window.answers = 0")
	p.await("it has asked the server for the time", "window.answers > 1")
	if got := eval[string](p, state); got != "pass" {
		t.Errorf("with a wrong clock it says %s", got)
	}
	p.load("window.drift = 0; window.answers = 0")
	p.await("it has asked the server for the time again", "window.answers > 1")
	if code := site.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := eval[string](p, state); got != "pass" {
		t.Errorf("before valid_until it says %s", got)
	}
	p.load("window.drift = " + yearAhead)
	p.await("it says that it has run out", state+` === "fail"`)
	for what, condition := range map[string]string{
		"in a sentence": `
			document.querySelector("h1").innerText.startsWith("The worker has stopped or is stuck")`,
		"as to what is due":               `document.querySelector(".next .ago").innerText === "due"`,
		"instead of what was true before": `!/fresh|It is not/i.test(document.querySelector(".state").innerText)`,
		"in a word":                       `document.querySelector(".word").innerText === "Stopped"`,
		"in the title":                    `document.title.startsWith("Stopped")`,
		"to those who hear":               `document.getElementById("said").textContent.includes("stopped")`,
	} {
		if !eval[bool](p, condition) {
			t.Errorf("it does not say so %s", what)
		}
	}
}

// testNoScript: without script the status page is whole, and does not claim what only the script can know.
func (b browser) testNoScript(t *testing.T) {
	site := b.troubled()
	with, without := b.tab(t, site.url), b.tab(t, site.url)
	call(without, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, p := range []*tab{with, without} {
		p.open(site.url+"/status.html", http.StatusOK)
	}
	const text = `document.querySelector("main").innerText`
	with.await("the script has told how long ago things were", text+`.includes(" ago")`)
	got := eval[string](without, text)
	for _, want := range []string{"Why is my page old?", "What the last new page changed", "The history", "What happened",
		"The parts"} {
		if !strings.Contains(got, want) {
			t.Errorf("without script it lacks %q", want)
		}
	}
	for _, not := range []string{"has stopped or is stuck", " ago"} {
		if strings.Contains(got, not) {
			t.Errorf("without script it says %q", not)
		}
	}
}
