package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"vitrine/store/storetest"
)

// TestBrowser shows the pages to a real browser: one for all cases, and a tab of its own, with nothing stored, for
// each. A tab that the page gives any cause to complain fails its case, whatever else the case is about.
func TestBrowser(t *testing.T) {
	t.Parallel()
	storetest.Server(t)
	b := openBrowser(t)
	t.Run("Watched", b.testWatched)
	t.Run("Pages", b.testPages)
	t.Run("Details", b.testDetails)
	t.Run("Manual", b.testManual)
	t.Run("NoShift", b.testNoShift)
	t.Run("Poison", b.testPoison)
	t.Run("StatusRenews", b.testStatusRenews)
	t.Run("StatusRunsOut", b.testStatusRunsOut)
	t.Run("NoScript", b.testNoScript)
	t.Run("Dev", b.testDev)
	t.Run("NotDev", b.testNotDev)
	if *screenshots != "" {
		t.Run("Screenshots", b.testScreenshots)
	}
	if *auditFolder != "" {
		t.Run("Audit", b.testAudit)
	}
}

// browser is a running chromium, and the sites that several cases look at without changing what others see; each is
// started when it is first asked for.
type browser struct {
	ctx      context.Context
	axe      string // the script
	demo     map[string]func() *child
	shop     map[string]func() *child
	empty    map[string]func() *child
	troubled func() *child
}

// openBrowser starts chromium with an empty profile; it is closed, and the profile removed, when t ends.
func openBrowser(t testing.TB) browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		limited, cancel := context.WithTimeout(ctx, settle)
		defer cancel()
		if err := chromedp.Cancel(limited); err != nil {
			t.Errorf("close the browser: %v", err)
		}
		closeBrowser()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	b := browser{ctx: ctx, axe: axe(t), demo: map[string]func() *child{}, shop: map[string]func() *child{},
		empty: map[string]func() *child{}}
	for _, lang := range languages {
		b.demo[lang] = sync.OnceValue(func() *child { return demoSite(t, lang) })
		b.shop[lang] = sync.OnceValue(func() *child { return shopSite(t, lang) })
		b.empty[lang] = sync.OnceValue(func() *child { return emptySite(t, lang) })
	}
	b.troubled = sync.OnceValue(func() *child { return troubledSite(t) })
	return b
}

// chromium is the path of the browser that is installed.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	storetest.Missing(t, "a browser", "chromium")
	return ""
}

// axe is axe-core, which finds what keeps people with disabilities from using a page; "make tools" puts it there.
func axe(t testing.TB) string {
	t.Helper()
	script, err := os.ReadFile("../../bin/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		storetest.Missing(t, "axe-core (make tools installs it with npm)", "npm")
	}
	return string(script)
}

// tab is one tab and what it has to complain of: anything on its console, a breach of the page's policy, a request that
// leaves the site or fails, a dialog.
type tab struct {
	t      testing.TB
	ctx    context.Context
	origin string // requests elsewhere are complaints

	mu         sync.Mutex
	document   string // the address that open went to
	pardoned   []string
	complaints []string
}

// tab opens a tab for pages of origin ("http://127.0.0.1:1234"). It closes when t ends; what it complains of fails t.
func (b browser) tab(t testing.TB, origin string) *tab {
	t.Helper()
	p := b.watch(t, origin)
	t.Cleanup(func() {
		for _, c := range p.heard() {
			t.Errorf("the browser complains: %s", c)
		}
	})
	return p
}

// watch is tab, with complaints left to the caller.
func (b browser) watch(t testing.TB, origin string) *tab {
	t.Helper()
	p := &tab{t: t, origin: origin}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(),
		chromedp.WithListener(func(e any) { p.listen(e) }))
	t.Cleanup(cancel)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	call(p, audits.Enable, cdp.Empty{})
	return p
}

// pardon lets complaints pass that contain one of texts.
func (p *tab) pardon(texts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pardoned = append(p.pardoned, texts...)
}

// heard is what the tab has complained of so far, without what was pardoned.
func (p *tab) heard() []string {
	p.t.Helper()
	eval[int](p, "1") // what happened before has been told when this is answered
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
next:
	for _, c := range p.complaints {
		for _, pardon := range p.pardoned {
			if strings.Contains(c, pardon) {
				continue next
			}
		}
		left = append(left, c)
	}
	return left
}

func (p *tab) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

// listen gets every event of the tab, on the goroutine that reads them.
func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if !p.isAnswerOf(e.Entry) {
			p.complain("log: %s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *cdpruntime.EventConsoleAPICalled:
		for _, a := range e.Args {
			p.complain("console.%s: %s", e.Type, a.Value)
		}
	case *cdpruntime.EventExceptionThrown:
		p.complain("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *audits.EventIssueAdded:
		p.complain("issue: %s", e.Issue.Code)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") && originOf(e.Request.URL) != p.origin {
			p.complain("request to elsewhere: %s", e.Request.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			p.complain("loading failed: %s %s", e.ErrorText, e.BlockedReason)
		}
	case *page.EventJavascriptDialogOpening:
		p.complain("dialog: %s", e.Message)
		go func() { // or the page stands still
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

// isAnswerOf reports whether the entry is the browser's remark that the document itself came with a status such as 404,
// which open checks.
func (p *tab) isAnswerOf(e *log.Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e.Source == log.EntrySourceNetwork && e.URL == p.document &&
		strings.Contains(e.Text, "responded with a status of")
}

// open loads a page and waits until everything that it loads at once is there.
func (p *tab) open(address string, status int) {
	p.t.Helper()
	p.mu.Lock()
	p.document = address
	p.mu.Unlock()
	if resp := act(p, chromedp.NavigateResponse(address)); int(resp.Status) != status {
		p.t.Fatalf("%s: %d, want %d", address, resp.Status, status)
	}
}

// await polls a JavaScript condition. A page that is being replaced counts as not yet.
func (p *tab) await(what, condition string) {
	p.t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("!!("+condition+")")); err == nil && ok {
			return
		}
	}
	p.t.Fatalf("not within %s: %s", settle, what)
}

// size gives the window a size, in CSS pixels.
func (p *tab) size(width, height int) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1,
	})
}

// scheme is what the visitor prefers: light or dark.
func (p *tab) scheme(name string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
}

// beforePage runs a script in every page that is opened from now on, before the page's own.
func (p *tab) beforePage(script string) {
	p.t.Helper()
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// act is one action within settle.
func act[T any](p *tab, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, settle)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// eval is the value of a JavaScript expression; a promise is awaited.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	return act(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// load evaluates a script for what it leaves behind.
func (p *tab) load(script string) {
	p.t.Helper()
	act(p, chromedp.Evaluate[chromedp.Void](script))
}

// originOf is the scheme and host of an address.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.Scheme + "://" + u.Host
}

// call is one command of the DevTools protocol to the tab.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, settle)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// testWatched holds the watching itself against a page that does everything that a tab should complain of.
func (b browser) testWatched(t *testing.T) {
	site := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'sha256-none' 'self' 'nonce-x'")
		_, _ = io.WriteString(w, `<!doctype html><title>Bad</title><p>Text</p><script>1</script><img src="/none.png" alt="">
			<img src="http://127.0.0.2:1/elsewhere.png" alt="">
			<script nonce="x">console.error("oops"); alert("hello"); throw new Error("thrown")</script>`)
	})
	p := b.watch(t, site)
	p.open(site+"/", http.StatusOK)
	heard := strings.Join(p.heard(), "\n")
	for _, want := range []string{"console.error: \"oops\"", "dialog: hello", "exception: Uncaught",
		"issue: ContentSecurityPolicyIssue", "none.png", "request to elsewhere: http://127.0.0.2:1/elsewhere.png",
		"loading failed"} {
		if !strings.Contains(heard, want) {
			t.Errorf("not noticed: %s; heard:\n%s", want, heard)
		}
	}
}
