package render

import (
	"strings"

	"golang.org/x/text/language"
)

// Site is what the owner has configured about the page: the same for every refresh and every visitor.
type Site struct {
	// Name is the shop's name, SITE_NAME.
	Name string
	// URL is the homepage's own absolute address, SITE_URL, without which there is no canonical address and no Open
	// Graph address.
	URL string
	// Lang is a BCP 47 tag, SITE_LANG: "en", "ar-EG". It decides words, direction and how numbers are written.
	Lang string
	// Currency is an ISO 4217 code, CURRENCY.
	Currency string
	// ProductURL is an address with {slug}, {id} or {category} in it, PRODUCT_URL; empty: cards are not links.
	ProductURL string
	// CategoryURL is an address with {category}, {slug} or {id} in it, CATEGORY_URL; empty, or where a category has no
	// such thing: categories link to their shelf on the page.
	CategoryURL string
	// ImageBaseURL stands before picture addresses that are not absolute, IMAGE_BASE_URL.
	ImageBaseURL string
	// Logo is SITE_LOGO; nil: the name is written out.
	Logo *Logo
	// SearchURL is the address of the shop's search with {query} in it, SEARCH_URL; empty: no search.
	SearchURL string
	// HeaderLinks and FooterLinks are HEADER_LINKS and FOOTER_LINKS: "Cart=/cart, Account=/account"; the footer's may
	// stand in groups: "Help: Returns=/returns; Legal: Imprint=/imprint".
	HeaderLinks, FooterLinks string
	// CSP replaces the Content-Security-Policy that [CSP] makes, CONTENT_SECURITY_POLICY.
	CSP string
	// Demo marks the demo shop: a banner, and kept from indexing.
	Demo bool
}

// Check calls say for every variable whose value cannot be used, with what would be right.
func (s Site) Check(say func(variable, right string)) {
	if s.URL != "" && !isAbsolute(s.URL) {
		say("SITE_URL", "should be the shop's full address, as in https://shop.example/")
	}
	if _, err := language.Parse(s.Lang); err != nil {
		say("SITE_LANG", "should be a language tag such as en, de or ar-EG")
	}
	if _, known := CurrencyDigits(s.Currency); !known {
		say("CURRENCY", "should be a three-letter code of ISO 4217 in capitals, as in USD, EUR or JPY")
	}
	if err := checkPattern(s.ProductURL, "slug", "id", "category"); err != nil {
		say("PRODUCT_URL", err.Error())
	}
	if err := checkPattern(s.CategoryURL, "category", "slug", "id"); err != nil {
		say("CATEGORY_URL", err.Error())
	}
	if s.ImageBaseURL != "" {
		if _, ok := safeAddress(s.ImageBaseURL); !ok || strings.ContainsAny(s.ImageBaseURL, "?#") {
			say("IMAGE_BASE_URL", "should be an https address or a path such as /pictures/, without ? and #")
		}
	}
	if _, err := parseSearch(s.SearchURL); err != nil {
		say("SEARCH_URL", err.Error())
	}
	if _, err := headerLinks(s.HeaderLinks); err != nil {
		say("HEADER_LINKS", err.Error())
	}
	if _, err := parseLinks(s.FooterLinks); err != nil {
		say("FOOTER_LINKS", err.Error())
	}
	if strings.ContainsFunc(s.CSP, func(r rune) bool { return r < ' ' || r > '~' }) {
		say("CONTENT_SECURITY_POLICY", "should be one line of plain ASCII")
	}
}

// DisplayName is the name as it may be shown: never empty, no control characters.
func (s Site) DisplayName() string {
	if name := clean(s.Name); name != "" {
		return name
	}
	return "Vitrine"
}
