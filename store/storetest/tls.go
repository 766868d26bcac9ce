package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// EnableTLS gives the server a certificate for names (host names or IP addresses), signed by an authority of its own,
// and restarts it. It returns the file with the authority's certificate, for sslrootcert.
func (pg *PG) EnableTLS(t testing.TB, names ...string) (rootFile string) {
	t.Helper()
	caKey, ca := newCertificate(t, &x509.Certificate{SerialNumber: big.NewInt(1),
		Subject: pkix.Name{CommonName: "storetest root"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "storetest"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, n)
		}
	}
	key, cert := newCertificate(t, leaf, ca, caKey)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(pg.Dir, "data")
	writePEM(t, filepath.Join(data, "server.crt"), "CERTIFICATE", cert.Raw)
	writePEM(t, filepath.Join(data, "server.key"), "EC PRIVATE KEY", der)
	rootFile = filepath.Join(pg.Dir, "root.crt")
	writePEM(t, rootFile, "CERTIFICATE", ca.Raw)
	pg.args = append(pg.args, "ssl=on")
	pg.Restart(t)
	return rootFile
}

// SetHBA replaces the server's pg_hba.conf, and restarts the server so that it counts. Sign-in over the socket stays
// open to all.
func (pg *PG) SetHBA(t testing.TB, lines ...string) {
	t.Helper()
	text := "local all all trust\n" + strings.Join(lines, "\n") + "\n"
	write(t, filepath.Join(pg.Dir, "data", "pg_hba.conf"), text)
	pg.Restart(t)
}

func newCertificate(t testing.TB, c, parent *x509.Certificate,
	parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, parentKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// writePEM writes a file that the server's account owns and nobody else may change, as PostgreSQL demands of keys.
func writePEM(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := giveToAccount(path); err != nil {
		t.Fatal(err)
	}
}
