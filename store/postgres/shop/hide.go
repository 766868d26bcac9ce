package shop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// condition is what a row meets that visitors may see.
type condition struct {
	sql    string // over the alias it was made for
	column Column
	// fixed says that it depends on the row alone, not on the clock: an index may have it.
	fixed bool
	// live are, of a column whose words are not all understood, those that mean shown; see doubt.
	live []string
	odd  bool // the column may hold what is not understood: it is in doubt
}

var (
	shownFlags = []string{"published", "publish", "active", "activated", "enabled", "enable", "visible", "public", "live", "listed", "approved",
		"online", "availableforpurchase", "availableforsale", "forsale", "sellable", "saleable", "salable", "purchasable", "purchaseable", "shown",
		"visibleonline", "publiclyvisible", "aktiv", "activo", "ativo", "actif", "attivo", "sichtbar", "publicado", "visivel", "canbesold", "orderable", "onwebsite", "websitepublished", "confirmed"}
	hiddenFlags = []string{"archived", "archive", "deleted", "softdeleted", "hidden", "hide", "draft", "disabled", "discontinued", "private", "unlisted",
		"unpublished", "inactive", "removed", "trashed", "blocked", "banned", "suspended", "retired", "rejected", "offline", "obsolete", "notforsale", "discarded", "withdrawn", "voided", "archiviert", "geloescht", "eliminado", "excluido", "supprime", "oculto"}
	statusNames = []string{"status", "state", "visibility", "publishstatus", "publishingstatus", "publicationstatus", "publicationstate",
		"publishstate", "visibilitystatus", "statuscode", "activestatus", "listingstatus", "approvalstatus", "lifecyclestatus", "lifecyclestate",
		"moderationstatus", "salestatus", "reviewstatus", "workflowstate", "situation"}
	availableFlags = []string{"available", "availability", "availabilitystatus"}
	hiddenDates    = []string{"deletedat", "removedat", "archivedat", "discontinuedat", "disabledat", "hiddenat", "trashedat", "unpublishedat",
		"deactivatedat", "deleted", "removed", "archived", "datedeleted", "deletedon", "archivedon", "deletedate", "suspendedat", "bannedat",
		"discarded", "discardedat", "withdrawnat", "retiredat", "removedon", "blockedat", "rejectedat", "cancelledat", "canceledat",
		"softdeletedat", "inactivatedat", "destroyedat", "voidedat"}
	publishedDates = []string{"publishedat", "publishedon", "datepublished", "publisheddate", "published"}
	fromDates      = []string{"publishat", "publishon", "publishfrom", "publishdate", "availablefrom", "availableon", "availableat", "availabledate",
		"visiblefrom", "activefrom", "validfrom", "releaseat", "liveat", "liveon", "livefrom", "golive", "goliveat", "launchat", "scheduledat",
		"scheduledfor", "startsat", "activestarts", "onlinefrom", "showfrom", "publishstart", "startpublish", "availablestart"}
	untilDates = []string{"expiresat", "expires", "expireat", "expiredat", "expireson", "availableuntil", "availableto", "availabletill", "visibleuntil",
		"visibleto", "activeuntil", "activeto", "validuntil", "validto", "unpublishat", "unpublishon", "publishuntil", "publishto", "publishend",
		"endsat", "onlineuntil", "onlineto", "showuntil", "availableend"}

	// visibleStems are in names of flags that may hide a product whatever else the name says.
	visibleStems = []string{"visib", "activ", "publish", "show", "display", "hid", "enable", "disable", "archiv", "delet", "draft", "approv",
		"listed", "private", "sellab", "salab", "purchas", "online", "offline", "block", "suspend", "retire", "discontinu", "moderat", "exclude"}

	// harmlessStems begin a word of flags that say something about a product, not whether it may be seen. Any other flag
	// may hide it, in whatever language: it is in doubt as soon as products differ in it.
	harmlessStems = []string{"featur", "new", "novelty", "digital", "physical", "virtual", "download", "tax", "vat", "ship", "deliver", "pickup",
		"gift", "sale", "onsale", "promo", "deal", "discount", "hot", "trend", "popular", "best", "top", "recommend", "suggest", "highlight",
		"spotlight", "premium", "luxury", "organic", "bio", "vegan", "vegetarian", "gluten", "halal", "kosher", "eco", "sustain", "recycl",
		"handmade", "custom", "personal", "return", "refund", "exchang", "warrant", "guarant", "variant", "option", "track", "manage", "review",
		"rating", "comment", "stock", "backorder", "preorder", "oversell", "subscri", "recurr", "fragile", "heavy", "bulky", "adult", "limited",
		"exclus", "bundle", "kit", "requires", "require", "allow", "allows", "free", "homepage", "banner", "slider", "carousel", "seo", "serial",
		"weigh", "perish", "frozen", "hazard", "flammable", "prescription", "import", "local", "domestic", "certif", "award", "editor", "staffpick",
		"installment", "cod", "auto", "sync", "default", "primary", "main", "unlimited", "infinite", "inventory", "clearance", "special", "flash",
		"wholesale", "b2b", "assembled", "assembly", "washable", "waterproof", "rechargeable", "wireless", "unisex", "multi", "has", "can", "cancel"}

	liveWords = []string{"active", "activated", "published", "publish", "live", "available", "enabled", "visible", "public", "online", "approved", "listed",
		"forsale", "onsale", "shown", "show", "open", "yes", "y", "true", "t", "1", "on", "normal", "visibleall"}
	soldOutWords = []string{"soldout", "outofstock", "sold", "outstock", "nostock"}
	hiddenWords  = []string{"draft", "inactive", "archived", "archive", "disabled", "deleted", "pending", "private", "hidden", "unpublished", "unlisted",
		"suspended", "rejected", "banned", "blocked", "discontinued", "removed", "trash", "trashed", "retired", "deactivated", "offline",
		"unavailable", "internal", "scheduled", "inreview", "underreview", "pendingreview", "pendingapproval", "notpublished", "notvisible",
		"expired", "closed", "invisible", "obsolete", "new draft", "no", "n", "false", "f", "0", "off"}
)

// word is a status word without what spelling habits differ in.
func word(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(s))
}

// live returns the conditions that rows of t meet which visitors may see. Every flag, status and date counts: what one of them hides
// must not appear. stocked says that t tells a stock: "available" then means no more than that.
func (r *reader) live(t *Table, alias string, stocked bool) []condition {
	var list []condition
	for _, c := range t.Columns {
		cond, ok := r.hides(t, c, alias, stocked)
		if ok && r.ignored(t, c) { // the owner has looked: nothing is in doubt, but words that are known to hide go on hiding
			ok, cond.odd = cond.odd && cond.sql != "", false
		}
		if ok {
			cond.column = c
			list = append(list, cond)
			r.use(t, c)
		}
	}
	return list
}

func (r *reader) hides(t *Table, c Column, alias string, stocked bool) (condition, bool) {
	q, n := alias+"."+c.quoted(), t.flag(c)
	shown := is(n, shownFlags...) || is(n, availableFlags...) && !stocked && c.Class != 'S' && c.Class != 'E'
	status := is(n, statusNames...)
	switch c.Class {
	case 'B':
		switch {
		case shown || status:
			return condition{sql: q, fixed: true}, true
		case is(n, hiddenFlags...):
			return condition{sql: q + " IS NOT TRUE", fixed: true}, true
		case (has(c.Name, visibleStems...) || !begins(c.Name, harmlessStems...)) && !stockFlag(n) && !is(n, availableFlags...):
			return condition{odd: true}, true
		}
	case 'N':
		switch {
		case !c.integer():
			return condition{}, false
		case shown || status:
			return condition{sql: q + " <> 0", fixed: true, odd: true, live: []string{"1"}}, true
		case is(n, hiddenFlags...):
			return condition{sql: "COALESCE(" + q + ", 0) = 0", fixed: true}, true
		}
	case 'D':
		return dates(c, n, q)
	case 'E':
		if shown || status {
			return labels(c, q), true
		}
	}
	if c.text() && (shown || status) {
		return texts(q, hiddenWords, append(slices.Clone(liveWords), soldOutWords...)), true
	}
	if c.text() && is(n, hiddenFlags...) { // 'Y' and 'N'
		return texts(q, []string{"yes", "y", "true", "t", "1", "on"}, []string{"no", "n", "false", "f", "0", "off", ""}), true
	}
	return condition{}, false
}

// dates are conditions on points in time. What has no zone is UTC, whatever the session's zone.
func dates(c Column, n, q string) (condition, bool) {
	now := clock(c)
	switch {
	case is(n, publishedDates...):
		return condition{sql: q + " <= " + now}, true // NULL is a draft
	case is(n, hiddenDates...):
		return condition{sql: q + " IS NULL", fixed: true}, true
	case is(n, fromDates...):
		return condition{sql: "(" + q + " IS NULL OR " + q + " <= " + now + ")"}, true
	case is(n, untilDates...):
		return condition{sql: "(" + q + " IS NULL OR " + q + " >= " + now + ")"}, true
	}
	return condition{}, false
}

// clock is the present in a column's type.
func clock(c Column) string {
	switch c.Base {
	case "timestamptz":
		return "now()"
	case "date":
		return "(now() AT TIME ZONE 'UTC')::date"
	}
	return "(now() AT TIME ZONE 'UTC')"
}

// labels is the condition on an enum. Where it has a word that means shown and no word of unknown meaning, nothing is in doubt.
func labels(c Column, q string) condition {
	var shown, live []string
	cond := condition{fixed: true}
	for _, l := range c.Labels {
		switch w := word(l); {
		case is(w, hiddenWords...):
		case is(w, liveWords...), is(w, soldOutWords...):
			live, shown = append(live, word(l)), append(shown, pq.QuoteLiteral(l)+"::"+c.Type)
		default:
			cond.odd, shown = true, append(shown, pq.QuoteLiteral(l)+"::"+c.Type)
		}
	}
	cond.live = live
	switch {
	case len(shown) == len(c.Labels) && cond.odd:
		cond.fixed = false
	case len(shown) == len(c.Labels): // a word that is added later is not shown before it is read
		cond.sql, cond.fixed = "("+q+" IS NULL OR "+q+" IN ("+strings.Join(shown, ", ")+"))", false
	case len(shown) == 0:
		cond.sql = "false"
	case len(shown) == 1:
		cond.sql = q + " = " + shown[0]
	default:
		cond.sql = q + " IN (" + strings.Join(shown, ", ") + ")"
	}
	return cond
}

func texts(q string, hidden, live []string) condition {
	list := make([]string, len(hidden))
	for i, w := range hidden {
		list[i] = pq.QuoteLiteral(w)
	}
	return condition{sql: fmt.Sprintf("%s NOT IN (%s)", wordSQL(q), strings.Join(list, ", ")), fixed: true, odd: true, live: live}
}

// wordSQL is what word does, in SQL.
func wordSQL(q string) string { return "lower(translate(" + q + "::text, ' _-', ''))" }

// stockFlag reports whether a flag's name is about being in stock.
func stockFlag(n string) bool {
	return strings.Contains(n, "stock") || strings.Contains(n, "soldout") || strings.Contains(n, "inventory")
}

// and joins conditions to the end of a WHERE.
func and(list []condition) string {
	var b strings.Builder
	for _, c := range list {
		if c.sql != "" {
			b.WriteString(" AND " + c.sql)
		}
	}
	return b.String()
}
