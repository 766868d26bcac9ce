package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The server is there within a second, each test has a schema of its own, and unqualified names mean that.
func TestServer(t *testing.T) {
	start := time.Now()
	pg := Server(t)
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the server took %s", took)
	} else {
		t.Logf("the server took %s", took)
	}
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
