package postgres

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"vitrine/store"
)

// One line per way in which people write a DATABASE_URL: what it must mean.
func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		name, url               string
		is                      string // user:password@hosts/database as they are, not encoded; "" for u:p@h:5432/d
		schema                  string
		modes                   []pq.SSLMode
		connect, acquire, query time.Duration
		max                     int
		session                 pq.TargetSessionAttrs
		notices                 int
	}{
		{name: "as Prisma writes it",
			url: "postgresql://u:p%40ss@host:5433/shop?schema=public&connection_limit=1&pool_timeout=10",
			is:  "u:p@ss@host:5433/shop", max: 1, acquire: 10 * time.Second},
		{name: "in double quotes", url: `"postgresql://u:p@host/shop"`, is: "u:p@host:5432/shop"},
		{name: "in single quotes with space", url: ` 'postgres://u:p@host/shop' `, is: "u:p@host:5432/shop"},
		{name: "capital scheme", url: "POSTGRES://u:p@host/shop", is: "u:p@host:5432/shop"},
		{name: "every timeout", url: "postgres://u:p@h/d?connect_timeout=3&pool_timeout=4&socket_timeout=5",
			connect: 3 * time.Second, acquire: 4 * time.Second, query: 5 * time.Second},
		{name: "zero is our default",
			url: "postgres://u:p@h/d?connect_timeout=0&pool_timeout=0&socket_timeout=0&connection_limit=0"},
		{name: "pooler flags are silent", url: "postgres://u:p@h/d?pgbouncer=true&statement_cache_size=0&sslmode=prefer"},
		{name: "unknown parameter", url: "postgres://u:p@h/d?frobnicate=1", notices: 1},
		{name: "start-up parameters", url: "postgres://u:p@h/d?options=-c%20statement_timeout%3D5&statement_timeout=5",
			notices: 2},
		{name: "schema", url: "postgres://u:p@h/d?schema=My%20Shop", schema: "My Shop"},
		{name: "quoted value", url: `postgres://u:p@h/d?schema="shop"`, schema: "shop"},
		{name: "raw @ in the password", url: "postgres://u:p@ss@w@h/d", is: "u:p@ss@w@h:5432/d"},
		{name: "raw : in the password", url: "postgres://u:p:s:w@h/d", is: "u:p:s:w@h:5432/d"},
		{name: "raw # in the password", url: "postgres://u:p#s#w@h/d", is: "u:p#s#w@h:5432/d"},
		{name: "raw % in the password", url: "postgres://u:100%@h/d", is: "u:100%@h:5432/d", notices: 1},
		{name: "raw % before letters", url: "postgres://u:a%zzb%4@h/d", is: "u:a%zzb%4@h:5432/d", notices: 1},
		{name: "raw $ \" and space", url: `postgres://u:a$b"c d'e@h/d`, is: `u:a$b"c d'e@h:5432/d`},
		{name: "plus is plus", url: "postgres://u:a+b@h/d", is: "u:a+b@h:5432/d"},
		{name: "everything encoded", url: "postgres://u%40x:%40%3A%2F%3F%23%25%24%22%20@h/d%2Fe",
			is: `u@x:@:/?#%$" @h:5432/d/e`},
		{name: "password in UTF-8", url: "postgres://u:pässwörd@h/d", is: "u:pässwörd@h:5432/d"},
		{name: "fragment", url: "postgres://u:p@h/d#frag"},
		{name: "no password", url: "postgres://u@h/d", is: "u:@h:5432/d"},
		{name: "empty password", url: "postgres://u:@h/d", is: "u:@h:5432/d"},
		{name: "IPv6", url: "postgres://u:p@[::1]:5433/d", is: "u:p@[::1]:5433/d"},
		{name: "IPv6 without port", url: "postgres://u:p@[2001:db8::7]/d", is: "u:p@[2001:db8::7]:5432/d"},
		{name: "hosts", url: "postgres://u:p@a,b:5433,[::1]:5434/d?target_session_attrs=primary",
			is: "u:p@a:5432,b:5433,[::1]:5434/d", session: pq.TargetSessionAttrsPrimary},
		{name: "hosts and ports as parameters", url: "postgres://u:p@/d?host=a,b&port=1,2", is: "u:p@a:1,b:2/d"},
		{name: "one port for all", url: "postgres://u:p@a,b/d?port=7", is: "u:p@a:7,b:7/d"},
		{name: "socket as Prisma has it", url: "postgresql://u:p@localhost/d?host=/var/run/postgresql",
			is: "u:p@/var/run/postgresql:5432/d"},
		{name: "socket keeps the port", url: "postgresql://u:p@localhost:5433/d?host=/run/pg", is: "u:p@/run/pg:5433/d"},
		{name: "socket as libpq has it", url: "postgresql://u@%2Fvar%2Frun%2Fpostgresql/d",
			is: "u:@/var/run/postgresql:5432/d"},
		{name: "no host", url: "postgres://u:p@/d", is: "u:p@localhost:5432/d"},
		{name: "user and password as parameters", url: "postgres://h/d?user=u&password=p%26q", is: "u:p&q@h:5432/d"},
		{name: "disable", url: "postgres://u:p@h/d?sslmode=disable", modes: []pq.SSLMode{pq.SSLModeDisable}},
		{name: "require", url: "postgres://u:p@h/d?sslmode=require", modes: []pq.SSLMode{pq.SSLModeRequire}},
		{name: "strict", url: "postgres://u:p@h/d?sslmode=require&sslaccept=strict",
			modes: []pq.SSLMode{pq.SSLModeVerifyFull}},
		{name: "not strict", url: "postgres://u:p@h/d?sslmode=require&sslaccept=accept_invalid_certs",
			modes: []pq.SSLMode{pq.SSLModeRequire}},
		{name: "verify-full", url: "postgres://u:p@h/d?sslmode=verify-full", modes: []pq.SSLMode{pq.SSLModeVerifyFull}},
		{name: "no-verify of node-postgres", url: "postgres://u:p@h/d?sslmode=no-verify",
			modes: []pq.SSLMode{pq.SSLModeRequire}},
		{name: "ssl of Heroku", url: "postgres://u:p@h/d?ssl=true", modes: []pq.SSLMode{pq.SSLModeRequire}},
		{name: "Neon", url: "postgresql://u:p@ep-cool-1-pooler.eu.aws.neon.tech/d?sslmode=require&channel_binding=require",
			is: "u:p@ep-cool-1-pooler.eu.aws.neon.tech:5432/d", modes: []pq.SSLMode{pq.SSLModeRequire}, notices: 1},
		{name: "Supabase",
			url: "postgresql://postgres.abc:p@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1",
			is:  "postgres.abc:p@aws-0-eu.pooler.supabase.com:6543/postgres", max: 1},
		{name: "PKCS#12", url: "postgres://u:p@h/d?sslidentity=client.p12&sslpassword=x", notices: 1},
		{name: "parameter without value", url: "postgres://u:p@h/d?schema=&application_name="},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseURL(c.url)
			if err != nil {
				t.Fatal(err)
			}
			var hosts []string
			for _, h := range got.hosts {
				hosts = append(hosts, h.String())
			}
			if c.modes == nil {
				c.modes = []pq.SSLMode{pq.SSLModeRequire, pq.SSLModeDisable} // prefer
			}
			type facts struct {
				Is, Schema              string
				Modes                   []pq.SSLMode
				Connect, Acquire, Query time.Duration
				Max                     int
				Session                 pq.TargetSessionAttrs
				Notices                 int
			}
			want := facts{cmp.Or(c.is, "u:p@h:5432/d"), cmp.Or(c.schema, "public"), c.modes, c.connect, c.acquire,
				c.query, c.max, c.session, c.notices}
			is := got.user + ":" + got.password + "@" + strings.Join(hosts, ",") + "/" + got.dbname
			have := facts{is, got.schema, got.tls.modes, got.connect, got.acquire, got.query, got.max, got.session,
				len(got.notices)}
			if d := gocmp.Diff(want, have); d != "" {
				t.Errorf("-want +got\n%s\nnotices: %q", d, got.notices)
			}
		})
	}
}

// Every mistake is told in a sentence that says what to do, and shows nothing of the address but parameters.
func TestParseURLMistakes(t *testing.T) {
	for _, c := range []struct{ name, url, want string }{
		{"empty", "", "is empty"},
		{"empty quotes", `""`, "is empty"},
		{"no scheme", "canaryuser:canarypass@canaryhost/canarydb", "does not begin with postgresql://"},
		{"key and value form", "host=canaryhost password=canarypass dbname=canarydb", "does not begin with postgresql://"},
		{"mysql", "mysql://canaryuser:canarypass@canaryhost/canarydb", "another kind"},
		{"Prisma's SQLite", "file:./canarydb.db", "another kind"},
		{"Prisma's service", "prisma://accelerate.prisma-data.net/?api_key=canarypass", "DIRECT_URL"},
		{"Prisma's postgres", "prisma+postgres://accelerate.prisma-data.net/?api_key=canarypass", "DIRECT_URL"},
		{"JDBC", "jdbc:postgresql://canaryhost/canarydb?user=canaryuser", "JDBC"},
		{"raw / in the password", "postgres://canaryuser:canary/pass@canaryhost/canarydb", "percent-encoded"},
		{"raw ? in the password", "postgres://canaryuser:canary?pass@canaryhost/canarydb", "percent-encoded"},
		{"raw ? and = in the password", "postgres://canaryuser:canary?x=pass@canaryhost/canarydb", "percent-encoded"},
		{"raw # and / in the password", "postgres://canaryuser:canary#p/ass@canaryhost/canarydb", "percent-encoded"},
		{"raw @ and / in the password", "postgres://canaryuser:can@ary/pass@canaryhost/canarydb", "percent-encoded"},
		{"raw @ and ? in the password", "postgres://canaryuser:can@ary?pass@canaryhost/canarydb", "percent-encoded"},
		{"cut off at a #", "postgres://canaryuser:canarypass", "port"},
		{"cut off at a # after digits", "postgres://canaryuser:1234", "names no database"},
		{"port", "postgres://canaryuser:canarypass@canaryhost:port/canarydb", "port is not a number"},
		{"port 0", "postgres://canaryuser:canarypass@canaryhost:0/canarydb", "port is not a number"},
		{"port too big", "postgres://canaryuser:canarypass@canaryhost:65536/canarydb", "port is not a number"},
		{"no database", "postgres://canaryuser:canarypass@canaryhost", "names no database"},
		{"no database, parameters", "postgres://canaryuser:canarypass@canaryhost/?schema=public", "names no database"},
		{"not expanded", "postgres://canaryuser:canarypass@${PGHOST}/canarydb", "host is not a host name"},
		{"placeholder", "postgres://canaryuser:canarypass@<host>/canarydb", "host is not a host name"},
		{"IPv6 without brackets", "postgres://canaryuser:canarypass@2001:db8::1:5432/canarydb", "brackets"},
		{"bad IPv6", "postgres://canaryuser:canarypass@[canaryhost]/canarydb", "not an IPv6 address"},
		{"line break", "postgres://canaryuser:canarypass@canaryhost/canarydb\n?schema=x", "line break"},
		{"zero byte", "postgres://canaryuser:canarypass%00@canaryhost/canarydb", "zero byte"},
		{"bad encoding", "postgres://canaryuser:canarypass@canaryhost/canarydb%zz", "percent-encoded"},
		{"timeout is no number", "postgres://u:canarypass@canaryhost/canarydb?connect_timeout=5s", `connect_timeout is "5s"`},
		{"negative limit", "postgres://u:canarypass@canaryhost/canarydb?connection_limit=-1", `connection_limit is "-1"`},
		{"sslmode", "postgres://u:canarypass@canaryhost/canarydb?sslmode=on",
			`sslmode is "on", but must be one of disable, allow, prefer`},
		{"sslaccept", "postgres://u:canarypass@canaryhost/canarydb?sslaccept=lax", `sslaccept is "lax"`},
		{"session", "postgres://u:canarypass@canaryhost/canarydb?target_session_attrs=master",
			"must be one of any, read-write"},
		{"root certificate", "postgres://u:canarypass@canaryhost/canarydb?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
			"sslrootcert names cannot be opened"},
		{"ports", "postgres://u:canarypass@a,b,c/canarydb?port=1,2", "2 numbers for 3 hosts"},
		{"hostaddr", "postgres://u:canarypass@canaryhost/canarydb?hostaddr=canaryhost", "not a list of IP addresses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(Options{URL: store.Secret(c.url)})
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%q shows a part of the address", err)
			}
			if c.url != "" && !strings.HasPrefix(err.Error(), "DATABASE_URL") {
				t.Errorf("%q does not name the variable", err)
			}
		})
	}
}

// A DATABASE_* variable beats the URL, the URL beats the default, and zero in the URL is no word.
func TestPrecedence(t *testing.T) {
	const url = "postgres://u:p@h/d?connection_limit=3&connect_timeout=4&pool_timeout=5&socket_timeout=6"
	set := Options{PoolMin: 1, PoolMax: 20, ConnectTimeout: 21 * time.Second, AcquireTimeout: 22 * time.Second,
		QueryTimeout: 23 * time.Second}
	type limits struct {
		Min, Max                int
		Connect, Acquire, Query time.Duration
	}
	all := []string{"DATABASE_POOL_MIN", "DATABASE_POOL_MAX", "DATABASE_CONNECTION_TIMEOUT", "DATABASE_ACQUIRE_TIMEOUT",
		"DATABASE_QUERY_TIMEOUT"}
	for _, c := range []struct {
		name     string
		url      string
		opt      Options
		explicit []string
		want     limits
	}{
		{"defaults", "postgres://u:p@h/d", Options{}, nil, limits{0, 10, 30 * time.Second, 30 * time.Second,
			10 * time.Second}},
		{"options that are defaults", "postgres://u:p@h/d", set, nil, limits{1, 20, 21 * time.Second, 22 * time.Second,
			23 * time.Second}},
		{"URL beats defaults", url, set, nil, limits{1, 3, 4 * time.Second, 5 * time.Second, 6 * time.Second}},
		{"variables beat the URL", url, set, all, limits{1, 20, 21 * time.Second, 22 * time.Second, 23 * time.Second}},
		{"one variable beats its parameter", url, set, []string{"DATABASE_ACQUIRE_TIMEOUT"}, limits{1, 3, 4 * time.Second,
			22 * time.Second, 6 * time.Second}},
		{"zeros in the URL", "postgres://u:p@h/d?connection_limit=0&connect_timeout=0&pool_timeout=0&socket_timeout=0",
			set, nil,
			limits{1, 20, 21 * time.Second, 22 * time.Second, 23 * time.Second}},
		{"no more kept than allowed", "postgres://u:p@h/d?connection_limit=1", Options{PoolMin: 4, PoolMax: 10}, nil,
			limits{1, 1, 30 * time.Second, 30 * time.Second, 10 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.opt.URL, c.opt.Explicit = store.Secret(c.url), map[string]bool{}
			for _, e := range c.explicit {
				c.opt.Explicit[e] = true
			}
			db, err := Open(c.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			got := limits{db.opt.PoolMin, db.opt.PoolMax, db.opt.ConnectTimeout, db.opt.AcquireTimeout, db.opt.QueryTimeout}
			if d := gocmp.Diff(c.want, got); d != "" {
				t.Error("-want +got\n" + d)
			}
			if s := db.current().Stats().MaxOpenConnections; s != c.want.Max {
				t.Errorf("the pool holds %d", s)
			}
		})
	}
}

// The identity of a database does not depend on how its address is written, and tells two databases apart.
func TestIdentity(t *testing.T) {
	id := func(url string) string {
		t.Helper()
		db, err := Open(Options{URL: store.Secret(url)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return db.Source().Database
	}
	base := id("postgresql://u:p@host:5432/shop?schema=public")
	for _, same := range []string{"postgres://host/shop", "postgres://other:word@HOST/shop?connection_limit=5",
		`"postgresql://u@host/shop"`} {
		if id(same) != base {
			t.Errorf("%s is taken for another database", same)
		}
	}
	seen := []string{base}
	for _, other := range []string{"postgres://host2/shop", "postgres://host:5433/shop", "postgres://host/shop2",
		"postgres://host/shop?schema=s"} {
		if v := id(other); slices.Contains(seen, v) {
			t.Errorf("%s is taken for a database seen before", other)
		} else {
			seen = append(seen, v)
		}
	}
	if id("postgres://a,b/shop") != id("postgres://b,a/shop") {
		t.Error("the order of hosts makes another database")
	}
}

// Prisma's sslcert is the server's root certificate and counts only with sslaccept=strict; libpq's is the client's and
// has a key.
func TestCertificateFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ params, root, cert, key string }{
		{"sslmode=require&sslcert=" + file, "", "", ""},
		{"sslmode=require&sslaccept=strict&sslcert=" + file, file, "", ""},
		{"sslcert=" + file + "&sslkey=" + file, "", file, file},
		{"sslmode=verify-ca&sslrootcert=" + file, file, "", ""},
		{"sslmode=require&sslrootcert=" + file, file, "", ""},
		{"sslrootcert=" + file, "", "", ""},
		{"sslmode=verify-full&sslrootcert=system", "system", "", ""},
	} {
		got, err := parseURL("postgres://u:p@h/d?" + c.params)
		if err != nil {
			t.Errorf("%s: %v", c.params, err)
			continue
		}
		if got.tls.root != c.root || got.tls.cert != c.cert || got.tls.key != c.key {
			t.Errorf("%s: %+v", c.params, got.tls)
		}
	}
}

// Whatever is given, the parser neither panics nor shows a part of user, password or host, and what it accepts is
// complete.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"postgresql://u:p%40ss@host:5432/shop?schema=public&connection_limit=1&pool_timeout=10",
		"postgres://u:p@h/d?sslmode=verify-full&sslaccept=strict&sslnegotiation=direct",
		`"postgres://u:p@[::1]:1,b/d"`, "postgres://u:a/b@h/d", "postgres://u:a?b@h/d", "postgres://u:a#b@h/d#x",
		"postgres://%2Ftmp/d?host=/a,b&port=1,2", "postgres://u@/d?hostaddr=::1", "demo:", "postgres://u:%@h/d%00",
		"postgres://:@:/?=&&=", "postgres://u:p@h:99999/d", "postgres://[/d", "'", "postgres://u:p@h/d?host=,&port=,",
		"postgres://u:p@a,,b/d",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := parseURL(s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "DATABASE_URL") {
				t.Errorf("%q does not name the variable", err)
			}
			return
		}
		if len(target.hosts) == 0 || target.dbname == "" || len(target.tls.modes) == 0 || target.schema == "" {
			t.Errorf("incomplete: %+v", target)
		}
		for _, h := range target.hosts {
			if h.name == "" || h.port == 0 {
				t.Errorf("incomplete host: %+v", h)
			}
		}
	})
}

// A password that is put into a URL the proper way is the one that is used, whatever is in it; written raw, it is
// either the one that is used or refused, and never a part of it becomes a host.
func FuzzPassword(f *testing.F) {
	for _, s := range []string{"p@ss", "a:b", "a/b", "a?b=c", "a#b", "100%", "%41", `$"' `, "@", "/@?#", "a@h/d",
		"x#y@z", "pass?word=1", "π", "x@evil/db?a=b", "x@evil/db", "x@evil/db?a=b&c=d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if strings.ContainsFunc(password, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
			return
		}
		encoded := ""
		for _, b := range []byte(password) {
			encoded += fmt.Sprintf("%%%02X", b)
		}
		got, err := parseURL("postgres://user:" + encoded + "@host.example/shop?schema=s")
		if err != nil || got.password != password || got.hosts[0].name != "host.example" || got.dbname != "shop" {
			t.Fatalf("encoded: %v, %+v", err, got)
		}
		got, err = parseURL("postgres://user:" + password + "@host.example/shop?schema=s")
		if err != nil {
			return
		}
		if len(got.hosts) != 1 || got.hosts[0].name != "host.example" || got.dbname != "shop" || got.schema != "s" ||
			got.user != "user" {
			t.Errorf("raw: %+v", got)
		}
	})
}

// What has no meaning may be a piece of a password: the notice that goes into documents does not name it, Unknown does.
func TestUnknownParametersAreNotPublished(t *testing.T) {
	db := open(t, short("postgres://u:p@h/d?password=a&Canary=b&frobnicate=1&%20odd=2"))
	if n := strings.Join(db.Notices(), "\n"); strings.Contains(n, "Canary") || strings.Count(n, "not known") != 1 {
		t.Errorf("notices: %s", n)
	}
	if got := db.Unknown(); len(got) != 3 || !slices.Contains(got, "Canary") || !slices.Contains(got, "frobnicate") {
		t.Errorf("unknown: %q", got)
	}
}
