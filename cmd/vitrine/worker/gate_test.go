package worker

import (
	"errors"
	"testing"
	"time"

	"vitrine/render"
	"vitrine/render/status"
	"vitrine/store"
)

// TestOlderData: an answer that is older than the page that is up does not replace it, says so, and is taken when
// nothing newer was had for STALE_AFTER, or a person wants it (I4). Another database's versions are not compared.
func TestOlderData(t *testing.T) {
	s := newShop(10)
	w := newStage(t, s)
	version := func(n int64, database, name string) {
		s.rename(name)
		s.set(func() { s.catalogue.DataVersion, s.catalogue.Source.Database = n, database })
	}
	version(1000, "db-1", "Newest")
	w.must(t, Request{}, status.Published)
	good := w.page()
	version(990, "db-1", "Yesterday's")
	r := w.must(t, Request{}, status.Rejected)
	st := w.last().Status
	if st.Status != status.Warn || w.page() != good || r.Outcome.ErrorClass != store.Gate || st.Page.DataVersion != 1000 {
		t.Errorf("%s, page kept: %v, %+v", st.Status, w.page() == good, r.Outcome)
	}
	contains(t, st.Summary, "the last refresh was rejected (the database's answer is older than the page that is up")
	contains(t, r.Line(), "10m0s (STALE_AFTER)", "vitrine render --force")

	w.must(t, Request{Force: true}, status.Published)
	contains(t, w.page(), "Yesterday&#39;s")
	version(1000, "db-1", "Newest")
	w.must(t, Request{}, status.Published)
	version(1000, "db-1", "Of the same transaction")
	w.must(t, Request{}, status.Published)

	version(980, "db-1", "All there is")
	late := w.last().Status.Page.DataAt.Add(w.stale)
	s.clock, w.now = func() time.Time { return late }, func() time.Time { return late }
	w.must(t, Request{}, status.Rejected)
	late = late.Add(time.Second)
	w.must(t, Request{}, status.Published)
	if st := w.last().Status; st.Page.DataVersion != 980 || st.Status != status.Pass {
		t.Errorf("taken late: version %d, %s %q", st.Page.DataVersion, st.Status, st.Summary)
	}
	version(3, "db-2", "Another database")
	w.must(t, Request{}, status.Published)

	// The version outlives the process.
	again := stageAt(t, s, w.dir+"/..")
	again.now = w.now
	version(2, "db-2", "Old again")
	again.must(t, Request{}, status.Rejected)
}

// TestGateOfAnotherDatabase: another database's page is held to the shrink rule, and the refusal names both.
func TestGateOfAnotherDatabase(t *testing.T) {
	s := newShop(10)
	s.catalogue.DatabaseName = "shop"
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	s.stock(2)
	s.set(func() {
		s.catalogue.Source, s.catalogue.DatabaseName = store.Source{Database: "db-2", Settings: "set-2"}, "shop_dev"
	})
	r, err := w.Refresh(t.Context(), Request{Trigger: status.TriggerSignal})
	var refusal *render.Refusal
	if !errors.As(err, &refusal) || refusal.Rule != render.RuleMaxShrink {
		t.Fatalf("%+v, %v", r.Outcome, err)
	}
	contains(t, r.Line(), "another database (shop_dev, was shop): products fell from 10 to 2 (-80 %)",
		"vitrine render --force")
	w.must(t, Request{Force: true}, status.Published)
	s.stock(1)
	s.set(func() { s.catalogue.Source = store.Source{Database: "db-2", Settings: "set-3"} })
	w.must(t, Request{}, status.Published) // other settings of the same one
}
