package worker

import (
	"fmt"

	"vitrine/render"
	"vitrine/render/status"
)

// Report is how a refresh ended.
type Report struct {
	Outcome status.Outcome
	// Page is the page that is up afterwards, or would be after a dry run that found nothing to refuse; nil where there
	// is none.
	Page *status.PageInfo
	// Changes are those of this refresh against the page before it; empty unless it published over one.
	Changes render.Changes
	// DryRun is true where nothing was changed.
	DryRun bool
}

// Line is the report as one line for people, such as
// "published: 12 categories, 91 products (+2 -1, 3 changed), 64.1 KB in 84 ms".
func (r Report) Line() string {
	result := r.Outcome.Result
	if r.DryRun {
		result = "dry run, would be " + result
	}
	switch r.Outcome.Result {
	case status.Published, status.Unchanged:
		return fmt.Sprintf("%s: %s in %.0f ms", result, r.Outcome.Message, r.Outcome.DurationMS)
	}
	return result + ": " + r.Outcome.Message
}

// describe is the message of a good refresh: what is on the page, and what is new on it.
func describe(p status.PageInfo, changes *render.Changes) string {
	new := ""
	if changes != nil {
		new = " (" + changes.String() + ")"
	}
	return fmt.Sprintf("%s, %s%s, %.1f KB", render.Plural(p.Categories, "category", "categories"),
		render.Plural(p.Products, "product", "products"), new, float64(p.Bytes)/1000)
}
