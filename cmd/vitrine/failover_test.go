package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine/store/storetest"
)

// TestFailover: of two servers with streaming replication the first is killed and the second promoted. The page stays
// meanwhile, and has what was committed before within 6 s of the promotion, without a restart. VITRINE_LONG=1 does it
// 20 times.
func TestFailover(t *testing.T) {
	t.Parallel()
	rounds := faultRounds
	if longForm() {
		rounds = faultRoundsLong
	}
	var took []time.Duration
	for range rounds {
		took = append(took, failOver(t))
	}
	slices.Sort(took)
	if took[len(took)/2] > recovery && longForm() {
		t.Errorf("half of the pages took more than %s", took[len(took)/2])
	}
	fmt.Printf("| primary killed, standby promoted (two hosts in DATABASE_URL) | %d | %d | %.1f s |\n",
		rounds, rounds, slices.Max(took).Seconds())
}

// failOver returns how long after the promotion the page was fresh.
func failOver(t *testing.T) time.Duration {
	t.Helper()
	first := storetest.Private(t)
	db := first.NewDatabase(t)
	initialised(t, db, product("lamp", "Old lamp", "Lamps", 1))
	second := first.Standby(t)
	both := strings.Replace(db, first.Addr(), first.Addr()+","+second.Addr(), 1)
	c := serve(t, t.TempDir(), "DATABASE_URL="+both+"?target_session_attrs=primary", "REFRESH_TOKEN=secret",
		"DATABASE_CONNECTION_TIMEOUT=2000", "DATABASE_ACQUIRE_TIMEOUT=2000")
	c.page("Old lamp")
	// Flushed, or it may be lost with the first server before the second has it.
	storetest.Exec(t, db, "SET synchronous_commit = on", "UPDATE products SET name = 'New lamp'")
	second.CatchUp(t, first)
	first.Kill(t)
	c.refreshed(http.StatusBadGateway)
	c.page("Old lamp")
	second.Promote(t)
	promoted := time.Now()
	c.page("New lamp")
	took := time.Since(promoted)
	if took > recovery+recoverySlack {
		t.Errorf("fresh only %s after the promotion", took)
	}
	return took
}
