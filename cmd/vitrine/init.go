package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vitrine/render"
	"vitrine/store/postgres"
	"vitrine/store/postgres/shop"
)

type initCmd struct {
	Print     bool   `help:"Show the statements, the ones that undo them, and a read-only role; change nothing."`
	Yes       bool   `help:"Do it without asking."`
	Notify    bool   `help:"Create the triggers that notify of changes (NOTIFY_CHANNEL), so that an edit is live at once."`
	Query     string `help:"${help_query}" placeholder:"FILE"`
	Templates string `help:"${help_templates}" placeholder:"DIR"`
}

// Run prepares a database for the homepage: our tables where it is empty, only the index where a shop is there.
func (i initCmd) Run(ctx context.Context, p program) error {
	if i.Templates != "" {
		return writeTemplates(p, i.Templates)
	}
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
	if i.Query != "" {
		return i.writeQuery(ctx, p, db)
	}
	var plan postgres.InitPlan
	if i.Notify {
		plan, err = db.PlanNotify(ctx, c.channel())
	} else {
		plan, err = db.PlanInit(ctx)
	}
	if err != nil {
		return userError(err)
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(p.stdout, "note:", note)
	}
	if i.Print {
		printPlan(p, plan)
		return nil
	}
	if len(plan.Steps) == 0 {
		said := nothingToDo
		if i.Notify && len(plan.Notes) > 1 && len(plan.Views) == 0 {
			said = "nothing to do: the triggers are there; set NOTIFY_CHANNEL=" + c.channel()
		}
		fmt.Fprintln(p.stdout, said)
		return nil
	}
	if err := i.confirm(p, plan); err != nil {
		return err
	}
	if err := db.Init(ctx, plan, func(what string) { fmt.Fprintln(p.stderr, what) }); err != nil {
		return userError(err)
	}
	if i.Notify {
		fmt.Fprintf(p.stdout, "done: set NOTIFY_CHANNEL=%s, and restart. To undo it:\n", c.channel())
		for _, s := range slices.Backward(plan.Steps) {
			fmt.Fprintln(p.stdout, "  "+s.Undo)
		}
		return nil
	}
	fmt.Fprintln(p.stdout, "done: run \"vitrine check\" to see what the homepage will show")
	return nil
}

const nothingToDo = "nothing to do: the database has all that this would make"

// channel is the name of the channel that triggers notify.
func (c config) channel() string { return cmp.Or(c.NotifyChannel, "vitrine") }

// writeQuery writes the statement that the shop is read by, with what is open as comments. A file that is there stays
// as it is.
func (i initCmd) writeQuery(ctx context.Context, p program, db *postgres.DB) error {
	r, err := db.Inspect(ctx)
	if err == nil {
		err = r.Mismatch
	}
	text := ""
	unknown, ok := errors.AsType[*shop.Unrecognised](err)
	switch {
	case ok && unknown.Statement != "":
		text = unknown.Statement
	case err != nil:
		return userError(err)
	case r.Shop == nil:
		return usage(errors.New("CATALOG_QUERY_FILE is set: the statement is in that file"))
	default:
		text = r.Shop.File(r.Questions)
	}
	f, err := os.OpenFile(i.Query, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: choose another name, so that nothing of yours is overwritten", i.Query)
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("write the statement: %w", err)
	}
	fmt.Fprintf(p.stdout, "written: edit %s, and set CATALOG_QUERY_FILE=%s\n", i.Query, i.Query)
	return nil
}

// printPlan prints the plan as SQL that can be run by hand.
func printPlan(p program, plan postgres.InitPlan) {
	for _, s := range plan.Steps {
		fmt.Fprintf(p.stdout, "-- %s\n%s\n", s.What, s.SQL)
		if s.Undo != "" {
			fmt.Fprintf(p.stdout, "-- Undo: %s\n", s.Undo)
		}
		fmt.Fprintln(p.stdout)
	}
	if len(plan.Steps) == 0 {
		fmt.Fprintf(p.stdout, "-- %s\n\n", nothingToDo)
	}
	fmt.Fprint(p.stdout, plan.Role)
}

// confirm asks on a terminal; elsewhere it wants --yes.
func (i initCmd) confirm(p program, plan postgres.InitPlan) error {
	if i.Yes {
		return nil
	}
	fmt.Fprintln(p.stdout, "vitrine init will change the database:")
	for _, s := range plan.Steps {
		fmt.Fprintln(p.stdout, "  -", s.What)
	}
	if !isTerminal(p.stdin) {
		return usage(errors.New("nothing was changed: add --yes to go on, or --print to see the statements"))
	}
	fmt.Fprint(p.stdout, "Go on? [y/N] ")
	answer, err := bufio.NewReader(p.stdin).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); err != nil || (a != "y" && a != "yes") {
		return exitError{exitFailed, errors.New("nothing was changed")}
	}
	return nil
}

// writeTemplates writes the default templates into dir. One file that is there already stops it before the first.
func writeTemplates(p program, dir string) error {
	files, count := render.DefaultFiles(), 0
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		count++
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already: choose an empty folder, so that nothing of yours is overwritten", path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("write the templates: %w", err)
	}
	fmt.Fprintf(p.stdout, "%s written to %s: keep those that you change, delete the others, and set TEMPLATES_DIR=%s\n",
		plural(count, "file", "files"), dir, dir)
	return nil
}
