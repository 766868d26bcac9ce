package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vitrine/cmd/vitrine/worker"
	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/postgres"
	"vitrine/store/postgres/shop"
)

// checkIndexes says which indexes serve the query. One that is missing is a warning where that is felt.
func checkIndexes(f *findings, r postgres.Report, plan postgres.Plan, c config) {
	slow := r.QueryMS >= store.Milliseconds(c.SlowQuery)
	big := func(t *shop.Table) bool {
		return slow || (postgres.WholeTable{Rows: t.Rows}).Big() || slices.ContainsFunc(plan.Whole,
			func(w postgres.WholeTable) bool {
				return w.Name == t.Quoted() && w.Big()
			})
	}
	for _, x := range r.Indexes {
		if x.Served {
			f.add("pass", "index", "%s serves the query", x.By)
			continue
		}
		level, weight := "info", "; the table is small, so nobody feels it yet"
		if big(x.Table) {
			level, weight = "warn", ""
		}
		if !x.Possible {
			f.add(level, "index", "%s is a view: an index would have to be made on the tables under it%s", x.Table.Quoted(),
				weight)
			continue
		}
		f.add(level, "index", "%s%s", indexState(x), weight).Fix = indexFix(x)
	}
}

// indexState is what is wrong with an index.
func indexState(x shop.Index) string {
	switch {
	case x.Incomplete:
		return fmt.Sprintf("the index %s of %s is not complete: its build was interrupted, or is still running", x.Name,
			x.Table.Quoted())
	case x.Broken:
		return fmt.Sprintf("the index %s of %s does not fit the query any more", x.Name, x.Table.Quoted())
	case x.Main:
		return fmt.Sprintf("no index of %s gives the products of a category in the page's order", x.Table.Quoted())
	}
	return fmt.Sprintf("no index finds a product's rows in %s", x.Table.Quoted())
}

// indexFix is what makes an index, in statements to be run one at a time.
func indexFix(x shop.Index) string {
	if x.Broken {
		return x.Drop + "\n" + x.Create
	}
	return x.Create
}

// checkPlan says in plain words what the server does to answer the page's query.
func checkPlan(f *findings, r postgres.Report, plan postgres.Plan) {
	read := "reads"
	if plan.Pages > 0 {
		read = fmt.Sprintf("reads %d pages of 8 KB:", plan.Pages)
	}
	var ways, small []string
	flat := r.Shop != nil
	for _, t := range plan.Whole {
		flat = flat && t.Name != r.Shop.Products.Quoted()
		if !t.Big() {
			small = append(small, t.Name)
			continue
		}
		f.add("warn", "plan", "%s all of %s (%s): the cost grows with that table", read, t.Name,
			size(t.Bytes)).Fix = planFix(t, r)
	}
	if len(small) < len(plan.Whole) {
		return
	}
	if len(plan.Indexes) > 0 {
		ways = append(ways, "by index ("+strings.Join(plan.Indexes, ", ")+")")
	}
	if len(small) > 0 {
		ways = append(ways, "all of what is small ("+strings.Join(small, ", ")+")")
	}
	if flat {
		ways = append(ways, "will not grow with the products")
	}
	f.add("pass", "plan", "%s %s", read, strings.Join(ways, ", and "))
}

// planFix is what lets the server read less of a table: an index that is missing, else figures for its planner.
func planFix(t postgres.WholeTable, r postgres.Report) string {
	for _, x := range r.Indexes {
		if x.Table.Quoted() == t.Name && !x.Served && x.Possible {
			return indexFix(x)
		}
	}
	if t.Rows >= 0 {
		return "" // the planner knows the table: what it reads, check --analyze shows
	}
	return "ANALYZE " + t.Name + ";"
}

// size is a number of bytes as people say it.
func size(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%.1f KB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// checkPage renders the catalogue and says what the gate would say of the page. templates may be nil.
func checkPage(ctx context.Context, f *findings, c config, p program, templates *render.Templates,
	cat store.Catalogue) {
	if templates == nil {
		return
	}
	page, _ := render.NewPage(c.site(), cat)
	body, err := templates.Within(ctx).Render(page)
	if err != nil {
		f.add("fail", "templates", "with the shop's own products: %v", err)
		return
	}
	f.add("pass", "templates", "rendered with the shop's own products, %s", size(int64(len(body))))
	if page.Products < c.MinProducts {
		return // said already
	}
	err = render.Gate{MinProducts: c.MinProducts, MaxShrink: c.MaxShrink}.Check(body, page.Summary(), nil, false)
	if err == nil && hasPage(c) {
		err = dryRun(ctx, c, p)
	}
	gateVerdict(f, err)
}

// gateVerdict says whether the page would be let through, or what a refresh would fail of.
func gateVerdict(f *findings, err error) {
	var refusal *render.Refusal
	switch {
	case err == nil:
		f.add("pass", "gate", "would let the page through")
	case errors.As(err, &refusal) && (refusal.Rule == render.RuleMaxShrink || refusal.Rule == render.RuleMinProducts):
		f.add("warn", "gate", "would refuse the page: %s", refusal.Message).Fix = "vitrine render --force"
	case refusal != nil:
		f.add("fail", "gate", "would refuse the page: %s", refusal.Message)
	default:
		f.addError("fail", "refresh", err)
	}
}

// hasPage reports whether a page is up that the next one is compared with. Nothing is made where there is none.
func hasPage(c config) bool {
	_, errPage := os.Stat(filepath.Join(c.PublicDir, publish.PageFile))
	_, errState := os.Stat(c.StateDir)
	return errPage == nil && errState == nil
}

// dryRun is what `vitrine render --dry-run` would say.
func dryRun(ctx context.Context, c config, p program) error {
	a, err := c.open(c.commandLogger(p.stderr), func() []string { return nil })
	if err != nil {
		return err
	}
	defer a.closeStore()
	defer a.worker.Close()
	if err := a.worker.Open(func(*publish.Snapshot) {}); err != nil {
		return err
	}
	_, err = a.worker.Refresh(ctx, worker.Request{Trigger: status.TriggerCommand, DryRun: true})
	return err
}
