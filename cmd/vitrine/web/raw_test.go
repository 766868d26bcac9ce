package web

import (
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vitrine/render/publish"
)

func itoa(n int) string { return strconv.Itoa(n) }

var statusLine = regexp.MustCompile(`HTTP/1\.[01] (\d{3}) [A-Z]`)

// exchange sends raw bytes on a connection of its own, says that no more will come, and reads until the server hangs
// up: the status codes of all answers, and everything that was sent.
func exchange(t testing.TB, addr, raw string) ([]int, string) {
	t.Helper()
	return visit(t, addr).exchange(t, raw)
}

func (v *visitor) exchange(t testing.TB, raw string) ([]int, string) {
	t.Helper()
	_, _ = io.WriteString(v, raw) // the server may have hung up before the end
	_ = v.Conn.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(v.in) // a reset after the answer is the server's right
	_ = v.Close()
	return statusCodes(t, answer), string(answer)
}

// statusCodes are those of all answers in raw.
func statusCodes(t testing.TB, raw []byte) []int {
	t.Helper()
	var codes []int
	for _, m := range statusLine.FindAllSubmatch(raw, -1) {
		code, err := strconv.Atoi(string(m[1]))
		must(t, err)
		codes = append(codes, code)
	}
	return codes
}

const (
	evilHost = "Host: evil.example\r\n"
	end      = "\r\n"
	next     = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
)

// hostileRequests are requests as no browser sends them, and the status codes of all answers. A transfer coding that
// is not known is 501 and a version 505, by net/http itself (RFC 9112 section 6.1, RFC 9110 section 15.6.6).
var hostileRequests = []struct {
	name, raw string
	want      []int
}{
	{"plain", "GET / HTTP/1.1\r\n" + evilHost + end + next, []int{200, 200}},
	{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n" + next, []int{200}},
	{"HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + next, []int{200, 200}},
	{"no Host", "GET / HTTP/1.1\r\n\r\n" + next, []int{400}},
	{"two Hosts", "GET / HTTP/1.1\r\n" + evilHost + evilHost + end + next, []int{400}},
	{"bad Host", "GET / HTTP/1.1\r\nHost: evil example\r\n\r\n" + next, []int{400}},
	{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", []int{200}},
	{"absolute target", "GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", []int{200}},
	{"absolute target without path", "GET http://evil.example HTTP/1.1\r\nHost: x\r\n\r\n", []int{200}},
	{"authority as target", "GET evil.example:80 HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"star", "GET * HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n" + evilHost + end, []int{405}},
	{"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + evilHost + end, []int{405}},
	{"OPTIONS /", "OPTIONS / HTTP/1.1\r\n" + evilHost + end, []int{405}},
	{"TRACE", "TRACE / HTTP/1.1\r\n" + evilHost + "X-Evil: evil.example\r\n\r\n", []int{405}},
	{"BOGUS", "BOGUS / HTTP/1.1\r\n" + evilHost + end, []int{405}},
	{"get in small letters", "get / HTTP/1.1\r\n" + evilHost + end, []int{405}},
	{"PUT", "PUT /index.html HTTP/1.1\r\n" + evilHost + "Content-Length: 4\r\n\r\nevil" + next, []int{405}},
	{"DELETE", "DELETE / HTTP/1.1\r\n" + evilHost + end + next, []int{405, 200}},
	{"POST without body", "POST / HTTP/1.1\r\n" + evilHost + "Content-Length: 0\r\n\r\n" + next, []int{405, 200}},
	{"POST with a form", "POST / HTTP/1.1\r\n" + evilHost + "Content-Length: 5\r\n\r\nx=123" + next, []int{405}},
	{"GET with a body", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 33\r\n\r\n" + next, []int{413}},
	{"GET with a chunked body", "GET / HTTP/1.1\r\n" + evilHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		[]int{413}},
	{"HEAD with a body", "HEAD / HTTP/1.1\r\n" + evilHost + "Content-Length: 2\r\n\r\nab" + next, []int{413}},
	{"body promised, none sent", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 9999\r\n\r\n", []int{413}},
	{"huge body promised", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 999999999999\r\n\r\n", []int{413}},
	{"expect continue", "GET / HTTP/1.1\r\n" + evilHost + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc" + next,
		[]int{413}},
	{"expect anything", "GET / HTTP/1.1\r\n" + evilHost + "Expect: evil\r\n\r\n" + next, []int{417}},
	{"CL and TE", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
		next, []int{413}},
	{"TE and CL, POST", "POST / HTTP/1.1\r\n" + evilHost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" +
		"0\r\n\r\n" + next, []int{405}},
	{"two lengths", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 0\r\nContent-Length: 33\r\n\r\n" + next,
		[]int{400}},
	{"the same length twice", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + next,
		[]int{200, 200}},
	{"length in a list", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: 0, 33\r\n\r\n" + next, []int{400}},
	{"negative length", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: -1\r\n\r\n" + next, []int{400}},
	{"length with a plus", "GET / HTTP/1.1\r\n" + evilHost + "Content-Length: +0\r\n\r\n" + next, []int{400}},
	{"TE with a blank before the colon", "GET / HTTP/1.1\r\n" + evilHost + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" +
		next, []int{400}},
	{"unknown TE", "GET / HTTP/1.1\r\n" + evilHost + "Transfer-Encoding: xchunked\r\n\r\n" + next, []int{501}},
	{"TE twice", "GET / HTTP/1.1\r\n" + evilHost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + next,
		[]int{501}},
	// net/http drops it unseen, as HTTP/1.0 has no such thing; what then stands in the way of the next request is no
	// request, and closes.
	{"TE in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" + next,
		[]int{200, 400}},
	{"folded header", "GET / HTTP/1.1\r\n" + evilHost + "X-A: b\r\n evil.example\r\n\r\n", []int{200}},
	{"header before the first", "GET / HTTP/1.1\r\n evil: x\r\n" + evilHost + end, []int{400}},
	{"bare LF", "GET / HTTP/1.1\n" + "Host: evil.example\n\n", []int{200}},
	{"bare CR in a value", "GET / HTTP/1.1\r\n" + evilHost + "X-A: b\rX-Evil: c\r\n\r\n", []int{400}},
	{"NUL in a value", "GET / HTTP/1.1\r\n" + evilHost + "X-A: \x00\r\n\r\n", []int{400}},
	{"NUL in a name", "GET / HTTP/1.1\r\n" + evilHost + "X\x00A: b\r\n\r\n", []int{400}},
	{"NUL in the target", "GET /\x00 HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"no colon", "GET / HTTP/1.1\r\n" + evilHost + "evil\r\n\r\n", []int{400}},
	{"blank in a name", "GET / HTTP/1.1\r\n" + evilHost + "X A: b\r\n\r\n", []int{400}},
	{"empty name", "GET / HTTP/1.1\r\n" + evilHost + ": evil\r\n\r\n", []int{400}},
	{"header of 40 KB", "GET / HTTP/1.1\r\n" + evilHost + "X-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", []int{431}},
	{"2,000 headers", "GET / HTTP/1.1\r\n" + evilHost + strings.Repeat("X-Aaaaaaaaaaaaaaa: b\r\n", 2000) + "\r\n",
		[]int{431}},
	{"target of 100 KB", "GET /" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\n" + evilHost + end, []int{431}},
	{"endless request line", strings.Repeat("A", 100<<10), []int{431}},
	{"HTTP/0.9", "GET /\r\n", []int{400}},
	{"HTTP/9.9", "GET / HTTP/9.9\r\n" + evilHost + end, []int{505}},
	{"HTTP/1.10", "GET / HTTP/1.10\r\n" + evilHost + end, []int{400}},
	{"http in small letters", "GET / http/1.1\r\n" + evilHost + end, []int{400}},
	{"HTTP/2 by surprise", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{405}},
	{"upgrade to h2c", "GET / HTTP/1.1\r\n" + evilHost + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", []int{200}},
	{"upgrade to websocket", "GET / HTTP/1.1\r\n" + evilHost + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		[]int{200}},
	{"two blanks", "GET  / HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"blank in the target", "GET /a b HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"no target", "GET HTTP/1.1\r\n" + evilHost + end, []int{400}},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x42", 100) + "\r\n\r\n", []int{400}},
	{"empty lines", "\r\n\r\n\r\n", []int{400}},
	{"nothing", "", nil},
	{"half a request", "GET / HTTP/1.1\r\nHost: x\r\n", []int{400}},
	{"binary", "\xff\xfe\xfd\x00\r\n\r\n", []int{400}},
	{"fragment", "GET /#evil HTTP/1.1\r\n" + evilHost + end, []int{404}},
	{"POST /refresh", "POST /refresh HTTP/1.1\r\n" + evilHost + "Authorization: Bearer x\r\n\r\n", []int{404}},
	{"GET /metrics", "GET /metrics HTTP/1.1\r\n" + evilHost + end, []int{404}},
	{"GET /debug/pprof/", "GET /debug/pprof/heap HTTP/1.1\r\n" + evilHost + end, []int{404}},
	{"TRACE /debug/pprof/", "TRACE /debug/pprof/ HTTP/1.1\r\n" + evilHost + end, []int{404}},
	{"50 in a row", strings.Repeat(next, 50), slices.Repeat([]int{200}, 50)},
	{"pages in a row", strings.Repeat("GET / HTTP/1.1\r\n"+evilHost+"Accept-Encoding: br\r\n\r\n", 20),
		slices.Repeat([]int{200}, 20)},
	{"forwarded host", "GET /about HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /evil\r\n\r\n",
		[]int{301}},
}

// Exact answers to hostile requests, nothing of the request in an answer, and what follows a
// request that could be read in two ways is never answered.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, _ *publish.Document, base string) {
		addr := strings.TrimPrefix(base, "http://")
		for _, c := range hostileRequests {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()              // where a request is refused unread, the server waits for half a second
				for answered := range 3 { // visits on the same connection before
					v := visit(t, addr)
					for range answered {
						v.send(t, get("/"))
						v.receive(t)
					}
					codes, raw := v.exchange(t, c.raw)
					if !slices.Equal(codes, c.want) {
						t.Errorf("%s, after %d: %v, want %v", c.name, answered, codes, c.want)
					}
					if strings.Contains(strings.ToLower(raw), "evil") {
						t.Errorf("%s: the answer repeats the request: %q", c.name, raw[:min(len(raw), 300)])
					}
				}
			})
		}
	})
}

// What net/http refuses by itself, as 501 and 505, is no failure of ours: no stranger makes the counters of 5xx rise.
func TestStrangersCauseNo5xx(t *testing.T) {
	t.Parallel()
	s, _ := showing(t, 5000)
	addr := serve(t, s.Public)
	var all sync.WaitGroup
	var refused atomic.Int64
	for _, c := range hostileRequests {
		all.Go(func() {
			codes, _ := visit(t, addr).exchange(t, get("/")+c.raw)
			if slices.ContainsFunc(codes, func(code int) bool { return code >= 500 }) {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	var counted int64
	for code := range s.requests {
		for c := range s.requests[code] {
			n := s.requests[code][c].Load()
			if counted += n; code >= 500 && n > 0 {
				t.Errorf("%d counted as %d", n, code)
			}
		}
	}
	if refused.Load() != 3 || counted < int64(len(hostileRequests)) {
		t.Errorf("%d answers of 501 and 505, want 3; %d answers are counted at all", refused.Load(), counted)
	}
}
