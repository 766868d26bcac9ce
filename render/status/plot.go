package status

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"vitrine/render"
)

// plot is one picture of the history, an SVG without text of its own: title, sentence, legend and scale are HTML beside
// it, so that they stay readable at every width.
type plot struct {
	// ID names the figure, for links and labels.
	ID, Title string
	// Text tells in words what the picture shows.
	Text string
	// Top is the value at the upper edge; the lower edge is nought.
	Top string
	// Legend names the colours.
	Legend []legend
	// From and To are the times of the left and the right edge; From is zero while the history does not reach the left
	// one.
	From, To time.Time
	SVG      template.HTML // of the layers

	layers []*layer
}

// legend is one colour of a plot: a class that the style knows, and its name.
type legend struct{ Class, Name string }

// plotHeight is the height of every picture in its own units; one entry of the history is one unit wide. A short
// history stands at the end of a picture of plotWidth entries.
const (
	plotHeight = 100
	plotWidth  = 16
)

// plots draws the history: nothing where it has fewer than two entries.
func plots(st Status) []plot {
	h := st.History
	if len(h) < 2 {
		return nil
	}
	list := []plot{outcomePlot(h), durationPlot(h), productPlot(h), poolPlot(h, st.Database.Pool.Max)}
	for i := range list {
		p := &list[i]
		p.SVG = draw(len(h), p.Title+". "+p.Text, p.layers)
		p.To = h[len(h)-1].At
		if len(h) >= plotWidth {
			p.From = h[0].At
		}
	}
	return list
}

// layer is one colour of a picture: a path of bars, given as x, lower and upper edge (0 at the bottom, plotHeight at
// the top).
type layer struct {
	class string
	path  strings.Builder
}

func (l *layer) bar(x int, from, to float64) {
	if to-from < 0.05 {
		return
	}
	fmt.Fprintf(&l.path, "M%d %sh1v%sh-1z", x, short(plotHeight-from), short(from-to))
}

// short writes a coordinate with one decimal at most.
func short(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// draw joins layers into one picture, n entries wide. Only numbers and classes of ours get into it.
func draw(n int, label string, layers []*layer) template.HTML {
	var b strings.Builder
	width := max(n, plotWidth)
	fmt.Fprintf(&b, `<svg viewBox="%d 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">`,
		n-width, width, plotHeight, template.HTMLEscapeString(label))
	for _, l := range layers {
		if l.path.Len() > 0 {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, l.class, l.path.String())
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// outcomePlot shows how each refresh ended; the height tells what the colour tells.
func outcomePlot(h []HistoryEntry) plot {
	kinds := []struct {
		result, class, name string
		height              float64
	}{
		{Unchanged, "calm", "unchanged", 30}, {Published, "good", "published", 60},
		{Rejected, "warn", "rejected", 85}, {Failed, "bad", "failed", 100},
	}
	p := plot{ID: "outcomes", Title: "How the refreshes ended"}
	var said []string
	for _, k := range kinds {
		l, n := &layer{class: k.class}, 0
		for x, e := range h {
			if e.Result == k.result {
				n++
				l.bar(x, 0, k.height)
			}
		}
		p.layers = append(p.layers, l)
		p.Legend = append(p.Legend, legend{k.class, render.Thousands(n) + " " + k.name})
		if n > 0 {
			said = append(said, render.Thousands(n)+" "+k.name)
		}
	}
	p.Text = "Of the last " + render.Plural(len(h), "outcome", "outcomes") + ": " + strings.Join(said, ", ") + "."
	return p
}

// durationPlot stacks the phases of each refresh. Bars that are many times the usual are cut at the upper edge, so that
// the rest stays visible; the text gives the longest.
func durationPlot(h []HistoryEntry) plot {
	total := func(e HistoryEntry) float64 {
		return e.Phases.AcquireMS + e.Phases.QueryMS + e.Phases.RenderMS + e.Phases.PublishMS
	}
	var all []float64
	longest := h[0]
	for _, e := range h {
		all = append(all, total(e))
		if total(e) > total(longest) {
			longest = e
		}
	}
	slices.Sort(all)
	usual, most := all[len(all)/2], all[len(all)-1]
	top := max(min(most, 4*all[len(all)*9/10]), 1)
	layers := []*layer{{class: "p1"}, {class: "p2"}, {class: "p3"}, {class: "p4"}}
	for x, e := range h {
		y := 0.0
		for i, ms := range []float64{e.Phases.AcquireMS, e.Phases.QueryMS, e.Phases.RenderMS, e.Phases.PublishMS} {
			next := min(y+ms/top*plotHeight, plotHeight)
			layers[i].bar(x, y, next)
			y = next
		}
	}
	p := plot{ID: "durations", Title: "How long they took", Top: milliseconds(top), layers: layers,
		Legend: []legend{{"p1", "acquire"}, {"p2", "query"}, {"p3", "render"}, {"p4", "publish"}}}
	p.Text = fmt.Sprintf("Usually %s; the longest took %s, at %s.", milliseconds(usual), milliseconds(most),
		dateTime(longest.At))
	if most > top {
		p.Text += " Longer bars are cut off."
	}
	return p
}

// productPlot shows the products on the page, where a refresh came that far.
func productPlot(h []HistoryEntry) plot {
	fill, edge := &layer{class: "calm"}, &layer{class: "good"}
	least, most, last := 0, 0, 0
	for _, e := range h {
		if e.Result == Published || e.Result == Unchanged {
			if most == 0 || e.Products < least {
				least = e.Products
			}
			most, last = max(most, e.Products), e.Products
		}
	}
	for x, e := range h {
		if e.Result == Published || e.Result == Unchanged {
			y := float64(e.Products) / float64(max(most, 1)) * plotHeight
			fill.bar(x, 0, y)
			edge.bar(x, max(y-4, 0), y)
		}
	}
	p := plot{ID: "products", Title: "Products on the page", Top: render.Thousands(most), layers: []*layer{fill, edge}}
	p.Text = fmt.Sprintf("%s now; between %s and %s over this time.", render.Thousands(last), render.Thousands(least),
		render.Thousands(most))
	if least == most {
		p.Text = fmt.Sprintf("%s all the time.", render.Thousands(last))
	}
	return p
}

// poolPlot shows the connections in use, from below, and the waits for one, from above.
func poolPlot(h []HistoryEntry, limit int) plot {
	used, waits := &layer{class: "good"}, &layer{class: "bad"}
	highest, waited, mostWaits := 0, int64(0), int64(0)
	for _, e := range h {
		highest, waited, mostWaits = max(highest, e.InUse), waited+e.WaitCount, max(mostWaits, e.WaitCount)
	}
	limit = max(limit, highest, 1)
	for x, e := range h {
		used.bar(x, 0, float64(e.InUse)/float64(limit)*plotHeight)
		if e.WaitCount > 0 {
			waits.bar(x, plotHeight-max(float64(e.WaitCount)/float64(mostWaits)*plotHeight/2, 4), plotHeight)
		}
	}
	p := plot{ID: "pool", Title: "Connections in use", Top: render.Thousands(limit), layers: []*layer{used, waits},
		Legend: []legend{{"good", "in use"}, {"bad", "waits for one, from the top down"}}}
	p.Text = fmt.Sprintf("At most %s of %s in use; %s for a connection.", render.Thousands(highest),
		render.Thousands(limit), render.Plural(int(waited), "wait", "waits"))
	return p
}
