package web

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// Clients that send their header a byte at a time, and idle ones, take nothing from a good client, and are cut off when
// their time is up.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	const slow, idle = 300, 100
	s := newTestServer(t, nil)
	s.Show(testSnapshot(testPage(t, 1, 20_000)))
	s.Public.server.ReadHeaderTimeout = 2 * time.Second // so that the test need not wait for the real one
	addr := serve(t, s.Public)

	var cut sync.WaitGroup
	for i := range slow + idle {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i < idle {
			continue // says nothing at all
		}
		cut.Go(func() { dribble(conn) })
	}
	allCut := make(chan struct{})
	go func() { cut.Wait(); close(allCut) }()

	good := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	var took []time.Duration
	for serving := true; serving; {
		began := time.Now()
		resp, err := good.Get("http://" + addr + "/")
		if err != nil {
			t.Fatalf("the good client, after %d answers: %v", len(took), err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
			t.Fatalf("the good client: %d %v", resp.StatusCode, err)
		}
		resp.Body.Close()
		took = append(took, time.Since(began))
		select {
		case <-allCut:
			serving = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	slices.Sort(took)
	middle := took[len(took)/2]
	t.Logf("%d good answers beside %d slow and %d idle connections, the middle one after %v; all slow ones cut off",
		len(took), slow, idle, middle)
	if middle > time.Second {
		t.Errorf("the middle one of %d good answers came after %v", len(took), middle)
	}
}

// dribble sends a header that never ends until the server hangs up.
func dribble(conn net.Conn) {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		return
	}
	for {
		if _, err := conn.Write([]byte("a")); err != nil {
			return
		}
		if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
				return
			}
		}
	}
}
