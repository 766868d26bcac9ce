package render

import (
	"bytes"
	"fmt"
	"strconv"

	"vitrine/store"
)

// MaxPageBytes is the size above which a page is taken for a mistake and not published.
const MaxPageBytes = 5_000_000

// Rules of the gate, as [Refusal] names them.
const (
	RuleEnd         = "end"          // the page does not end in </html>
	RuleSize        = "size"         // the page is over MaxPageBytes
	RuleMinProducts = "min_products" // fewer products than MIN_PRODUCTS
	RuleMaxShrink   = "max_shrink"   // lost more than MAX_SHRINK percent of its products or categories
	RuleOlder       = "older"        // the data is older than that of the page that is up
)

// Gate decides whether a new page may replace the one that is up (invariant I4).
type Gate struct {
	// MinProducts is the least number of products of a page (MIN_PRODUCTS).
	MinProducts int
	// MaxShrink is how many percent of the products, and of the non-empty categories, may go at one stroke, inclusive;
	// 100 switches the rule off (MAX_SHRINK).
	MaxShrink int
}

// PageSummary is what the gate knows of a page.
type PageSummary struct {
	// Products are those shown.
	Products int
	// Categories counts the non-empty ones.
	Categories int
	// LeftOut says which rows were left out and why, as SkippedWords does; "" for none. It is the likeliest reason for
	// a refusal.
	LeftOut string
}

// Summary gives the page's figures for the gate.
func (p Page) Summary() PageSummary {
	return PageSummary{Products: p.Products, Categories: p.Shelves}
}

// Refusal is the gate's no. It counts as a *store.Error of class gate, so that store.ClassOf and store.Sentence
// understand it.
type Refusal struct {
	// Rule is one of the Rule constants.
	Rule string
	// Message is for people: the figures, the rule, and what to do. It holds nothing secret.
	Message string
}

func (r *Refusal) Error() string { return r.Message }

// Unwrap gives the refusal in the form of the other classed failures.
func (r *Refusal) Unwrap() error { return &store.Error{Class: store.Gate, Sentence: r.Message} }

// Check returns nil if the page may be published, else a *Refusal, the first rule that is broken. next describes the
// page in body, up the one that is up; without one (nil) the shrink rule is skipped. force, given once by a person,
// lifts MIN_PRODUCTS and MAX_SHRINK, never the rules that a whole page of sane size cannot break.
func (g Gate) Check(body []byte, next PageSummary, up *PageSummary, force bool) error {
	if err := checkWhole(body); err != nil {
		return err
	}
	if force {
		return nil
	}
	if next.Products < g.MinProducts {
		return &Refusal{RuleMinProducts, fmt.Sprintf("the page has %s%s, MIN_PRODUCTS asks for at least %d; "+
			"if that is right, accept it once with `vitrine render --force`, or lower MIN_PRODUCTS",
			Plural(next.Products, "product", "products"), next.leftOut(), g.MinProducts)}
	}
	if up == nil {
		return nil
	}
	if err := g.checkShrink("products", next.Products, up.Products, next.leftOut()); err != nil {
		return err
	}
	return g.checkShrink("non-empty categories", next.Categories, up.Categories, next.leftOut())
}

// checkWhole refuses what cannot be a complete page, whoever asks for it.
func checkWhole(body []byte) error {
	if len(body) > MaxPageBytes {
		return &Refusal{RuleSize, fmt.Sprintf("the page is %.1f MB, the limit is %.0f MB; "+
			"lower PRODUCTS_PER_CATEGORY, or look at the templates", float64(len(body))/1e6, MaxPageBytes/1e6)}
	}
	const end = "</html>"
	tail := bytes.TrimRight(body, " \t\r\n")
	if len(tail) < len(end) || !bytes.EqualFold(tail[len(tail)-len(end):], []byte(end)) {
		return &Refusal{RuleEnd, homeFile + " does not end in </html>, so the page may be half a page; " +
			"templates must keep </html> as the last thing they write"}
	}
	return nil
}

func (s PageSummary) leftOut() string {
	if s.LeftOut == "" {
		return ""
	}
	return " (left out: " + s.LeftOut + ")"
}

// checkShrink refuses a fall from was to now that is above MaxShrink percent.
func (g Gate) checkShrink(what string, now, was int, leftOut string) error {
	fell := was - now
	if g.MaxShrink >= 100 || fell*100 <= was*g.MaxShrink {
		return nil
	}
	return &Refusal{RuleMaxShrink, fmt.Sprintf("%s fell from %d to %d (-%s %%)%s, MAX_SHRINK allows %d %%; "+
		"if that is right, accept it once with `vitrine render --force`, or raise MAX_SHRINK",
		what, was, now, percent(fell, was, g.MaxShrink), leftOut, g.MaxShrink)}
}

// percent writes part of whole, cut to as few decimals as keep it apart from limit.
func percent(part, whole, limit int) string {
	scale, digits := 1, 0
	for part*100*scale/whole == limit*scale && digits < 6 {
		scale, digits = scale*10, digits+1
	}
	return strconv.FormatFloat(float64(part*100*scale/whole)/float64(scale), 'f', digits, 64)
}
