package storetest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Bouncer starts a PgBouncer in front of pg, with two server connections per database, in pool mode session,
// transaction or statement, and settings, each "name=value", on top. It returns its address; the test puts it in place
// of the server's ([Rehost]). It is gone when the test ends.
func Bouncer(t testing.TB, pg *PG, mode string, settings ...string) string {
	t.Helper()
	path, err := lookBouncer()
	if err != nil {
		Missing(t, "PgBouncer", "pgbouncer")
	}
	return serve(t, func(dir string, port int) *exec.Cmd {
		ini := fmt.Sprintf("[databases]\n* = host=%s port=%d user=%s\n[pgbouncer]\nlisten_addr=127.0.0.1\n"+
			"listen_port=%d\nunix_socket_dir=\nauth_type=md5\nauth_file=%s\npool_mode=%s\n"+
			"default_pool_size=2\nserver_round_robin=1\n",
			pg.Dir, pg.Port, Superuser, port, filepath.Join(dir, "users"), mode)
		for _, s := range settings {
			ini += s + "\n"
		}
		write(t, filepath.Join(dir, "users"), fmt.Sprintf("%q %q\n", Superuser, Password))
		write(t, filepath.Join(dir, "ini"), ini)
		return serverCommand(path, filepath.Join(dir, "ini"))
	})
}

// serve starts a server that listens on a port of 127.0.0.1 and keeps its files in dir, waits until it does, and
// returns its address. It is gone when the test ends.
func serve(t testing.TB, prepare func(dir string, port int) *exec.Cmd) (addr string) {
	t.Helper()
	dir, err := tempDir("vitrine-server-")
	if err != nil {
		t.Fatal(err)
	}
	reap, err := newReaper(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reap.close)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := prepare(dir, port)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reap.watch(cmd.Process.Pid)
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return addr
		}
		if time.Now().After(end) || exited(cmd.Process.Pid) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("start %s: %v; its log: %s", cmd.Path, err, text)
		}
	}
}

// Rehost returns a DATABASE_URL with another address in it.
func Rehost(t testing.TB, databaseURL, addr string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = addr
	return u.String()
}

// lookBouncer finds the program; sbin is not on everybody's PATH.
func lookBouncer() (string, error) {
	if p, err := exec.LookPath("pgbouncer"); err == nil {
		return p, nil
	}
	return exec.LookPath("/usr/sbin/pgbouncer")
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
