package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Paths as they stand in the request line: exact status, nothing from outside the folder, no dot names, no listing.
func TestPaths(t *testing.T) {
	_, base := serveTestPage(t)
	addr := strings.TrimPrefix(base, "http://")
	cases := []struct {
		path string
		want int
	}{
		{"/robots.txt", 200},
		{"/in.txt", 200},
		{"/img/a%20b.png", 200},
		{"/img%2fa%20b.png", 200},
		{"/%C3%BCberraschung.txt", 200},
		{"/a..b.txt", 200},
		{"/about/", 200},
		{"/about", 301},
		{"/index.html", 301},
		{"/about/index.html", 301},
		{"/robots.txt/", 301},
		{"/status.json/", 301},
		{"/nothing", 404},
		{"/about/nothing", 404},
		{"/robots.txt/x", 404},
		{"/img", 404},
		{"/img/", 404},
		{"/../secret.txt", 404},
		{"/%2e%2e/secret.txt", 404},
		{"/..%2fsecret.txt", 404},
		{"/%2e%2e%2fsecret.txt", 404},
		{"/img/../../secret.txt", 404},
		{"/img/%2e%2e/%2e%2e/secret.txt", 404},
		{"/..%5csecret.txt", 404},
		{"/..\\secret.txt", 404},
		{"/%252e%252e/secret.txt", 404},
		{"/%c0%ae%c0%ae/secret.txt", 404},
		{"/./robots.txt", 404},
		{"//robots.txt", 404},
		{"//evil.example/..", 404},
		{"/.env", 404},
		{"/%2eenv", 404},
		{"/.git/config", 404},
		{"/.vitrine-123", 404},
		{"/img/.hidden/x.png", 404},
		{"/out.txt", 404},
		{"/outdir/secret.txt", 404},
		{"/absolute.txt", 404},
		{"/loop", 404},
		{"/%00", 404},
		{"/robots.txt%00.png", 404},
		{"/%0d%0aX-Evil:%201", 404},
		{"/_vitrine/dev.js", 404},
		{"/_vitrine/dev", 404},
		{"/" + strings.Repeat("a", 300), 404},
		{"/" + strings.Repeat("a/", 3000), 404},
		{"/%zz", 400},
		{"/%", 400},
	}
	for _, c := range cases {
		answers, raw := exchange(t, addr, "GET "+c.path+" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
		if len(answers) != 1 || answers[0] != c.want {
			t.Errorf("%.60s: %v, want %d", c.path, answers, c.want)
		}
		if strings.Contains(raw, "secret\n") || strings.HasSuffix(raw, "secret") || strings.Contains(raw, "on disk") {
			t.Errorf("%.60s: gives away %q", c.path, raw)
		}
	}
	t.Logf("%d paths", len(cases))
}

func TestFileHeaders(t *testing.T) {
	_, base := serveTestPage(t)
	c := client(t)
	for path, want := range map[string]string{
		"/robots.txt": "text/plain; charset=utf-8", "/_vitrine/favicon.svg": "image/svg+xml", "/noext": "application/octet-stream", "/about/": htmlType,
	} {
		resp, _ := ask(t, c, "GET", base+path)
		h := resp.Header
		if h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != cacheFiles || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v", path, h)
		}
		again, _ := ask(t, c, "GET", base+path, "If-None-Match", h.Get("Etag"))
		if again.StatusCode != 304 {
			t.Errorf("%s: asked again: %d, want 304", path, again.StatusCode)
		}
	}
	for value, want := range map[string]int{"bytes=2-3": 206, "bytes=0-0,2-2": 200, "bytes=-0": 200, "bytes=50-": 416} {
		resp, body := ask(t, c, "GET", base+"/empty/file.bin", "Range", value)
		if resp.StatusCode != want || want == 206 && body != "23" {
			t.Errorf("%s: %d %q, want %d", value, resp.StatusCode, body, want)
		}
	}
	resp, _ := ask(t, c, "GET", base+"/index.html?x=1")
	if got := resp.Header.Get("Location"); got != "./?x=1" {
		t.Errorf("/index.html redirects to %q", got)
	}
}

// A file that is replaced gets another ETag even where size and second are the same.
func TestFileETagChanges(t *testing.T) {
	s := newTestServer(t, nil)
	base := "http://" + listen(t, s.Handler())
	before, _ := ask(t, client(t), "GET", base+"/robots.txt")
	name := filepath.Join(s.config.PublicDir, "robots.txt")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(name+".new", []byte("User-agent: x\n"), 0o644), os.Rename(name+".new", name), os.Chtimes(name, info.ModTime(), info.ModTime()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	after, body := ask(t, client(t), "GET", base+"/robots.txt", "If-None-Match", before.Header.Get("Etag"))
	if after.StatusCode != 200 || body != "User-agent: x\n" {
		t.Errorf("after a change: %d %q", after.StatusCode, body)
	}
}

// The folder may be swapped or deleted under the server: files follow, the page stays.
func TestFolderReplaced(t *testing.T) {
	s := newTestServer(t, nil)
	s.Show(testSnapshot(testPage(t, 1, 3000)))
	base := "http://" + listen(t, s.Handler())
	c := client(t)
	want := func(path string, code int) {
		t.Helper()
		if resp, _ := ask(t, c, "GET", base+path); resp.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, code)
		}
	}
	dir := s.config.PublicDir
	want("/robots.txt", 200)
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	want("/robots.txt", 404)
	want("/", 200)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "new.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	want("/new.txt", 200)
	want("/robots.txt", 404)
}

// What is no regular file is not there, and a named pipe holds nobody up.
func TestNoRegularFile(t *testing.T) {
	s := newTestServer(t, nil)
	base := "http://" + listen(t, s.Handler())
	if err := syscall.Mkfifo(filepath.Join(s.config.PublicDir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if resp, _ := ask(t, client(t), "GET", base+"/pipe"); resp.StatusCode != 404 {
		t.Errorf("a pipe: %d, want 404", resp.StatusCode)
	}
}

// A large file arrives whole over several steps of writing.
func TestLargeFile(t *testing.T) {
	s := newTestServer(t, nil)
	base := "http://" + listen(t, s.Handler())
	content := strings.Repeat("0123456789abcdef", 5*writeStep/2/16) + "end"
	if err := os.WriteFile(filepath.Join(s.config.PublicDir, "big.png"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	c := client(t)
	resp, body := ask(t, c, "GET", base+"/big.png")
	if resp.StatusCode != 200 || body != content {
		t.Errorf("%d, %d bytes, want %d", resp.StatusCode, len(body), len(content))
	}
	if resp, body = ask(t, c, "GET", base+"/big.png", "Range", "bytes=10-400000"); body != content[10:400001] {
		t.Errorf("a part: %d, %d bytes", resp.StatusCode, len(body))
	}
}

func FuzzPublicName(f *testing.F) {
	for _, seed := range []string{"/", "/a", "/a/b/", "/../a", "/.a", "//a", "/a//b", "/a\x00", "/a\\b", "a", "", "/a/..", "/ü", "/\xff", "/a/./b", "/...", "/a\x7f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		name, ok := publicName(path)
		if !ok {
			return
		}
		if !fs.ValidPath(name) || !filepath.IsLocal(name) || strings.Contains("/"+name, "/.") || strings.ContainsAny(name, "\x00\r\n\\") {
			t.Fatalf("%q became %q", path, name)
		}
		if "/"+name != strings.TrimSuffix(path, "/") {
			t.Fatalf("%q became another name, %q", path, name)
		}
	})
}
