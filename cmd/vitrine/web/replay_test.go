package web

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// memoryListener is a net.Listener without a network: what is written in one piece arrives in one, and a write lasts
// until it is read.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// dial returns the client's end of a new connection.
func (l *memoryListener) dial() *memoryConn {
	request, there := net.Pipe()
	answer, here := net.Pipe()
	l.conns <- &memoryConn{Conn: here, in: there}
	return &memoryConn{Conn: request, in: answer}
}

// memoryConn is one end of a connection: a pipe for each direction, so that one can end before the other.
type memoryConn struct {
	net.Conn // written to
	in       net.Conn
}

func (c *memoryConn) Read(p []byte) (int, error)        { return c.in.Read(p) }
func (c *memoryConn) SetReadDeadline(t time.Time) error { return c.in.SetReadDeadline(t) }
func (c *memoryConn) CloseWrite() error                 { return c.Conn.Close() }
func (c *memoryConn) Close() error                      { _ = c.in.Close(); return c.Conn.Close() }

// ask sends a request and reads its answer.
func (c *memoryConn) ask(t *testing.T, in *bufio.Reader, request string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(in, nil)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(body)
}

// countReplayed counts what e replays.
func countReplayed(e *Endpoint) *atomic.Int64 {
	n := &atomic.Int64{}
	replay := e.replay
	e.replay = func(head []byte, now time.Time) []byte {
		answer := replay(head, now)
		if answer != nil {
			n.Add(1)
		}
		return answer
	}
	return n
}

// talk sends raw to e in pieces and returns what e sent until it hung up. Each byte of cuts is a piece: its upper bits
// are a length, or 0 for up to the next end of a header; its lowest bit says to wait then until the server has done all
// that it can. A byte of pause says to send nothing for 20 seconds, where that is not in the middle of a header: to the
// first request that it gets net/http gives less time there than to others. The rest is one piece.
func talk(e *Endpoint, raw, cuts []byte, halfClose bool) []byte {
	ln := newMemoryListener()
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ln) }()
	c := ln.dial()
	answers := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(c)
		answers <- all
	}()
	var sent []byte
	for _, cut := range append(cuts, 0xff) {
		if cut == pause {
			if bytes.HasSuffix(sent, []byte("\r\n\r\n")) {
				time.Sleep(20 * time.Second)
			}
			continue
		}
		n := int(cut >> 1)
		if n == 0 {
			if at := bytes.Index(raw, []byte("\r\n\r\n")); at >= 0 {
				n = at + 4
			}
		}
		if n = min(n, len(raw)); cut == 0xff {
			n = len(raw)
		}
		if n > 0 {
			if _, err := c.Write(raw[:n]); err != nil {
				break // hung up
			}
		}
		if sent, raw = raw[:n], raw[n:]; cut&1 == 1 {
			synctest.Wait()
		}
	}
	if halfClose {
		_ = c.CloseWrite()
	}
	all := <-answers // until a timeout, where nothing else ends it
	_ = c.Close()
	_ = e.Close()
	<-ended
	return all
}

// pause is a byte of talk's cuts.
const pause = 0xfe

// withoutDates is raw with all dates of answers blanked.
func withoutDates(raw []byte) []byte {
	const field = "\r\nDate: "
	raw = slices.Clone(raw)
	for at := 0; ; {
		next := bytes.Index(raw[at:], []byte(field))
		if next < 0 {
			return raw
		}
		at += next + len(field)
		copy(raw[at:min(len(raw), at+len(http.TimeFormat))], bytes.Repeat([]byte("x"), len(http.TimeFormat)))
	}
}

// badRequest is how net/http refuses what is no request. It does so too where a first request breaks off within four
// bytes, but ends without a word where any other does.
const badRequest = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"400 Bad Request"

// compareWithNetHTTP holds what s answers with replay against net/http with the same handler, and returns how many
// answers were replayed. What is the first request to net/http may be another one to the client.
func compareWithNetHTTP(t *testing.T, s *Server, raw, cuts []byte, halfClose bool) (replayed int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		with := testEndpoint(s.Handler(), 10, nil)
		with.replay = s.replay
		n := countReplayed(with)
		plain := testEndpoint(s.Handler(), 10, nil)
		got := withoutDates(talk(with, raw, slices.Clone(cuts), halfClose))
		want := withoutDates(talk(plain, raw, slices.Clone(cuts), halfClose))
		if !bytes.Equal(got, want) && !bytes.Equal(got, append(want, badRequest...)) {
			t.Errorf("%q, cuts %v: with replay (%d)\n%.2000q\nwithout\n%.2000q", raw, cuts, n.Load(), got, want)
		}
		replayed = n.Load()
	})
	return replayed
}

// plainVisits are requests that are replayed on an idle connection.
func plainVisits(etag string) []string {
	return []string{
		get("/"),
		"GET / HTTP/1.1\r\nhost: x\r\naccept-encoding:br\r\n\r\n",
		"GET / HTTP/1.1\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nHost: shop.example:8080\r\n" +
			"Connection: keep-alive\r\nCookie: a=b; c=\"d\"\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + etag + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: [::1]\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent:   caf\xc3\xa9  \r\n\r\n",
	}
}

// notPlainVisits are requests, some no valid ones, that only look like one of plainVisits.
func notPlainVisits(etag string) []string {
	requests := []string{
		"GET / HTTP/1.0\r\nHost: x\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /? HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n",
		"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: W/" + etag + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + etag + "\r\nIf-None-Match: \"a\"\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\nIf-None-Match: " + etag + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
	}
	for _, field := range []string{
		"Host: y", "Host : y", "Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked",
		"transfer-encoding:chunked", "Connection: close", "Connection: keep-alive, close", "Connection: Upgrade",
		"Upgrade: h2c", "Expect: 100-continue", "Range: bytes=0-3", "If-Match: \"a\"", "If-Range: \"a\"", "If-None-Match:",
		"If-None-Match: *", "If-Modified-Since: Mon, 02 Jan 2034 15:04:05 GMT", "If-Unmodified-Since: x", "Trailer: X-A",
		"Accept-Encoding: br;q=0", "Accept-Encoding: br\r\nAccept-Encoding: gzip", "Accept-Encoding: x", "X-A: a\x00",
		"X-A: a\rb", "X-A: a\nb", "X-A: a\x7f", "X_A: a", "X-A a", ": a", " folded", "X-A : a", "Cookie: a\r\n folded",
		"X-A: b\r\n\tfolded", "X-\xff: a", "User-Agent: \x01", "Http2-Settings: AAMAAABkAAQAAP__",
	} {
		requests = append(requests, "GET / HTTP/1.1\r\nHost: x\r\n"+field+"\r\n\r\n")
	}
	return requests
}

func TestParseVisit(t *testing.T) {
	for _, head := range plainVisits(`"a"`) {
		if _, ok := parseVisit([]byte(head)); !ok {
			t.Errorf("%q is not recognised", head)
		}
		for cut := range len(head) {
			if _, ok := parseVisit([]byte(head[:cut])); ok {
				t.Errorf("%q is taken for a whole visit", head[:cut])
			}
		}
	}
	s, _ := showing(t, 3000)
	for _, head := range notPlainVisits(s.view.Load().page.representations[identity].etag) {
		if answer := s.replay([]byte(head), time.Now()); answer != nil {
			t.Errorf("%q is replayed", head)
		}
	}
}

// proxyHeaders are what well-known programs in front of a shop send with a visitor's request, as their documentation
// says.
var proxyHeaders = map[string]string{
	"nginx": "Host: shop.example\r\nX-Real-IP: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n" +
		"X-Forwarded-Host: shop.example\r\n" +
		"X-Forwarded-Port: 443\r\nX-Request-ID: 4f1c\r\nUser-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip\r\n",
	"Caddy": "Host: shop.example\r\nUser-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Via: 2.0 Caddy\r\nX-Forwarded-For: 192.0.2.1\r\n" +
		"X-Forwarded-Host: shop.example\r\nX-Forwarded-Proto: https\r\n",
	"Cloudflare": "Host: shop.example\r\nAccept-Encoding: gzip, br\r\nCF-Ray: 230b030023ae2822-SJC\r\n" +
		"CF-Connecting-IP: 2001:db8::1\r\nCF-IPCountry: DE\r\n" +
		"CF-Visitor: {\"scheme\":\"https\"}\r\nCDN-Loop: cloudflare; loops=1\r\nCF-EW-Via: 15\r\n" +
		"True-Client-IP: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n" +
		"X-Forwarded-Proto: https\r\nConnection: Keep-Alive\r\n",
	"ALB": "Host: shop.example\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n" +
		"X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\r\nX-Amzn-Tls-Version: TLSv1.3\r\n" +
		"Accept-Encoding: gzip, deflate, br\r\n",
	"HAProxy": "host: shop.example\r\nx-forwarded-for: 192.0.2.1\r\nforwarded: proto=http;for=192.0.2.1\r\n",
	"Envoy": "host: shop.example\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https\r\n" +
		"x-envoy-external-address: 192.0.2.1\r\n" +
		"x-request-id: 3b0e\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n",
	"Chrome": "Host: localhost:8080\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n" +
		"sec-ch-ua: \"Chromium\";v=\"142\"\r\nsec-ch-ua-mobile: ?0\r\n" +
		"sec-ch-ua-platform: \"Linux\"\r\nDNT: 1\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0\r\n" +
		"Accept: text/html,*/*;q=0.8\r\n" +
		"Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n" +
		"Purpose: prefetch\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: cart=1; theme=dark\r\n",
	"Firefox": "Host: localhost:8080\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\nAccept-Language: de\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Sec-GPC: 1\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\nPragma: no-cache\r\n" +
		"Cache-Control: no-cache\r\nReferer: https://shop.example/a\r\n",
	"curl": "Host: localhost:8080\r\nUser-Agent: curl/8\r\nAccept: */*\r\nAuthorization: Basic YTpi\r\n",
	"others": "Host: shop.example\r\nAccept-Charset: utf-8\r\nAlt-Used: shop.example\r\nEarly-Data: 1\r\n" +
		"From: a@shop.example\r\nOrigin: https://shop.example\r\n",
}

// Whatever else a visit carries, handlers read no more of it than this, or replay would have to know.
func TestHeadersThatHandlersRead(t *testing.T) {
	t.Parallel()
	known := []string{
		`r.Header.Get("Authorization")`, `r.Host`, // by the operators' handler, which is not replayed
		`r.Header["Range"]`, `r.Header[acceptEncoding]`, `r.Header.Clone()`,
	}
	read := regexp.MustCompile(`\br(eq)?\.(Header(\[.*?\]|\.\w+\(.*?\))?|Host\b|RemoteAddr` +
		`|\w*Cookie|UserAgent|Referer|BasicAuth)`)
	files, err := filepath.Glob("*.go")
	must(t, err)
	seen := map[string]bool{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		must(t, err)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, found := range read.FindAllString(string(source), -1) {
			seen[found] = true
		}
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, slices.Sorted(slices.Values(known))) {
		t.Errorf("handlers read %q, want %q", got, known)
	}
}

// What proxies and browsers add to a visit does not keep it from being replayed, and each gets what net/http would have
// given.
func TestProxyHeadersAreReplayed(t *testing.T) {
	s, doc := showing(t, 5000)
	for name, header := range proxyHeaders {
		plain, known := "GET / HTTP/1.1\r\n"+header+"\r\n", "GET / HTTP/1.1\r\n"+header+"If-None-Match: "+doc.ETag+"\r\n\r\n"
		if n := compareWithNetHTTP(t, s, []byte(get("/livez")+plain+plain), []byte{1, 1, 1}, true); n != 2 {
			t.Errorf("%s: %d visits replayed, want 2", name, n)
		}
		compareWithNetHTTP(t, s, []byte(get("/livez")+known), []byte{1, 1}, true)
	}
}

// A connection that also asks for other things, in any portions, is replayed to again and again.
func TestReplayAfterOtherRequests(t *testing.T) {
	s, _ := showing(t, 5000)
	visit, file := get("/"), get("/robots.txt")
	for name, c := range map[string]struct {
		raw  string
		cuts []byte
		want int64
	}{
		"the first, too":          {visit + visit, []byte{1, 1}, 2},
		"the first in pieces":     {visit + visit, []byte{9, 1, 1}, 1},
		"files between":           {file + visit + file + visit + visit, []byte{1, 1, 1, 1, 1}, 3},
		"a head in pieces":        {file + visit, []byte{1, 20<<1 | 1, 1<<1 | 1, 1, 1}, 0},
		"then whole again":        {file + visit + visit, []byte{1, 20<<1 | 1, 1, 1}, 1},
		"pipelined":               {file + file + visit + visit, []byte{}, 0},
		"after a pipeline":        {file + file + file + visit, []byte{byte(len(file)+10)<<1 | 1, 1, 1, 1}, 1},
		"with a part of the next": {file + "X" + visit + visit, []byte{byte(len(file)+1)<<1 | 1, 1, 1}, 1},
		"with a byte of the next": {file + visit + visit, []byte{byte(len(file)+1)<<1 | 1, 1, 1}, 1},
		"a body ends it": {"DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + visit + visit,
			[]byte{1, 1, 1}, 0},
		"an upgrade ends it": {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n" + visit, []byte{1, 1}, 0},
		"bare LF ends it":    {"GET / HTTP/1.1\nHost: x\n\r\n\r\n" + visit, []byte{1, 1}, 0},
	} {
		if n := compareWithNetHTTP(t, s, []byte(c.raw), c.cuts, true); n != c.want {
			t.Errorf("%s: %d replayed, want %d", name, n, c.want)
		}
	}
}

// fuzzCuts are ways to cut a stream: a head at a time with and without waiting, in small pieces, and slowly.
var fuzzCuts = [][]byte{
	nil, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0}, {1, 3, 1, 7, 1}, {1, 41, 6, 0, 1}, bytes.Repeat([]byte{5}, 40),
	{1, pause, 1, pause, 1, pause, 1},
}

// Whatever is sent, in whatever portions: where replay answers, net/http with the same handler would have sent the same
// bytes but for the date.
func TestReplayIsNetHTTP(t *testing.T) {
	t.Parallel()
	s, doc := showing(t, 5000)
	var replayed int64
	check := func(raw string) {
		for i, cuts := range fuzzCuts {
			replayed += compareWithNetHTTP(t, s, []byte(raw), cuts, i%2 == 0)
		}
	}
	for _, visit := range plainVisits(doc.ETag) {
		for _, other := range notPlainVisits(doc.ETag) {
			check(visit + other + visit + visit)
		}
	}
	for _, c := range hostileRequests {
		check(get("/") + get("/") + c.raw + get("/"))
	}
	t.Logf("%d replayed", replayed)
	if replayed < 500 {
		t.Error("too few for this test to mean something")
	}
}

func FuzzReplay(f *testing.F) {
	s, doc := showing(f, 5000)
	for i, c := range hostileRequests {
		f.Add([]byte(get("/")+c.raw+get("/")), fuzzCuts[i%len(fuzzCuts)], i%2 == 0)
	}
	for i, raw := range append(plainVisits(doc.ETag), notPlainVisits(doc.ETag)...) {
		f.Add([]byte(get("/livez")+raw+get("/")), fuzzCuts[i%len(fuzzCuts)], i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, raw, cuts []byte, halfClose bool) {
		if len(raw) > 64<<10 || len(cuts) > 1000 {
			return
		}
		compareWithNetHTTP(t, s, raw, cuts, halfClose)
	})
}

// midAnswer has a server in the middle of a replayed answer to a reader that has stopped reading, runs test, and lets
// the reader read the rest, which must be what was begun. Nobody else is kept waiting meanwhile. It does so on a
// connection that net/http knows as idle, and on one that it was never given anything from.
func midAnswer(
	t *testing.T, test func(t *testing.T, s *Server, e *Endpoint),
	after func(t *testing.T, c *memoryConn, in *bufio.Reader),
) {
	doc := testPage(t, 1, 20_000)
	for name, fresh := range map[string]bool{"idle": false, "fresh": true} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t, nil)
			s.Show(testSnapshot(doc))
			synctest.Test(t, func(t *testing.T) {
				e, ln := startInMemory(t, s)
				replayed := countReplayed(e)
				c, other := ln.dial(), ln.dial()
				in, otherIn := bufio.NewReaderSize(c, 16), bufio.NewReader(other)
				if !fresh {
					c.ask(t, in, get("/livez"))
				}
				synctest.Wait()
				if _, err := io.WriteString(c, get("/")); err != nil {
					t.Fatal(err)
				}
				if _, err := in.Peek(10); err != nil {
					t.Fatal(err)
				}
				if replayed.Load() != 1 {
					t.Fatal("not replayed")
				}
				other.ask(t, otherIn, get("/livez"))
				synctest.Wait()
				test(t, s, e)
				resp, err := http.ReadResponse(in, nil)
				must(t, err)
				body, err := io.ReadAll(resp.Body)
				if etag := resp.Header.Get("Etag"); err != nil || string(body) != string(doc.Body) || etag != doc.ETag {
					t.Errorf("%d bytes of %s, %v, want %d of %s", len(body), etag, err, len(doc.Body), doc.ETag)
				}
				after(t, c, in)
				_, _ = c.Close(), other.Close()
			})
		})
	}
}

// startInMemory serves s with replay until the test, which must be in a bubble, ends: then no connection may be left.
func startInMemory(t *testing.T, s *Server) (*Endpoint, *memoryListener) {
	e, ln := testEndpoint(s.Handler(), 10, nil), newMemoryListener()
	e.replay = s.replay
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ln) }()
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if n := e.open.Load(); n != 0 {
			t.Errorf("%d connections are still open", n)
		}
	})
	return e, ln
}

func hangsUp(t *testing.T, _ *memoryConn, in *bufio.Reader) {
	t.Helper()
	if n, err := in.Discard(1); n != 0 || err != io.EOF {
		t.Errorf("then %d bytes, %v, want the end", n, err)
	}
}

// A pulse, which closes what net/http takes for idle, waits for nobody and cuts off no answer.
func TestPulseInMidAnswer(t *testing.T) {
	midAnswer(t, func(t *testing.T, _ *Server, e *Endpoint) {
		time.Sleep(7 * time.Second) // or net/http would spare a connection that it was never given anything from
		e.server.SetKeepAlivesEnabled(false)
		e.server.SetKeepAlivesEnabled(true)
		synctest.Wait()
		if n := e.open.Load(); n != 1 {
			t.Errorf("%d are open, want the one being answered", n)
		}
	}, hangsUp)
}

// Shutdown waits for a replayed answer under way.
func TestShutdownInMidAnswer(t *testing.T) {
	var ended chan error
	midAnswer(t, func(t *testing.T, _ *Server, e *Endpoint) {
		ended = make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			ended <- e.Shutdown(ctx)
		}()
		time.Sleep(5 * time.Second)
		select {
		case err := <-ended:
			t.Errorf("shutdown did not wait: %v", err)
		default:
		}
	}, func(t *testing.T, c *memoryConn, in *bufio.Reader) {
		hangsUp(t, c, in)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// An answer under way stays the page that it began with; the next is the new one, with the date of its second.
func TestSwapInMidAnswer(t *testing.T) {
	next := testPage(t, 2, 10_000)
	midAnswer(t, func(_ *testing.T, s *Server, _ *Endpoint) { s.Show(testSnapshot(next)) },
		func(t *testing.T, c *memoryConn, in *bufio.Reader) {
			for range 3 {
				resp, body := c.ask(t, in, get("/"))
				if body != string(next.Body) || resp.Header.Get("Etag") != next.ETag {
					t.Errorf("%d bytes of %s, want %s", len(body), resp.Header.Get("Etag"), next.ETag)
				}
				if got, want := resp.Header.Get("Date"), time.Now().UTC().Format(http.TimeFormat); got != want {
					t.Errorf("date %s, want %s", got, want)
				}
				time.Sleep(1500 * time.Millisecond)
			}
		})
}

// Who does not read is hung up on after the write timeout, in the middle of a replayed answer too.
func TestReaderThatStopsInMidAnswer(t *testing.T) {
	s, _ := showing(t, 20_000)
	synctest.Test(t, func(t *testing.T) {
		e, ln := startInMemory(t, s)
		c := ln.dial()
		defer c.Close()
		in := bufio.NewReaderSize(c, 16)
		for range 3 {
			c.ask(t, in, get("/"))
			synctest.Wait()
			time.Sleep(40 * time.Second) // longer than an answer may take: no deadline is left behind
		}
		c.ask(t, in, get("/"))
		c.ask(t, in, get("/livez")) // after which net/http lifts the deadline
		synctest.Wait()
		if _, err := io.WriteString(c, get("/")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second)
		if n := e.open.Load(); n != 0 {
			t.Error("the connection is still open")
		}
	})
}

// A large file may take longer than an answer's time where its reader takes each part of it in time.
func TestLargeFileOnSlowLine(t *testing.T) {
	s := newTestServer(t, nil)
	content := bytes.Repeat([]byte("0123456789abcdef"), 5*writeStep/16)
	must(t, os.WriteFile(filepath.Join(s.config.PublicDir, "film.mp4"), content, 0o644))
	synctest.Test(t, func(t *testing.T) {
		_, ln := startInMemory(t, s)
		c := ln.dial()
		defer c.Close()
		if _, err := io.WriteString(c, get("/film.mp4")); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		must(t, err)
		var got bytes.Buffer
		for range 5 {
			if _, err := io.CopyN(&got, resp.Body, writeStep); err != nil {
				t.Fatalf("after %d bytes: %v", got.Len(), err)
			}
			time.Sleep(writeTimeout * 2 / 3)
		}
		if !bytes.Equal(got.Bytes(), content) {
			t.Errorf("%d bytes, want %d, the same", got.Len(), len(content))
		}
	})
}

// A header that does not end is given up after its time, also on a connection that was only replayed to before.
func TestHeaderTimeoutAfterReplay(t *testing.T) {
	s, _ := showing(t, 5000)
	synctest.Test(t, func(t *testing.T) {
		_, ln := startInMemory(t, s)
		for _, first := range []string{"/", "/livez"} {
			c := ln.dial()
			defer c.Close()
			in := bufio.NewReader(c)
			c.ask(t, in, get(first))
			time.Sleep(20 * time.Second)
			c.ask(t, in, get("/"))
			began := time.Now()
			if _, err := io.WriteString(c, "GET / HT"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, in); err != nil { // net/http may say why
				t.Error(err)
			}
			if took := time.Since(began); took != headerTimeout {
				t.Errorf("after %s: given up after %v, want %v", first, took, headerTimeout)
			}
		}
	})
}

// A body that is refused has its time to arrive, however long the connection was only replayed to before; or the answer
// would be lost with the reset that unread bytes bring about.
func TestBodyTimeoutAfterReplay(t *testing.T) {
	s, _ := showing(t, 5000)
	synctest.Test(t, func(t *testing.T) {
		_, ln := startInMemory(t, s)
		for _, first := range []string{"/", "/livez"} {
			c := ln.dial()
			defer c.Close()
			in := bufio.NewReader(c)
			c.ask(t, in, get(first))
			time.Sleep(40 * time.Second)
			began := time.Now()
			c.ask(t, in, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
			if _, err := io.WriteString(c, "ab"); err != nil {
				t.Fatal(err)
			}
			hangsUp(t, c, in)
			if took := time.Since(began); took != readTimeout {
				t.Errorf("after %s: hung up after %v, want %v", first, took, readTimeout)
			}
		}
	})
}

// Shutdown ends connections that ask again and again, each after a whole answer.
func TestShutdownBesideBusyConnections(t *testing.T) {
	s, doc := showing(t, 5000)
	synctest.Test(t, func(t *testing.T) {
		e, ln := startInMemory(t, s)
		var all sync.WaitGroup
		for n := range 5 {
			c := ln.dial()
			all.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for i := 0; ; i++ {
					path, want := "/", string(doc.Body)
					if n%2 == 1 && i == 0 {
						path, want = "/livez", "ok\n"
					}
					if _, err := io.WriteString(c, get(path)); err != nil {
						return
					}
					if _, err := in.Peek(1); err != nil {
						return
					}
					resp, err := http.ReadResponse(in, nil)
					if err != nil {
						t.Error(err)
						return
					}
					if body, err := io.ReadAll(resp.Body); err != nil || string(body) != want {
						t.Errorf("%d bytes, %v, want %d", len(body), err, len(want))
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		time.Sleep(time.Second)
		began := time.Now()
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		all.Wait()
	})
}

// Where many connections are open, one that net/http knows nothing of is given to it, so that it can be let go.
func TestFreshConnectionsAreReplayedWhereThereAreFew(t *testing.T) {
	s, _ := showing(t, 5000)
	synctest.Test(t, func(t *testing.T) {
		e, ln := startInMemory(t, s) // has room for 10
		replayed := countReplayed(e)
		for n := range int64(10) {
			c := ln.dial()
			defer c.Close()
			in := bufio.NewReader(c)
			c.ask(t, in, get("/"))
			synctest.Wait()
			if want := min(n+1, 8); replayed.Load() != want {
				t.Errorf("connection %d: %d replayed, want %d", n+1, replayed.Load(), want)
			}
		}
	})
}

// Without replay, and in dev mode, net/http answers all.
func TestReplayOff(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"off": func(c *Config) { c.Replay = false }, "dev": func(c *Config) { c.Dev = true },
	} {
		if s := newTestServer(t, change); s.Public.replay != nil || s.Admin.replay != nil {
			t.Errorf("%s: replayed all the same", name)
		}
	}
	if s := newTestServer(t, nil); s.Public.replay == nil || s.Admin.replay != nil {
		t.Error("by default visits are replayed, and nothing else")
	}
}

// A body too large for one deadline is left to net/http, which gives it one for each part; smaller ones of the same
// page are not, nor is the answer that it has not changed.
func TestLargePageIsNotReplayed(t *testing.T) {
	s, doc := showing(t, writeStep+1)
	if len(doc.Gzip) > writeStep {
		t.Fatalf("%d bytes in gzip", len(doc.Gzip))
	}
	for header, want := range map[string]bool{"Accept-Encoding: identity": false, "Accept-Encoding: gzip": true,
		"If-None-Match: " + doc.ETag: true} {
		request := "GET / HTTP/1.1\r\nHost: shop.example\r\n" + header + "\r\n\r\n"
		if answer := s.replay([]byte(request), time.Now()); (answer != nil) != want {
			t.Errorf("%s: %d bytes replayed, want any: %t", header, len(answer), want)
		}
	}
}
