package storetest

import (
	"fmt"
	"testing"
	"time"
)

// Standby starts a server that follows pg by streaming replication, and waits until it does; like [Private] it is the
// test's own. pg itself should be, too.
func (pg *PG) Standby(t testing.TB) *PG {
	t.Helper()
	standby := private(t, func(path string) error {
		out, err := command("pg_basebackup", "-D", path, "-R", "--checkpoint=fast", "--no-sync",
			"-h", pg.Dir, "-p", fmt.Sprint(pg.Port), "-U", Superuser).CombinedOutput()
		if err != nil {
			return fmt.Errorf("pg_basebackup: %w: %s", err, out)
		}
		return nil
	})
	standby.CatchUp(t, pg)
	return standby
}

// CatchUp waits until a standby has replayed all that its primary has written.
func (pg *PG) CatchUp(t testing.TB, primary *PG) {
	t.Helper()
	Exec(t, primary.AdminURL(), "CHECKPOINT") // flushes what synchronous_commit=off has not yet
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
