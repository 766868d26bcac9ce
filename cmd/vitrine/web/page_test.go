package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/render/publish"
)

// The whole header of the page in every coding: what belongs together comes together.
func TestPageHeader(t *testing.T) {
	bothWays(t, func(t *testing.T, doc *publish.Document, base string) {
		c := client(t)
		for name, form := range map[string]struct {
			body []byte
			etag string
		}{
			"":     {doc.Body, doc.ETag},
			"br":   {doc.BR, doc.ETagOf("br")},
			"gzip": {doc.Gzip, doc.ETagOf("gzip")},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				resp, body := ask(t, c, method, base+"/?utm=x", "Accept-Encoding", name)
				want := http.Header{
					"Accept-Ranges":           {"bytes"},
					"Cache-Control":           {"public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"},
					"Content-Security-Policy": {testCSP}, "Content-Type": {"text/html; charset=utf-8"},
					"Content-Length": {itoa(len(form.body))}, "Etag": {form.etag}, "Vary": {"Accept-Encoding"},
					"Referrer-Policy": {"strict-origin-when-cross-origin"}, "X-Content-Type-Options": {"nosniff"},
				}
				if name != "" {
					want["Content-Encoding"] = []string{name}
				}
				resp.Header.Del("Date")
				if diff := cmp.Diff(want, resp.Header); diff != "" {
					t.Errorf("%s %q: (-want +got)\n%s", method, name, diff)
				}
				if method == "HEAD" {
					form.body = nil
				}
				if body != string(form.body) || resp.StatusCode != 200 {
					t.Errorf("%s %q: status %d, %d bytes, want 200, %d", method, name, resp.StatusCode, len(body), len(form.body))
				}
			}
		}
	})
}

func TestConditional(t *testing.T) {
	bothWays(t, func(t *testing.T, doc *publish.Document, base string) {
		c := client(t)
		coded := doc.ETagOf("br")
		const date = "Mon, 02 Jan 2034 15:04:05 GMT"
		for _, one := range []struct {
			name, header, value, accept string
			want                        int
		}{
			{"same", "If-None-Match", doc.ETag, "", 304},
			{"same, br", "If-None-Match", coded, "br", 304},
			{"same, gzip", "If-None-Match", doc.ETagOf("gzip"), "gzip", 304},
			{"identity's for br", "If-None-Match", doc.ETag, "br", 200},
			{"br's for identity", "If-None-Match", coded, "", 200},
			{"weak", "If-None-Match", "W/" + coded, "br", 304},
			{"list", "If-None-Match", `"a", "b" , ` + doc.ETag + `, "c"`, "", 304},
			{"list without it", "If-None-Match", `"a", W/"b"`, "", 200},
			{"any", "If-None-Match", "*", "br", 304},
			{"unquoted", "If-None-Match", strings.Trim(doc.ETag, `"`), "", 200},
			{"broken list", "If-None-Match", `"a, ` + doc.ETag, "", 200},
			{"empty", "If-None-Match", "", "", 200},
			{"since", "If-Modified-Since", date, "", 200},
			{"unmodified since", "If-Unmodified-Since", date, "", 200},
			{"match", "If-Match", doc.ETag, "", 200},
			{"match any", "If-Match", "*", "br", 200},
			{"match weak", "If-Match", "W/" + doc.ETag, "", 412},
			{"match another", "If-Match", `"a"`, "br", 412},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				resp, body := ask(t, c, method, base+"/", one.header, one.value, "Accept-Encoding", one.accept)
				if resp.StatusCode != one.want {
					t.Errorf("%s %s: status %d, want %d", method, one.name, resp.StatusCode, one.want)
				}
				if vary := resp.Header.Get("Vary"); vary != "Accept-Encoding" {
					t.Errorf("%s %s: Vary %q", method, one.name, vary)
				}
				if one.want != 200 && body != "" {
					t.Errorf("%s %s: a body of %d bytes", method, one.name, len(body))
				}
				if one.want == 304 && (resp.Header.Get("Etag") == "" ||
					resp.Header.Get("Cache-Control") != publish.CachePage) {
					t.Errorf("%s %s: header %v", method, one.name, resp.Header)
				}
				if one.want == 412 && resp.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s: Cache-Control %q", method, one.name, resp.Header.Get("Cache-Control"))
				}
			}
		}
	})
}

func TestRange(t *testing.T) {
	bothWays(t, func(t *testing.T, doc *publish.Document, base string) {
		c := client(t)
		full, size := string(doc.Body), itoa(len(doc.Body))
		part := func(from, to int) string { return full[from : to+1] }
		last := len(full) - 1
		for _, one := range []struct {
			value   string
			code    int
			content string // Content-Range
			body    string
		}{
			{"bytes=0-9", 206, "bytes 0-9/" + size, part(0, 9)},
			{"bytes=5-5", 206, "bytes 5-5/" + size, part(5, 5)},
			{"bytes=100-", 206, "bytes 100-" + itoa(last) + "/" + size, part(100, last)},
			{"bytes=-7", 206, "bytes " + itoa(last-6) + "-" + itoa(last) + "/" + size, part(last-6, last)},
			{"bytes=0-99999999", 206, "bytes 0-" + itoa(last) + "/" + size, full},
			{"bytes=-99999999", 206, "bytes 0-" + itoa(last) + "/" + size, full},
			{"bytes=99999999-", 416, "bytes */" + size, ""},
			{"bytes=0-0,2-2", 200, "", full},
			{"bytes=" + strings.Repeat("0-0,", 99) + "0-0", 200, "", full},
			{"bytes=-0", 200, "", full},
			{"bytes=9-5", 200, "", full},
			{"bytes=a-b", 200, "", full},
			{"bytes=", 200, "", full},
			{"lines=0-9", 200, "", full},
			{"bytes=+1-2", 200, "", full},
			{"bytes=99999999999999999999-", 200, "", full},
		} {
			resp, body := ask(t, c, "GET", base+"/", "Range", one.value, "Accept-Encoding", "gzip, br")
			h := resp.Header
			if resp.StatusCode != one.code || h.Get("Content-Range") != one.content ||
				h.Get("Content-Encoding") != "" || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%.40s: %d %v, want %d %q", one.value, resp.StatusCode, h, one.code, one.content)
			}
			if one.code != 416 && (body != one.body || h.Get("Etag") != doc.ETag) {
				t.Errorf("%.40s: %d bytes of %s, want %d of %s", one.value, len(body), h.Get("Etag"), len(one.body), doc.ETag)
			}
			if one.code == 416 && h.Get("Cache-Control") != "no-store" {
				t.Errorf("%.40s: Cache-Control %q", one.value, h.Get("Cache-Control"))
			}
		}
	})
}

func TestRangeWithConditions(t *testing.T) {
	bothWays(t, func(t *testing.T, doc *publish.Document, base string) {
		c := client(t)
		for _, one := range []struct {
			name, method string
			header       []string
			want         int
		}{
			{"if-range same", "GET", []string{"If-Range", doc.ETag}, 206},
			{"if-range other", "GET", []string{"If-Range", `"a"`}, 200},
			{"if-range coding", "GET", []string{"If-Range", doc.ETagOf("br")}, 200},
			{"if-range weak", "GET", []string{"If-Range", "W/" + doc.ETag}, 200},
			{"if-range date", "GET", []string{"If-Range", "Mon, 02 Jan 2034 15:04:05 GMT"}, 200},
			{"unchanged", "GET", []string{"If-None-Match", doc.ETag}, 304},
			{"HEAD has no ranges", "HEAD", nil, 200},
			{"two lines", "GET", []string{"Range", "bytes=3-4"}, 200},
		} {
			resp, _ := ask(t, c, one.method, base+"/", append(one.header, "Range", "bytes=0-1")...)
			if resp.StatusCode != one.want {
				t.Errorf("%s: %d, want %d", one.name, resp.StatusCode, one.want)
			}
		}
	})
}

// Where there is no page yet every visitor gets a 503 that says when to come back.
func TestNoPage(t *testing.T) {
	s := newTestServer(t, nil)
	base := "http://" + serve(t, s.Public)
	c := client(t)
	for _, method := range []string{"GET", "HEAD"} {
		resp, body := ask(t, c, method, base+"/", "Accept-Encoding", "br", "If-None-Match", "*", "Range", "bytes=0-1")
		h := resp.Header
		if resp.StatusCode != 503 || h.Get("Retry-After") != "5" || h.Get("Cache-Control") != "no-store" ||
			h.Get("Vary") != "Accept-Encoding" ||
			h.Get("Content-Security-Policy") == "" || h.Get("Content-Type") != htmlType {
			t.Errorf("%s: %d %v", method, resp.StatusCode, h)
		}
		if strings.Contains(body, "back soon") != (method == "GET") {
			t.Errorf("%s: body %q", method, body)
		}
	}
	s.Show(testSnapshot(testPage(t, 1, 5000)))
	if resp, _ := ask(t, c, "GET", base+"/"); resp.StatusCode != 200 {
		t.Errorf("with a page: %d", resp.StatusCode)
	}
}

// Status pages come from memory, not from the copies in the folder, and are never stored.
func TestStatusRoutes(t *testing.T) {
	s, _ := showing(t, 3000)
	base := "http://" + serve(t, s.Public)
	c := client(t)
	for path, want := range map[string]string{"/status.json": `{"schema":1}`, "/status.html": "<p>status</p>"} {
		resp, body := ask(t, c, "GET", base+path)
		if resp.StatusCode != 200 || !strings.Contains(body, want) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %q", path, resp.StatusCode, resp.Header, body)
		}
	}
}
