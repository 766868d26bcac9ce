package worker

import (
	"strings"
	"testing"

	"vitrine/render"
	"vitrine/store"
)

// The summary says what is wrong in one sentence; what to do about it is in the message.
func TestSummaryIsAHeadline(t *testing.T) {
	s := newShop(4)
	w := newStage(t, s)
	w.must(t, Request{}, render.Published)
	const message = "no shop was recognised in the schema. Looked for a table products; found 3 tables. Two ways out: make a view"
	s.set(func() { s.err = &store.Error{Class: store.SchemaMismatch, Sentence: message} })
	for _, failed := range []string{"the last refresh failed", "2 refreshes failed"} {
		if _, err := w.Refresh(t.Context(), Request{}); store.ClassOf(err) != store.SchemaMismatch {
			t.Fatal(err)
		}
		st := w.Status()
		contains(t, st.Summary, failed+" (no shop was recognised in the schema); next try ")
		if strings.Contains(st.Summary, "Looked for") || st.LastRefresh.Message != message {
			t.Errorf("summary %q, message %q", st.Summary, st.LastRefresh.Message)
		}
	}
}
