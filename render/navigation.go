package render

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Link is a name that leads somewhere else in the shop.
type Link struct{ Name, URL string }

// Group is a column of links in the footer; Title may be empty.
type Group struct {
	Title string
	Links []Link
}

// Search is the form of the shop's own search page: GET, without a script.
type Search struct {
	// Action is where the form leads, Field the name of its text field.
	Action, Field string
	// Fixed are the other parameters of SEARCH_URL, for hidden fields.
	Fixed []Parameter
}

// Parameter is one name and value of an address.
type Parameter struct{ Name, Value string }

// parseLinks reads "Help: Returns=/returns, Delivery=/delivery; Legal: Imprint=/imprint": groups with semicolons
// between them, links with commas between them, and, where the group has a title, that and a colon first.
func parseLinks(text string) ([]Group, error) {
	var groups []Group
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		var g Group
		if title, rest, ok := strings.Cut(part, ":"); ok && !strings.Contains(title, "=") {
			g.Title, part = clean(title), rest
		}
		for one := range strings.SplitSeq(part, ",") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			link, err := parseLink(one)
			if err != nil {
				return nil, err
			}
			g.Links = append(g.Links, link)
		}
		if len(g.Links) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func parseLink(text string) (Link, error) {
	name, address, ok := strings.Cut(text, "=")
	if name = clean(name); !ok || name == "" {
		return Link{}, fmt.Errorf("%q is no link: write Name=/address", strings.TrimSpace(text))
	}
	safe, ok := safeAddress(address)
	if !ok || !strings.HasPrefix(safe, "/") && !strings.HasPrefix(safe, "#") && !isAbsolute(safe) {
		return Link{}, fmt.Errorf("%q of %q must start with / or https:// (a comma in an address is written %%2C, "+
			"a semicolon %%3B)", strings.TrimSpace(address), name)
	}
	return Link{name, safe}, nil
}

// headerLinks is HEADER_LINKS, which has no groups.
func headerLinks(text string) ([]Link, error) {
	groups, err := parseLinks(text)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	if len(groups) > 1 || groups[0].Title != "" {
		return nil, errors.New("has no groups, unlike FOOTER_LINKS: write Cart=/cart, Account=/account")
	}
	return groups[0].Links, nil
}

// parseSearch reads SEARCH_URL; empty means that there is no search.
func parseSearch(pattern string) (*Search, error) {
	if pattern == "" {
		return nil, nil
	}
	action, query, _ := strings.Cut(pattern, "?")
	query, _, _ = strings.Cut(query, "#")
	safe, ok := safeAddress(action)
	if !ok || !strings.HasPrefix(safe, "/") && !isAbsolute(safe) {
		return nil, errors.New("should be the address of your search page, as in /search?q={query}")
	}
	s := &Search{Action: safe}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if err := cmp.Or(errName, errValue); err != nil {
			return nil, fmt.Errorf("%q cannot be read: %w", pair, err)
		}
		switch {
		case value == "{query}" && s.Field == "" && name != "":
			s.Field = name
		case name != "":
			s.Fixed = append(s.Fixed, Parameter{name, value})
		}
	}
	if s.Field == "" || strings.Count(pattern, "{") != 1 {
		return nil, errors.New("should have {query} once, as the value of a parameter, as in /search?q={query}")
	}
	return s, nil
}

// formSources is where the policy lets forms lead: the page's own origin, and that of the search.
func (s Site) formSources() string {
	if search, _ := parseSearch(s.SearchURL); search != nil && isAbsolute(search.Action) {
		u, _ := url.Parse(search.Action) // or it were no address
		return "'self' " + u.Scheme + "://" + u.Host
	}
	return "'self'"
}
