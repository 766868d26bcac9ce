package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"vitrine/render/status"
)

// serveWith serves h on a lot as the program does, with the timeouts that change sets, and returns its address and server. It ends with the test.
func serveWith(t *testing.T, h http.Handler, change func(*http.Server)) (string, *http.Server) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := HTTPServer(h, slog.New(slog.DiscardHandler))
	if change != nil {
		change(srv)
	}
	ended := make(chan error, 1)
	go func() { ended <- Serve(srv, ln, MaxConnections) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("serve: %v", err)
		}
	})
	return ln.Addr().String(), srv
}

// visitor is a client's connection with what it has received and not read yet.
type visitor struct {
	net.Conn
	in *bufio.Reader
}

func visit(t *testing.T, addr string) *visitor {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &visitor{c, bufio.NewReader(c)}
}

func (v *visitor) send(t *testing.T, raw string) {
	t.Helper()
	if _, err := io.WriteString(v, raw); err != nil {
		t.Fatal(err)
	}
}

// receive reads one answer and returns its body.
func (v *visitor) receive(t *testing.T) string {
	t.Helper()
	resp, err := http.ReadResponse(v.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%d, %d bytes: %v", resp.StatusCode, len(body), err)
	}
	return string(body)
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

// Idle connections, those that have said nothing among them, take no goroutine, and every one is answered whenever it asks again.
func TestIdleConnectionsRest(t *testing.T) {
	const many, silent, rounds = 2 * maxAtHome, 50, 4
	addr, _ := serveWith(t, echo, nil)
	before := runtime.NumGoroutine()
	var visitors []*visitor
	for range many {
		visitors = append(visitors, visit(t, addr))
	}
	for range silent {
		visit(t, addr)
	}
	for round := range rounds {
		for i, v := range visitors {
			v.send(t, get(fmt.Sprintf("/%d/%d", round, i)))
		}
		for i, v := range visitors {
			if got, want := v.receive(t), fmt.Sprintf("/%d/%d", round, i); got != want {
				t.Fatalf("answer %q, want %q", got, want)
			}
		}
		settles(t, "goroutines gone", func() bool { return runtime.NumGoroutine() <= before+2 })
	}
}

// A request is one whatever portions it comes in, also where the first bytes come with the request before, and it is answered once.
func TestPortions(t *testing.T) {
	addr, _ := serveWith(t, echo, nil)
	next := get("/next")
	for cut := range len(next) {
		v := visit(t, addr)
		for _, portions := range [][]string{{get("/first") + next[:cut], next[cut:]}, {get("/first"), next[:cut], next[cut:]}} {
			v.send(t, portions[0])
			if got := v.receive(t); got != "/first" {
				t.Fatalf("cut at %d: first answer %q", cut, got)
			}
			for _, p := range portions[1:] {
				time.Sleep(time.Millisecond) // most of the time enough for the server to have read what was before
				v.send(t, p)
			}
			if got := v.receive(t); got != "/next" {
				t.Fatalf("cut at %d: second answer %q", cut, got)
			}
		}
		v.send(t, get("/last"))
		if got := v.receive(t); got != "/last" {
			t.Fatalf("cut at %d: an answer too many: %q", cut, got)
		}
	}
}

// Requests sent in one go are answered in order; the connection then rests and comes back.
func TestPipelined(t *testing.T) {
	addr, _ := serveWith(t, echo, nil)
	v := visit(t, addr)
	for round := range 3 {
		var all strings.Builder
		for i := range 100 {
			all.WriteString(get(fmt.Sprintf("/%d/%d", round, i)))
		}
		v.send(t, all.String())
		for i := range 100 {
			if got, want := v.receive(t), fmt.Sprintf("/%d/%d", round, i); got != want {
				t.Fatalf("answer %q, want %q", got, want)
			}
		}
	}
}

// While the second of two requests that came together is answered, its client counts as there.
func TestPipelinedContext(t *testing.T) {
	addr, _ := serveWith(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			fmt.Fprint(w, "gone")
		case <-time.After(50 * time.Millisecond): // time to look out for the client
			echo(w, r)
		}
	}), nil)
	v := visit(t, addr)
	v.send(t, get("/first")+get("/second"))
	for _, want := range []string{"/first", "/second"} {
		if got := v.receive(t); got != want {
			t.Errorf("answer %q, want %q", got, want)
		}
	}
}

// A body is never taken for a request, nor its client for one that has gone, where its header came together with the request before.
func TestBodyIsNoRequest(t *testing.T) {
	s := newTestServer(t, func(c *Config) {
		c.Token = "secret"
		c.Refresh = func(context.Context, bool) RefreshResult { return RefreshResult{Result: status.Published} }
	})
	s.Show(testSnapshot(testPage(t, 1, 3000)))
	body := get("/livez")
	for name, c := range map[string]struct {
		handler http.Handler
		want    []int
	}{
		"visitors":  {s.Handler(), []int{200, 404}}, // the route is not theirs, and its answer ends the connection
		"operators": {s.AdminHandler(), []int{200, 200, 200}},
	} {
		addr, _ := serveWith(t, c.handler, nil)
		v := visit(t, addr)
		v.send(t, get("/livez")+fmt.Sprintf("POST /refresh HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: %d\r\n\r\n", len(body)))
		time.Sleep(100 * time.Millisecond) // most of the time enough for the server to wait for the body
		_, _ = io.WriteString(v, body+get("/livez"))
		_ = v.Conn.(*net.TCPConn).CloseWrite()
		answers, _ := io.ReadAll(v.in) // where the body is not read, a reset may follow
		if codes := statusCodes(t, answers); !slices.Equal(codes, c.want) {
			t.Errorf("%s: %v, want %v\n%s", name, codes, c.want, answers)
		}
	}
}

// leave does what net/http does with a connection that it was told has ended.
func leave(t *testing.T, c *conn) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.changed(http.StateClosed)
}

// A rest keeps its deadline where the lot calls a connection because of an event that is over.
func TestRestKeepsDeadline(t *testing.T) {
	l, back := testLot(t, 1)
	here, there := connect(t, l)
	deadline := time.Now().Add(time.Hour)
	for range 2 {
		if err := here.SetReadDeadline(deadline); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Read(make([]byte, 10)); err != errLeft {
			t.Fatal(err)
		}
		leave(t, here)
		if !here.happened(syscall.EPOLLIN) {
			t.Fatal("not at rest")
		}
		here.between, here.answers = true, busy
		deadline = time.Now().Add(time.Minute) // as net/http sets for a header
	}
	if left := time.Until(here.input.deadline); left < 30*time.Minute {
		t.Errorf("%v are left", left)
	}
	here.answers = 0
	leaveAndRead := func() {
		t.Helper()
		if _, err := here.Read(make([]byte, 10)); err != errLeft {
			t.Fatal(err)
		}
		leave(t, here)
		if _, err := io.WriteString(there, "x"); err != nil {
			t.Fatal(err)
		}
		if n, err := (<-back).Read(make([]byte, 10)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	leaveAndRead()
	here.between = true
	if err := here.SetReadDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	leaveAndRead()
	if left := time.Until(here.input.deadline); left > 2*time.Minute {
		t.Errorf("after a request %v are left", left)
	}
}

// What ends serving is told, not what that led to.
func TestServeTellsTheCause(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ended := make(chan error, 1)
	go func() { ended <- Serve(HTTPServer(echo, slog.New(slog.DiscardHandler)), ln, 10) }()
	v := visit(t, ln.Addr().String())
	v.send(t, get("/"))
	v.receive(t)
	if err := syscall.Shutdown(int(file.Fd()), syscall.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "accept4") {
		t.Errorf("told: %v", err)
	}
	if _, err := io.ReadAll(v.in); err != nil { // it was at rest
		t.Error(err)
	}
}

// What comes between the last look and the rest is not slept through.
func TestRestAtTheLastMoment(t *testing.T) {
	l, back := testLot(t, 1)
	here, there := connect(t, l)
	if _, err := here.Read(make([]byte, 10)); err != errLeft {
		t.Fatal(err)
	}
	if _, err := io.WriteString(there, "x"); err != nil {
		t.Fatal(err)
	}
	settles(t, "told", func() bool {
		here.mu.Lock()
		defer here.mu.Unlock()
		return here.input.ready
	})
	leave(t, here)
	select {
	case c := <-back:
		if n, err := c.Read(make([]byte, 10)); n != 1 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
	case <-time.After(10 * time.Second):
		t.Error("not called back")
	}
}

// An idle connection is hung up on when its time has passed, a silent one when that of a header has; nobody else is.
func TestRestEnds(t *testing.T) {
	addr, _ := serveWith(t, echo, func(s *http.Server) { s.ReadHeaderTimeout, s.IdleTimeout = time.Second, 3*time.Second })
	silent, idle := visit(t, addr), visit(t, addr)
	idle.send(t, get("/"))
	idle.receive(t)
	for name, v := range map[string]*visitor{"silent": silent, "idle": idle} {
		if rest, err := io.ReadAll(v.in); err != nil || len(rest) > 0 {
			t.Errorf("%s: %q %v, want the end", name, rest, err)
		}
	}
	good := visit(t, addr)
	for range 5 {
		good.send(t, get("/good"))
		if got := good.receive(t); got != "/good" {
			t.Fatal(got)
		}
		time.Sleep(time.Second)
	}
}

// Shutdown ends connections at rest at once, waits for an answer that is being sent on any kind of connection, and leaves no descriptor open.
func TestShutdownWithRest(t *testing.T) {
	descriptors := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	before := descriptors()
	begun, release := make(chan struct{}), make(chan struct{})
	addr, srv := serveWith(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- struct{}{}
			<-release
		}
		echo(w, r)
	}), nil)
	var resting, slow []*visitor
	for range 20 {
		v := visit(t, addr)
		v.send(t, get("/"))
		v.receive(t)
		resting = append(resting, v)
	}
	for i := range 2 {
		v := visit(t, addr)
		for range i * 2 * busy { // the second is at home
			v.send(t, get("/"))
			v.receive(t)
		}
		v.send(t, get("/slow"))
		<-begun
		slow = append(slow, v)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(context.Background()) }()
	for _, v := range resting {
		if rest, err := io.ReadAll(v.in); err != nil || len(rest) > 0 {
			t.Fatalf("at rest: %q %v, want the end", rest, err)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("shutdown did not wait for the answers: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	for _, v := range slow {
		if got := v.receive(t); got != "/slow" {
			t.Errorf("answer %q", got)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, v := range append(resting, slow...) {
		v.Close()
	}
	settles(t, "descriptors closed", func() bool { return descriptors() <= before })
}

// Shutdown lets an answer be read to its end that had to wait for its reader.
func TestShutdownWithSlowReader(t *testing.T) {
	body := strings.Repeat("0123456789abcde\n", 24<<16) // more than the kernel buffers
	addr, srv := serveWith(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }), nil)
	v := visit(t, addr)
	v.send(t, get("/"))
	if _, err := v.in.Peek(1); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(context.Background()) }()
	settles(t, "closed to others", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if got := v.receive(t); got != body {
		t.Errorf("%d of %d bytes", len(got), len(body))
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Whoever reads slowly gets all of a document and of a file, byte for byte, and whoever reads nothing is hung up on.
func TestSlowReaders(t *testing.T) {
	const size = 24 << 20 // more than the kernel buffers
	body := bytes.Repeat([]byte("0123456789abcde\n"), size/16)
	path := filepath.Join(t.TempDir(), "picture.bin")
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
	addr, _ := serveWith(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			http.ServeFile(w, r, path)
		case "/document":
			w.Header().Set("Content-Length", fmt.Sprint(size))
			_, _ = w.Write(body)
		default:
			echo(w, r)
		}
	}), func(s *http.Server) { s.WriteTimeout = 3 * time.Second })
	for _, path := range []string{"/file", "/document"} {
		for _, warm := range []int{0, 2 * busy} {
			v := visit(t, addr)
			for range warm {
				v.send(t, get("/"))
				v.receive(t)
			}
			v.send(t, get(path))
			time.Sleep(100 * time.Millisecond) // until the server cannot send any more
			if got := v.receive(t); got != string(body) {
				t.Errorf("%s after %d: %d bytes, want %d, the same", path, warm, len(got), size)
			}
			v.send(t, get("/after"))
			if got := v.receive(t); got != "/after" {
				t.Errorf("%s: then %q", path, got)
			}
		}
	}
	v := visit(t, addr)
	v.send(t, get("/document"))
	time.Sleep(6 * time.Second)
	if got, err := io.Copy(io.Discard, v.in); got >= size {
		t.Errorf("who read nothing for 6 s got %d bytes: %v", got, err)
	}
}

// A busy connection goes home, leaves it while there is a crowd, and goes home again; its requests are answered all the time.
func TestHome(t *testing.T) {
	var where sync.Map // path to whether it was asked for from home
	addr, _ := serveWith(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, home := r.Context().Value(connKey{}).(*conn).stream.(*home)
		where.Store(r.URL.Path, home)
		echo(w, r)
	}), nil)
	v := visit(t, addr)
	ask := func(path string) bool {
		t.Helper()
		v.send(t, get(path))
		if got := v.receive(t); got != path {
			t.Fatalf("answer %q, want %q", got, path)
		}
		home, _ := where.Load(path)
		return home.(bool)
	}
	if ask("/first") {
		t.Error("at home from the first request")
	}
	settles(t, "at home", func() bool { return ask("/busy") })
	var crowd []*visitor
	for range maxAtHome + 10 {
		crowd = append(crowd, visit(t, addr))
	}
	settles(t, "in the crowd", func() bool { return !ask("/crowd") })
	for _, c := range crowd {
		c.Close()
	}
	settles(t, "home again", func() bool { return ask("/again") })
}

// Small answers leave at once, as with any connection of net/http.
func TestNoDelay(t *testing.T) {
	here, _ := pair(t)
	if on, err := syscall.GetsockoptInt(here.fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY); err != nil || on == 0 {
		t.Errorf("TCP_NODELAY is %d, %v", on, err)
	}
}

// A connection that is called back in the moment in which the lot is closed is closed as well.
func TestCloseCallsNobodyBack(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLot(ln.(*net.TCPListener), 1)
	if err != nil {
		t.Fatal(err)
	}
	here, there := connect(t, l)
	if _, err := here.Read(make([]byte, 10)); err != errLeft {
		t.Fatal(err)
	}
	leave(t, here)
	if _, err := io.WriteString(there, "x"); err != nil {
		t.Fatal(err)
	}
	l.closed.Store(true) // as Close begins
	if c, err := l.Accept(); c != nil || err != net.ErrClosed {
		t.Errorf("called back: %v, %v", c, err)
	}
	if err := l.listener.Close(); err != nil { // as Close ends
		t.Error(err)
	}
	if err := there.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(there); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("not closed: %v", err)
	}
}

// Many clients that do all that clients do, at once: every answer is the right one.
func TestUnruly(t *testing.T) {
	const clients, rounds = 200, 30
	addr, _ := serveWith(t, echo, nil)
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			for round := range rounds {
				if err := unruly(addr, n, round); err != nil {
					t.Errorf("client %d, round %d: %v", n, round, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// unruly is one connection of a client that asks up to ten times, and then goes in one of several ways.
func unruly(addr string, n, round int) error {
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
		path := fmt.Sprintf("/%d/%d/%d", n, round, i)
		if _, err := io.WriteString(c, get(path)); err != nil {
			return err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != path {
			return fmt.Errorf("answer %q, want %q: %w", body, path, err)
		}
	}
	tcp := c.(*net.TCPConn)
	switch round % 4 {
	case 0: // leaves a request behind
		_, err = io.WriteString(c, get("/unread"))
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
