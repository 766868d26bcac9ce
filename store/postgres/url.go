package postgres

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"
)

// target is what a DATABASE_URL says: whom to connect to, and the limits that its parameters set (zero where they set
// none).
type target struct {
	hosts            []host
	user, password   string // guarded by mu where connections are made
	dbname, schema   string
	appName          string
	tls              tlsPolicy
	session          pq.TargetSessionAttrs
	shuffle          bool
	connect, acquire time.Duration
	query            time.Duration
	max              int
	notices          []string
	// unknown are parameters without a meaning; they may be pieces of a password with a raw &, so no document names them.
	unknown []string

	mu     sync.Mutex
	former string // the password before the last renewal
}

// host is one server address: a name, an IP address or the folder of a Unix socket.
type host struct {
	name string
	addr netip.Addr // hostaddr=, where to connect instead of looking name up
	port uint16
}

func (h host) isSocket() bool { return strings.HasPrefix(h.name, "/") }

func (h host) String() string { return net.JoinHostPort(h.name, strconv.Itoa(int(h.port))) }

// tlsPolicy is what the URL says about TLS: the modes to try in turn, and files in PEM.
type tlsPolicy struct {
	modes           []pq.SSLMode
	strict          bool // a certificate that cannot be verified is no reason to go on without TLS
	root, cert, key string
	negotiation     pq.SSLNegotiation
}

const encodeHint = "characters such as @ : / ? # and % in user name and password must be percent-encoded: @ is " +
	"%40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25"

// parseURL reads a DATABASE_URL as people write it: quoted or not, with odd characters in the password where they leave
// only one meaning, with several hosts, sockets and all parameters that Prisma, libpq and node-postgres know. Errors
// are sentences without any part of the URL but parameter names and the values of harmless parameters.
func parseURL(s string) (*target, error) {
	rest, err := cutScheme(unquote(s))
	if err != nil {
		return nil, err
	}
	authority, path, query := splitURL(rest)
	userinfo, hostlist := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		userinfo, hostlist = authority[:i], authority[i+1:]
	}
	if err = checkAmbiguous(userinfo, hostlist, path, query); err != nil {
		return nil, err
	}
	t := &target{schema: "public", appName: "vitrine"}
	t.readUser(userinfo)
	if t.dbname, err = unescape(strings.TrimPrefix(path, "/")); err != nil {
		return nil, err
	}
	if t.hosts, err = parseHosts(hostlist); err != nil {
		return nil, err
	}
	if err = t.readParameters(query); err != nil {
		return nil, err
	}
	return t, t.complete()
}

// unquote takes off surrounding space and one pair of quotes, as a .env file's line may have left them.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// cutScheme returns what follows postgres:// or postgresql://.
func cutScheme(s string) (string, error) {
	if s == "" {
		return "", errors.New("DATABASE_URL is empty: it looks like postgresql://user:password@host:5432/shop")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", errors.New("DATABASE_URL has a line break or another control character in it")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	switch scheme = strings.ToLower(scheme); {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return rest, nil
	case strings.HasPrefix(scheme, "prisma"):
		return "", errors.New("DATABASE_URL is an address of Prisma's own service; give the database's own address, " +
			"postgresql://… (Prisma projects often have it as DIRECT_URL)")
	case strings.HasPrefix(scheme, "jdbc:"):
		return "", errors.New("DATABASE_URL is a JDBC address; write it as postgresql://user:password@host:5432/shop")
	case strings.HasPrefix(scheme, "file:"), strings.HasPrefix(scheme, "sqlite"), strings.HasPrefix(scheme, "mysql"),
		strings.HasPrefix(scheme, "mongodb"), strings.HasPrefix(scheme, "sqlserver"), strings.HasPrefix(scheme, "mariadb"):
		return "", errors.New("DATABASE_URL names a database of another kind; only PostgreSQL can be read: " +
			"postgresql://user:password@host:5432/shop")
	}
	return "", errors.New("DATABASE_URL does not begin with postgresql:// (or postgres://): it looks like " +
		"postgresql://user:password@host:5432/shop, or demo: for the demo shop")
}

// splitURL cuts at the first / and ? as RFC 3986 has it. A fragment is dropped: what follows a # behind the last @; a #
// before it is part of a password.
func splitURL(s string) (authority, path, query string) {
	at := strings.LastIndexByte(s, '@') + 1
	if i := strings.IndexByte(s[at:], '#'); i >= 0 {
		s = s[:at+i]
	}
	s, query, _ = strings.Cut(s, "?")
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:], query
	}
	return s, "", query
}

// checkAmbiguous refuses a URL whose password may reach into what looks like host, database or parameters: a part of it
// must never be looked up as a host name.
func checkAmbiguous(userinfo, hostlist, path, query string) error {
	inPassword := fmt.Errorf("DATABASE_URL: an @ stands where none is "+
		"expected, as if the password had a raw / ? or # in it; %s", encodeHint)
	if strings.ContainsAny(path, "@#") || strings.ContainsAny(query+hostlist, "#") {
		return inPassword
	}
	for p := range strings.SplitSeq(query, "&") {
		if strings.Contains(p, "@") || p != "" && !strings.Contains(p, "=") {
			return inPassword
		}
	}
	return nil
}

// readUser takes user and password apart. A % that is no percent-encoding is taken as it stands, and said.
func (t *target) readUser(userinfo string) {
	name, password, _ := strings.Cut(userinfo, ":")
	var odd1, odd2 bool
	t.user, odd1 = lenientUnescape(name)
	t.password, odd2 = lenientUnescape(password)
	if odd1 || odd2 {
		t.notices = append(t.notices, "DATABASE_URL: user name or password has a % that is not followed by two "+
			"hexadecimal digits; it is taken as it stands, but should be written %25")
	}
}

var percent = regexp.MustCompile(`%([0-9A-Fa-f]{2})?`)

// lenientUnescape decodes %XX and leaves any other % alone; odd tells that there was one.
func lenientUnescape(s string) (decoded string, odd bool) {
	decoded = percent.ReplaceAllStringFunc(s, func(code string) string {
		b, _ := hex.DecodeString(code[1:])
		if len(b) == 0 {
			odd = true
			return code
		}
		return string(b)
	})
	return decoded, odd
}

func unescape(s string) (string, error) {
	v, err := url.PathUnescape(s)
	if err != nil || strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
		return "", errors.New("DATABASE_URL: the database name is not properly percent-encoded: a % itself is written %25")
	}
	return v, nil
}

// parseHosts reads host[:port],… with IPv6 addresses in brackets and percent-encoded socket folders. "" gives no hosts.
func parseHosts(s string) ([]host, error) {
	if s == "" {
		return nil, nil
	}
	var hosts []host
	for part := range strings.SplitSeq(s, ",") {
		name, port := part, ""
		if i := strings.LastIndexByte(part, ':'); i >= 0 && !strings.HasSuffix(part, "]") {
			name, port = part[:i], part[i+1:]
		}
		decoded, err := url.PathUnescape(name)
		if err != nil || strings.Contains(name, ":") && !strings.HasPrefix(name, "[") {
			return nil, errHost
		}
		h, err := newHost(decoded, port)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

var errHost = fmt.Errorf("DATABASE_URL: the host is not a host name, "+
	"an IP address (IPv6 in brackets) or a socket folder; %s", encodeHint)

// newHost checks one host. An empty name is localhost, an empty port 5432.
func newHost(name, port string) (host, error) {
	h := host{name: cmp.Or(name, "localhost")}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		if h.name = name[1 : len(name)-1]; !isIPv6(h.name) {
			return host{}, errors.New("DATABASE_URL: what stands in brackets is not an IPv6 address")
		}
	}
	bad := func(r rune) bool { return r <= ' ' || strings.ContainsRune(`@[]{}<>$\|^"'`+"`", r) }
	noName := strings.ContainsFunc(h.name, bad) || strings.Contains(h.name, ":") && !isIPv6(h.name)
	if strings.ContainsRune(h.name, 0) || noName && !h.isSocket() {
		return host{}, errHost
	}
	n, err := strconv.ParseUint(cmp.Or(port, "5432"), 10, 16)
	if err != nil || n == 0 {
		return host{}, fmt.Errorf("DATABASE_URL: the port is not a number from 1 to 65535; "+
			"is the address complete (a # in an unquoted .env line cuts it off)? %s", encodeHint)
	}
	h.port = uint16(n)
	return h, nil
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// complete fills in what the URL left out, and refuses what cannot be left out.
func (t *target) complete() error {
	if t.dbname == "" {
		return errors.New("DATABASE_URL names no database: it stands after the host, as in " +
			"postgresql://user:password@host:5432/shop")
	}
	if t.user == "" {
		// As libpq does: the account that the program runs under, which is what "peer" on a socket wants.
		if u, err := user.Current(); err == nil {
			t.user = u.Username
		}
	}
	for _, s := range []string{t.user, t.password, t.dbname, t.schema, t.appName} {
		if strings.ContainsRune(s, 0) {
			return errors.New("DATABASE_URL has a zero byte (%00) in it")
		}
	}
	return nil
}

// identity is Source.Database: engine, hosts in any order, database and schema name, hashed.
func (t *target) identity() string {
	hosts := make([]string, len(t.hosts))
	for i, h := range t.hosts {
		hosts[i] = strings.ToLower(h.String())
	}
	slices.Sort(hosts)
	h := sha256.New()
	for _, p := range append([]string{"postgres", t.dbname, t.schema}, hosts...) {
		fmt.Fprintf(h, "%d:%s,", len(p), p) // with its length, so that no two lists give the same text
	}
	return hex.EncodeToString(h.Sum(nil))
}

// login is who signs in, as the URL said when it was last read.
func (t *target) login() (user, password string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.user, t.password
}

// renew takes user and password of the same database's URL as it is now.
func (t *target) renew(text string) error {
	fresh, err := parseURL(text)
	if err != nil {
		return err
	}
	if fresh.identity() != t.identity() {
		return errors.New("it names another database now, which counts after a restart")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if fresh.password != t.password {
		t.former = t.password
	}
	t.user, t.password = fresh.user, fresh.password
	return nil
}

// secrets are the texts that must not be in a log: the password, and the one before, as they are and as URLs have them.
func (t *target) secrets() (list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range []string{t.password, t.former} {
		if len(p) >= 3 { // a text so short is in every other word, and lib/pq prints no passwords
			list = append(list, p, url.QueryEscape(p), url.PathEscape(p), url.UserPassword("", p).String()[1:])
		}
	}
	return list
}
