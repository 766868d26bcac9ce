package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vitrine/cmd/vitrine/deploy"
	"vitrine/store/storetest"
)

// printed is a file as "vitrine print" gives it.
func printed(t *testing.T, name string) string {
	t.Helper()
	code, text := output(t, "", nil, "print", name)
	if code != exitOK {
		t.Fatalf("print %s: exit code %d: %s", name, code, text)
	}
	return text
}

// exchangeAll replaces every old by its new, each of which must be there.
func exchangeAll(t *testing.T, text string, oldNew ...string) string {
	t.Helper()
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("there is no %q in it", oldNew[i])
		}
		text = strings.ReplaceAll(text, oldNew[i], oldNew[i+1])
	}
	return text
}

// Every variable that a printed file sets is one that the program reads.
func TestPrintedVariables(t *testing.T) {
	known := map[string]bool{"POSTGRES_PASSWORD_FILE": true}
	for _, name := range variableNames() {
		known[name] = true
	}
	variable := regexp.MustCompile(`(?m)\b([A-Z]{2,}(?:_[A-Z]+)+)(?:=|: |,)`)
	seen := 0
	for _, f := range deploy.Files() {
		for _, m := range variable.FindAllStringSubmatch(f.Text, -1) {
			if seen++; !known[m[1]] {
				t.Errorf("%s sets %s, which nothing reads", f.Name, m[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d variables found", seen)
	}
}

// front is a server before vitrine and a shop, made from what is printed.
type front struct {
	url     string
	vitrine *child
	shop    *httptest.Server
	dir     string
}

// startFront starts vitrine, a shop and the server that argv runs over its configuration: conf, given an address to
// listen on, the addresses of both and the folder.
func startFront(t *testing.T, conf func(listen, vitrine, shop, public string) string, argv ...string) *front {
	t.Helper()
	f := &front{dir: t.TempDir()}
	f.shop = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "the shop's %s for %s", r.URL.Path, r.Host)
	}))
	t.Cleanup(f.shop.Close)
	f.vitrine = serve(t, f.dir)
	f.vitrine.page("</html>")
	f.vitrine.until("the compressed forms lie beside the page", func() bool {
		_, err := os.Stat(filepath.Join(f.dir, "public", "index.html.gz"))
		return err == nil
	})
	if err := os.Chmod(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	listen := freeAddr(t)
	f.url = "http://" + listen
	text := conf(listen, strings.TrimPrefix(f.vitrine.url, "http://"), strings.TrimPrefix(f.shop.URL, "http://"),
		filepath.Join(f.dir, "public"))
	runServer(t, f.dir, listen, text, argv...)
	return f
}

// get is status code, content coding and body of a path, asked for with the headers given in pairs.
func (f *front) get(t *testing.T, path string, headers ...string) (int, string, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Encoding"), string(body)
}

// want asks for a path and looks for a code and a text.
func (f *front) want(t *testing.T, when, path string, code int, text string) {
	t.Helper()
	if got, _, body := f.get(t, path); got != code || !strings.Contains(body, text) {
		t.Errorf("%s: %s is %d %.120q, want %d with %q", when, path, got, body, code, text)
	}
}

// works takes vitrine, the shop and the folder away, one after the other, and looks at what visitors have.
func (f *front) works(t *testing.T) {
	const page, shop = "Vitrine", "the shop's "
	icon := "/_vitrine/favicon.svg"
	f.want(t, "all is up", "/", 200, page)
	f.want(t, "all is up", "/?_rsc=abc", 200, page)
	f.want(t, "all is up", icon, 200, "<svg")
	f.want(t, "all is up", "/product/x", 200, shop+"/product/x for 127.0.0.1")
	f.want(t, "all is up", "/status.json", 200, `"schema"`)
	if code, coding, _ := f.get(t, "/", "Accept-Encoding", "gzip"); code != 200 || coding != "gzip" {
		t.Errorf("asked for gzip: %d in %q", code, coding)
	}
	if code := f.vitrine.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("vitrine's exit code is %d", code)
	}
	f.want(t, "vitrine is away", "/", 200, page)
	f.want(t, "vitrine is away", icon, 200, "<svg")
	f.shop.Close()
	f.want(t, "both are away", "/", 200, page)
	if code, _, _ := f.get(t, "/product/x"); code != 502 {
		t.Errorf("a page of a shop that is away: %d", code)
	}
}

// withoutPage looks at a first day: nothing in the folder and no vitrine is the shop's own page.
func (f *front) withoutPage(t *testing.T) {
	f.vitrine.stop(syscall.SIGTERM)
	if err := os.RemoveAll(filepath.Join(f.dir, "public")); err != nil {
		t.Fatal(err)
	}
	f.want(t, "there is no page", "/", 200, "the shop's /")
}

// How the tests run nginx, over a configuration that begins with nginxHead.
var nginxArgs = []string{"nginx", "-e", "stderr", "-p", ".", "-c", "conf"}

const nginxHead = `user root; worker_processes 1; daemon off; pid pid; error_log stderr crit; events {}
http { access_log off; types { text/html html; image/svg+xml svg; }
client_body_temp_path 1; proxy_temp_path 2; fastcgi_temp_path 3; uwsgi_temp_path 4; scgi_temp_path 5;
`

func nginxConf(t *testing.T, change func(string) string) func(listen, vitrine, shop, public string) string {
	return func(listen, vitrine, shop, public string) string {
		return nginxHead + change(exchangeAll(t, printed(t, "nginx"), "listen 80;", "listen "+listen+";",
			"127.0.0.1:8080", vitrine, "VITRINE:8080", vitrine, "127.0.0.1:3000", shop,
			"/var/lib/vitrine/public;", public+";")) + "}\n"
	}
}

// TestPrintedNginx guards what is promised of the printed nginx file, in both of its forms.
func TestPrintedNginx(t *testing.T) {
	t.Parallel()
	asPrinted := func(s string) string { return s }
	// elsewhere puts the commented form for a vitrine on another machine in the place of the first location.
	elsewhere := func(s string) string {
		first := regexp.MustCompile(`(?s)    location = / \{.*?\n    \}\n`)
		i := strings.Index(s, "#    location = /")
		other := strings.ReplaceAll(strings.TrimPrefix(s[i:], "#"), "\n#", "\n")
		return first.ReplaceAllLiteralString(s[:i], other)
	}
	for name, change := range map[string]func(string) string{"folder": asPrinted, "another machine": elsewhere} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			startFront(t, nginxConf(t, change), nginxArgs...).works(t)
		})
		t.Run(name+", no page", func(t *testing.T) {
			t.Parallel()
			startFront(t, nginxConf(t, change), nginxArgs...).withoutPage(t)
		})
	}
}

// TestPrintedCaddy is the same for Caddy, which takes minutes to build: the long form.
func TestPrintedCaddy(t *testing.T) {
	if !longForm() {
		t.Skip("Caddy takes part in the long form, make faults")
	}
	conf := func(listen, vitrine, shop, public string) string {
		return "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n" + exchangeAll(t, printed(t, "caddy"),
			"shop.example {", "http://"+listen+" {", "127.0.0.1:8080", vitrine, "127.0.0.1:3000", shop,
			"/var/lib/vitrine/public", public)
	}
	argv := []string{"caddy", "run", "--adapter", "caddyfile", "--config", "conf"}
	startFront(t, conf, argv...).works(t)
	startFront(t, conf, argv...).withoutPage(t)
	fmt.Println("| vitrine and the shop stopped behind the printed Caddyfile | 2 | 2 | |")
}

// TestPrintedUnit has systemd read the units.
func TestPrintedUnit(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		storetest.Missing(t, "systemd-analyze", "systemd")
	}
	dir := t.TempDir()
	unit, socket := filepath.Join(dir, "vitrine.service"), filepath.Join(dir, "vitrine.socket")
	text := exchangeAll(t, printed(t, "systemd"), "/usr/local/bin/vitrine serve", self+" serve")
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(socket, []byte(printed(t, "socket")), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit, socket).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestPrintedFormats has the tools that know the formats read what runs the program, and a mistake in each. They are
// fetched: the long form.
func TestPrintedFormats(t *testing.T) {
	if !longForm() {
		t.Skip("the tools that know Compose and Dockerfiles take part in the long form, make faults")
	}
	for name, c := range map[string]struct{ file, right, wrong, tool string }{
		"compose": {"compose.yaml", "read_only: true", "readonly: true",
			"go run github.com/compose-spec/compose-go/v2/cmd@v2.16.2 compose.yaml"},
		"docker": {"Dockerfile", "EXPOSE 8080", "EXPOSE http",
			"npm exec --yes dockerfile-utils@0.16.3 -- lint Dockerfile"},
	} {
		t.Run(name, func(t *testing.T) {
			for text, want := range map[string]bool{printed(t, name): true,
				exchangeAll(t, printed(t, name), c.right, c.wrong): false} {
				words, dir := strings.Fields(c.tool), t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, c.file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(words[0], words[1:]...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); (err == nil) != want {
					t.Errorf("right: %v, %v: %s", want, err, out)
				}
			}
		})
	}
	fmt.Println("| mistake in the printed Compose file and Dockerfile, told by their tools | 2 | 2 | |")
}
