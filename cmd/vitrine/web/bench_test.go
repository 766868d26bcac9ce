package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// wire is a client that allocates nothing: it sends the same bytes again and again and reads answers of known length.
type wire struct {
	conn    net.Conn
	request []byte
	answer  []byte
}

// dialWire asks once to learn how long an answer is.
func dialWire(tb testing.TB, addr, header string) *wire {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	w := &wire{conn: conn,
		request: []byte("GET / HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: */*\r\n" + header + "\r\n")}
	if _, err := conn.Write(w.request); err != nil {
		tb.Fatal(err)
	}
	var head countingReader
	head.Reader = conn
	in := bufio.NewReader(&head)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		tb.Fatal(err)
	}
	w.answer = make([]byte, head.n)
	return w
}

type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func (w *wire) exchange() error {
	if _, err := w.conn.Write(w.request); err != nil {
		return err
	}
	_, err := io.ReadFull(w.conn, w.answer)
	return err
}

// kinds are the ways a visitor's browser asks for the page.
func kinds(etag string) map[string]string {
	return map[string]string{
		"identity": "", "br": "Accept-Encoding: gzip, deflate, br, zstd\r\n", "gzip": "Accept-Encoding: gzip, deflate\r\n",
		"304": "If-None-Match: " + etag + "\r\n", "br by weight": "Accept-Encoding: gzip;q=0.8, br;q=0.9\r\n",
	}
}

// maxAllocations is what one visit on a kept connection may allocate in the whole process: nothing where it is
// replayed, but for the answer of each second; elsewhere net/http's part is 22, and an Accept-Encoding that has to be
// parsed takes 10.
var maxAllocations = map[string]float64{"identity": 0, "br": 0, "gzip": 0, "304": 0, "br by weight": 44}

func TestAllocationsPerVisit(t *testing.T) {
	s, doc := showing(t, 65_000)
	addr := serve(t, s.Public)
	for kind, header := range kinds(doc.ETag) {
		w := dialWire(t, addr, header)
		got := testing.AllocsPerRun(500, func() {
			must(t, w.exchange())
		})
		t.Logf("%s: %.0f allocations", kind, got)
		if got > maxAllocations[kind] {
			t.Errorf("%s: %.0f allocations, at most %.0f", kind, got, maxAllocations[kind])
		}
	}
}

// BenchmarkVisit is one visit on a kept connection, client included; compare the kinds.
func BenchmarkVisit(b *testing.B) {
	s, doc := showing(b, 65_000)
	addr := serve(b, s.Public)
	for kind, header := range kinds(doc.ETag) {
		b.Run("kind="+kind, func(b *testing.B) { benchmarkWire(b, dialWire(b, addr, header)) })
	}
}

func benchmarkWire(b *testing.B, w *wire) {
	b.ReportAllocs()
	b.SetBytes(int64(len(w.answer)))
	for b.Loop() {
		must(b, w.exchange())
	}
}

// BenchmarkReplay is our part of a replayed visit.
func BenchmarkReplay(b *testing.B) {
	s, _ := showing(b, 65_000)
	for name, header := range proxyHeaders {
		head := []byte("GET / HTTP/1.1\r\n" + header + "\r\n")
		b.Run("from="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s.replay(head, time.Now()) == nil {
					b.Fatal("not replayed")
				}
			}
		})
	}
}
