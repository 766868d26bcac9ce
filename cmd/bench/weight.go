package main

import (
	"context"
	"fmt"
)

// weightGoal is how many bytes of br a homepage of 96 products may take.
const weightGoal bound = 15 << 10

// weight is part 7: bytes on the wire of the published page.
func (r *race) weight(context.Context) error {
	t := table{title: "Weight of the demo homepage (12 categories, 91 products)", head: []string{"coding", "body bytes", "with header", "of identity", "target"}}
	for _, c := range codings {
		n := len(r.site.body[c.name])
		goal := bound(0)
		if c.name == "br" {
			goal = weightGoal
		}
		t.add(orIdentity(c.name), fmt.Sprint(n), fmt.Sprint(r.site.sent[c.name]),
			fmt.Sprintf("%.1f %%", 100*float64(n)/float64(len(r.site.body[""]))), goal.verdict(float64(n)))
	}
	t.note("The page is readable with nothing else loaded: its style is inlined, it needs no script, and pictures come after.")
	r.print(t.String())
	return nil
}
