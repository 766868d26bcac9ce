package main

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigDefaults(t *testing.T) {
	c, err := parseConfig(map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	if c.PoolMin != 1 || c.PoolMax != 10 || c.ConnectionTimeout != 30*time.Second ||
		c.AcquireTimeout != 30*time.Second {
		t.Errorf("the pool's defaults are not those of the shop it replaces: %+v", c)
	}
	if c.AdminAddr != "127.0.0.1:8081" || c.ListenAddr != ":8080" || c.Schedule != "*/5 * * * *" {
		t.Errorf("addresses or schedule: %+v", c)
	}
}

// TestConfigReportsEveryMistakeAtOnce guards the one report: each variable by name, its value unless secret, what would
// be right.
func TestConfigReportsEveryMistakeAtOnce(t *testing.T) {
	vars := map[string]string{
		"DATABASE_POOL_MIN": "many", "DATABASE_POOL_MAX": "0", "DATABASE_CONNECTION_TIMEOUT": "30s",
		"DATABASE_ACQUIRE_TIMEOUT": "-1",
		"DATABASE_QUERY_TIMEOUT":   "5", "DATABASE_SLOW_QUERY": "0", "PRODUCTS_PER_CATEGORY": "101",
		"CATALOG_SCHEMA": "magento",
		"PRICE_UNIT":     "cents", "REFRESH_SCHEDULE": "TZ=UTC", "REFRESH_TIMEOUT": "x", "REFRESH_JITTER": "-5",
		"MIN_PRODUCTS": "-1",
		"MAX_SHRINK":   "101", "STALE_AFTER": "soon", "PORT": "http", "ADMIN_ADDR": "8081", "DRAIN_DELAY": "1h",
		"CURRENCY": "Dollars",
		"SITE_URL": "shop.example", "CATEGORIES": `Lamps,"Home`, "LOG_LEVEL": "loud", "LOG_FORMAT": "xml",
		"DATABASE_URL_FILE": "/no/such/file", "STATE_DIR": "shop/public/state", "TEMPLATES_DIR": "shop",
		"PUBLIC_DIR": "shop/public", "SITE_LANG": "??", "PRODUCT_URL": "javascript:{slug}", "CATEGORY_URL": "/c/{name}",
		"IMAGE_BASE_URL": "//evil", "SITE_LOGO": "logo.gif", "SEARCH_URL": "/search", "HEADER_LINKS": "Cart",
		"FOOTER_LINKS":            "Help: Returns=returns",
		"CONTENT_SECURITY_POLICY": "défaut",
	}
	_, err := parseConfig(maps.Clone(vars))
	if err == nil {
		t.Fatal("no mistake seen")
	}
	delete(vars, "TEMPLATES_DIR") // no mistake in itself
	for name := range vars {
		line := regexp.MustCompile(`(?m)^  ` + name + `(=.*)?: .+$`).FindString(err.Error())
		if line == "" {
			t.Errorf("%s is not in the report", name)
		} else if !strings.Contains(line, strings.Trim(vars[name], `"`)) && name != "CATEGORIES" {
			t.Errorf("%s is reported without its value %q: %s", name, vars[name], line)
		}
	}
	if !strings.HasPrefix(err.Error(), "the configuration has 36 mistakes:") {
		t.Errorf("the report begins %q", strings.SplitN(err.Error(), "\n", 2)[0])
	}
}

// TestConfigReportsTheDatabaseToo: a bad address stands in the one report beside the others, and never with its text.
func TestConfigReportsTheDatabaseToo(t *testing.T) {
	for address, word := range map[string]string{
		"mysql://u:canary@h/d": "only PostgreSQL", "postgres://u:canary@h/%zz": "percent-encoded",
		"postgresql://u:canary@h": "names no database",
	} {
		_, err := parseConfig(map[string]string{"DATABASE_URL": address, "DATABASE_POOL_MAX": "0"})
		if err == nil {
			t.Fatal("no mistake seen")
		}
		line := regexp.MustCompile(`(?m)^  DATABASE_URL=\[hidden\]: .+$`).FindString(err.Error())
		if !strings.Contains(line, word) || !strings.Contains(err.Error(), "has 2 mistakes") ||
			strings.Contains(err.Error(), "canary") {
			t.Errorf("want both mistakes, %q and no secret, got: %v", word, err)
		}
	}
	if _, err := parseConfig(map[string]string{"DATABASE_URL": "postgresql://u:p@h/d"}); err != nil {
		t.Errorf("a good address: %v", err)
	}
}

func TestConfigHidesSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("canary-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := parseConfig(map[string]string{
		"DATABASE_URL": "postgresql://u:canary-password@h/d", "DATABASE_URL_FILE": file, "REFRESH_TOKEN_FILE": file,
		"LOG_FORMAT": "xml",
	})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("want a report without the secrets, got: %v", err)
	}
	c, err := parseConfig(map[string]string{"REFRESH_TOKEN_FILE": file})
	if err != nil || c.RefreshToken.Reveal() != "canary-token" {
		t.Errorf("token from a file: %q, %v", c.RefreshToken.Reveal(), err)
	}
}

func TestParseCategories(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            nil,
		" Lamps , Rugs,, Lamps ":      {"Lamps", "Rugs"},
		`"Home, garden", Öfen,أحذية`:  {"Home, garden", "Öfen", "أحذية"},
		`"He said ""hi""",O'Neill's `: {`He said "hi"`, "O'Neill's"},
	} {
		got, err := parseCategories(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

// TestLanguageTag: a locale as systems write it is the tag of its language to browsers and screen readers.
func TestLanguageTag(t *testing.T) {
	if c, err := parseConfig(map[string]string{"SITE_LANG": "ar_EG"}); err != nil || c.site().Lang != "ar-EG" {
		t.Errorf("SITE_LANG=ar_EG: %q, %v", c.site().Lang, err)
	}
}

func TestListenAddress(t *testing.T) {
	for _, tt := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"PORT": "3000"}, ":3000"},
		{map[string]string{"PORT": "3000", "LISTEN_ADDR": "127.0.0.1:9"}, "127.0.0.1:9"},
	} {
		c, err := parseConfig(tt.vars)
		if err != nil || c.ListenAddr != tt.want {
			t.Errorf("%v: %q, %v", tt.vars, c.ListenAddr, err)
		}
	}
	if c, err := parseConfig(map[string]string{"ADMIN_ADDR": ""}); err != nil || c.AdminAddr != "" {
		t.Errorf("an empty ADMIN_ADDR turns it off, got %q, %v", c.AdminAddr, err)
	}
}

// TestTemplatesAmongAssets: templates do not lie where files are removed that no page needs.
func TestTemplatesAmongAssets(t *testing.T) {
	for dir, refused := range map[string]bool{"public/_vitrine": true, "public/_vitrine/mine": true,
		"public/mine": false} {
		_, err := parseConfig(map[string]string{"TEMPLATES_DIR": dir})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "TEMPLATES_DIR=\""+dir+"\": lies in ") {
			t.Errorf("TEMPLATES_DIR=%s: %v", dir, err)
		}
	}
}

// TestShortStaleAfter: a page that is called too old before the next refresh is due is told, with what would be right.
func TestShortStaleAfter(t *testing.T) {
	const told = "STALE_AFTER=299000 is less than the 5m0s between two ticks of REFRESH_SCHEDULE, so that the status " +
		"fails before the next refresh is due: leave it out for twice that time, or set 600000"
	for stale, want := range map[string][]string{"": nil, "299000": {told}, "300000": nil} {
		c, err := parseConfig(map[string]string{"STALE_AFTER": stale})
		if diff := cmp.Diff(want, c.doubts); err != nil || diff != "" {
			t.Errorf("STALE_AFTER=%s: %v (-want +got):\n%s", stale, err, diff)
		}
	}
}

// TestEnvExampleListsEveryVariable compares env.example with the code, both ways, defaults included.
func TestEnvExampleListsEveryVariable(t *testing.T) {
	want := map[string]string{}
	for _, name := range secretFiles {
		want[name+"_FILE"] = ""
	}
	typ := reflect.TypeFor[config]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Tag.Get("env"); name != "" {
			if _, twice := want[name]; twice {
				t.Errorf("%s is declared twice", name)
			}
			want[name] = typ.Field(i).Tag.Get("envDefault")
		}
	}
	f, err := os.Open("../../env.example")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, variable := map[string]string{}, regexp.MustCompile(`^[A-Z0-9_]+$`)
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, ok := strings.Cut(s.Text(), "=")
		if ok && !strings.HasPrefix(name, "#") {
			t.Errorf("%s is set where env.example is copied as it is", name)
		}
		name, commented := strings.CutPrefix(name, "# ")
		if ok && commented && variable.MatchString(name) {
			if _, twice := got[name]; twice {
				t.Errorf("%s stands twice in env.example", name)
			}
			got[name] = value
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("env.example and the code differ (-code +file):\n%s", diff)
	}
}

func TestReadmeListsEveryVariable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range variableNames() {
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("the README does not tell of %s", name)
		}
	}
}

func TestDotenv(t *testing.T) {
	for _, tt := range []struct{ name, text, variable, want string }{
		{"prisma", "# comment\n\nDATABASE_URL=\"postgresql://u:p%40ss@host:5432/shop?schema=public\"\n", "DATABASE_URL",
			"postgresql://u:p%40ss@host:5432/shop?schema=public"},
		{"single quotes", `A='p$ss"w#rd'`, "A", `p$ss"w#rd`},
		{"unquoted dollar", "A=pa$WORD1x", "A", "pa$WORD1x"},
		{"double quoted dollar", `A="pa$WORD 1"`, "A", "pa$WORD 1"},
		{"reference within the file", "HOST=db\nA=\"postgres://${HOST}/x\"", "A", "postgres://db/x"},
		{"reference without braces", "A=postgres://$HOST/x\nHOST=db", "A", "postgres://db/x"},
		{"reference to a reference", "A=${B}!\nB=$C\nC=c", "A", "c!"},
		{"reference to itself", "A=${A}x", "A", "${A}xxxxxxxxx"},
		{"escaped dollar, as Next.js wants it", "A=pa\\$HOST\nHOST=db", "A", "pa$HOST"},
		{"braces of a name that is not set", "A=pa${WORD}x$$y$1", "A", "pa${WORD}x$$y$1"},
		{"several lines", "A=\"a\nb\"\nB=c", "A", "a\nb"},
		{"export, comment, CRLF", "export A=b # why\r\nB=c\r\n", "A", "b"},
		{"hash in a value", "A=b#c", "A", "b#c"},
		{"byte order mark", "\ufeffA=b", "A", "b"},
		{"empty", "A=\n", "A", ""},
		{"backticks", "A=`p$ss\"w#rd` # why\nB=c", "A", "p$ss\"w#rd"},
		{"backticks around a quote", "export A=`it's $HOME`", "A", "it's $HOME"},
	} {
		got, err := parseDotenv(tt.text)
		if err != nil || got[tt.variable] != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got[tt.variable], err, tt.want)
		}
	}
}

func TestDotenvMistakesKeepTheValueSecret(t *testing.T) {
	for _, text := range []string{"A=b\nDATABASE_URL=\"canary", "A=b\nDATABASE_URL canary\n", "=canary\n"} {
		_, err := parseDotenv(text)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: want an error without the value, got %v", text, err)
		}
	}
}

func TestEnvironmentBeatsDotenv(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte("A=file\nB=file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env, _, err := environment([]string{"A=process"}, file)
	if err != nil || env["A"] != "process" || env["B"] != "file" {
		t.Errorf("got %v, %v", env, err)
	}
	if _, _, err := environment(nil, filepath.Join(t.TempDir(), "absent")); err != nil {
		t.Errorf("an absent .env is fine, got %v", err)
	}
}

// TestEnvironmentAsDockerGivesIt: one pair of quotes is taken off, as docker run --env-file leaves it.
func TestEnvironmentAsDockerGivesIt(t *testing.T) {
	for value, want := range map[string]string{
		`"a b"`: "a b", `'a'`: "a", `""`: "", `"`: `"`, `"a`: `"a`, `a"`: `a"`, `'"a"'`: `"a"`,
		`"Home, garden","Lamps, rugs"`: `"Home, garden","Lamps, rugs"`, "": "",
	} {
		env, _, err := environment([]string{"A=" + value}, filepath.Join(t.TempDir(), "absent"))
		if err != nil || env["A"] != want {
			t.Errorf("%s: got %q, %v", value, env["A"], err)
		}
	}
}

// TestMisspeltVariables: a name that is nearly one of ours is told, and no other name is.
func TestMisspeltVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	text := "DATABSE_URL=a\nSITENAME=b\nPRTO=c\nHOST=d\nDATABASE_URL=e\nNEXT_PUBLIC_SITE_URL=f\nREPLY=g\nDATABASE_URI=h\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, told, err := environment([]string{"PRODUCT_PER_CATEGORY=8", "PORTS=1", "PATH=/bin", "LC_ALL=C",
		"REFRESH_TOKEN_FIEL=x"}, file)
	want := []string{
		file + " sets DATABASE_URI, which is not known: should it be DATABASE_URL?",
		file + " sets DATABSE_URL, which is not known: should it be DATABASE_URL?",
		file + " sets REPLY, which is not known: should it be REPLAY?",
		file + " sets SITENAME, which is not known: should it be SITE_NAME?",
		"the environment sets PRODUCT_PER_CATEGORY, which is not known: should it be PRODUCTS_PER_CATEGORY?",
		"the environment sets REFRESH_TOKEN_FIEL, which is not known: should it be REFRESH_TOKEN_FILE?",
	}
	if diff := cmp.Diff(want, told); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestOtherEncodingsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"A=b\nexport SITE_NAME = caf\xe9\n": "line 2 (SITE_NAME) is not UTF-8",
		"A=b\n# caf\xe9\n":                  "line 2 is not UTF-8",
		"\xff\xfeA\x00=\x00b\x00":           "line 1 is not UTF-8",
		"A\x00=\x00b\x00":                   "line 1 is not UTF-8",
	} {
		if _, err := parseDotenv(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	_, err := parseConfig(map[string]string{"SITE_NAME": "caf\xe9", "DATABASE_URL": "postgres://u:caf\xe9@h/d",
		"LESSCHARSET": "\xe9"})
	want := "the configuration has 2 mistakes:\n  DATABASE_URL: is not UTF-8\n  SITE_NAME: is not UTF-8"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
