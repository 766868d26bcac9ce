package render

import (
	"fmt"
	"slices"

	"vitrine/store"
)

// maxNames is how many products a ChangeSet names.
const maxNames = 5

// Diff tells what a customer sees differently on a page of next, compared to one of prev. Products are matched by their id; one
// counts as changed when something the page can show of it differs (its category included; NumSales, which orders the shelves,
// is not shown). Added and changed ones are named in the order of next, removed ones in that of prev. A product that stands in
// several categories counts once.
func Diff(prev, next store.Catalogue) Changes {
	before, after := cardsOf(prev), cardsOf(next)
	c := Changes{Added: ChangeSet{Names: []string{}}, Removed: ChangeSet{Names: []string{}}, Changed: ChangeSet{Names: []string{}}}
	for _, card := range after.list {
		old, ok := before.byID[card.id]
		switch {
		case !ok:
			c.Added.add(card.name)
		case !slices.Equal(old.shown, card.shown):
			c.Changed.add(card.name)
		}
	}
	for _, card := range before.list {
		if _, ok := after.byID[card.id]; !ok {
			c.Removed.add(card.name)
		}
	}
	return c
}

// String is the one-line form, "+2 -1, 3 changed"; "no product changed" where there is nothing to say.
func (c Changes) String() string {
	if c.Added.Count+c.Removed.Count+c.Changed.Count == 0 {
		return "no product changed"
	}
	return fmt.Sprintf("+%d -%d, %d changed", c.Added.Count, c.Removed.Count, c.Changed.Count)
}

// add counts one product and names it while there is room.
func (s *ChangeSet) add(name string) {
	s.Count++
	if len(s.Names) < maxNames {
		s.Names = append(s.Names, name)
	}
}

// card is one product as the page shows it: shown has one entry for each place where it stands.
type card struct {
	id, name string
	shown    []string
}

// cards are the products of a page in page order, each once.
type cards struct {
	list []*card
	byID map[string]*card
}

func cardsOf(c store.Catalogue) cards {
	cs := cards{byID: map[string]*card{}}
	for _, cat := range c.Categories {
		for _, p := range cat.Products {
			k := cs.byID[p.ID]
			if k == nil {
				k = &card{id: p.ID, name: p.Name}
				cs.byID[p.ID] = k
				cs.list = append(cs.list, k)
			}
			k.shown = append(k.shown, shown(cat.Name, p))
		}
	}
	return cs
}

// shown writes down all of a product that a page can show, in a form in which different products differ.
func shown(category string, p store.Product) string {
	stock := "unknown"
	if p.Stock != nil {
		stock = fmt.Sprint(*p.Stock)
	}
	return fmt.Sprintf("%q %q %q %q %q %s %s %g %d %s", category, p.Name, p.Slug, p.Brand, p.Images,
		p.Price, p.ListPrice, p.Rating, p.NumReviews, stock)
}
