package postgres

import (
	"crypto/tls"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"vitrine/store"
	"vitrine/store/storetest"
)

// peer listens on a port and says to everyone who connects what say says.
func peer(t *testing.T, say func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				say(c)
			}()
		}
	}()
	return "postgres://u:canarypass@" + l.Addr().String() + "/shop"
}

// says sends s, times times, and waits for the client to hang up.
func says(s string, times int) func(net.Conn) {
	return func(c net.Conn) {
		for range times {
			if _, err := io.WriteString(c, s); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, c)
	}
}

// What is not PostgreSQL costs one error class, never memory or a panic (invariant I14).
func TestNotPostgres(t *testing.T) {
	const endless = 1 << 20
	for name, say := range map[string]func(net.Conn){
		"HTTP":            says("HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 1),
		"SSH":             says("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 1),
		"MySQL":           says("J\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00", 1),
		"SMTP":            says("220 mail.example.com ESMTP\r\n", 1),
		"N without end":   says(strings.Repeat("N", 4096), endless),
		"nought":          says(strings.Repeat("\x00", 4096), endless),
		"short length":    says("R\x00\x00\x00\x00", 1),
		"length 3":        says("R\x00\x00\x00\x03", 1),
		"huge length":     says("R\x7f\xff\xff\xff", 1),
		"notices forever": says("S\x00\x00\x00\x08a\x00b\x00", endless),
		"error forever":   says("Error "+strings.Repeat("e", 4096), endless),
	} {
		t.Run(name, func(t *testing.T) {
			url := peer(t, say)
			for _, mode := range []string{"disable", "prefer", "require"} {
				db := open(t, short(url+"?sslmode="+mode))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if mode == "require" && (name == "N without end" || name == "error forever") {
					continue // its first byte says that there is no TLS, which is as true
				}
				e := failAsking(t.Context(), t, db, "SELECT 'x'", store.ConnectRefused, 0)
				runtime.ReadMemStats(&after)
				if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
					t.Errorf("sslmode=%s: it took %d MB", mode, used>>20)
				}
				if !strings.Contains(e.Sentence, "not PostgreSQL") {
					t.Errorf("sslmode=%s: %s", mode, e.Sentence)
				}
			}
		})
	}
}

// Inside TLS only lib/pq sees the messages: a length that it panics at ends in the same class, for the listener, too.
func TestNotPostgresInsideTLS(t *testing.T) {
	certificates := httptest.NewTLSServer(nil)
	defer certificates.Close()
	url := peer(t, func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, 8)); err != nil {
			return
		}
		_, _ = io.WriteString(c, "S")
		says("R\x00\x00\x00\x00", 1)(tls.Server(c, certificates.TLS))
	})
	db := open(t, short(url+"?sslmode=require"))
	failAsking(t.Context(), t, db, "SELECT 'x'", store.ConnectRefused, 0)
	mustFail(t, store.ConnectRefused, 0, func() error { return db.TryListen(t.Context(), "shop") })
	wrong := strings.Split(strings.Split(url, "@")[1], "/")[0]
	beside := strings.Replace(storetest.Server(t).AdminURL(), "@", "@"+wrong+",", 1)
	if err := open(t, short(beside)).TryListen(t.Context(), "shop"); err != nil {
		t.Errorf("with a right host after it: %v", err)
	}
}

// Only the error that ended a connection is its cause.
func TestCauseOfLostConnection(t *testing.T) {
	for fields, want := range map[string]string{
		"SERREUR\x00VERROR\x00C42P01\x00Mno table\x00\x00":      "",
		"SFATAL\x00VFATAL\x00C57P01\x00Mshutting down\x00\x00":  "shutting down",
		"SPANIQUE\x00VPANIC\x00C53100\x00Mdisk is full\x00\x00": "disk is full",
		"SFATAL\x00C08P01\x00Mserver login failed\x00\x00":      "server login failed",
	} {
		w := &wire{guard: guard{armed: true, budget: answerBudget}}
		head := binary.BigEndian.AppendUint32([]byte("E"), uint32(4+len(fields)))
		if err := w.guard.received(append(head, fields...)); err != nil {
			t.Fatal(err)
		}
		var e *ended
		err := w.why(driver.ErrBadConn)
		if told := errors.As(err, &e); told != (want != "") || told && e.server.Message != want ||
			!errors.Is(err, driver.ErrBadConn) {
			t.Errorf("%q: %v", fields, err)
		}
	}
}

// An answer has a limit, which is told; the next one is as good as any.
func TestAnswerBudget(t *testing.T) {
	pg := storetest.Server(t)
	o := short(pg.AdminURL())
	o.QueryTimeout = 30 * time.Second
	db := open(t, o)
	const long = "SELECT string_agg(repeat('x', 8000000), '') FROM generate_series(1, 9)"
	e := failAsking(t.Context(), t, db, long, store.Other, 0)
	if !strings.Contains(e.Sentence, "larger than 64 MB") {
		t.Error(e)
	}
	for range 2 {
		if long, err := ask(t.Context(), db, "SELECT repeat('x', 40000000)"); err != nil || len(long) != 40_000_000 {
			t.Fatalf("%d bytes, %v", len(long), err)
		}
	}
}

// However the bytes are cut, the guard says the same of them.
func FuzzGuard(f *testing.F) {
	f.Add([]byte("R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I"), uint8(3), false)
	f.Add([]byte("SSH-2.0"), uint8(1), true)
	f.Fuzz(func(t *testing.T, p []byte, cut uint8, ssl bool) {
		whole, parts := guard{budget: connectBudget}, guard{budget: connectBudget}
		if ssl {
			whole.state, parts.state = inReply, inReply
		}
		want := whole.received(p)
		var got error
		for len(p) > 0 {
			n := min(int(cut)+1, len(p))
			got = parts.received(p[:n])
			p = p[n:]
		}
		if got != want {
			t.Errorf("in parts %v, at once %v", got, want)
		}
	})
}
