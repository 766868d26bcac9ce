package render

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
)

// inline finds what the policy of a document depends on: its style elements, and pictures that are not https. A style
// element ends at the first </style, whatever stands in it.
var inline = regexp.MustCompile(`(?is)<style(?:\s(?:"[^"]*"|'[^']*'|[^'">])*)?>(.*?)</style` +
	`|<img\s[^>]*?\bsrc\s*=\s*["']?(http:)`)

// CSP is the Content-Security-Policy of a document that templates have written: nothing but its own inlined styles (by
// their hashes), files of the same origin, and pictures from https addresses. The site's own policy, if it has one,
// replaces it.
func CSP(s Site, body []byte) string {
	if s.CSP != "" {
		return s.CSP
	}
	style, pictures := "style-src 'self'", "img-src 'self' https: data:"
	plain := false
	for _, m := range inline.FindAllSubmatch(body, -1) {
		text := newlines.Replace(string(m[1]))
		if m[2] != nil {
			plain = true
		} else if source := " '" + sha256Source(text) + "'"; text != "" && !strings.Contains(style, source) {
			style += source
		}
	}
	if plain {
		pictures += " http:"
	}
	return "default-src 'none'; " + style + "; " + pictures +
		"; script-src 'self'; connect-src 'self'; font-src 'self'; media-src 'self' https:; manifest-src 'self'" +
		"; base-uri 'none'; form-action " + s.formSources() + "; frame-ancestors 'none'"
}

// newlines writes line ends as browsers see them before they hash.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// sha256Source is how a policy names a text by its hash.
func sha256Source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
