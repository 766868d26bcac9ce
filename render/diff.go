package render

import (
	"fmt"
	"slices"
)

// maxNames is how many products a ChangeSet names.
const maxNames = 5

// Changes are the differences between two published pages, product by product.
type Changes struct {
	Added   ChangeSet `json:"added"`
	Removed ChangeSet `json:"removed"`
	Changed ChangeSet `json:"changed"`
}

// ChangeSet counts products and names up to five of them.
type ChangeSet struct {
	Count int      `json:"count"`
	Names []string `json:"names"`
}

// NoChanges is the empty Changes as documents write it: with lists, not null.
func NoChanges() Changes {
	none := ChangeSet{Names: []string{}}
	return Changes{Added: none, Removed: none, Changed: none}
}

// Diff is what a visitor sees differently on the page next, compared to prev. Products are matched by their id; one
// counts as changed when anything on its card differs, or its category. Added and changed products are named in the
// order of next, removed ones in that of prev. A product that stands in several categories counts once.
func Diff(prev, next Page) Changes {
	oldIDs, before := productsOf(prev)
	newIDs, after := productsOf(next)
	c := NoChanges()
	for _, id := range newIDs {
		switch now := after[id]; {
		case before[id] == nil:
			c.Added.add(now[0].card.Name)
		case !slices.Equal(before[id], now):
			c.Changed.add(now[0].card.Name)
		}
	}
	for _, id := range oldIDs {
		if after[id] == nil {
			c.Removed.add(before[id][0].card.Name)
		}
	}
	return c
}

// String is the one-line form, "+2 -1, 3 changed"; "no product changed" where there is nothing to say.
func (c Changes) String() string {
	if c.None() {
		return "no product changed"
	}
	return fmt.Sprintf("+%d -%d, %d changed", c.Added.Count, c.Removed.Count, c.Changed.Count)
}

// None reports whether no product was added, removed or changed.
func (c Changes) None() bool { return c.Added.Count+c.Removed.Count+c.Changed.Count == 0 }

func (s *ChangeSet) add(name string) {
	s.Count++
	if len(s.Names) < maxNames {
		s.Names = append(s.Names, name)
	}
}

type place struct {
	category string
	card     Card
}

// productsOf gives the products of a page: their ids in page order, each once, and every place where each stands.
func productsOf(p Page) (ids []string, places map[string][]place) {
	places = map[string][]place{}
	for _, cat := range p.Categories {
		for _, card := range cat.Cards {
			card.Eager, card.Stock = false, 0 // where it stands; it counts only as sold out
			if places[card.ID] == nil {
				ids = append(ids, card.ID)
			}
			places[card.ID] = append(places[card.ID], place{cat.Name, card})
		}
	}
	return ids, places
}
