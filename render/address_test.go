package render

import (
	"net/url"
	"strings"
	"testing"
)

func TestSafeAddress(t *testing.T) {
	for address, want := range map[string]string{
		"/pictures/1.jpg":                     "/pictures/1.jpg",
		"pictures/1.jpg":                      "pictures/1.jpg",
		" https://cdn.example/a b.jpg ":       "https://cdn.example/a%20b.jpg",
		"HTTPS://CDN.example/x":               "https://CDN.example/x",
		"http://localhost:9000/x?y=1&z=2#top": "http://localhost:9000/x?y=1&z=2#top",
		"https://bücher.example/ä":            "https://b%C3%BCcher.example/%C3%A4",
		"https://[2001:db8::1]:8443/x":        "https://[2001:db8::1]:8443/x",
		"?page=2":                             "?page=2",
		"#c1":                                 "#c1",
		"/a//b":                               "/a//b",
		"/p/50%25":                            "/p/50%25",

		"": "", " ": "", "javascript:alert(1)": "", "JavaScript:alert(1)": "", "java\nscript:alert(1)": "",
		"\x01javascript:x":         "",
		"data:image/png;base64,AA": "", "vbscript:x": "", "blob:https://x/y": "", "file:///etc/passwd": "",
		"mailto:a@b.example": "", "about:blank": "",
		"//evil.example": "", "///evil.example": "", `/\evil.example`: "", `\\evil.example`: "", `https:\\evil.example`: "",
		"/\t/evil.example": "", "\t//evil.example": "",
		"http:evil.example": "", "https:/evil.example": "", "https://": "", "https:///x": "", "http://:80/": "",
		"https://x:/": "", "https://x:99x/": "",
		"https://user@evil.example/": "", "https://user:pass@evil.example/": "", "https://[::1": "",
		"https://[fe80::1%25eth0]/": "", "https://a b/": "", "https://x<y/": "",
		"a:b": "", "%zz": "", "/%": "", "\xff": "", "/\xff": "", "/\u202eevil": "", "/\u2028": "", "/\x00": "", "/\x7f": "",
		"/\u0085": "", "/a\"b": "", "/a<b": "", "/a`b": "",
		"/" + strings.Repeat("a", maxAddress): "",
	} {
		got, ok := safeAddress(address)
		if ok != (want != "") || got != want {
			t.Errorf("safeAddress(%.60q) = %q, %v; want %q", address, got, ok, want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct{ pattern, slug, want string }{
		{"/product/{slug}", "oak-desk", "/product/oak-desk"},
		{"/product/{slug}", "a/b?c#d e", "/product/a%2Fb%3Fc%23d%20e"},
		{"/p?slug={slug}", "a/b?c#d e&f=g", "/p?slug=a%2Fb%3Fc%23d+e%26f%3Dg"},
		{"https://shop.example/{slug}/{slug}", "x", "https://shop.example/x/x"},
		{"/{slug}", "/evil.example", "/%2Fevil.example"},
		{"/{slug}", `\evil.example`, "/%5Cevil.example"},
		{"/{slug}", "javascript:alert(1)", "/javascript:alert%281%29"},
		{"{slug}", "javascript:alert(1)", ""},
		{"/x", "", "/x"},
		{"/{slug}", "", ""}, {"/{slug}", "..", ""}, {"/{slug}", ".", ""}, {"/{slug}", "a\nb", ""}, {"/{slug}", "\xff", ""},
		{"/{slug}", strings.Repeat("x", 3000), ""},
		{"", "x", ""},
	} {
		got, ok := fill(c.pattern, "slug", c.slug)
		if ok != (c.want != "") || got != c.want {
			t.Errorf("fill(%q, %.30q) = %q, %v; want %q", c.pattern, c.slug, got, ok, c.want)
		}
	}
}

func TestPicture(t *testing.T) {
	for _, c := range []struct{ base, image, want string }{
		{"", "/a.jpg", "/a.jpg"},
		{"", "https://cdn.example/a.jpg", "https://cdn.example/a.jpg"},
		{"https://cdn.example/shop/", "/img/a.jpg", "https://cdn.example/shop/img/a.jpg"},
		{"https://cdn.example", "a.jpg", "https://cdn.example/a.jpg"},
		{"/static", "a.jpg", "/static/a.jpg"},
		{"https://cdn.example", "https://other.example/a.jpg", "https://other.example/a.jpg"},
		{"https://cdn.example", "/_vitrine/demo/a.svg", "/_vitrine/demo/a.svg"},
		{"https://cdn.example", "javascript:x", ""},
		{"https://cdn.example", "//img.example/a.jpg", "https://img.example/a.jpg"},
		{"", "///a.jpg", ""},
		{"", `uploads\a.jpg`, "uploads/a.jpg"},
		{"", `C:\a.jpg`, ""},
		{"/static", "null", ""},
		{"", "undefined", ""},
		{"", " https://img.example/a.jpg\n", "https://img.example/a.jpg"},
	} {
		got, ok := picture(c.base, c.image)
		if ok != (c.want != "") || got != c.want {
			t.Errorf("picture(%q, %q) = %q, %v; want %q", c.base, c.image, got, ok, c.want)
		}
	}
}

func TestSiteCheck(t *testing.T) {
	said := func(s Site) (names []string) {
		s.Check(func(variable, right string) {
			if right == "" {
				t.Errorf("%s: not said what would be right", variable)
			}
			names = append(names, variable)
		})
		return names
	}
	good := siteOf("ar-EG", "EGP")
	good.ImageBaseURL, good.CSP = "https://cdn.example/", "default-src 'self'"
	for _, s := range []Site{good, {Lang: "en", Currency: "USD"}} {
		if names := said(s); names != nil {
			t.Errorf("a good site: %v", names)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Site)
	}{
		{"SITE_URL", func(s *Site) { s.URL = "shop.example" }},
		{"SITE_LANG", func(s *Site) { s.Lang = "english, please" }},
		{"CURRENCY", func(s *Site) { s.Currency = "dollar" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "https://{slug}.example/" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "https://x{slug}" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "{slug}" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "/{name}" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "//x/{slug}" }},
		{"PRODUCT_URL", func(s *Site) { s.ProductURL = "javascript:{slug}" }},
		{"CATEGORY_URL", func(s *Site) { s.CategoryURL = "/c/{name}" }},
		{"IMAGE_BASE_URL", func(s *Site) { s.ImageBaseURL = "ftp://cdn.example" }},
		{"CONTENT_SECURITY_POLICY", func(s *Site) { s.CSP = "default-src 'self'\r\nX: y" }},
	} {
		s := good
		c.change(&s)
		if names := said(s); len(names) != 1 || names[0] != c.name {
			t.Errorf("said %v, want %s", names, c.name)
		}
	}
}

// FuzzSafeAddress: what is let through is http, https or on the shop's own host in the eyes of a browser too, and comes
// through unchanged a second time.
func FuzzSafeAddress(f *testing.F) {
	for _, p := range poison {
		if len(p) < 100 {
			f.Add(p)
		}
	}
	for _, s := range []string{"/a", "https://x.example/ä?b=c#d", "https://[::1]:80/", "a/b:c", "./a:b", "/%2f/x",
		"https://x.example:443", "/a;b", "/*", "http://0x7f.1/", "?//x", "#//x", "./", "/.//x", "a//b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got, ok := safeAddress(address)
		if !ok {
			if got != "" {
				t.Errorf("%q refused, but gives %q", address, got)
			}
			return
		}
		if again, ok := safeAddress(got); !ok || again != got {
			t.Errorf("%q gives %q, which gives %q, %v", address, got, again, ok)
		}
		for _, r := range got {
			if r <= ' ' || r >= 0x7f || strings.ContainsRune("\\\"<>`", r) {
				t.Errorf("%q gives %q with %q in it", address, got, r)
			}
		}
		if scheme, rest, found := browserScheme(got); found {
			if scheme != "http" && scheme != "https" {
				t.Errorf("%q gives %q: a browser reads the scheme %q", address, got, scheme)
			}
			if !strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "///") {
				t.Errorf("%q gives %q without a host", address, got)
			}
			return
		}
		base, _ := url.Parse("https://shop.example/")
		u, err := base.Parse(got)
		if err != nil || u.Host != "shop.example" || strings.HasPrefix(got, "//") {
			t.Errorf("%q gives %q, which leads to %v, %v", address, got, u, err)
		}
	})
}

// browserScheme reads a scheme as the URL standard does: a letter, then letters, digits, +, - and dots, up to a colon.
func browserScheme(address string) (scheme, rest string, found bool) {
	for i, r := range address {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		switch {
		case r == ':' && i > 0:
			return strings.ToLower(address[:i]), address[i+1:], true
		case letter, i > 0 && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'):
		default:
			return "", "", false
		}
	}
	return "", "", false
}
