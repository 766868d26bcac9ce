package render

import (
	"testing"

	"vitrine/store"
)

// What was left out is told in one line, however much it is and whatever the rows hold.
func TestSkippedWords(t *testing.T) {
	var skipped []store.Skipped
	for _, slug := range []string{"a", "b", "c", "d", "e\x1b[31m\n", "f", "g"} {
		skipped = append(skipped, store.Skipped{Reason: store.SkipNoName, Slug: slug})
	}
	skipped = append(skipped, store.Skipped{Reason: store.SkipBadPrice, Slug: "x"})
	tally := TallySkipped(skipped)
	want := "a price that is negative, far too high or no number: 1 (x); no name to show: 7 (a, b, c, d, e[31m, …)"
	if got := SkippedWords(tally); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := SkippedWords(TallySkipped(nil)); got != "" {
		t.Errorf("nothing left out: %q", got)
	}
}
