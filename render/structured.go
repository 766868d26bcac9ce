package render

import "net/url"

// itemList is schema.org's ItemList, as search engines read it.
type itemList struct {
	Context string     `json:"@context"`
	Type    string     `json:"@type"`
	Name    string     `json:"name"`
	Count   int        `json:"numberOfItems"`
	Items   []listItem `json:"itemListElement"`
}

type listItem struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	URL      string `json:"url,omitempty"`
}

func structuredData(s Site, p Page) any {
	list := itemList{Context: "https://schema.org", Type: "ItemList", Name: p.Name, Count: p.Products, Items: []listItem{}}
	for _, cat := range p.Categories {
		for _, card := range cat.Cards {
			list.Items = append(list.Items, listItem{"ListItem", len(list.Items) + 1, card.Name, resolve(s.URL, card.URL)})
		}
	}
	return list
}

// resolve gives address as seen from the homepage at base; as it is where base is no absolute address.
func resolve(base, address string) string {
	b, err := url.Parse(base)
	if err != nil || !isAbsolute(base) || isAbsolute(address) || address == "" {
		return address
	}
	u, err := b.Parse(address)
	if err != nil {
		return address
	}
	return u.String()
}
