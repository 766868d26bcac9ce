package storetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// needPostgres ends the test where PostgreSQL's server programs cannot be found: skipped on a laptop, failed under
// CI=true.
func needPostgres(t testing.TB) {
	t.Helper()
	if _, err := binDir(); err != nil {
		Missing(t, "PostgreSQL's server programs", "postgresql")
	}
}

// Missing ends the test because something that it needs is not installed: a failure under CI=true, else a skip that
// also says so on standard error.
func Missing(t testing.TB, what, debianPackage string) {
	t.Helper()
	missing(t, what, "sudo apt-get install -y "+debianPackage)
}

func missing(t testing.TB, what, command string) {
	t.Helper()
	msg := fmt.Sprintf("%s: %s cannot be found; install with: %s", t.Name(), what, command)
	if os.Getenv("CI") == "true" {
		t.Fatal(msg)
	}
	fmt.Fprintln(os.Stderr, "SKIPPED "+msg)
	t.Skip(msg)
}

// binDir finds initdb and postgres: on PATH, else the newest under Debian's /usr/lib/postgresql.
var binDir = sync.OnceValues(func() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		p, err = filepath.EvalSymlinks(p) // the others may have no link beside it
		return filepath.Dir(p), err
	}
	best, version := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, p := range found {
		dir := filepath.Dir(p)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil && v > version {
			best, version = dir, v
		}
	}
	if best == "" {
		return "", exec.ErrNotFound
	}
	return best, nil
})

// command prepares a server program; it stands in a process group of its own, so that Ctrl-C at a terminal reaches the
// tests alone.
func command(name string, args ...string) *exec.Cmd {
	dir, _ := binDir()
	return serverCommand(filepath.Join(dir, name), args...)
}

func serverCommand(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	asAccount(cmd)
	return cmd
}

// tempDir makes a folder that belongs to the servers' account, with a path short enough for a Unix socket (107 bytes).
func tempDir(prefix string) (string, error) {
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, prefix)
	if err != nil {
		return "", err
	}
	return dir, giveToAccount(dir)
}

// freePort returns a TCP port of 127.0.0.1 that nothing listens on at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// template is a fresh data folder, made once per process and copied for each server: a copy takes a quarter of initdb's
// time.
var template = sync.OnceValues(func() (string, error) {
	dir, err := tempDir("vitrine-pg-template-")
	if err != nil {
		return "", err
	}
	if _, err := newReaper(dir); err != nil {
		return "", err
	}
	pw := filepath.Join(dir, "password")
	if err := os.WriteFile(pw, []byte(Password+"\n"), 0o644); err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	out, err := command("initdb", "-D", data, "--no-sync", "-E", "UTF8", "--locale=C", "-U", Superuser, "--pwfile="+pw,
		"--auth-local=trust", "--auth-host=scram-sha-256").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	return data, nil
})

// newDataDir makes a data folder at path.
func newDataDir(path string) error {
	from, err := template()
	if err != nil {
		return err
	}
	if out, err := serverCommand("/bin/cp", "-a", from, path).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the data folder: %w: %s", err, out)
	}
	return nil
}
