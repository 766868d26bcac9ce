package worker

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vitrine/render/status"
	"vitrine/store"
)

// soak is the model that a worker under random faults is held against.
type soak struct {
	t     *testing.T
	shop  *shop
	root  string
	dir   string
	save  func(string)
	w     *stage
	steps int
	// What must be true of the page.
	up       []byte    // that was up after the last step; nil for none
	dataAt   time.Time // of the last good refresh
	failures int
	broken   bool // templates
}

// TestSoak: whatever fails in whatever order, after every step the page is whole and never worse than before, status
// and disk agree and are true, and the age is right. 150 steps, or 2,000 with VITRINE_LONG=1.
func TestSoak(t *testing.T) {
	want := extent(150, 2000)
	for name, value := range map[string]string{"rapid.checks": "1", "rapid.steps": "50", "rapid.nofailfile": "true"} {
		must(t, flag.Set(name, value))
	}
	steps := 0
	synctest.Test(t, func(t *testing.T) {
		for steps < want && !t.Failed() {
			rapid.Check(inBubble{t}, func(rt *rapid.T) {
				m := &soak{t: t, shop: newShop(20), root: folder(t)}
				m.dir, m.save = author(t, as("look"))
				m.start(rt)
				rt.Repeat(m.actions())
				m.w.Close()
				steps += m.steps
			})
			time.Sleep(time.Second) // another time, another seed
		}
	})
	if !t.Failed() {
		fmt.Printf("| random fault, edit or refresh, one after the other | %d | %d | |\n", steps, steps)
	}
}

// inBubble keeps rapid from asking for a deadline, which a test in a synctest bubble may not.
type inBubble struct{ testing.TB }

func (m *soak) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"refresh": m.refresh, "failure": m.failure, "hang": m.hang, "panic": m.panics, "edit": m.edit, "shrink": m.shrink,
		"force": m.force, "disk": m.disk, "lost page": m.lost, "torn state": m.torn, "templates": m.templates,
		"restart": m.restart, "other worker": m.other,
		"wait": func(rt *rapid.T) { time.Sleep(time.Duration(rapid.IntRange(1, 900).Draw(rt, "seconds")) * time.Second) },
		"":     m.check,
	}
}

func (m *soak) start(rt *rapid.T) {
	m.w = stageAt(m.t, m.shop, m.root, func(c *Config) { c.TemplatesDir = m.dir; c.Timeout = 10 * time.Second })
	m.compare(rt)
}

// done takes the outcome of a refresh into the model.
func (m *soak) done(rt *rapid.T, r Report, want ...string) {
	m.steps++
	ok := false
	for _, result := range want {
		ok = ok || r.Outcome.Result == result
	}
	if !ok {
		rt.Fatalf("result %q (%s %s), want %q", r.Outcome.Result, r.Outcome.ErrorClass, r.Outcome.Message, want)
	}
	switch r.Outcome.Result {
	case status.Failed:
		m.failures++
	case status.Rejected:
		m.failures = 0
	default:
		m.failures, m.dataAt = 0, m.w.last().Status.Page.DataAt
		if time.Since(m.dataAt) > 20*time.Second {
			rt.Fatalf("good, but the data is of %s", m.dataAt)
		}
	}
	m.broken = m.w.last().Status.Templates.Error != ""
	m.keep()
}

func (m *soak) keep() {
	if p := m.w.last().Page; p != nil {
		m.up = p.Body
	}
}

func (m *soak) ask(req Request) Report {
	req.Trigger = status.TriggerSignal
	time.Sleep(10 * time.Millisecond) // no two refreshes begin in one instant
	r, _ := m.w.Refresh(context.Background(), req)
	return r
}

func (m *soak) refresh(rt *rapid.T) {
	m.done(rt, m.ask(Request{}), status.Published, status.Unchanged, m.refusal(false))
}

// refusal is what a good read may come to besides: with a set that was bad at start nothing can be rendered, a shrunken
// shop is refused.
func (m *soak) refusal(force bool) string {
	if set := m.w.view.set; set.fallback && store.ClassOf(set.broken) == store.Gate {
		return status.Rejected
	} else if set.fallback {
		return status.Failed
	}
	up := m.w.statusNow().Page
	if up != nil && up.Products == 0 && m.shop.catalogue.Products() == 0 {
		return status.Unchanged
	}
	if !force && (up != nil && m.shop.catalogue.Products()*2 < up.Products || m.shop.catalogue.Products() == 0) {
		return status.Rejected
	}
	return status.Published
}

func (m *soak) failure(rt *rapid.T) {
	m.shop.fail(rapid.SampledFrom([]store.Class{store.ConnectRefused, store.DNS, store.Auth, store.Network,
		store.Other, store.TooManyConnections}).Draw(rt, "class"))
	defer m.shop.fail("")
	m.done(rt, m.ask(Request{}), m.trouble())
}

// during sets what the database does for one refresh.
func (m *soak) during(rt *rapid.T, f func(context.Context) error) {
	if rapid.Bool().Draw(rt, "after the query") {
		m.shop.set(func() { m.shop.after = f })
	} else {
		m.shop.set(func() { m.shop.before = f })
	}
	defer m.shop.set(func() { m.shop.before, m.shop.after = nil, nil })
	m.done(rt, m.ask(Request{}), m.trouble())
}

// trouble is what a refresh comes to when the database fails; with templates that were bad at start it is not asked.
func (m *soak) trouble() string {
	if m.w.view.set.fallback {
		return m.refusal(false)
	}
	return status.Failed
}

func (m *soak) hang(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "does not listen") {
		m.during(rt, func(context.Context) error { time.Sleep(30 * time.Second); return nil })
		time.Sleep(30 * time.Second)
		return
	}
	m.during(rt, hang)
}

func (m *soak) panics(rt *rapid.T) { m.during(rt, func(context.Context) error { panic("soak") }) }

func (m *soak) edit(rt *rapid.T) {
	if m.shop.catalogue.Products() > 0 {
		m.shop.rename("Name " + rapid.StringMatching(`[a-z]{1,8}`).Draw(rt, "name"))
	}
	m.refresh(rt)
}

func (m *soak) shrink(rt *rapid.T) {
	m.shop.stock(rapid.IntRange(0, 40).Draw(rt, "products"))
	m.refresh(rt)
}

func (m *soak) force(rt *rapid.T) {
	m.shop.stock(rapid.IntRange(0, 40).Draw(rt, "products"))
	m.done(rt, m.ask(Request{Force: true}), status.Published, status.Unchanged, m.refusal(true))
}

// disk makes the page, or the state, impossible to write for one refresh.
func (m *soak) disk(rt *rapid.T) {
	name := rapid.SampledFrom([]string{"public/index.html", "state/state.json", "public/status.json"}).Draw(rt, "file")
	file := filepath.Join(m.root, name)
	kept, err := os.ReadFile(file)
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil && !os.IsNotExist(err) {
		rt.Fatal(err)
	}
	must(rt, os.MkdirAll(filepath.Join(file, "x"), 0o755))
	m.done(rt, m.ask(Request{}), status.Published, status.Unchanged, status.Rejected, status.Failed)
	must(rt, os.RemoveAll(file))
	if kept != nil && rapid.Bool().Draw(rt, "put back") {
		must(rt, os.WriteFile(file, kept, 0o600))
	}
	m.heal(rt)
}

// heal is a refresh that puts right whatever is on the disk.
func (m *soak) heal(rt *rapid.T) {
	m.w.Reload(context.Background())
	m.done(rt, m.ask(Request{Force: true}), status.Published, status.Unchanged, m.refusal(true))
}

func (m *soak) lost(rt *rapid.T) {
	must(rt, os.RemoveAll(filepath.Join(m.root, "public")))
	m.heal(rt)
}

func (m *soak) torn(rt *rapid.T) {
	file := filepath.Join(m.root, "state", "state.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	must(rt, os.WriteFile(file, text[:len(text)*rapid.IntRange(0, 9).Draw(rt, "tenths")/10], 0o600))
	m.heal(rt)
}

func (m *soak) templates(rt *rapid.T) {
	texts := []string{as("look"), as("other look"), "{{", "<html>{{.Nonsense}}</html>", "<p>no end"}
	text := rapid.SampledFrom(texts).Draw(rt, "text")
	m.save(text)
	err := m.w.Reload(context.Background())
	m.steps++
	if good := strings.HasSuffix(text, "</html>\n"); good != (err == nil) {
		rt.Fatalf("reload of %q: %v", text, err)
	}
	m.broken = err != nil
	m.keep()
}

// restart ends the worker and starts another: the page stays, the history goes on.
func (m *soak) restart(rt *rapid.T) {
	m.w.Close()
	m.steps++
	m.start(rt)
	m.broken = m.w.statusNow().Templates.Error != ""
}

// other lets another process publish over the same folders.
func (m *soak) other(rt *rapid.T) {
	if m.w.view.set.broken != nil {
		return
	}
	o := stageAt(m.t, m.shop, m.root, func(c *Config) { c.TemplatesDir = m.dir })
	defer o.Close()
	m.steps++
	time.Sleep(10 * time.Millisecond)
	if m.shop.catalogue.Products() > 0 {
		m.shop.rename("By another " + rapid.StringMatching(`[a-z]{1,8}`).Draw(rt, "name"))
	}
	r, err := o.Refresh(context.Background(), Request{Trigger: status.TriggerCommand, Force: true})
	must(rt, err)
	m.w.ask(context.Background(), pickUpJob, Request{})
	if r.Page.ETag != m.w.last().Status.Page.ETag {
		rt.Fatalf("the other's page %s is not up, but %s", r.Page.ETag, m.w.last().Status.Page.ETag)
	}
	m.failures, m.dataAt = 0, r.Page.DataAt
	m.keep()
}

// compare holds the snapshot against the model after a restart.
func (m *soak) compare(rt *rapid.T) {
	if m.up != nil && (m.w.last().Page == nil || !bytes.Equal(m.w.last().Page.Body, m.up)) {
		rt.Fatalf("the page is lost by a restart: %s", m.w.last().Status.Summary)
	}
}

// check is what holds after every step.
func (m *soak) check(rt *rapid.T) {
	snap := m.w.last()
	whole(rt, snap)
	m.compare(rt)
	st := m.w.statusNow()
	if snap.Page != nil && !bytes.HasSuffix(bytes.TrimSpace(snap.Page.Body), []byte("</html>")) {
		rt.Fatal("half a page is up")
	}
	if on := m.w.page(); m.up != nil && on != string(m.up) {
		rt.Fatalf("on the disk is another page than in memory: %d bytes, %d bytes", len(on), len(m.up))
	}
	if st.ConsecutiveFailures != m.failures {
		rt.Fatalf("%d failures in a row, the status says %d", m.failures, st.ConsecutiveFailures)
	}
	if st.Page != nil && !st.Page.DataAt.Equal(m.dataAt) {
		rt.Fatalf("data of %s, the status says %s", m.dataAt, st.Page.DataAt)
	}
	want := status.Pass
	switch last := st.LastRefresh; {
	case st.Page == nil || time.Since(m.dataAt) > 10*time.Minute:
		want = status.Fail
	case m.broken || last.Result == status.Failed || last.Result == status.Rejected:
		want = status.Warn
	}
	if st.Status != want {
		rt.Fatalf("status %s (%s), want %s", st.Status, st.Summary, want)
	}
}
