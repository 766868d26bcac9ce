package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"vitrine/render/status"
	"vitrine/store/storetest"
)

// cardMark stands once in every card of the default page.
const cardMark = "<h3>"

// ownShop makes vitrine's own tables through the program itself and returns the DATABASE_URL.
func ownShop(t testing.TB, statements ...string) string {
	t.Helper()
	url := storetest.Server(t).URL(t)
	initialised(t, url, statements...)
	return url
}

// product is an INSERT of one published product.
func product(slug, name, category string, sales int) string {
	return fmt.Sprintf(`INSERT INTO products (name, slug, category, brand, images, price, num_sales, is_published)
		VALUES ('%s', '%s', '%s', 'Brand', '{}', 10, %d, true)`, name, slug, category, sales)
}

// TestServeDemoShop: the demo's page is there without any setting, and never that of a shop.
func TestServeDemoShop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := serve(t, dir)
	if st := c.status(); st.Schema != 1 {
		t.Errorf("there is no status from the first request on: %+v", st)
	}
	page := c.page("</html>")
	if n := strings.Count(page, cardMark); n != 91 {
		t.Errorf("the demo page has %d cards, want 91", n)
	}
	for _, m := range regexp.MustCompile(`/_vitrine/[^"]+\.svg`).FindAllString(page, -1)[:3] {
		if code, h, _ := c.get(m); code != 200 || h.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("picture %s: %d %s", m, code, h.Get("Content-Type"))
		}
	}
	c.until("the status passes", func() bool { return c.status().Status == "pass" })
	if code := c.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if left := leftOvers(t, dir); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	c = serve(t, dir, "DATABASE_URL=postgresql://u:p@127.0.0.1:1/shop")
	if code, _, body := c.get("/"); code != http.StatusServiceUnavailable || strings.Contains(body, cardMark) {
		t.Errorf("the demo's page is served for a shop: %d", code)
	}
}

// TestServeWithoutDatabaseAtBoot guards I12 and I8: the branded 503 first, the page as soon as the database is there,
// without a restart.
func TestServeWithoutDatabaseAtBoot(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t)
	url := pg.NewDatabase(t)
	initialised(t, url, product("lamp", "Lamp of the first hour", "Lamps", 1))
	pg.Stop(t)
	c := serve(t, t.TempDir(), "DATABASE_URL="+url)
	code, h, body := c.get("/")
	if code != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || !strings.Contains(body, "</html>") {
		t.Errorf("without a page: %d, Retry-After %q, %.60q", code, h.Get("Retry-After"), body)
	}
	c.until("the failure is told", func() bool { return c.status().LastRefresh != nil })
	if st := c.status(); st.LastRefresh.ErrorClass != "connect_refused" || st.Status != "fail" {
		t.Errorf("status %s, class %s", st.Status, st.LastRefresh.ErrorClass)
	}
	c.saysOnce(c.status().LastRefresh.Message)
	pg.Start(t)
	c.page("Lamp of the first hour")
}

// saysOnce checks that status page, terminal and each line of the log say the same as the status document, once.
func (c *child) saysOnce(sentence string) {
	c.t.Helper()
	code, terminal := output(c.t, "", nil, "status", "--url", c.url)
	if code != exitUsage {
		c.t.Errorf("status: exit code %d", code)
	}
	_, _, page := c.get("/status.html")
	record := ""
	c.until("the log has the refresh", func() bool {
		for _, line := range c.lines() {
			if strings.Contains(line, `"msg":"refresh"`) {
				record = line
			}
		}
		return record != ""
	})
	for where, text := range map[string]string{"terminal": terminal, "page": html.UnescapeString(page), "log": record} {
		if n := strings.Count(text, sentence); n != 1 {
			c.t.Errorf("%s: %q stands there %d times: %s", where, sentence, n, text)
		}
	}
}

// TestVisitsCostNoQuery guards I1 and I12: visits cost no statement, counted on the server, need no database, and after
// a restart with the database dead they see the same page.
func TestVisitsCostNoQuery(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t, "log_statement=all", "log_line_prefix="+logMark)
	url := pg.NewDatabase(t)
	dir := t.TempDir()
	initialised(t, url, product("lamp", "Counted lamp", "Lamps", 1))
	c := serve(t, dir, "DATABASE_URL="+url)
	want := c.page("Counted lamp")
	c.until("the encodings are made", func() bool { return c.status().Page.Encodings.BR > 0 })
	before := statements(t, pg.LogFile())
	c.visit(10_000)
	if after := statements(t, pg.LogFile()); after != before {
		t.Errorf("10,000 visits cost %d statements", after-before)
	}
	pg.Kill(t)
	c.visit(1_000)
	c.stop(syscall.SIGTERM)
	c = serve(t, dir, "DATABASE_URL="+url)
	if code, _, got := c.get("/"); code != 200 || got != want {
		t.Errorf("after a restart: %d, same page: %v", code, got == want)
	}
	c.visit(100)
}

// visit gets the page n times over a few connections; anything but 200 fails the test.
func (c *child) visit(n int) {
	c.t.Helper()
	var wg sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				resp, err := client.Get(c.url + "/")
				if err != nil {
					c.t.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK {
					c.t.Errorf("%s, %v", resp.Status, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// logMark begins every entry of a server's log that statements reads.
const logMark = "@@entry@@"

// statements counts the logged statements that contain all words.
func statements(t testing.TB, file string, words ...string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range strings.Split(string(text), logMark) {
		is := strings.Contains(entry, "statement: ") || strings.Contains(entry, "execute ")
		for _, w := range words {
			is = is && strings.Contains(entry, w)
		}
		if is {
			n++
		}
	}
	return n
}

// TestRefreshBurst guards I2 and the joining rule: 30 refresh requests and 30 probes over one connection make at most
// two refreshes, nobody waits in vain, and an edit committed before the request is on the page when it is answered.
func TestRefreshBurst(t *testing.T) {
	t.Parallel()
	pg := storetest.Private(t, "log_statement=all", "log_line_prefix="+logMark)
	url := pg.NewDatabase(t)
	dir := t.TempDir()
	initialised(t, url, product("lamp", "First name", "Lamps", 1))
	c := serve(t, dir, "DATABASE_URL="+url, "DATABASE_POOL_MAX=1", "REFRESH_TOKEN=secret")
	c.page("First name")
	before := statements(t, pg.LogFile(), "SELECT", `"products"`)
	if before != 1 {
		t.Errorf("the first refresh made %d statements that read products, want 1", before)
	}
	storetest.Exec(t, url, "UPDATE products SET name = 'Second name'")
	ctx, cancel := context.WithTimeout(context.Background(), settle)
	defer cancel()
	var wg sync.WaitGroup
	for range 30 { // the admin side lets 32 connections in
		wg.Go(func() {
			code, body, err := c.refresh(ctx, "")
			if err != nil || code != http.StatusOK {
				t.Errorf("refresh: %d %s %v", code, body, err)
			} else if _, _, page := c.get("/"); !strings.Contains(page, "Second name") {
				t.Error("the refresh is answered and the edit is not on the page")
			}
		})
		wg.Go(func() {
			if code, _, body := c.get("/api/health/database"); code != http.StatusOK {
				t.Errorf("health: %d %s", code, body)
			}
		})
	}
	wg.Wait()
	if n := statements(t, pg.LogFile(), "SELECT", `"products"`) - before; n < 1 || n > 2 {
		t.Errorf("30 requests made %d queries, want 1 or 2", n)
	}
}

// TestRenderBesideServer: another process publishes, the running server shows it.
func TestRenderBesideServer(t *testing.T) {
	t.Parallel()
	url := ownShop(t, product("lamp", "Old lamp", "Lamps", 1))
	dir := t.TempDir()
	c := serve(t, dir, "DATABASE_URL="+url)
	c.page("Old lamp")
	storetest.Exec(t, url, "UPDATE products SET name = 'New lamp'")
	if code, said := output(t, dir, []string{"DATABASE_URL=" + url}, "render"); code != exitOK {
		t.Fatalf("render: exit code %d: %s", code, said)
	}
	c.page("New lamp")
	if st := c.status(); st.LastRefresh.Trigger != status.TriggerCommand {
		t.Errorf("the status does not continue the other process's history: %+v", st.LastRefresh)
	}
}

// TestStopWhileRefreshHangs: a database that accepts and stays silent cannot keep the program from ending.
func TestStopWhileRefreshHangs(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	accepted := make(chan struct{}, 16)
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			accepted <- struct{}{}
		}
	}()
	dir := t.TempDir()
	c := serve(t, dir, "DATABASE_URL=postgresql://u:p@"+silent.Addr().String()+"/shop")
	<-accepted
	began := time.Now()
	if code := c.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s: the connection's own deadline ended it, not the signal", took)
	}
	if left := leftOvers(t, dir); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// TestSecondSignalEndsAtOnce: 130, without waiting for DRAIN_DELAY, also in a storm of SIGHUPs.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, t.TempDir(), "DRAIN_DELAY=600000")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.until("readyz says that it stops", func() bool {
		code, _, _ := c.get("/readyz")
		return code == http.StatusServiceUnavailable
	})
	for range 50 {
		if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	if code := c.stop(syscall.SIGINT); code != exitKilled {
		t.Errorf("exit code %d", code)
	}
}

// TestHangupReloads: SIGHUP reads the templates and the database again.
func TestHangupReloads(t *testing.T) {
	t.Parallel()
	url := ownShop(t, product("lamp", "Before the signal", "Lamps", 1))
	c := serve(t, t.TempDir(), "DATABASE_URL="+url)
	c.page("Before the signal")
	storetest.Exec(t, url, "UPDATE products SET name = 'After the signal'")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.until("the log says what is not read again", func() bool {
		return strings.Contains(c.logText(), "other settings count after a restart")
	})
	c.page("After the signal")
	if st := c.status(); st.LastRefresh.Trigger != status.TriggerSignal {
		t.Errorf("trigger %q", st.LastRefresh.Trigger)
	}
}

// TestTemplateEditShows: a save shows at once; a broken one keeps the page, and is told by file and line.
func TestTemplateEditShows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newAuthor(t, dir)
	c := serve(t, dir, "TEMPLATES_DIR=mine")
	c.page("mark one")
	a.save(`<li>mark two {{.Name}}</li>`)
	c.page("mark two")
	a.save(broken)
	c.until("the mistake is told", func() bool { return strings.Contains(c.status().Templates.Error, "card.html:2") })
	if st := c.status(); st.Status != "warn" {
		t.Errorf("status %s with broken templates", st.Status)
	}
	c.until("the log names file and line", func() bool {
		return strings.Contains(c.logText(), `"file":"card.html","line":2`)
	})
	c.page("mark two")
}

// TestRealCatalogue loads a catalogue that nobody here made up and compares the page with the file: the best eight of
// each category by sales, rating and id, with names, prices and pictures.
func TestRealCatalogue(t *testing.T) {
	t.Parallel()
	url := ownShop(t)
	products := storetest.LoadCatalogue(t, url)
	c := serve(t, t.TempDir(), "DATABASE_URL="+url)
	page := c.page(cardMark)
	slices.SortStableFunc(products, func(a, b storetest.Product) int {
		return cmp.Or(b.Rating.Cmp(a.Rating), cmp.Compare(a.ID, b.ID))
	})
	want := map[string][]string{}
	for _, p := range products {
		if p.Stock > 0 && len(want[p.Category]) < 8 {
			want[p.Category] = append(want[p.Category], fmt.Sprintf("%s $%s %s", p.Name, p.Price.StringFixed(2), p.Images[0]))
		}
	}
	if got := shelvesOf(t, page); len(want) != 24 || !gocmp.Equal(want, got) {
		t.Errorf("%d categories in the file; -file +page\n%s", len(want), gocmp.Diff(want, got))
	}
}

// shelvesOf reads a page: for each heading of a shelf, the name, price (without commas) and picture of its cards in
// order.
func shelvesOf(t testing.TB, page string) map[string][]string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	shelves := map[string][]string{}
	shelf, name, picture := "", "", ""
	for n := range doc.Descendants() {
		switch n.Data {
		case "h2":
			shelf = textOf(n)
		case "img":
			for _, a := range n.Attr {
				if a.Key == "src" {
					picture = strings.ReplaceAll(a.Val, "%27", "'")
				}
			}
		case "h3":
			name = textOf(n)
		case "b":
			shelves[shelf] = append(shelves[shelf], strings.Join([]string{name, strings.ReplaceAll(textOf(n), ",", ""),
				picture}, " "))
		}
	}
	return shelves
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// TestSameContentSameBytes guards I6 on the whole program: two databases filled in different order give one page, byte
// for byte, and a second refresh leaves the file as it is.
func TestSameContentSameBytes(t *testing.T) {
	t.Parallel()
	rows := []string{product("a", "First", "Lamps", 3), product("b", "Second", "Lamps", 2), product("c", "Third",
		"Rugs", 9), product("d", "Fourth", "Cups", 1)}
	for i, row := range rows { // the same ids, whatever the order: they are the last thing that sorts
		rows[i] = strings.NewReplacer("(name,", "(id, name,", "VALUES (", fmt.Sprintf("VALUES (%d, ", i+1)).Replace(row)
	}
	var pages []string
	for range 2 {
		dir, url := t.TempDir(), ownShop(t, rows...)
		file := filepath.Join(dir, "public", "index.html")
		var before os.FileInfo
		for range 2 {
			if code, said := output(t, dir, []string{"DATABASE_URL=" + url}, "render"); code != exitOK {
				t.Fatalf("render: exit code %d: %s", code, said)
			}
			after, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if before != nil && (!os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime())) {
				t.Error("an unchanged page was written again")
			}
			before = after
		}
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, string(page))
		slices.Reverse(rows)
	}
	if pages[0] != pages[1] || strings.Count(pages[0], cardMark) != len(rows) {
		t.Errorf("insert order shows:\n%s", gocmp.Diff(pages[0], pages[1]))
	}
}

// TestTakenPorts: all addresses that are taken stand in one report, and nothing is said to be served.
func TestTakenPorts(t *testing.T) {
	t.Parallel()
	var taken []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		taken = append(taken, l.Addr().String())
	}
	c := start(t, t.TempDir(), []string{"LISTEN_ADDR=" + taken[0], "ADMIN_ADDR=" + taken[1]}, "serve", "--demo")
	want := "vitrine: LISTEN_ADDR " + taken[0] + " and ADMIN_ADDR " + taken[1] + ": in use by another program"
	if code := c.wait(); code != exitFailed || !strings.HasPrefix(c.logText(), want) {
		t.Errorf("exit code %d, want %s", code, want)
	}
}

// TestGreeting: a person is told where the page is once there is one, and not before.
func TestGreeting(t *testing.T) {
	t.Parallel()
	for database, page := range map[string]bool{demoURL: true, "postgresql://u:p@127.0.0.1:1/shop": false} {
		dir := t.TempDir()
		said, err := os.Create(filepath.Join(dir, "said"))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		cmd := command(t, dir, []string{"DATABASE_URL=" + database}, "serve")
		cmd.Stdout = said
		c := follow(t, cmd)
		c.listening()
		c.until("the greeting, or a failure without", func() bool {
			text, err := os.ReadFile(said.Name())
			told := strings.Contains(string(text), " is at "+c.url+"/\n")
			if err != nil || told && !page {
				t.Fatalf("%q, %v", text, err)
			}
			return told || !page && c.status().ConsecutiveFailures > 1
		})
	}
}

// TestRollingVersions guards I12: beside a program of another version, which writes states that this one cannot read,
// the page stays up, every refresh succeeds, and one file at most is kept aside.
func TestRollingVersions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := serve(t, dir, "REFRESH_TOKEN=secret")
	c.page(cardMark)
	state := filepath.Join(dir, ".vitrine", "state.json")
	for range 2 {
		ours, err := os.ReadFile(state)
		if err != nil {
			t.Fatal(err)
		}
		theirs := bytes.Replace(ours, []byte(`"schema":1`), []byte(`"schema":99`), 1)
		if bytes.Equal(ours, theirs) {
			t.Fatalf("no schema in %.80s", ours)
		}
		if err := os.WriteFile(state, theirs, 0o600); err != nil {
			t.Fatal(err)
		}
		c.refreshed(http.StatusOK)
		c.page(cardMark)
	}
	if kept, err := filepath.Glob(state + ".kept-*"); err != nil || len(kept) != 1 {
		t.Errorf("kept aside: %v, %v", kept, err)
	}
}
