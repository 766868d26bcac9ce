package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"vitrine/store/demo"
)

type seedCmd struct {
	Products int `help:"How many products to make (default: 1000)." default:"1000" placeholder:"N"`
}

// Run fills vitrine's own tables with invented products. A run that was interrupted goes on where it stopped.
func (s seedCmd) Run(ctx context.Context, p program) error {
	c, err := p.load(false)
	if err != nil {
		return err
	}
	db, err := c.openPostgres(c.commandLogger(p.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := cancelOnSignal(ctx, p)
	defer cancel()
	began := time.Now()
	if err := db.Seed(ctx, s.Products, demo.Catalogue(), p.progress("seeding")); err != nil {
		return userError(err)
	}
	fmt.Fprintf(p.stdout, "seeded: %s in %.1f s\n", plural(s.Products, "product", "products"), time.Since(began).Seconds())
	return nil
}

// progress returns a function that shows how far something is: a bar on a terminal, else a line every two seconds.
func (p program) progress(what string) func(done, total int) {
	if isTerminal(p.stderr) {
		var bar *progressbar.ProgressBar
		return func(done, total int) {
			if bar == nil {
				bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.stderr), progressbar.OptionSetDescription(what),
					progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
			}
			_ = bar.Set(done) // a picture only
		}
	}
	last := time.Now()
	return func(done, total int) {
		if time.Since(last) >= patience {
			last = time.Now()
			fmt.Fprintf(p.stderr, "%s: %d of %d\n", what, done, total)
		}
	}
}
