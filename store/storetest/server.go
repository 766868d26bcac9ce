// Package storetest gives tests a real PostgreSQL and a network that can be broken: [Server] is the one server of a
// test binary, [Private] one that a test may stop and kill, [Bouncer] a PgBouncer in front of one, [Proxy] a wire that
// freezes on demand.
//
// Nothing is left behind, however the test binary ends: a small shell process waits for it, stops what it started and
// removes the temporary folders. Where PostgreSQL is not installed a test is skipped, or fails if CI=true.
package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver of Exec and of the wait for the server
)

// Superuser and Password sign in to every server of this package: over TCP with scram-sha-256, over the socket with
// trust.
const (
	Superuser = "postgres"
	Password  = "storetest"
)

// PG is one running PostgreSQL server with its own temporary folder, on a Unix socket and on 127.0.0.1.
type PG struct {
	// Port is the TCP port, and the number in the socket's name.
	Port int
	// Dir holds the socket, the log file and the data folder.
	Dir string

	args  []string
	cmd   *exec.Cmd
	reap  *reaper
	names atomic.Int64
}

var shared struct {
	once sync.Once
	pg   *PG
	err  error
}

// Server returns the PostgreSQL server of this test binary, started at the first call and stopped when the process
// ends. Tests share it, each with a schema ([PG.URL]) or a database ([PG.NewDatabase]) of its own.
func Server(t testing.TB) *PG {
	t.Helper()
	needPostgres(t)
	shared.once.Do(func() { shared.pg, shared.err = start(newDataDir) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.pg
}

// Private starts a server for this test alone, which the test may stop, kill and start again; args are more settings
// for it, each "name=value". It is gone when the test ends.
func Private(t testing.TB, args ...string) *PG {
	t.Helper()
	needPostgres(t)
	return private(t, newDataDir, args...)
}

func private(t testing.TB, makeData func(path string) error, args ...string) *PG {
	t.Helper()
	pg, err := start(makeData, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pg.Kill(t)
		pg.reap.close()
	})
	return pg
}

// start makes a data folder and starts a server on a free port.
func start(makeData func(path string) error, args ...string) (*PG, error) {
	dir, err := tempDir("vitrine-pg-")
	if err != nil {
		return nil, err
	}
	pg := &PG{Dir: dir, args: args}
	if pg.reap, err = newReaper(dir); err != nil {
		return nil, err
	}
	if err := makeData(filepath.Join(dir, "data")); err != nil {
		pg.reap.close()
		return nil, err
	}
	for range 3 {
		if pg.Port, err = freePort(); err != nil {
			break
		}
		if err = pg.run(); err == nil {
			return pg, nil
		}
	}
	pg.reap.close()
	return nil, fmt.Errorf("start PostgreSQL: %w", err)
}

// run starts the postmaster and waits until it answers.
func (pg *PG) run() error {
	log, err := os.OpenFile(pg.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := command("postgres", "-D", filepath.Join(pg.Dir, "data"))
	for _, s := range append([]string{
		"listen_addresses=127.0.0.1", fmt.Sprintf("port=%d", pg.Port), "unix_socket_directories=" + pg.Dir,
		"fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB", "timezone=UTC",
	}, pg.args...) {
		cmd.Args = append(cmd.Args, "-c", s)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	pg.cmd = cmd
	pg.reap.watch(cmd.Process.Pid)
	return pg.wait()
}

// wait returns when the server answers on its socket, or when it has died.
func (pg *PG) wait() error {
	db, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable "+
		"connect_timeout=2", pg.Dir, pg.Port, Superuser))
	if err != nil {
		return err
	}
	defer db.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if err = db.Ping(); err == nil {
			return nil
		}
		if exited(pg.cmd.Process.Pid) || time.Now().After(end) {
			_ = pg.cmd.Process.Kill()
			_ = pg.cmd.Wait()
			pg.cmd = nil
			text, _ := os.ReadFile(pg.LogFile())
			return fmt.Errorf("%w; its log: %s", err, text)
		}
	}
}

// exited tells whether our child has ended and waits to be reaped.
func exited(pid int) bool {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return false // no /proc: the wait for the server has its own end
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || len(stat) == 0 || stateOf(stat) == 'Z'
}

// stateOf returns the process state in a /proc/PID/stat line: the letter after the name in parentheses.
func stateOf(stat []byte) byte {
	for i := len(stat) - 1; i > 1; i-- {
		if stat[i-2] == ')' {
			return stat[i]
		}
	}
	return 0
}

// Stop ends the server the quick way of an administrator (fast shutdown): clients are thrown out.
func (pg *PG) Stop(t testing.TB) { pg.end(t, syscall.SIGINT) }

// Kill ends the server as a crash does: SIGKILL for the postmaster; its children notice and leave by themselves.
func (pg *PG) Kill(t testing.TB) { pg.end(t, syscall.SIGKILL) }

func (pg *PG) end(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if pg.cmd == nil {
		return
	}
	if err := pg.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = pg.cmd.Wait()
	pg.cmd = nil
}

// Start starts a stopped or killed server again, on the same port with the same data.
func (pg *PG) Start(t testing.TB) {
	t.Helper()
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		// After a SIGKILL the old children may still hold the shared memory for some milliseconds.
		if err = pg.run(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// Restart stops the server and starts it again.
func (pg *PG) Restart(t testing.TB) {
	t.Helper()
	pg.Stop(t)
	pg.Start(t)
}

// LogFile is where the server's log goes.
func (pg *PG) LogFile() string { return filepath.Join(pg.Dir, "log") }

// Addr is the server's TCP address.
func (pg *PG) Addr() string { return fmt.Sprintf("127.0.0.1:%d", pg.Port) }

// URL makes an empty schema and returns a DATABASE_URL for it, as a Prisma shop writes it: ?schema=. It is dropped when
// the test ends.
func (pg *PG) URL(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t%d", pg.names.Add(1))
	admin := pg.AdminURL()
	Exec(t, admin, "CREATE SCHEMA "+name)
	if pg == shared.pg {
		t.Cleanup(func() { Exec(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	}
	return admin + "?schema=" + name
}

// NewDatabase makes an empty database and returns its DATABASE_URL, without parameters. It is dropped when the test
// ends.
func (pg *PG) NewDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("db%d", pg.names.Add(1))
	Exec(t, pg.AdminURL(), "CREATE DATABASE "+name)
	if pg == shared.pg {
		t.Cleanup(func() { Exec(t, pg.AdminURL(), "DROP DATABASE "+name+" WITH (FORCE)") })
	}
	u := pg.base()
	u.Path = "/" + name
	return u.String()
}

// AdminURL is the DATABASE_URL of the superuser's own database.
func (pg *PG) AdminURL() string { return pg.base().String() }

func (pg *PG) base() *url.URL {
	return &url.URL{Scheme: "postgresql", User: url.UserPassword(Superuser, Password), Host: pg.Addr(), Path: "/postgres"}
}

// Demote restarts the server as a hot standby, which answers reads and says so.
func (pg *PG) Demote(t testing.TB) {
	t.Helper()
	pg.Stop(t)
	write(t, filepath.Join(pg.Dir, "data", "standby.signal"), "")
	pg.Start(t)
}
