package postgres

import (
	"sort"
	"strconv"
	"time"
)

// seedFinishes tell apart the many products that seed makes of one line of the word lists.
var seedFinishes = map[string][]string{
	"":       {"Sage", "Ochre", "Ink Blue", "Chalk", "Terracotta", "Charcoal", "Blush", "Olive", "Oat", "Rust", "Fog", "Plum", "Moss", "Sand", "Cobalt", "Fig"},
	"Books":  {"Hardback", "Paperback", "Large Print", "Signed", "Pocket Edition", "Clothbound", "Second Edition", "Anniversary Edition"},
	"Plants": {"White Pot", "Clay Pot", "Small", "Medium", "Large", "Glazed Pot", "Basket", "Pair"},
}

// seedWords makes the rows of a seeded table. Row i is the same whatever the size of the table.
type seedWords struct {
	shelves []demoShelf
	upTo    []int64 // running sums of the shelves' weights
	slugs   map[string]string
}

// newSeedWords takes the demo's word lists without the drafts. The k-th shelf has the weight 1/k (Zipf), so that the largest category
// is twelve times the smallest.
func newSeedWords() seedWords {
	w := seedWords{slugs: map[string]string{}}
	sum := int64(0)
	for i, shelf := range demoShelves {
		kept := demoShelf{name: shelf.name, volume: shelf.volume}
		for _, p := range shelf.products {
			if p.flag != draft {
				kept.products = append(kept.products, p)
			}
		}
		sum += 27720 / int64(i+1) // divisible by 1 to 12
		w.shelves, w.upTo = append(w.shelves, kept), append(w.upTo, sum)
	}
	return w
}

// row makes product id: a line of the word lists in one finish, with figures of its own. Its slug ends in "-s" and the id, by which
// seed knows its own rows.
func (w seedWords) row(id int64) demoRow {
	d := dice(id * 0x2545f4914f6cdd1d)
	pick := d.roll(w.upTo[len(w.upTo)-1])
	shelf := w.shelves[sort.Search(len(w.upTo), func(i int) bool { return pick < w.upTo[i] })]
	p := shelf.products[d.roll(int64(len(shelf.products)))]
	finishes := seedFinishes[shelf.name]
	if finishes == nil {
		finishes = seedFinishes[""]
	}
	finish := finishes[d.roll(int64(len(finishes)))]
	r := demoRow{
		id: id, name: p.name + ", " + finish, slug: w.slug(finish) + "-" + w.slug(p.name) + "-s" + strconv.FormatInt(id, 10),
		category: shelf.name, brand: p.brand, image: demoImages + w.slug(p.name) + ".svg",
		price: p.price*(80+d.roll(50))/10000*100 + 99, rating: 330 + d.roll(165), stock: d.roll(180),
		sales: shelf.volume * 8000 / (1000 + d.roll(3_000_000)), published: d.roll(20) > 0,
		created: time.Date(2021, 1, 4, 8, 0, 0, 0, time.UTC).Add(time.Duration(id) * time.Minute),
	}
	r.reviews = r.sales * (3 + d.roll(9)) / 100
	if r.reviews == 0 {
		r.rating = 0
	}
	if d.roll(4) == 0 {
		r.list = listPrice(r.price, []int64{10, 15, 20, 25, 30, 40}[d.roll(6)])
	}
	return r
}

// slug is slugOf, remembered: there are few names and many rows.
func (w seedWords) slug(name string) string {
	slug, ok := w.slugs[name]
	if !ok {
		slug = slugOf(name)
		w.slugs[name] = slug
	}
	return slug
}
