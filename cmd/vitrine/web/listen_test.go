package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vitrine/render/status"
)

// visitor is a client's connection with what it has received and not read yet.
type visitor struct {
	net.Conn
	in *bufio.Reader
}

func visit(t testing.TB, addr string) *visitor {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return &visitor{c, bufio.NewReader(c)}
}

func (v *visitor) send(t testing.TB, raw string) {
	t.Helper()
	if _, err := io.WriteString(v, raw); err != nil {
		t.Fatal(err)
	}
}

// receive reads one answer and returns its body.
func (v *visitor) receive(t testing.TB) string {
	t.Helper()
	resp, err := http.ReadResponse(v.in, nil)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%d, %d bytes: %v", resp.StatusCode, len(body), err)
	}
	return string(body)
}

// end reads what is left until the server hangs up.
func (v *visitor) end(t testing.TB) {
	t.Helper()
	if rest, err := io.ReadAll(v.in); err != nil || len(rest) > 0 {
		t.Errorf("%d bytes, %v, want the end", len(rest), err)
	}
}

// get is a whole request of a path.
func get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test\r\n\r\n"
}

// echo answers with the request's path.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })

// settles waits until ok, which has to happen soon.
func settles(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// The server's own lines go to the log by what they are about.
func TestServerLog(t *testing.T) {
	var out bytes.Buffer
	srv := newHTTPServer(http.NotFoundHandler(),
		slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	srv.ErrorLog.Print("http: panic serving 127.0.0.1:1: boom")
	srv.ErrorLog.Print("http: Accept error: too many open files; retrying in 5ms")
	srv.ErrorLog.Print("http: TLS handshake error from 127.0.0.1:1")
	text := out.String()
	if !strings.Contains(text, "level=ERROR msg=\"http: panic serving") ||
		!strings.Contains(text, "level=WARN msg=\"http: Accept error") || strings.Contains(text, "TLS") {
		t.Errorf("log: %s", text)
	}
}

// The bounds that are promised, on both addresses.
func TestServerBounds(t *testing.T) {
	s := newTestServer(t, nil)
	for side, e := range map[string]*Endpoint{"public": s.Public, "admin": s.Admin} {
		got := [...]any{e.server.ReadHeaderTimeout, e.server.ReadTimeout, e.server.WriteTimeout,
			e.server.IdleTimeout, e.server.MaxHeaderBytes}
		want := [...]any{5 * time.Second, 10 * time.Second, 30 * time.Second, 75 * time.Second, 32768}
		if got != want {
			t.Errorf("%s: %v, want %v", side, got, want)
		}
	}
	if s.Admin.limit != 32 || s.Public.limit < 16 || s.Public.limit > 8192 {
		t.Errorf("limits %d and %d", s.Public.limit, s.Admin.limit)
	}
}

// failingListener is a net.Listener of which every second Accept fails, as the kernel lets it fail.
type failingListener struct {
	net.Listener
	with  syscall.Errno
	calls int
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.calls++; l.calls%2 == 1 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: os.NewSyscallError("accept4", l.with)}
	}
	return l.Listener.Accept()
}

// Whatever accept fails with, for one connection or for a while (accept(2)), the next one is served.
func TestAcceptErrors(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{
		syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS, syscall.EPERM,
		syscall.EPROTO, syscall.ENOPROTOOPT, syscall.EOPNOTSUPP, syscall.ENETDOWN, syscall.EHOSTUNREACH,
	} {
		t.Run(errno.Error(), func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			serveOn(t, testEndpoint(echo, 10, nil), &failingListener{Listener: ln, with: errno})
			for range 3 {
				v := visit(t, ln.Addr().String())
				v.send(t, get("/"))
				v.receive(t)
			}
		})
	}
}

// Connections beyond the bound wait while all are busy; each that ends lets one in. Gauges tell how many there are.
func TestConnectionBound(t *testing.T) {
	begun, release := make(chan string), make(chan struct{})
	e := testEndpoint(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- r.URL.Path
		<-release
		w.Header().Set("Connection", "close")
		echo(w, r)
	}), 2, nil)
	addr := serve(t, e)
	var all []*visitor
	for i := range 4 {
		v := visit(t, addr)
		v.send(t, get(fmt.Sprintf("/%d", i)))
		all = append(all, v)
	}
	first, second := <-begun, <-begun
	if n := e.open.Load(); n != 2 {
		t.Errorf("%d are open, want 2", n)
	}
	select {
	case path := <-begun:
		t.Fatalf("%s was let in beside %s and %s", path, first, second)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-begun
	<-begun
	for i, v := range all {
		if got, want := v.receive(t), fmt.Sprintf("/%d", i); got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
	settles(t, "none is open", func() bool { return e.open.Load() == 0 })
}

// Where all places are taken by idle connections, those go, so that others come at once; the log says so once a minute.
// The long form, with VITRINE_LONG set, is the median of 20.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	rounds := 3
	if os.Getenv("VITRINE_LONG") != "" {
		rounds = 20
	}
	bothServers(t, func(t *testing.T, s *Server, log *lockedBuffer) {
		s.Public.limit = 20
		addr := serve(t, s.Public)
		var took []time.Duration
		for range rounds {
			for range 20 {
				v := visit(t, addr) // and stays
				v.send(t, get("/"))
				v.receive(t)
			}
			began := time.Now()
			v := visit(t, addr)
			v.send(t, get("/livez"))
			v.receive(t)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		if took[len(took)/2] > time.Second {
			t.Errorf("visitors waited %v", took)
		}
		if n := strings.Count(log.String(), "all connections that may be open are"); n != 1 {
			t.Errorf("%d warnings, want 1:\n%s", n, log)
		}
	})
}

// Where all places are taken by connections that never said anything, those go when a header's time is up.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	e := testEndpoint(echo, 10, func(srv *http.Server) { srv.ReadHeaderTimeout = time.Second })
	addr := serve(t, e)
	for range 10 {
		visit(t, addr)
	}
	settles(t, "all places are taken", func() bool { return e.open.Load() == 10 })
	began := time.Now()
	v := visit(t, addr)
	v.send(t, get("/"))
	v.receive(t)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a visitor waited %v", took)
	}
}

// An idle connection is hung up on when its time has passed, a silent one when that of a header has; nobody else is.
func TestIdleTimeouts(t *testing.T) {
	t.Parallel()
	bothServers(t, func(t *testing.T, s *Server, _ *lockedBuffer) {
		s.Public.server.ReadHeaderTimeout, s.Public.server.IdleTimeout = time.Second, 2*time.Second
		addr := serve(t, s.Public)
		silent, idle, good := visit(t, addr), visit(t, addr), visit(t, addr)
		for range 3 { // the last ones are replayed where they can be
			idle.send(t, get("/"))
			idle.receive(t)
		}
		began, ended := time.Now(), make(chan time.Duration, 2)
		go func() { silent.end(t); ended <- time.Since(began) }()
		go func() { idle.end(t); ended <- time.Since(began) }()
		for range 8 {
			good.send(t, get("/"))
			good.receive(t)
			time.Sleep(500 * time.Millisecond)
		}
		if first, second := <-ended, <-ended; first < 500*time.Millisecond || second < 1500*time.Millisecond {
			t.Errorf("hung up on after %v and %v", first, second)
		}
	})
}

// A body is never taken for a request, where its header came together with the request before as little as elsewhere.
func TestBodyIsNoRequest(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Token, c.AdminHosts = "secret", []string{"shop.example"}
		c.Refresh = func(context.Context, bool) RefreshResult { return RefreshResult{Result: status.Published} }
	})
	s.Show(testSnapshot(testPage(t, 1, 3000)))
	body := get("/")
	post := fmt.Sprintf("POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"+
		"Content-Length: %d\r\n\r\n", len(body))
	for name, c := range map[string]struct {
		endpoint *Endpoint
		want     []int
	}{
		"visitors":  {s.Public, []int{200, 404}}, // the route is not theirs, and its answer ends the connection
		"operators": {s.Admin, []int{200, 200, 200}},
	} {
		addr := serve(t, c.endpoint)
		for _, cut := range []int{0, 1, len(body) / 2, len(body) - 1} {
			v := visit(t, addr)
			v.send(t, get("/livez")+post+body[:cut])
			if cut%2 == 0 {
				_, _ = v.in.Peek(1) // the first answer is there: what was sent with it has been read
			}
			codes, raw := v.exchange(t, body[cut:]+get("/livez"))
			for i := range codes {
				if codes[i] == 429 { // refreshed, or refreshed only just now
					codes[i] = 200
				}
			}
			if !slices.Equal(codes, c.want) {
				t.Fatalf("%s, cut at %d: %v, want %v\n%s", name, cut, codes, c.want, raw)
			}
		}
	}
}

// Many clients that do all that clients do, at once: every answer is the right one.
func TestDisorderlyClients(t *testing.T) {
	t.Parallel()
	const clients, rounds = 100, 30
	s, doc := showing(t, 5000)
	addr := serve(t, s.Public)
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			for round := range rounds {
				if err := disorderly(addr, string(doc.Body), n, round); err != nil {
					t.Errorf("client %d, round %d: %v", n, round, err)
					return
				}
			}
		})
	}
	all.Wait()
	settles(t, "none is open", func() bool { return s.Public.open.Load() == 0 })
}

// disorderly is one connection of a client that asks up to ten times, and then goes in one of several ways.
func disorderly(addr, page string, n, round int) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	in := bufio.NewReader(c)
	for i := range (n + round) % 10 {
		path, want := "/", page
		if (n+i)%3 == 0 {
			path, want = "/livez", "ok\n"
		}
		if _, err := io.WriteString(c, get(path)); err != nil {
			return err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != want {
			return fmt.Errorf("%d bytes, want %d: %w", len(body), len(want), err)
		}
	}
	tcp := c.(*net.TCPConn)
	switch round % 4 {
	case 0: // leaves a request behind
		_, err = io.WriteString(c, get("/"))
	case 1: // breaks off in the middle of one
		_, err = io.WriteString(c, "GET / HT")
	case 2: // says that it is done, and sees the end
		if err = tcp.CloseWrite(); err == nil {
			_, err = io.Copy(io.Discard, in)
		}
	case 3: // is gone
		err = tcp.SetLinger(0)
	}
	return err
}

// Shutdown closes idle connections at once and waits for an answer that is being sent.
func TestShutdown(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	e := testEndpoint(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- struct{}{}
			<-release
		}
		echo(w, r)
	}), 100, nil)
	addr := serve(t, e)
	idle, slow := visit(t, addr), visit(t, addr)
	idle.send(t, get("/"))
	idle.receive(t)
	slow.send(t, get("/slow"))
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- e.Shutdown(context.Background()) }()
	idle.end(t)
	select {
	case err := <-ended:
		t.Fatalf("shutdown did not wait for the answer: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if got := slow.receive(t); got != "/slow" {
		t.Errorf("answer %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Shutdown beside connections that never said anything takes no longer than 7 seconds.
func TestShutdownBesideSilentConnections(t *testing.T) {
	t.Parallel()
	e := testEndpoint(echo, 100, nil)
	addr := serve(t, e)
	for range 50 {
		visit(t, addr)
	}
	settles(t, "all are open", func() bool { return e.open.Load() == 50 })
	began := time.Now()
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took >= 7*time.Second {
		t.Errorf("shutdown took %v", took)
	}
}
