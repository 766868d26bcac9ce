package web

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"go.uber.org/goleak"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// A connection refused by net/http lingers for half a second, by design.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const htmlType = "text/html; charset=utf-8"

const testCSP = "default-src 'none'; img-src 'self' https:; " +
	"style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"

// testPage is a page of about size bytes that differs for every n, with its compressed forms, quickly made.
func testPage(t testing.TB, n, size int) *publish.Document {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=\"en\"><head><title>Shop %d</title></head><body>\n", n)
	for b.Len() < size {
		fmt.Fprintf(&b, "<li><a href=\"/product/%d\">Lamp %x</a> %d.%02d</li>\n", random.IntN(9999),
			random.Uint32(), random.IntN(400), random.IntN(100))
	}
	b.WriteString("</body></html>\n")
	doc := publish.NewDocument([]byte(b.String()), htmlType, testCSP)
	doc.BR = compressed(t, doc.Body,
		func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestSpeed) })
	doc.Gzip = compressed(t, doc.Body, func(w io.Writer) io.WriteCloser { return stdgzip.NewWriter(w) })
	return doc
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func compressed(t testing.TB, body []byte, by func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var out bytes.Buffer
	w := by(&out)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	must(t, w.Close())
	return out.Bytes()
}

// testSnapshot is a snapshot with every document; page may be nil.
func testSnapshot(page *publish.Document) *publish.Snapshot {
	html := func(text string) *publish.Document {
		return publish.NewDocument([]byte("<!doctype html><html><body><p>"+text+"</p></body></html>\n"), htmlType, testCSP)
	}
	return &publish.Snapshot{
		Page: page, NotFound: html("no such page"), Unavailable: html("back soon"), StatusHTML: html("status"),
		StatusJSON: publish.NewDocument([]byte(`{"schema":1}`+"\n"), "application/json", ""),
		Status:     status.Status{Schema: 1, Version: "v1.2.3", Status: "pass", ValidUntil: time.Now().Add(time.Hour)},
	}
}

// testPublic is a web root with files to serve and, beside it, one that must never be.
func testPublic(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
	write("secret.txt", "secret")
	for name, content := range map[string]string{
		"robots.txt": "User-agent: *\n", "index.html": "on disk", "status.json": "on disk", "_vitrine/favicon.svg": "<svg/>",
		"img/a b.png": "png", "about/index.html": "about", "empty/file.bin": "0123456789", ".env": "secret",
		".git/config": "secret", ".vitrine-123": "secret", "img/.hidden/x.png": "secret",
		".well-known/security.txt": "Contact: x", ".well-known/.hidden": "secret", ".well-known2/x": "secret",
		"index.html.br": "on disk", "index.html.gz": "on disk", "noext": "<html>", "a..b.txt": "fine",
		"überraschung.txt": "fine",
	} {
		write("public/"+name, content)
	}
	for link, target := range map[string]string{
		"out.txt": "../secret.txt", "outdir": "..", "in.txt": "robots.txt", "loop": "loop",
		"absolute.txt": filepath.Join(dir, "secret.txt"),
	} {
		must(t, os.Symlink(target, filepath.Join(dir, "public", link)))
	}
	return filepath.Join(dir, "public")
}

// newTestServer is a Server over testPublic that has no page yet. change may be nil.
func newTestServer(t testing.TB, change func(*Config)) *Server {
	t.Helper()
	c := Config{PublicDir: testPublic(t), Replay: true, Log: slog.New(slog.DiscardHandler),
		Database: func() store.Health { return store.Health{} }, LogLinesDropped: func() int64 { return 0 }}
	if change != nil {
		change(&c)
	}
	s := New(c)
	s.Show(testSnapshot(nil))
	return s
}

// showing is a server that shows a page of about size bytes.
func showing(t testing.TB, size int) (*Server, *publish.Document) {
	t.Helper()
	s, doc := newTestServer(t, nil), testPage(t, 1, size)
	s.Show(testSnapshot(doc))
	return s, doc
}

// serve has e answer on an address of its own, which it returns, until the test ends.
func serve(t testing.TB, e *Endpoint) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	serveOn(t, e, ln)
	return ln.Addr().String()
}

// serveOn has e answer what comes to ln until the test ends.
func serveOn(t testing.TB, e *Endpoint, ln net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- e.Serve(ln) }()
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// testEndpoint is an endpoint for a handler, without replay. change may be nil.
func testEndpoint(h http.Handler, limit int, change func(*http.Server)) *Endpoint {
	e := newEndpoint(h, limit, slog.New(slog.DiscardHandler))
	if change != nil {
		change(e.server)
	}
	return e
}

// bothWays runs test with a page served with replay and without.
func bothWays(t *testing.T, test func(t *testing.T, doc *publish.Document, base string)) {
	for name, replay := range map[string]bool{"replay=on": true, "replay=off": false} {
		t.Run(name, func(t *testing.T) {
			doc := testPage(t, 1, 20_000)
			s := newTestServer(t, func(c *Config) { c.Replay = replay })
			s.Show(testSnapshot(doc))
			test(t, doc, "http://"+serve(t, s.Public))
		})
	}
}

// bothServers runs test with a server that shows a page, with replay and without, and what that logs.
func bothServers(t *testing.T, test func(t *testing.T, s *Server, log *lockedBuffer)) {
	for name, replay := range map[string]bool{"replay=on": true, "replay=off": false} {
		t.Run(name, func(t *testing.T) {
			log := &lockedBuffer{}
			s := newTestServer(t, func(c *Config) { c.Replay, c.Log = replay, slog.New(slog.NewTextHandler(log, nil)) })
			s.Show(testSnapshot(testPage(t, 1, 20_000)))
			test(t, s, log)
		})
	}
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// client is one connection that keeps what it is sent: no redirect followed, nothing decompressed.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends one request; header is name, value, name, value.
func ask(t testing.TB, c *http.Client, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	must(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(body)
}
