package publish

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

const brotliModule = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"

// staticHosts are the servers that serve the folder with its compressed forms: their configuration, for an address
// and the folder.
var staticHosts = map[string]struct {
	argv []string
	conf string
}{
	"nginx": {[]string{"nginx", "-e", "stderr", "-p", "{dir}", "-c", "{dir}/conf"}, `load_module ` + brotliModule + `;
user root;
daemon off;
pid {dir}/pid;
error_log stderr;
events {}
http {
	access_log off;
	types { text/html html; }
	client_body_temp_path {dir}/1; proxy_temp_path {dir}/2; fastcgi_temp_path {dir}/3;
	uwsgi_temp_path {dir}/4; scgi_temp_path {dir}/5;
	gzip_static on;
	gzip_vary on;
	brotli_static on;
	server { listen {addr}; root {public}; }
}
`},
	"caddy": {[]string{"caddy", "run", "--adapter", "caddyfile", "--config", "{dir}/conf"}, `{
	admin off
	auto_https off
	persist_config off
}
http://{addr} {
	root * {public}
	file_server {
		precompressed br gzip
	}
}
`},
}

// TestStaticHosts guards I5 where the folder is served by somebody else: while publishers publish and are killed at
// random moments, no answer in a coding is older than the page that was answered before it. Caddy takes part in the
// long form only.
func TestStaticHosts(t *testing.T) {
	t.Parallel()
	rounds, hosts := 2, []string{"nginx"}
	if os.Getenv("VITRINE_LONG") != "" {
		rounds, hosts = 100, []string{"nginx", "caddy"}
	}
	f := published(t, 1)
	urls := map[string]string{}
	for _, host := range hosts {
		urls[host] = f.serveStatic(t, host)
	}
	next, counts, asked := 2, map[string]int{}, 0
	for range rounds {
		cmd := f.child(t, -next)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		var last atomic.Int64
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if n, err := strconv.Atoi(lines.Text()); err == nil {
					last.Store(int64(n))
				}
			}
		}()
		enough := int64(next + 8 + rand.N(5)) // the moment of the kill is any after that
		for last.Load() < enough && !t.Failed() {
			for _, url := range urls {
				askInOrder(t, url, counts)
				asked++
			}
		}
		must(t, cmd.Process.Kill())
		<-heard
		_ = cmd.Wait() // it was killed
		for _, url := range urls {
			askInOrder(t, url, counts) // what a killed publisher left
		}
		next = int(last.Load()) + 2 // it may have published one more than it said
	}
	if counts["br"] < rounds || counts["gzip"] < rounds {
		t.Errorf("compressed forms were hardly ever there: %v in %d looks", counts, asked)
	}
	fmt.Printf("| publisher killed under %s, %d answers in br and gzip looked at | %d | %d | next run |\n",
		strings.Join(hosts, " and "), counts["br"]+counts["gzip"], rounds, rounds)
}

// askInOrder asks for the page plainly and then in both codings: none may be older than the one before.
func askInOrder(t *testing.T, url string, counts map[string]int) {
	t.Helper()
	newest := 0
	for _, coding := range []string{"identity", "br", "gzip"} {
		n, got := editionAt(t, url, coding)
		if n < newest {
			t.Fatalf("Accept-Encoding: %s: edition %d (in %q), after edition %d was answered", coding, n, got, newest)
		}
		newest = n
		counts[got]++
	}
}

var editionNumber = regexp.MustCompile(`<p>edition (\d+)</p>`)

// editionAt asks for the page in a coding and returns its number, and the coding of the answer. Caddy asks for a file's
// size by name before it opens it by name, so that its answer at the instant of a publish may be cut short, which every
// client sees: that one is asked for again.
func editionAt(t *testing.T, url, coding string) (n int, got string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	req.Header.Set("Accept-Encoding", coding)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	var body io.Reader = resp.Body
	switch got = resp.Header.Get("Content-Encoding"); got {
	case "br":
		body = brotli.NewReader(body)
	case "gzip":
		body, err = gzip.NewReader(body)
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(body)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && resp.Header.Get("Server") == "Caddy" {
		return editionAt(t, url, coding)
	}
	must(t, err)
	m := editionNumber.FindSubmatch(text)
	if resp.StatusCode != http.StatusOK || m == nil || !bytes.HasSuffix(text, []byte("</html>\n")) {
		t.Fatalf("%d %q, no whole page: %.200q", resp.StatusCode, got, text)
	}
	n, err = strconv.Atoi(string(m[1]))
	must(t, err)
	return n, got
}

// serveStatic starts a static host over the folder and returns the address of its page.
func (f folders) serveStatic(t *testing.T, host string) string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	fill := strings.NewReplacer("{dir}", dir, "{addr}", addr, "{public}", f.public)
	var argv []string
	for _, word := range staticHosts[host].argv {
		argv = append(argv, fill.Replace(word))
	}
	path, err := exec.LookPath(argv[0])
	if _, errModule := os.Stat(brotliModule); err != nil || host == "nginx" && errModule != nil {
		cannotRun(t, host+" is not installed (make tools)")
	}
	must(t, os.WriteFile(filepath.Join(dir, "conf"), []byte(fill.Replace(staticHosts[host].conf)), 0o644))
	said, err := os.Create(filepath.Join(dir, "said")) // a file: what its own children hold open is nothing to wait for
	must(t, err)
	cmd := exec.Command(path, argv[1:]...) // ended by a signal that it hands on to its children
	cmd.Stderr, cmd.Env = said, append(os.Environ(), "HOME="+dir)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait(); _ = said.Close() })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			must(t, c.Close())
			return "http://" + addr + "/"
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not listen: %s", host, read(t, said.Name()))
		}
	}
}
