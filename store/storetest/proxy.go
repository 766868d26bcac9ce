package storetest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Wire is a TCP proxy between a program under test and a server, which can be made to misbehave.
type Wire struct {
	l net.Listener

	mu     sync.Mutex
	change *sync.Cond // the rules below have changed
	target string
	frozen bool
	hole   bool              // accepts nothing
	left   int               // bytes that the server may still send before it freezes; negative: no limit
	drip   time.Duration     // between two bytes of the server; 0: no drip
	hold   time.Duration     // from accepting a connection to passing it on
	lost   map[net.Conn]bool // of the open connections, whether their bytes go nowhere
	dials  int
	wg     sync.WaitGroup
}

// Proxy listens on a free port of 127.0.0.1 and forwards to target (host:port). It is closed when the test ends.
func Proxy(t testing.TB, target string) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{l: l, target: target, left: -1, lost: map[net.Conn]bool{}}
	w.change = sync.NewCond(&w.mu)
	w.wg.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.set(func() { w.hole = false })
		w.Thaw()
		w.CloseAll()
		w.wg.Wait()
	})
	return w
}

// Addr is where the proxy listens.
func (w *Wire) Addr() string { return w.l.Addr().String() }

// URL returns a DATABASE_URL with the proxy's address in place of the server's.
func (w *Wire) URL(t testing.TB, databaseURL string) string {
	t.Helper()
	return Rehost(t, databaseURL, w.Addr())
}

// Freeze lets nothing through any more, in either direction: connections are still accepted, and then silent.
func (w *Wire) Freeze() { w.set(func() { w.frozen = true }) }

// FreezeAfter freezes after n more bytes of the server, in the middle of whatever it says then.
func (w *Wire) FreezeAfter(n int) { w.set(func() { w.left = n }) }

// Drip lets the server's bytes through one at a time, one per interval.
func (w *Wire) Drip(interval time.Duration) { w.set(func() { w.drip = interval }) }

// Hold keeps each later connection waiting before it is passed on, as a server does that takes long to start a session.
func (w *Wire) Hold(wait time.Duration) { w.set(func() { w.hold = wait }) }

// Thaw ends Freeze, FreezeAfter and Drip: what was held back goes through.
func (w *Wire) Thaw() { w.set(func() { w.frozen, w.left, w.drip = false, -1, 0 }) }

// Lose lets nothing through any more on the connections that are open now, for good and without a word, as a router
// does that has forgotten them. Later ones are not touched.
func (w *Wire) Lose() {
	w.set(func() {
		for c := range w.lost {
			w.lost[c] = true
		}
	})
}

// SetTarget makes later connections go elsewhere.
func (w *Wire) SetTarget(addr string) { w.set(func() { w.target = addr }) }

// Dials is how many connections have been accepted.
func (w *Wire) Dials() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}

// CloseAll ends every connection in an orderly way (FIN).
func (w *Wire) CloseAll() { w.end(false) }

// RST ends every connection with a reset.
func (w *Wire) RST() { w.end(true) }

func (w *Wire) set(rule func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rule()
	w.change.Broadcast()
}

func (w *Wire) end(reset bool) {
	w.set(func() {
		for c := range w.lost {
			if reset {
				_ = c.(*net.TCPConn).SetLinger(0)
			}
			c.Close()
		}
		clear(w.lost)
	})
}

func (w *Wire) accept() {
	for {
		client, err := w.l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		for w.hole {
			w.change.Wait()
		}
		target, hold := w.target, w.hold
		w.dials++
		w.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.(*net.TCPConn).SetLinger(0)
			client.Close()
			continue
		}
		w.set(func() { w.lost[client], w.lost[server] = false, false })
		w.wg.Go(func() { w.forward(server, client, server, false, hold) })
		w.wg.Go(func() { w.forward(client, client, server, true, 0) })
	}
}

// forward copies to one side what comes from the other, under the rules; when either ends, both do. It begins after
// hold.
func (w *Wire) forward(to, client, server net.Conn, fromServer bool, hold time.Duration) {
	defer w.drop(client, server)
	time.Sleep(hold)
	from := client
	if fromServer {
		from = server
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for sent := 0; sent < n; {
			k, pause, ok := w.allow(from, n-sent, fromServer)
			if !ok {
				return
			}
			if pause > 0 {
				time.Sleep(pause)
			}
			if !w.isLost(from) {
				if _, err := to.Write(buf[sent : sent+k]); err != nil {
					return
				}
			}
			sent += k
		}
		if err != nil {
			return
		}
	}
}

// allow waits until some of n bytes may pass and returns how many, and after which pause; not ok when the connection
// has ended.
func (w *Wire) allow(from net.Conn, n int, fromServer bool) (int, time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost, open := w.lost[from]
	for (w.frozen || fromServer && w.left == 0) && open && !lost {
		w.change.Wait()
		lost, open = w.lost[from]
	}
	if !open {
		return 0, 0, false
	}
	if !fromServer {
		return n, 0, true
	}
	if w.left > 0 {
		n = min(n, w.left)
	}
	if w.drip > 0 {
		n = 1
	}
	if w.left > 0 {
		w.left -= n
	}
	return n, w.drip, true
}

func (w *Wire) isLost(from net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost[from]
}

func (w *Wire) drop(conns ...net.Conn) {
	w.set(func() {
		for _, c := range conns {
			c.Close()
			delete(w.lost, c)
		}
	})
}

// BlackHole leaves the SYNs of new connections unanswered until the returned function is called; open connections go
// on.
func (w *Wire) BlackHole(t testing.TB) (heal func()) {
	t.Helper()
	w.set(func() { w.hole = true })
	w.backlog(t, 0)
	var fillers []net.Conn
	end := func() {
		for _, c := range fillers {
			c.Close()
		}
	}
	silent := 0
	// One for the waiting accept, the others until the kernel's queue is full: twice, since a busy machine is slow once.
	for range 16 {
		c, err := net.DialTimeout("tcp", w.Addr(), 150*time.Millisecond)
		if err != nil {
			if silent++; silent < 2 {
				continue
			}
			return func() {
				end()
				w.set(func() { w.hole = false })
				w.backlog(t, 128)
			}
		}
		silent, fillers = 0, append(fillers, c)
	}
	end()
	t.Fatal("the queue of the listener does not fill up")
	return nil
}

// backlog sets how many connections the kernel completes before they are accepted: listen(2) again on the same socket.
func (w *Wire) backlog(t testing.TB, n int) {
	t.Helper()
	raw, err := w.l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if failed := raw.Control(func(fd uintptr) { err = listen(fd, n) }); failed != nil || err != nil {
		t.Fatal(failed, err)
	}
}

// BlackHole returns an address whose SYNs are never answered.
func BlackHole(t testing.TB) string {
	t.Helper()
	w := Proxy(t, "127.0.0.1:1")
	w.BlackHole(t)
	return w.Addr()
}
