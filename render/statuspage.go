package render

import (
	"html/template"
	"sync"

	"vitrine/templates"
)

// StatusPage writes the status document as a page for people. It is the program's own: no folder overrides it, so that a broken
// template cannot hide why the page is old.
func (t *Templates) StatusPage(s Site, st Status) ([]byte, error) {
	set, err := statusParts()
	if err != nil {
		return nil, err
	}
	out := &limited{max: maxOutput}
	if err := set.ExecuteTemplate(out, "status.html", statusView{Site: s, Status: st}); err != nil {
		return nil, t.explain("status.html", err)
	}
	return out.Bytes(), nil
}

// statusParts is the embedded template of the status page, parsed once.
var statusParts = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Option("missingkey=error").ParseFS(templates.Files, "status/*.html")
})

// statusView is what status.html gets as its dot.
type statusView struct {
	Site   Site
	Status Status
}
