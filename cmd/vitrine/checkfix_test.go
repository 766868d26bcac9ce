package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vitrine/render/status"
	"vitrine/store/postgres"
	"vitrine/store/storetest"
)

// patient is a shop that something is wrong with: its settings, and its database as the superuser sees it.
type patient struct {
	t         *testing.T
	dir, url  string
	variables map[string]string
}

// newPatient is a shop with nothing wrong; statements are run in its database.
func newPatient(t *testing.T, pg *storetest.PG, statements ...string) *patient {
	t.Helper()
	dir, url := t.TempDir(), pg.NewDatabase(t)
	p := &patient{t, dir, url, map[string]string{
		"DATABASE_URL": url, "PUBLIC_DIR": filepath.Join(dir, "public"), "STATE_DIR": filepath.Join(dir, "state"),
		"LISTEN_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0", "REFRESH_SCHEDULE": "0 0 1 1 *", "DATABASE_POOL_MAX": "2",
		runMain: "1", "HOME": dir, "PATH": os.Getenv("PATH"),
	}}
	if code := p.vitrine("init", "--yes"); code != exitOK {
		t.Fatalf("init: %d", code)
	}
	storetest.Exec(t, url, statements...)
	return p
}

func (p *patient) environ() []string {
	var list []string
	for name, value := range p.variables {
		list = append(list, name+"="+value)
	}
	return list
}

// vitrine runs a command to its end.
func (p *patient) vitrine(args ...string) int {
	code, said := output(p.t, p.dir, p.environ(), args...)
	p.t.Logf("%v: %s", args, said)
	return code
}

// check returns what check finds.
func (p *patient) check(args ...string) (code int, found findings) {
	p.t.Helper()
	var out bytes.Buffer
	code = run(p.t.Context(), append([]string{"check", "--json"}, args...), program{p.environ(), os.Stdin, &out,
		p.t.Output()})
	var doc struct{ Findings findings }
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		p.t.Fatalf("check --json: %v\n%s", err, &out)
	}
	return code, doc.Findings
}

// grave returns the first finding of a subject that is a warning or worse and says a text.
func (f findings) grave(subject, says string) (finding, bool) {
	for _, one := range f {
		if one.Subject == subject && (one.Level == "warn" || one.Level == "fail") && strings.Contains(one.Sentence, says) {
			return one, true
		}
	}
	return finding{}, false
}

var setting = regexp.MustCompile(`^([A-Z_]+)=(.*)$`)

// follow does what a finding says, word for word.
func (p *patient) follow(fix string) {
	p.t.Helper()
	command, rest, _ := strings.Cut(fix, " ")
	answer, _, _ := strings.Cut(strings.TrimPrefix(fix, "# "), "\n") // the first of several
	switch m := setting.FindStringSubmatch(answer); {
	case fix == "":
		p.t.Fatal("nothing says what to do")
	case m != nil:
		p.variables[m[1]] = m[2]
	case fix == "vitrine serve":
		serve(p.t, p.dir, p.environ()...).until("the status is renewed", func() bool {
			st, err := readStatusFile(config{PublicDir: p.variables["PUBLIC_DIR"]})
			return err == nil && time.Now().Before(st.ValidUntil) && st.LastRefresh != nil
		})
	case command == "vitrine":
		if code := p.vitrine(strings.Fields(rest)...); code != exitOK {
			p.t.Fatalf("%s: exit code %d", fix, code)
		}
	case command == "mv":
		if out, err := exec.Command("sh", "-c", fix).CombinedOutput(); err != nil {
			p.t.Fatalf("%s: %v %s", fix, err, out)
		}
	default:
		storetest.Exec(p.t, p.url, strings.Split(fix, "\n")...)
	}
}

// manyProducts are enough for the way to them to matter.
const manyProducts = `INSERT INTO products (name, slug, category, price, num_sales, is_published)
	SELECT repeat('n', 200), 'm' || i, 'k' || i % 12, 1, i % 1000, true FROM generate_series(1, 30000) AS i`

// Each warning is true: the faults are made, what check says to do is done word for word, and check is content.
func TestCheckAdviceCures(t *testing.T) {
	t.Parallel()
	const dropIndex = "DROP INDEX " + mainIndex
	const lamps = `INSERT INTO products (name, slug, category, price, is_published)
		SELECT 'n', 's' || i, 'Lamps', 1, true FROM generate_series(1, 8) AS i`
	for _, c := range []struct {
		name  string
		setup []string
		make  func(p *patient)
		wrong [][2]string // subject, and what is said; cured in this order
	}{
		{name: "machine", make: func(p *patient) {
			p.variables["LISTEN_ADDR"] = wrongPeer(p.t, "no status\n")
			p.variables["ADMIN_ADDR"] = "192.0.2.1:8081"
			p.variables["REFRESH_TOKEN"] = "changeme"
			p.variables["DATABASE_URL"] = ""
			if err := os.WriteFile(p.variables["PUBLIC_DIR"], nil, 0o600); err != nil {
				p.t.Fatal(err)
			}
		}, wrong: [][2]string{{"LISTEN_ADDR", "in use by another program"}, {"ADMIN_ADDR", "not an address of this machine"},
			{"REFRESH_TOKEN", "8 characters"}, {"DATABASE_URL", "not set"}, {"PUBLIC_DIR", "not a directory"}}},
		{name: "settings", make: func(p *patient) {
			p.variables["ADMIN_ADDR"] = "0.0.0.0:0"
			p.variables["MIN_PRODUCTS"] = "20"
			p.variables["NOTIFY_CHANNEL"] = "vitrine"
			p.writeStatus("cut")
		}, wrong: [][2]string{{"ADMIN_ADDR", "open to everyone"}, {"MIN_PRODUCTS", "at least 20"},
			{"NOTIFY_CHANNEL", "triggers that tell of changes are missing"}, {"status", "cannot be read"}}},
		{name: "index missing", setup: []string{dropIndex, manyProducts, "ANALYZE products"},
			wrong: [][2]string{{"index", "no index of"}}},
		{name: "index missing, never analysed",
			setup: []string{"ALTER TABLE products SET (autovacuum_enabled = false)", dropIndex, manyProducts},
			wrong: [][2]string{{"plan", "grows with that table"}}},
		{name: "index interrupted", setup: []string{manyProducts, "ANALYZE products",
			"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '" + mainIndex + "'::regclass"},
			wrong: [][2]string{{"index", "interrupted"}}},
		{name: "role limit", make: func(p *patient) {
			p.variables["DATABASE_URL"] = p.reader("CONNECTION LIMIT 3")
			p.variables["DATABASE_POOL_MAX"] = "10"
		}, wrong: [][2]string{{"connections", "CONNECTION LIMIT of the role"}}},
		{name: "max_connections", make: func(p *patient) { p.variables["DATABASE_POOL_MAX"] = "100" },
			wrong: [][2]string{{"connections", "max_connections leaves room for"}}},
		{name: "fewer products", make: func(p *patient) {
			if code := p.vitrine("render"); code != exitOK {
				p.t.Fatalf("render: %d", code)
			}
			storetest.Exec(p.t, p.url, "DELETE FROM products WHERE slug <> 's1'")
		}, wrong: [][2]string{{"gate", "fell from 8 to 1"}}},
		{name: "questions", setup: []string{"ALTER TABLE products ALTER price TYPE integer, ADD store_id int, " +
			"ADD discount numeric DEFAULT 5, ADD vises boolean",
			"UPDATE products SET store_id = 7 + id % 2, vises = id % 3 = 0"},
			wrong: [][2]string{{"question", "cents or whole units"}, {"question", "more than one store"},
				{"question", "percent or an amount"}, {"question", "not understood"}}},
		{name: "a view has no triggers", setup: []string{"ALTER TABLE products RENAME TO goods",
			"CREATE VIEW products AS SELECT * FROM goods", "DROP TABLE categories"},
			make:  func(p *patient) { p.variables["NOTIFY_CHANNEL"] = "vitrine" },
			wrong: [][2]string{{"NOTIFY_CHANNEL", "cannot tell of changes"}}},
		{name: "no notification", make: func(p *patient) {
			p.variables["NOTIFY_CHANNEL"] = "vitrine"
			p.variables["DATABASE_URL"] = storetest.Rehost(p.t, p.url,
				storetest.Bouncer(p.t, storetest.Server(p.t), "transaction", "default_pool_size=5"))
		}, wrong: [][2]string{{"LISTEN", "a pooler in transaction or statement mode"}}},
		{name: "nobody serves", make: func(p *patient) {
			p.writeStatus(status.Status{Schema: 1, GeneratedAt: time.Now().Add(-time.Hour),
				ValidUntil: time.Now().Add(-time.Minute)})
		}, wrong: [][2]string{{"status", "not renewed since"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Server
			if c.wrong[0][0] == "connections" { // other tests take some meanwhile
				server = func(t testing.TB) *storetest.PG { return storetest.Private(t) }
			}
			p := newPatient(t, server(t), append([]string{lamps}, c.setup...)...)
			p.variables["STALE_AFTER"] = "100000"
			if c.make != nil {
				c.make(p)
			}
			_, found := p.check()
			if last := found.closing(); c.name == "questions" && !strings.Contains(last, "4 questions are open") {
				t.Errorf("the last line is %q", last)
			}
			for _, wrong := range c.wrong {
				one, ok := found.grave(wrong[0], wrong[1])
				if !ok {
					t.Fatalf("no %s that says %q: %+v", wrong[0], wrong[1], found)
				}
				p.follow(one.Fix)
			}
			_, found = p.check()
			for _, wrong := range c.wrong {
				if still, ok := found.grave(wrong[0], ""); ok {
					t.Errorf("after all cures: %+v", still)
				}
			}
		})
	}
}

const mainIndex = "vitrine_products_idx"

// reader is the DATABASE_URL of a role that may read, with what else CREATE ROLE takes.
func (p *patient) reader(options string) string {
	p.t.Helper()
	role := fmt.Sprintf("reader_%d", time.Now().UnixNano())
	storetest.Exec(p.t, p.url, "CREATE ROLE "+role+" LOGIN PASSWORD 'canarypass' "+options,
		"GRANT SELECT ON products, categories TO "+role)
	p.t.Cleanup(func() { storetest.Exec(p.t, p.url, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	_, rest, _ := strings.Cut(p.url, "@")
	return "postgres://" + role + ":canarypass@" + rest
}

func (p *patient) writeStatus(doc any) {
	p.t.Helper()
	text, err := json.Marshal(doc)
	if err == nil {
		err = os.MkdirAll(p.variables["PUBLIC_DIR"], 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(p.variables["PUBLIC_DIR"], "status.json"), text, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// A shop with nothing wrong passes, and check has looked at all that there is, in order; it changes nothing.
func TestCheckInOrder(t *testing.T) {
	t.Parallel()
	p := newPatient(t, storetest.Server(t), manyProducts, "ANALYZE products")
	before := maps.Clone(p.variables)
	code, found := p.check("--analyze")
	var subjects []string
	for _, one := range found {
		if len(subjects) == 0 || subjects[len(subjects)-1] != one.Subject {
			subjects = append(subjects, one.Subject)
		}
	}
	text := strings.Join(subjects, ", ")
	for rest, want := text, "configuration, REFRESH_SCHEDULE, LISTEN_ADDR, ADMIN_ADDR, templates, PUBLIC_DIR, "+
		"STATE_DIR, database, connections, "+
		"pooler, clock, LISTEN, query, index, plan, templates, gate, status"; want != ""; {
		var one string
		one, want, _ = strings.Cut(want, ", ")
		i := strings.Index(rest, one)
		if i < 0 {
			t.Fatalf("%s is not where it should be: %s", one, text)
		}
		rest = rest[i+len(one):]
	}
	all := fmt.Sprintf("%+v", found)
	for _, want := range []string{"free", "answers in", "GB free", "will not grow with the products", "pages of 8 KB",
		"would let the page through"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q: %s", want, all)
		}
	}
	if strings.Contains(all, storetest.Password) {
		t.Error("the password is in it")
	}
	if code != exitOK {
		t.Errorf("exit code %d: %s", code, all)
	}
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 0 {
		t.Errorf("check made %v, %v", left, err)
	}
	if !maps.Equal(before, p.variables) {
		t.Error("the settings changed")
	}
}

// TestListenersAreCounted: with NOTIFY_CHANNEL each instance takes one connection beside its pool.
func TestListenersAreCounted(t *testing.T) {
	s := postgres.Server{AppName: "vitrine", Instances: 2,
		Limits: []postgres.ConnectionLimit{{Name: "max_connections", Most: 20}}}
	for channel, want := range map[string]finding{
		"": {Level: "pass", Sentence: "may take 10 each (DATABASE_POOL_MAX)"},
		"vitrine": {Level: "warn", Sentence: "may take 11 each (DATABASE_POOL_MAX, and one for NOTIFY_CHANNEL): when",
			Fix: "DATABASE_POOL_MAX=9"},
	} {
		var f findings
		checkConnections(&f, s, 10, channel)
		got := f[0]
		if got.Level != want.Level || !strings.Contains(got.Sentence, want.Sentence) || got.Fix != want.Fix {
			t.Errorf("NOTIFY_CHANNEL=%s: %+v", channel, got)
		}
	}
}
