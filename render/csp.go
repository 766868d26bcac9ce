package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"golang.org/x/net/html"
)

// CSP gives the Content-Security-Policy of a rendered document: nothing but the page's own inlined styles (by their hashes), files of
// the same origin, and pictures from https addresses. The site's own policy, if it has one, replaces it.
func (t *Templates) CSP(s Site, body []byte) string {
	if s.CSP != "" {
		return s.CSP
	}
	style, pictures := "style-src 'self'", "img-src 'self' https: data:"
	plain := false
	z := html.NewTokenizer(bytes.NewReader(body))
	for in := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			if plain {
				pictures += " http:"
			}
			return "default-src 'none'; " + style + "; " + pictures +
				"; script-src 'self'; connect-src 'self'; font-src 'self'; media-src 'self' https:; manifest-src 'self'" +
				"; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			in = token.Data == "style"
			plain = plain || token.Data == "img" && strings.HasPrefix(attribute(token, "src"), "http:")
		case html.TextToken:
			if in {
				if hash := " '" + sha256Source(z.Text()) + "'"; !strings.Contains(style, hash) {
					style += hash
				}
			}
			in = false
		}
	}
}

func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// sha256Source is how a policy names a text by its hash.
func sha256Source(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
