package status

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"sync"
	"time"

	"vitrine/render"
	"vitrine/templates"
)

// Page writes the status document as a page for people, in English and left to right whatever the site's language,
// whole without script. It is the program's own: no templates folder overrides it, so that a broken template cannot
// hide why the page is old.
func Page(s render.Site, st Status) ([]byte, error) {
	var out bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&out, "status.html", newPageData(s, st)); err != nil {
		return nil, fmt.Errorf("render status page: %w", err)
	}
	return out.Bytes(), nil
}

// pageTemplate is the embedded template of the status page, parsed once.
var pageTemplate = sync.OnceValue(func() *template.Template {
	style, _ := fs.ReadFile(templates.Status, "status/status.css") // it is embedded
	css := template.CSS(render.MinifyCSS(string(style)))
	return template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"style":    func() template.CSS { return css },
		"asset":    render.DefaultAsset,
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"datetime": dateTime,
		"num":      render.Thousands[int],
	}).ParseFS(templates.Status, "status/*.html"))
})

// pageData is what status.html gets as its dot.
type pageData struct {
	Status
	Name           string
	State          string // one word for a person in a hurry
	ExpiredSummary string // takes the place of Summary when nobody has renewed the page by ValidUntil
	Advice         []string
	PageRows       []Row
	PartRows       []Row
	FirstPage      bool
	Changes        []change
	Plots          []plot
	Events         []event
}

// change is one kind of change of the last publish.
type change struct {
	Title string
	render.ChangeSet
	More int // how many are not named
}

// event is one outcome of the past that was not routine.
type event struct {
	HistoryEntry
	Text string
}

// maxEvents is how many events the page lists.
const maxEvents = 10

func newPageData(s render.Site, st Status) pageData {
	d := pageData{Status: st, Name: s.DisplayName(), State: st.word(), ExpiredSummary: st.expiredSummary(),
		Advice: st.Advice(), PageRows: st.PageRows(), PartRows: st.PartRows(), FirstPage: st.firstPage(), Plots: plots(st)}
	if st.Page != nil {
		for _, c := range []change{
			{Title: "New", ChangeSet: st.Page.Changes.Added},
			{Title: "Gone", ChangeSet: st.Page.Changes.Removed},
			{Title: "Changed", ChangeSet: st.Page.Changes.Changed},
		} {
			c.More = max(c.Count-len(c.Names), 0)
			d.Changes = append(d.Changes, c)
		}
	}
	for _, h := range slices.Backward(st.History) {
		if h.Result != Unchanged && len(d.Events) < maxEvents {
			d.Events = append(d.Events, event{h, h.text()})
		}
	}
	return d
}

func (s *Status) word() string {
	switch {
	case s.StoppedAt != nil:
		return "Stopped"
	case s.Status == Pass:
		return "Fresh"
	case s.Status == Warn:
		return "Needs a look"
	}
	return "Failing"
}

func (h HistoryEntry) text() string {
	text := map[string]string{
		Published: "A new page was published", Rejected: "The new page was rejected", Failed: "The refresh failed",
	}[h.Result]
	if text == "" {
		text = h.Result
	}
	if h.Trigger == TriggerTemplates {
		text += ", after a template edit"
	}
	if h.ErrorClass != "" {
		text += ": " + className(h.ErrorClass)
	}
	if h.Attempts > 1 {
		text += ", " + render.Thousands(h.Attempts) + " times"
	}
	return text
}
