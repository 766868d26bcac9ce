package worker

import (
	"strings"
	"testing"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// The summary says what is wrong in one sentence; what to do about it is in the message.
func TestSummaryIsAHeadline(t *testing.T) {
	s := newShop(4)
	w := newStage(t, s)
	w.must(t, Request{}, status.Published)
	const message = "no shop was recognised in the schema. Looked " +
		"for a table products; found 3 tables. Two ways out: make a view"
	s.set(func() { s.err = &store.Error{Class: store.SchemaMismatch, Sentence: message} })
	for _, failed := range []string{"the last refresh failed", "2 refreshes failed"} {
		if _, err := w.Refresh(t.Context(), Request{}); store.ClassOf(err) != store.SchemaMismatch {
			t.Fatal(err)
		}
		st := w.statusNow()
		contains(t, st.Summary, failed+" (no shop was recognised in the schema); next try ")
		if strings.Contains(st.Summary, "Looked for") || st.LastRefresh.Message != message {
			t.Errorf("summary %q, message %q", st.Summary, st.LastRefresh.Message)
		}
	}
}

// What is weak is a headline in the summary, too; the notices have it in full. Nobody can make folders in /sys, root
// included.
func TestSummaryOfWeakness(t *testing.T) {
	w := newStage(t, newShop(4), func(c *Config) {
		var err error
		if c.Public, err = publish.Open("/sys/vitrine-test", folder(t), c.Log); err != nil {
			t.Fatal(err)
		}
	})
	w.must(t, Request{}, status.Published)
	st := w.statusNow()
	contains(t, st.Summary, "cannot ")
	contains(t, strings.Join(st.Notices, " "), "; ")
	if strings.Contains(strings.Split(st.Summary, "; next try")[0], "; ") {
		t.Errorf("the summary tells what to do: %q", st.Summary)
	}
}
