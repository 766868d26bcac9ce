package render

import (
	"cmp"
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

// TallySkipped counts the rows that were left out by reason, and names up to five of each by a slug that is fit to be
// shown.
func TallySkipped(skipped []store.Skipped) map[string]SkippedInfo {
	out := map[string]SkippedInfo{}
	for _, s := range skipped {
		info := out[s.Reason]
		info.Count++
		if len(info.Slugs) < slugsNamed {
			info.Slugs = append(info.Slugs, clean(s.Slug))
		}
		out[s.Reason] = info
	}
	return out
}

// SkippedWords is a tally in one line, as in "no category: 2 (a, b); no name to show: 7 (c, d, e, f, g, …)"; "" for
// none.
func SkippedWords(tally map[string]SkippedInfo) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(tally)) {
		info := tally[reason]
		slugs := strings.Join(info.Slugs, ", ")
		if info.Count > len(info.Slugs) {
			slugs += ", …"
		}
		words := cmp.Or(skipReasons[reason], strings.ReplaceAll(reason, "_", " "))
		parts = append(parts, fmt.Sprintf("%s: %d (%s)", words, info.Count, slugs))
	}
	return strings.Join(parts, "; ")
}

// skipReasons are the reasons in words.
var skipReasons = map[string]string{
	store.SkipNoName:     "no name to show",
	store.SkipNoSlug:     "no slug to link to",
	store.SkipBadPrice:   "a price that is negative, far too high or no number",
	store.SkipBadAddress: "the address of their page is not safe to use",
	store.SkipBadPicture: "shown without a picture, since no address of one can be used",
	store.SkipTooBig:     "a name, slug or brand that is too long",
}
