package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vitrine/render/publish"
)

// Paths as they stand in the request line: exact status, nothing from outside the folder, no dot names, no listing.
func TestPaths(t *testing.T) {
	bothWays(t, func(t *testing.T, _ *publish.Document, base string) {
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
			{"/.well-known/security.txt", 200},
			{"/.well-known/", 404},
			{"/.well-known/.hidden", 404},
			{"/.well-known2/x", 404},
			{"/img/.well-known/x", 404},
			{"/index.html.br", 404},
			{"/index.html.gz", 404},
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
	})
}

func TestFileHeaders(t *testing.T) {
	bothWays(t, func(t *testing.T, _ *publish.Document, base string) {
		c := client(t)
		for path, want := range map[string]string{
			"/robots.txt": "text/plain; charset=utf-8", "/_vitrine/favicon.svg": "image/svg+xml",
			"/noext": "application/octet-stream", "/about/": htmlType,
		} {
			resp, _ := ask(t, c, "GET", base+path)
			h := resp.Header
			if h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Cache-Control") != "public, max-age=600, stale-while-revalidate=86400" ||
				h.Get("Vary") != "Accept-Encoding" {
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
	})
}

// The ETag of a file is the same on every machine that has the same files, and another one when the file has changed.
func TestFileETag(t *testing.T) {
	etag := func(content string, modified time.Time) string {
		s := newTestServer(t, nil)
		name := filepath.Join(s.config.PublicDir, "robots.txt")
		must(t, os.WriteFile(name, []byte(content), 0o644))
		must(t, os.Chtimes(name, modified, modified))
		resp, _ := ask(t, client(t), "GET", "http://"+serve(t, s.Public)+"/robots.txt")
		return resp.Header.Get("Etag")
	}
	second := time.Unix(1_700_000_000, 123)
	one := etag("User-agent: *\n", second)
	if one != `"6553f100-e"` {
		t.Errorf("ETag %s, want modification second and size in hexadecimal", one)
	}
	if same := etag("User-agent: *\n", second.Add(time.Millisecond)); same != one {
		t.Errorf("on two machines %s and %s", one, same)
	}
	later, longer := etag("User-agent: *\n", second.Add(time.Second)), etag("User-agent: x\n\n", second)
	if later == one || longer == one {
		t.Errorf("after a change %s and %s", later, longer)
	}
}

// The folder may be swapped or deleted under the server: files follow, the page stays.
func TestFolderReplaced(t *testing.T) {
	s, _ := showing(t, 3000)
	base := "http://" + serve(t, s.Public)
	c := client(t)
	want := func(path string, code int) {
		t.Helper()
		if resp, _ := ask(t, c, "GET", base+path); resp.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, code)
		}
	}
	dir := s.config.PublicDir
	want("/robots.txt", 200)
	must(t, os.Rename(dir, dir+".old"))
	want("/robots.txt", 404)
	want("/", 200)
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "new.txt"), nil, 0o644))
	want("/new.txt", 200)
	want("/robots.txt", 404)
}

// Every type of file that a shop may lie beside its page has its media type; anything else is never guessed at.
func TestContentTypes(t *testing.T) {
	for name, want := range map[string]string{
		"a.html": "text/html; charset=utf-8", "a.CSS": "text/css; charset=utf-8", "a.js": "text/javascript; charset=utf-8",
		"a.ogg": "audio/ogg", "a.m4v": "video/mp4", "a.mov": "video/quicktime", "a.vtt": "text/vtt; charset=utf-8",
		"a.csv": "text/csv; charset=utf-8", "a.ics": "text/calendar; charset=utf-8", "a.zip": "application/zip",
		"a.rss": "application/rss+xml", "a.jxl": "image/jxl", "a": "application/octet-stream",
		"a.php": "application/octet-stream",
	} {
		if got := publish.ContentType(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func FuzzPublicName(f *testing.F) {
	for _, seed := range []string{"/", "/a", "/a/b/", "/../a", "/.a", "//a", "/a//b", "/a\x00", "/a\\b", "a", "",
		"/a/..", "/ü", "/\xff", "/a/./b", "/...", "/a\x7f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		name, ok := publicName(path)
		if !ok {
			return
		}
		if !fs.ValidPath(name) || !filepath.IsLocal(name) ||
			strings.Contains("/"+strings.TrimPrefix(name, ".well-known/"), "/.") || strings.ContainsAny(name, "\x00\r\n\\") {
			t.Fatalf("%q became %q", path, name)
		}
		if "/"+name != strings.TrimSuffix(path, "/") {
			t.Fatalf("%q became another name, %q", path, name)
		}
	})
}
