package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// together are the parameters that mean something only together: readHosts and readTLS read them.
var together = []string{"host", "hostaddr", "port", "ssl", "sslmode", "sslaccept", "sslrootcert", "sslcert", "sslkey",
	"sslidentity", "sslpassword"}

// quiet parameters change nothing here and deserve no warning: what they ask for holds anyway, or has no object.
var quiet = []string{
	"pgbouncer",            // every query works behind PgBouncer
	"statement_cache_size", // nothing is prepared
	"single_use_connections", "directConnection", "uselibpqcompat", "gssencmode", "sslcompression", "keepalives",
	"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "fallback_application_name",
	"max_connection_lifetime", "max_idle_connection_lifetime", "client_encoding", "charset", "sslsni", "supa",
	"workaround",
}

// ignored parameters are known, and cannot be honoured; the text says why, or what to do instead.
var ignored = map[string]string{
	"options": "start-up parameters are not sent, since connection poolers refuse them; " +
		"set them with ALTER ROLE … SET",
	"search_path":                         "give the schema as schema=",
	"currentSchema":                       "give the schema as schema=",
	"statement_timeout":                   "set it with ALTER ROLE … SET, or use DATABASE_QUERY_TIMEOUT",
	"lock_timeout":                        "set it with ALTER ROLE … SET",
	"timezone":                            "times are read in UTC",
	"TimeZone":                            "times are read in UTC",
	"passfile":                            "give the password in DATABASE_URL or DATABASE_URL_FILE",
	"service":                             "service files are not read",
	"krbsrvname":                          "Kerberos is not supported",
	"sslcrl":                              "revocation lists are not read",
	"sslcrldir":                           "revocation lists are not read",
	"requirepeer":                         "it is not supported",
	"require_auth":                        "it is not supported",
	"replication":                         "only ordinary connections are made",
	"gsslib":                              "Kerberos is not supported",
	"accelerate":                          "Prisma's services are not used",
	"api_key":                             "Prisma's services are not used",
	"idle_in_transaction_session_timeout": "no transaction is opened",
}

// readParameters understands the query part of a DATABASE_URL. A parameter given twice counts as last given.
func (t *target) readParameters(query string) error {
	p := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err1 := url.PathUnescape(k)
		value, err2 := url.PathUnescape(v)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("DATABASE_URL: a parameter is not properly percent-encoded: a %% itself is written %%25")
		}
		value = unquote(value)
		if slices.Contains(together, key) {
			p[key] = value
		} else if err := t.readParameter(key, value); err != nil {
			return err
		}
	}
	if err := t.readHosts(p); err != nil {
		return err
	}
	return t.readTLS(p)
}

func (t *target) readParameter(key, value string) (err error) {
	switch key {
	case "schema":
		t.schema = cmp.Or(value, t.schema)
	case "application_name":
		t.appName = cmp.Or(value, t.appName)
	case "connection_limit":
		t.max, err = wholeNumber(key, value)
	case "connect_timeout":
		t.connect, err = seconds(key, value)
	case "pool_timeout":
		t.acquire, err = seconds(key, value)
	case "socket_timeout":
		t.query, err = seconds(key, value)
	case "user":
		t.user = value
	case "password":
		t.password = value
	case "dbname":
		t.dbname = value
	case "sslnegotiation":
		t.tls.negotiation, err = oneOf(key, value, pq.SSLNegotiationPostgres, pq.SSLNegotiationDirect)
	case "target_session_attrs":
		t.session, err = oneOf(key, value, pq.TargetSessionAttrsAny, pq.TargetSessionAttrsReadWrite,
			pq.TargetSessionAttrsReadOnly, pq.TargetSessionAttrsPrimary, pq.TargetSessionAttrsStandby,
			pq.TargetSessionAttrsPreferStandby)
	case "load_balance_hosts":
		t.shuffle = value == "random"
	case "channel_binding":
		if value == "require" {
			t.notice("channel_binding=require is not supported and has no effect; " +
				"use sslmode=verify-full to be sure of the server")
		}
	default:
		t.readOther(key)
	}
	return err
}

// readOther says what becomes of a parameter that sets nothing here.
func (t *target) readOther(key string) {
	if slices.Contains(quiet, key) {
		return
	}
	if why, ok := ignored[key]; ok {
		t.notice(fmt.Sprintf("the parameter %s has no effect: %s", key, why))
		return
	}
	if t.unknown == nil {
		t.notice("it has a parameter that is not known and has no effect; `vitrine check` and the log name it")
	}
	if !plainKey.MatchString(key) {
		key = "one with an odd name: is a & in a value not written %26?"
	}
	t.unknown = append(t.unknown, key)
}

var plainKey = regexp.MustCompile(`^[\w.-]{0,40}$`)

func (t *target) notice(s string) { t.notices = append(t.notices, "DATABASE_URL: "+s) }

// cutText shortens s to n runes.
func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// seconds reads a Prisma timeout: whole seconds, 0 for "no limit", which means our default here.
func seconds(key, value string) (time.Duration, error) {
	n, err := wholeNumber(key, value)
	return time.Duration(n) * time.Second, err
}

// wholeNumber reads a number from 0 to a million.
func wholeNumber(key, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fmt.Errorf("DATABASE_URL: %s is %q, but must be a whole number from 0 to 1000000", key, cutText(value, 20))
	}
	return n, nil
}

func oneOf[T ~string](key, value string, allowed ...T) (T, error) {
	if slices.Contains(allowed, T(value)) {
		return T(value), nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return "", fmt.Errorf("DATABASE_URL: %s is %q, but must be one of %s", key, cutText(value, 20),
		strings.Join(names, ", "))
}

// readHosts lets host=, hostaddr= and port= replace what stands before the path, as libpq and Prisma do
// (host=/var/run/postgresql).
func (t *target) readHosts(p map[string]string) error {
	names, addrs, ports := strings.Split(p["host"], ","), strings.Split(p["hostaddr"], ","), strings.Split(p["port"], ",")
	if p["host"] != "" {
		inherited := ""
		if len(t.hosts) == 1 {
			inherited = strconv.Itoa(int(t.hosts[0].port))
		}
		t.hosts = nil
		for _, name := range names {
			h, err := newHost(name, inherited)
			if err != nil {
				return err
			}
			t.hosts = append(t.hosts, h)
		}
	}
	if len(t.hosts) == 0 {
		t.hosts = slices.Repeat([]host{{name: "localhost", port: 5432}}, len(addrs))
	}
	if p["hostaddr"] != "" && len(addrs) != len(t.hosts) {
		return fmt.Errorf("DATABASE_URL: hostaddr has %d addresses for %d hosts", len(addrs), len(t.hosts))
	}
	if len(ports) != 1 && len(ports) != len(t.hosts) {
		return fmt.Errorf("DATABASE_URL: port has %d numbers for %d hosts", len(ports), len(t.hosts))
	}
	for i := range t.hosts {
		if p["hostaddr"] != "" {
			a, err := netip.ParseAddr(addrs[i])
			if err != nil {
				return errors.New("DATABASE_URL: hostaddr is not a list of IP addresses")
			}
			t.hosts[i].addr = a
		}
		if p["port"] != "" {
			h, err := newHost("", ports[min(i, len(ports)-1)])
			if err != nil {
				return err
			}
			t.hosts[i].port = h.port
		}
	}
	return nil
}
