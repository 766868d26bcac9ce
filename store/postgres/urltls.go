package postgres

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/lib/pq"
)

// readTLS turns sslmode (libpq, Prisma, node-postgres) and sslaccept (Prisma) into the modes to try. No sslmode means
// prefer.
func (t *target) readTLS(p map[string]string) error {
	ofSSL := map[string]string{"": "prefer", "false": "disable", "0": "disable"}
	mode := cmp.Or(p["sslmode"], ofSSL[p["ssl"]], "require") // ssl={…} of some clients: encrypted, at least
	modes := map[string][]pq.SSLMode{
		"disable":     {pq.SSLModeDisable},
		"allow":       {pq.SSLModeDisable, pq.SSLModeRequire},
		"prefer":      {pq.SSLModeRequire, pq.SSLModeDisable},
		"require":     {pq.SSLModeRequire},
		"no-verify":   {pq.SSLModeRequire},
		"verify-ca":   {pq.SSLModeVerifyCA},
		"verify-full": {pq.SSLModeVerifyFull},
	}
	t.tls.modes = modes[mode]
	if t.tls.modes == nil {
		return fmt.Errorf("DATABASE_URL: sslmode is %q, but must be one of disable, "+
			"allow, prefer, require, verify-ca, verify-full", cutText(mode, 20))
	}
	switch accept := p["sslaccept"]; accept {
	case "", "accept_invalid_certs":
	case "strict":
		t.tls.strict = true
		if i := slices.Index(t.tls.modes, pq.SSLModeRequire); i >= 0 {
			t.tls.modes[i] = pq.SSLModeVerifyFull
		}
	default:
		return fmt.Errorf("DATABASE_URL: sslaccept is %q, but must be strict or accept_invalid_certs", cutText(accept, 20))
	}
	return t.readFiles(p)
}

// readFiles sorts out certificate files. Prisma's sslcert is the server's root certificate; libpq's is the client's,
// and comes with sslkey. Prisma's sslidentity is a PKCS#12 file, which cannot be read here.
func (t *target) readFiles(p map[string]string) error {
	t.tls.root = p["sslrootcert"]
	switch {
	case p["sslkey"] != "":
		t.tls.cert, t.tls.key = p["sslcert"], p["sslkey"]
	case t.tls.root == "":
		t.tls.root = p["sslcert"]
	}
	if p["sslidentity"] != "" {
		t.notice("sslidentity (a PKCS#12 file) cannot be read; convert " +
			"it with openssl pkcs12 -nodes, and give sslcert= and sslkey=")
	} else if p["sslpassword"] != "" {
		t.notice("the parameter sslpassword has no effect: keys with a passphrase cannot be read")
	}
	verify := slices.Contains(t.tls.modes, pq.SSLModeVerifyFull) || slices.Contains(t.tls.modes, pq.SSLModeVerifyCA)
	if !verify && (p["sslrootcert"] == "" || slices.Contains(t.tls.modes, pq.SSLModeDisable)) {
		t.tls.root = "" // Prisma without sslaccept=strict verifies nothing, and libpq nothing where it may go on without TLS
	}
	for i, path := range []string{t.tls.root, t.tls.cert, t.tls.key} {
		if path == "" || path == "system" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			name := []string{"sslrootcert", "sslcert", "sslkey"}[i]
			return fmt.Errorf("DATABASE_URL: the file that %s names cannot be opened", name)
		}
	}
	if t.tls.negotiation == pq.SSLNegotiationDirect {
		t.tls.modes = slices.DeleteFunc(t.tls.modes, func(m pq.SSLMode) bool { return m == pq.SSLModeDisable })
		if len(t.tls.modes) == 0 {
			return fmt.Errorf("DATABASE_URL: sslnegotiation=direct needs sslmode=require or better")
		}
	}
	return nil
}
