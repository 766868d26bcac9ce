package status

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"vitrine/render"
	"vitrine/store"
	"vitrine/templates"
)

// Page writes the status document as a page for people, in English and left to right whatever the site's language, whole without
// script. It is the program's own: no templates folder overrides it, so that a broken template cannot hide why the page is old.
func Page(s render.Site, st Status) ([]byte, error) {
	parts, err := statusParts()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := parts.ExecuteTemplate(&out, "status.html", newStatusView(s, st)); err != nil {
		return nil, fmt.Errorf("render status page: %w", err)
	}
	return out.Bytes(), nil
}

// statusParts is the embedded template of the status page, parsed once.
var statusParts = sync.OnceValues(func() (*template.Template, error) {
	style, err := fs.ReadFile(templates.Files, "status/status.css")
	if err != nil {
		return nil, err
	}
	css := template.CSS(render.MinifyCSS(string(style)))
	return template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"style": func() template.CSS { return css },
		"asset": render.DefaultAsset,
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock": clock,
		"ms":    milliseconds,
		"size":  size,
		"num":   thousands,
		"plain": plainClass,
		"plural": func(n int, one, many string) string {
			if n == 1 {
				return one
			}
			return many
		},
	}).ParseFS(templates.Files, "status/*.html")
})

// statusView is what status.html gets as its dot.
type statusView struct {
	Status
	Name   string
	State  string   // one word for a person in a hurry
	Why    string   // the answer to "why is my page old?"
	Faults []string // what is wrong, in full, with what to do about it
	// LateSummary and LateWhy take the place of Summary and Why when nobody has renewed the page by ValidUntil.
	LateSummary, LateWhy string
	Changes              []changeView
	Skipped              []skippedView
	Plots                []plot
	Events               []eventView
}

// changeView is one kind of change of the last publish.
type changeView struct {
	Title string
	render.ChangeSet
	More int // how many are not named
}

// skippedView is one reason for leaving products out.
type skippedView struct {
	Reason string
	render.SkippedInfo
	More int
}

// eventView is one outcome of the past that was not routine.
type eventView struct {
	HistoryEntry
	What string
}

// maxEvents is how many events the page lists.
const maxEvents = 10

func newStatusView(s render.Site, st Status) statusView {
	v := statusView{Status: st, Name: s.DisplayName(), State: stateWord(st.Status), Why: why(st), Faults: faults(st), Plots: plots(st),
		LateSummary: lateSummary(st), LateWhy: lateWhy(st)}
	if st.Page != nil {
		for _, c := range []changeView{
			{Title: "New", ChangeSet: st.Page.Changes.Added},
			{Title: "Gone", ChangeSet: st.Page.Changes.Removed},
			{Title: "Changed", ChangeSet: st.Page.Changes.Changed},
		} {
			c.More = max(c.Count-len(c.Names), 0)
			v.Changes = append(v.Changes, c)
		}
		for _, reason := range slices.Sorted(maps.Keys(st.Page.Skipped)) {
			info := st.Page.Skipped[reason]
			v.Skipped = append(v.Skipped, skippedView{skipWords(reason), info, max(info.Count-len(info.Slugs), 0)})
		}
	}
	for _, h := range slices.Backward(st.History) {
		if h.Result != Unchanged && len(v.Events) < maxEvents {
			v.Events = append(v.Events, eventView{h, eventWords(h)})
		}
	}
	return v
}

func stateWord(status string) string {
	switch status {
	case "pass":
		return "Fresh"
	case "warn":
		return "Needs a look"
	}
	return "Failing"
}

// why answers, in one sentence, why the page shows what it shows. What to do about it stands further down the page.
func why(st Status) string {
	last := st.LastRefresh
	switch {
	case st.Page == nil && last == nil:
		return "There is no page yet, because the first refresh has not ended."
	case st.Page == nil:
		return "There is no page yet: " + fullStop(Headline(last.Message))
	case last != nil && last.Result == Rejected:
		return "The last refresh made a page that was not let through: " + fullStop(Headline(last.Message))
	case last != nil && last.Result == Failed:
		return "It shows the data of " + clock(st.Page.DataAt) + ", because the refreshes since then failed: " + fullStop(Headline(last.Message))
	case st.Templates.Error != "":
		return "Its data is of " + clock(st.Page.DataAt) + ". The newest template is broken, so the page keeps the look it had: " + fullStop(Headline(st.Templates.Error))
	case st.Status == "fail":
		return "It shows the data of " + clock(st.Page.DataAt) + ", and no refresh has succeeded since."
	}
	return "It is not: its data was read at " + clock(st.Page.DataAt) + ", and whatever changes after that comes with the next refresh."
}

// faults are the messages of what went wrong last, each once.
func faults(st Status) []string {
	var list []string
	if last := st.LastRefresh; last != nil && last.ErrorClass != "" && st.TellMessage() {
		said := "The last refresh failed: "
		if last.Result == Rejected {
			said = "The last page was rejected: "
		}
		list = append(list, fullStop(said+last.Message))
	}
	if st.Templates.Error != "" {
		list = append(list, fullStop("The newest templates are broken: "+st.Templates.Error))
	}
	return list
}

// plainClass is a class of error in words.
func plainClass(c store.Class) string { return strings.ReplaceAll(string(c), "_", " ") }

// lateWhy is the answer once the status has run out: true whatever the worker last said.
func lateWhy(st Status) string {
	if st.Page == nil {
		return "There is no page, and no refresh has ended since: the worker, which makes it, has stopped or is stuck."
	}
	return "The worker, which renews it, has stopped or is stuck. The data is of " + clock(st.Page.DataAt) + "."
}

// fullStop ends a text with a full stop.
func fullStop(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return "the log has the reason."
	}
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

func skipWords(reason string) string {
	switch reason {
	case store.SkipNoName:
		return "They have no name to show"
	case store.SkipNoSlug:
		return "They have no slug to link to"
	case store.SkipNoCategory:
		return "They belong to no category"
	case store.SkipBadPrice:
		return "Their price is negative, far too high, or not a number"
	case store.SkipBadAddress:
		return "The address of their picture or their page is not safe to use"
	}
	return reason
}

// eventWords tells an outcome in a few words.
func eventWords(h HistoryEntry) string {
	words := map[string]string{Published: "A new page was published", Rejected: "The new page was rejected", Failed: "The refresh failed"}[h.Result]
	if words == "" {
		words = h.Result
	}
	if h.Trigger == TriggerTemplates {
		words += ", after a template edit"
	}
	if h.ErrorClass != "" {
		words += ": " + plainClass(h.ErrorClass)
	}
	if h.Attempts > 1 {
		words += ", " + thousands(h.Attempts) + " times"
	}
	return words
}

// clock writes a time as people read it, in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 on 2 January 2006") + " UTC" }

// milliseconds writes a duration to about three figures.
func milliseconds(ms float64) string {
	switch {
	case ms >= 100_000:
		return strconv.FormatFloat(ms/1000, 'f', 0, 64) + " s"
	case ms >= 1000:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
	case ms >= 10 || ms == 0:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
}

// size writes bytes in thousands.
func size(bytes int) string {
	if bytes >= 1_000_000 {
		return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
	}
	if bytes >= 1000 {
		return strconv.FormatFloat(float64(bytes)/1000, 'f', 1, 64) + " KB"
	}
	return strconv.Itoa(bytes) + " bytes"
}

// thousands writes a count with commas.
func thousands(n any) string { return message.NewPrinter(language.English).Sprint(n) }
