package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vitrine/store"
)

// SkippedInfo counts rows left out for one reason and names up to five of them.
type SkippedInfo struct {
	Count int      `json:"count"`
	Slugs []string `json:"slugs"`
}

// slugsNamed is how many rows of a kind that were left out are named: enough to find the mistake.
const slugsNamed = 5

// TallySkipped counts the rows that were left out by reason, and names up to five of each by a slug that is fit to be shown.
func TallySkipped(skipped []store.Skipped) map[string]SkippedInfo {
	out := map[string]SkippedInfo{}
	for _, s := range skipped {
		info := out[s.Reason]
		info.Count++
		if len(info.Slugs) < slugsNamed {
			info.Slugs = append(info.Slugs, clean(s.Slug, maxText))
		}
		out[s.Reason] = info
	}
	return out
}

// SkippedWords tells a tally in one line, as in "bad_price: 2 (a, b); no_name: 7 (c, d, e, f, g, …)"; "" for none.
func SkippedWords(tally map[string]SkippedInfo) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(tally)) {
		info := tally[reason]
		slugs := strings.Join(info.Slugs, ", ")
		if info.Count > len(info.Slugs) {
			slugs += ", …"
		}
		parts = append(parts, fmt.Sprintf("%s: %d (%s)", reason, info.Count, slugs))
	}
	return strings.Join(parts, "; ")
}
