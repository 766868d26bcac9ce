package storetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Each test has a schema of its own, and unqualified names mean that.
func TestServer(t *testing.T) {
	start := time.Now()
	pg := Server(t)
	t.Logf("the server took %s", time.Since(start))
	one, two := pg.URL(t), pg.URL(t)
	Exec(t, one, "CREATE TABLE x (n int)", "INSERT INTO x VALUES (1)")
	Exec(t, two, "CREATE TABLE x (n int)", "INSERT INTO x VALUES (2)")
	if a, b := Value(t, one, "SELECT n FROM x"), Value(t, two, "SELECT n FROM x"); a != "1" || b != "2" {
		t.Errorf("the schemas are not apart: %s, %s", a, b)
	}
	if got := Value(t, pg.NewDatabase(t), "SELECT current_database()"); !strings.HasPrefix(got, "db") {
		t.Errorf("current_database() = %q", got)
	}
}

func TestPrivateServer(t *testing.T) {
	pg := Private(t, "max_connections=20")
	url := pg.AdminURL()
	if got := Value(t, url, "SHOW max_connections"); got != "20" {
		t.Errorf("max_connections = %s", got)
	}
	Exec(t, url, "CREATE TABLE kept (n int)")
	pg.Restart(t)
	Value(t, url, "SELECT count(*) FROM kept")
	pg.Kill(t)
	pg.Start(t)
	Value(t, url, "SELECT count(*) FROM kept")
}

// A test binary that is killed leaves neither server nor folder.
func TestNothingIsLeftBehind(t *testing.T) {
	if os.Getenv("STORETEST_VICTIM") != "" {
		fmt.Println("DIR", Private(t).Dir)
		time.Sleep(time.Minute)
		return
	}
	needPostgres(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsLeftBehind$")
	cmd.Env = append(os.Environ(), "STORETEST_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dir string
	if _, err := fmt.Fscanf(out, "DIR %s\n", &dir); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
}

// The proxy freezes in the middle of an answer and lets the rest through after the thaw; resets and ends reach the
// client.
func TestProxy(t *testing.T) {
	pg := Server(t)
	w := Proxy(t, pg.Addr())
	db := Open(t, w.URL(t, pg.AdminURL()))
	db.SetMaxOpenConns(1)
	ask := func() error { return db.QueryRow("SELECT repeat('x', 100000)").Scan(new(string)) }
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	w.FreezeAfter(5000)
	answer := make(chan error, 1)
	go func() { answer <- ask() }()
	select {
	case err := <-answer:
		t.Fatalf("an answer through a frozen wire: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	w.Thaw()
	if err := <-answer; err != nil {
		t.Errorf("after the thaw: %v", err)
	}
	w.RST()
	if err := db.QueryRow("SELECT 1").Scan(new(int)); err != nil {
		t.Logf("after a reset: %v", err)
	}
	if w.Dials() < 2 {
		t.Error("the reset did not end the connection")
	}
}

func TestBlackHole(t *testing.T) {
	w := Proxy(t, Server(t).Addr())
	heal := w.BlackHole(t)
	c, err := net.DialTimeout("tcp", w.Addr(), 300*time.Millisecond)
	if err == nil {
		c.Close()
		t.Error("the black hole answered")
	} else if e, ok := err.(net.Error); !ok || !e.Timeout() {
		t.Errorf("not silence, but %v", err)
	}
	heal()
	if got := Value(t, w.URL(t, Server(t).AdminURL()), "SELECT 7"); got != "7" {
		t.Errorf("after it: %q", got)
	}
}

func TestBouncer(t *testing.T) {
	pg := Server(t)
	for _, mode := range []string{"session", "transaction", "statement"} {
		addr := Bouncer(t, pg, mode)
		if got := Value(t, Rehost(t, pg.NewDatabase(t), addr), "SELECT 7"); got != "7" {
			t.Errorf("%s: %q", mode, got)
		}
	}
}
