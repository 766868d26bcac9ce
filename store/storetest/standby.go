package storetest

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// Standby starts a server that follows pg by streaming replication, and waits until it does; like [Private] it is the
// test's own. pg itself should be, too.
func (pg *PG) Standby(t testing.TB) *PG {
	t.Helper()
	dir, err := tempDir("vitrine-pg-")
	if err != nil {
		t.Fatal(err)
	}
	standby := &PG{Dir: dir}
	if standby.reap, err = newReaper(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		standby.Kill(t)
		standby.reap.close()
	})
	out, err := command("pg_basebackup", "-D", filepath.Join(dir, "data"), "-R", "--checkpoint=fast", "--no-sync",
		"-h", pg.Dir, "-p", fmt.Sprint(pg.Port), "-U", Superuser).CombinedOutput()
	if err != nil {
		t.Fatalf("pg_basebackup: %v: %s", err, out)
	}
	if standby.Port, err = freePort(); err != nil {
		t.Fatal(err)
	}
	standby.Start(t)
	standby.CatchUp(t, pg)
	return standby
}

// CatchUp waits until a standby has replayed all that its primary has written.
func (pg *PG) CatchUp(t testing.TB, primary *PG) {
	t.Helper()
	// What was committed before is written by now only where something is committed that waits for that.
	Exec(t, primary.AdminURL(), "SET synchronous_commit = on", "SELECT pg_logical_emit_message(true, 'vitrine', 'flush')")
	lsn := Value(t, primary.AdminURL(), "SELECT pg_current_wal_flush_lsn()")
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if Value(t, pg.AdminURL(), "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", lsn) == "true" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the standby has not come to %s within a minute", lsn)
		}
	}
}

// Promote makes a standby the primary.
func (pg *PG) Promote(t testing.TB) {
	t.Helper()
	if Value(t, pg.AdminURL(), "SELECT pg_promote(true, 60)") != "true" {
		t.Fatal("the standby was not promoted within a minute")
	}
}
