package render

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAddress is the longest address that is linked, in bytes: what the oldest browsers and proxies in use still take.
const maxAddress = 2048

// safeAddress reports whether a may stand in a href or src attribute, and gives the form to put there. Allowed are http
// and https addresses with a host, and addresses relative to the homepage. Refused are every other scheme (javascript:,
// data:, …), protocol-relative ones (//host, and /\host, which browsers read alike), user names, control characters,
// bytes that are not UTF-8, and whatever net/url cannot parse. The given form is a fixed point: checked again, it comes
// back as it is.
func safeAddress(a string) (string, bool) {
	a = strings.Trim(a, " ")
	if a == "" || len(a) > maxAddress || !utf8.ValidString(a) ||
		strings.ContainsFunc(a, forbidden) || strings.HasPrefix(a, "//") {
		return "", false
	}
	u, err := url.Parse(ascii(a))
	if err != nil || u.Opaque != "" || u.User != nil {
		return "", false
	}
	switch {
	case u.Scheme == "http" || u.Scheme == "https":
		if !plainHost(u) {
			return "", false
		}
	case u.Scheme != "" || u.Host != "":
		return "", false
	}
	out := u.String()
	if out == "" || len(out) > maxAddress || strings.HasPrefix(out, "//") {
		return "", false
	}
	return out, true
}

// ascii escapes spaces and everything beyond ASCII, which net/url leaves as it is in queries.
func ascii(a string) string {
	if !strings.ContainsFunc(a, func(r rune) bool { return r == ' ' || r >= utf8.RuneSelf }) {
		return a
	}
	var b strings.Builder
	for i := range len(a) {
		if c := a[i]; c == ' ' || c >= utf8.RuneSelf {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// forbidden are the runes that make browsers and servers disagree about an address: control and bidirectional
// characters, line and paragraph separators, the backslash that browsers take for a slash, and what cannot stand in an
// address at all.
func forbidden(r rune) bool {
	return r == '\\' || r == '<' || r == '>' || r == '"' || r == '`' || r == utf8.RuneError ||
		unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// plainHost reports whether the host is one that every browser reads as net/url does: letters of any script, digits,
// dots, hyphens, or an address in brackets; and a port, if any, of digits.
func plainHost(u *url.URL) bool {
	host := u.Hostname()
	if host == "" || strings.HasSuffix(u.Host, ":") {
		return false
	}
	if strings.HasPrefix(u.Host, "[") {
		return !strings.Contains(host, "%")
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// isAbsolute reports whether a is a safe http or https address.
func isAbsolute(a string) bool {
	out, ok := safeAddress(a)
	return ok && (strings.HasPrefix(out, "http://") || strings.HasPrefix(out, "https://"))
}

// checkPattern tells what is wrong with an address pattern such as /product/{slug}: unknown names in braces, names in
// the scheme or host, or an address that must not be linked. Empty is allowed.
func checkPattern(pattern string, names ...string) error {
	if pattern == "" {
		return nil
	}
	rest := pattern
	for _, n := range names {
		rest = strings.ReplaceAll(rest, "{"+n+"}", "x")
	}
	if strings.ContainsAny(rest, "{}") {
		return fmt.Errorf("in braces only {%s} may stand", strings.Join(names, "}, {"))
	}
	if !strings.HasPrefix(rest, "/") && !isAbsolute(rest) {
		return errors.New("must start with / or https://")
	}
	if _, ok := safeAddress(rest); !ok {
		return errors.New("is no address that may be linked")
	}
	before, _, _ := strings.Cut(pattern, "{")
	if scheme, after, abs := strings.Cut(before, "://"); abs && scheme != "" && !strings.Contains(after, "/") {
		return errors.New("the host must not depend on the product")
	}
	return nil
}

// fill puts values, name and value in turn, into an address pattern, escaped for the place they stand in: the path up
// to the first ?, the query after it. It refuses values that would change which address is meant: empty ones, dot
// segments, control characters and text that is not UTF-8.
func fill(pattern string, values ...string) (string, bool) {
	path, query, hasQuery := strings.Cut(pattern, "?")
	for i := 0; i+1 < len(values); i += 2 {
		name, v := "{"+values[i]+"}", values[i+1]
		if !strings.Contains(pattern, name) {
			continue
		}
		if v == "" || v == "." || v == ".." || !utf8.ValidString(v) || slices.ContainsFunc([]rune(v), unicode.IsControl) {
			return "", false
		}
		path = strings.ReplaceAll(path, name, url.PathEscape(v))
		query = strings.ReplaceAll(query, name, url.QueryEscape(v))
	}
	if hasQuery {
		path += "?" + query
	}
	return safeAddress(path)
}

// picture gives the address of a product's picture: absolute ones as they are, others below base. Files of our own
// (/_vitrine/) stay where they are. //host means https, a backslash in a path was a slash, and what programs write for
// nothing is no address.
func picture(base, image string) (string, bool) {
	image = strings.TrimSpace(image)
	if rest, ok := strings.CutPrefix(image, "//"); ok {
		image = "https://" + rest
	}
	if image == "null" || image == "undefined" {
		return "", false
	}
	if !strings.Contains(image, ":") {
		image = strings.ReplaceAll(image, `\`, "/")
	}
	address, ok := safeAddress(image)
	if !ok || base == "" || isAbsolute(address) || strings.HasPrefix(address, assetPrefix) {
		return address, ok
	}
	return safeAddress(strings.TrimRight(base, "/") + "/" + strings.TrimLeft(address, "/"))
}
