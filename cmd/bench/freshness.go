package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"vitrine/templates"
)

// edit is one way in which a new page comes about. do makes the n-th and returns when a person would say "now".
type edit struct {
	name string
	do   func(ctx context.Context, n int) (since time.Time, err error)
}

// freshness is part 5: from an edit to the new page on the wire.
func (r *race) freshness(ctx context.Context) error {
	own, err := r.folder("templates")
	if err != nil {
		return err
	}
	s, err := r.startVitrine(ctx, vitrineOptions{templates: own})
	if err != nil {
		return err
	}
	defer r.end(s.child)
	goods, err := openShop(s)
	if err != nil {
		return err
	}
	defer goods.close()
	t := table{title: "Freshness: until the new page is on the wire", head: []string{"from", "median ms", "fastest – slowest", "times"}}
	for _, e := range r.edits(s, goods, own) {
		waits, err := r.wait(ctx, s, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		t.add(e.name, fmt.Sprintf("%.0f", median(waits)), fmt.Sprintf("%.0f – %.0f", slices.Min(waits), slices.Max(waits)), fmt.Sprint(len(waits)))
	}
	r.print(t.String())
	return nil
}

// wait makes an edit several times and returns how many ms each took to be seen.
func (r *race) wait(ctx context.Context, s *server, e edit) ([]float64, error) {
	r.say("freshness, %s", e.name)
	var waits []float64
	for n := range 2 * r.pairs {
		old, err := s.tag(ctx, plainClient)
		if err != nil {
			return nil, err
		}
		since, err := e.do(ctx, n)
		if err != nil {
			return nil, err
		}
		if err := s.untilNew(ctx, old); err != nil {
			return nil, err
		}
		waits = append(waits, milliseconds(time.Since(since)))
		// Until the edit before is dealt with in every coding and a refresh over HTTP is allowed again; and each time a bit longer, so that the
		// edits fall evenly between two of vitrine's looks at the folder, a second apart.
		if err := s.pause(ctx, 1100*time.Millisecond+time.Second*time.Duration(n)/time.Duration(2*r.pairs)); err != nil {
			return nil, err
		}
	}
	return waits, nil
}

// edits are the ways to be measured, against s whose templates folder is own.
func (r *race) edits(s *server, goods *shop, own string) []edit {
	return []edit{
		{"a template's save", func(_ context.Context, n int) (time.Time, error) {
			style, err := templates.Files.ReadFile("style.css")
			if err != nil {
				return time.Time{}, err
			}
			style = fmt.Appendf(style, "\n.edit-%d { color: red }\n", n)
			now := time.Now()
			return now, os.WriteFile(filepath.Join(own, "style.css"), style, 0o644)
		}},
		{"the start of `vitrine render`", func(ctx context.Context, _ int) (time.Time, error) {
			return r.renderBeside(ctx, s, goods, own, false)
		}},
		{"the end of `vitrine render`", func(ctx context.Context, _ int) (time.Time, error) {
			return r.renderBeside(ctx, s, goods, own, true)
		}},
		{"`POST /refresh`", func(ctx context.Context, _ int) (time.Time, error) {
			if err := goods.sell(ctx); err != nil {
				return time.Time{}, err
			}
			now := time.Now()
			return now, s.refreshNow(ctx)
		}},
	}
}

// renderBeside changes the shop and runs `vitrine render` over the folders of the running s.
func (r *race) renderBeside(ctx context.Context, s *server, goods *shop, own string, fromEnd bool) (time.Time, error) {
	if err := goods.sell(ctx); err != nil {
		return time.Time{}, err
	}
	cmd := exec.CommandContext(ctx, r.vitrine, "render", "--demo")
	cmd.Dir, cmd.Env = s.dir, vitrineEnv(s.dir, own)
	since := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return since, fmt.Errorf("vitrine render: %w\n%s", err, out)
	}
	if fromEnd {
		since = time.Now()
	}
	return since, nil
}
