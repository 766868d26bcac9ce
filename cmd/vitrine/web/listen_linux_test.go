package web

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// testLot is a lot with room for max connections and its Accept at work: who comes back is sent to back. It ends with the test.
func testLot(t *testing.T, max int) (l *lot, back <-chan *conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if l, err = newLot(ln.(*net.TCPListener), max); err != nil {
		t.Fatal(err)
	}
	returning := make(chan *conn, max)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			returning <- c.(*conn)
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return l, returning
}

// pair is a TCP connection of ours and its other end.
func pair(t *testing.T) (*conn, net.Conn) {
	t.Helper()
	l, _ := testLot(t, 1)
	return connect(t, l)
}

// connect makes a connection to the lot. Both ends are closed with the test.
func connect(t *testing.T, l *lot) (*conn, net.Conn) {
	t.Helper()
	there, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	here, err := entrance{l}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close(); there.Close() })
	return here.(*conn), there
}

// asked has c in the middle of a request, so that it does not rest.
func asked(_ *testing.T, c *conn) *conn {
	c.between = false
	return c
}

// atHome has c go home, as it does when it is busy.
func atHome(t *testing.T, c *conn) *conn {
	t.Helper()
	c.answers = busy
	if !c.keepsHome() {
		t.Fatal("the connection does not go home")
	}
	return c
}

// Whatever is written while gathering arrives, once and in order, in whatever portions it comes, with the block behind the first line.
func TestGather(t *testing.T) {
	const status, block = "HTTP/1.1 200 OK\r\n", "X-Block: yes\r\n"
	small, large := strings.Repeat("s", 700), strings.Repeat("L", 50_000)
	fill := strings.Repeat("x", maxHeld-len(status))
	for where, open := range map[string]func(*testing.T) (*conn, net.Conn){
		"socket": pair,
		"home":   func(t *testing.T) (*conn, net.Conn) { here, there := pair(t); return atHome(t, here), there },
	} {
		for name, writes := range map[string][]string{
			"header and body":     {small, large},
			"all at once":         {large},
			"header only":         {small},
			"three":               {small, small, small},
			"header, body, rest":  {small, large, small},
			"body before the end": {large, small},
			"exactly the buffer":  {fill, "y"},
			"one over the buffer": {fill + "x", "y"},
			"only a status line":  {""},
		} {
			here, there := open(t)
			here.gather([]byte(block))
			writes[0] = status + writes[0]
			for _, w := range writes {
				scratch := []byte(w)
				if n, err := here.Write(scratch); n != len(w) || err != nil {
					t.Errorf("%s, %s: wrote %d of %d: %v", where, name, n, len(w), err)
				}
				clear(scratch) // as net/http reuses its buffer
			}
			here.release()
			here.Close()
			got, err := io.ReadAll(there)
			want := status + block + strings.TrimPrefix(strings.Join(writes, ""), status)
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: %d bytes arrived, want %d: %v", where, name, len(got), len(want), err)
			}
		}
		here, there := open(t)
		here.gather([]byte(block))
		here.release() // nothing was written, nothing is sent
		here.Close()
		if got, err := io.ReadAll(there); len(got) != 0 || err != nil {
			t.Errorf("nothing written: %q %v", got, err)
		}
	}
}

func TestGatherOnBrokenConnection(t *testing.T) {
	here, _ := pair(t)
	here.Close()
	here.gather([]byte("X: y\r\n"))
	if n, err := here.Write([]byte("header")); n != 6 || err != nil {
		t.Errorf("held: %d %v", n, err)
	}
	if n, err := here.Write(make([]byte, 9000)); n != 0 || err == nil {
		t.Errorf("body: %d %v, want an error", n, err)
	}
	here.release()
}

// Connections beyond the bound wait; each that ends lets one in. Closing a connection twice frees one slot, not two.
func TestListenerBound(t *testing.T) {
	l, _ := testLot(t, 2)
	accepted, over := make(chan net.Conn), make(chan error, 1)
	go func() {
		for {
			c, err := entrance{l}.Accept()
			if err != nil {
				over <- err
				return
			}
			accepted <- c
		}
	}()
	for range 4 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first, second := <-accepted, <-accepted
	select {
	case <-accepted:
		t.Fatal("a third connection was let in")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	first.Close()
	third := <-accepted
	select {
	case <-accepted:
		t.Fatal("a fourth connection was let in")
	case <-time.After(50 * time.Millisecond):
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	second.Close()
	third.Close()
	for {
		select {
		case c := <-accepted: // it was already waiting to be accepted
			c.Close()
			continue
		case <-over:
		}
		return
	}
}

// The server's own lines go to the log by what they are about.
func TestServerLog(t *testing.T) {
	var out bytes.Buffer
	srv := HTTPServer(http.NotFoundHandler(), slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	srv.ErrorLog.Print("http: panic serving 127.0.0.1:1: boom")
	srv.ErrorLog.Print("http: Accept error: too many open files; retrying in 5ms")
	srv.ErrorLog.Print("http: TLS handshake error from 127.0.0.1:1")
	text := out.String()
	if !strings.Contains(text, "level=ERROR msg=\"http: panic serving") || !strings.Contains(text, "level=WARN msg=\"http: Accept error") || strings.Contains(text, "TLS") {
		t.Errorf("log: %s", text)
	}
}

// Every bound is set: the zero value of each would be "no bound".
func TestServerBounds(t *testing.T) {
	srv := HTTPServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes <= 0 {
		t.Errorf("a bound is missing: %+v", srv)
	}
}
