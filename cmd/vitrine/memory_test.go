package main

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"vitrine/store/storetest"
)

// mostMemory is the most that the program may hold, in bytes, whatever strangers send.
const mostMemory = 150 << 20

// TestMemoryIsBounded guards I14 on the whole program: pictures kept in the rows neither cross the wire nor are kept,
// and whatever answers in the database's place costs a sentence. VITRINE_LONG=1 does the latter for a minute.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	pg := storetest.Server(t)
	url := pg.NewDatabase(t)
	initialised(t, url, `INSERT INTO products (name, slug, category, brand, images, price, num_sales, is_published)
		SELECT 'Lamp ' || n, 'lamp-' || n, 'Shelf ' || n % 12, 'Brand',
			ARRAY['data:image/png;base64,' || repeat('A', 2000000), 'https://cdn.example/' || n || '.jpg'], 10, n, true
		FROM generate_series(1, 96) AS n`)
	wire := storetest.Proxy(t, pg.Addr())
	c := serve(t, t.TempDir(), "DATABASE_URL="+wire.URL(t, url), "REFRESH_SCHEDULE=@every 1s",
		"DATABASE_CONNECTION_TIMEOUT=2000")
	c.page("https://cdn.example/96.jpg")
	refreshed := c.status().GeneratedAt
	c.until("it has refreshed more often", func() bool { return c.status().GeneratedAt.Sub(refreshed) > time.Second })
	c.bounded("pictures in rows")

	lasts := 500 * time.Millisecond
	if longForm() {
		lasts = time.Minute / time.Duration(len(wrongPeers))
	}
	for name, bytes := range wrongPeers {
		wire.SetTarget(wrongPeer(t, bytes))
		wire.CloseAll()
		failures := c.status().ConsecutiveFailures
		c.until("it has met "+name, func() bool { return c.status().ConsecutiveFailures > failures })
		for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			c.bounded(name)
		}
	}
	wire.SetTarget(pg.Addr())
	c.until("it is fresh again", func() bool { return c.status().ConsecutiveFailures == 0 })
}

// wrongPeers are what may answer on the database's port, each said again and again.
var wrongPeers = map[string]string{
	"a web server":           "HTTP/1.0 503 Service Unavailable\r\n\r\n",
	"an SSH server":          "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
	"lengths under four":     "R\x00\x00\x00\x03",
	"a huge length":          "R\x7f\xff\xff\xff",
	"an error without end":   "E\x7f\xff\xff\xffMmmmm",
	"notices without end":    "N\x00\x00\x00\x08Ma\x00\x00",
	"an answer without end":  "SSSSSSSSSSSSSSSS",
	"nothing but noughts":    strings.Repeat("\x00", 4096),
	"parameters without end": "S\x00\x00\x00\x08a\x00b\x00",
}

// wrongPeer listens on a port and says the same to everyone, as long as it is listened to.
func wrongPeer(t *testing.T, says string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for err == nil {
					_, err = io.WriteString(conn, strings.Repeat(says, 100))
				}
			}()
		}
	}()
	return l.Addr().String()
}

// bounded checks the resident set.
func (c *child) bounded(what string) {
	c.t.Helper()
	if m := c.memory(); m > mostMemory {
		c.t.Fatalf("%s: %d MB resident", what, m>>20)
	}
}
