package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vitrine/cmd/vitrine/worker"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// patience is how long a command stays silent before it says what it is waiting for.
const patience = 2 * time.Second

type renderCmd struct {
	Force  bool `help:"${help_force}"`
	DryRun bool `help:"Say what would happen and what would change; write nothing."`
	Demo   bool `help:"Render the demo shop where DATABASE_URL is not set."`
}

// Run does one refresh and prints one line. The page of a running server over the same folders follows within a second
// or so.
func (r renderCmd) Run(ctx context.Context, p program) error {
	c, err := p.load(r.Demo)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return c.noDatabase(tryDemo)
	}
	log, logged := c.asCommand().queuedLogger(p.stderr) // the lock must not be held for a reader that has stopped
	defer logged.close()
	a, err := c.open(log, logged.notices)
	if err != nil {
		return err
	}
	defer a.closeStore()
	defer a.heart.calls.Wait()
	defer a.worker.Close()
	if err := a.worker.Open(func(*publish.Snapshot) {}); err != nil {
		return err
	}
	ctx, cancel := cancelOnSignal(ctx, p)
	defer cancel()
	waiting := time.AfterFunc(patience, func() {
		fmt.Fprintf(p.stderr, "vitrine: still waiting for the database, "+
			"or for another run that holds the lock (at most %s)\n",
			c.RefreshTimeout)
	})
	defer waiting.Stop()
	// A signal ends the work and not the wait for it: a publish begun is finished, and that is what is told.
	defer context.AfterFunc(ctx, a.worker.Close)()
	report, err := a.worker.Refresh(context.WithoutCancel(ctx), worker.Request{Trigger: status.TriggerCommand,
		Force: r.Force, DryRun: r.DryRun})
	if r.DryRun || a.bucket == nil || errors.Is(err, publish.ErrLocked) {
		return r.tell(p, report, err, a.db.Where())
	}
	waiting.Stop()
	up, errUpload := a.worker.Upload(ctx)
	if err := r.tell(p, report, err, a.db.Where()); err != nil {
		return err
	}
	return r.tellUpload(p, up, errUpload)
}

// tellUpload prints what became of the page in the object storage.
func (r renderCmd) tellUpload(p program, up status.Upload, err error) error {
	switch {
	case err != nil:
		return exitError{exitFailed, errors.New(store.Sentence(err))}
	case up.Status == status.Warn:
		return exitError{exitFailed, errors.New(up.Message)}
	case up.Message == "":
		up.Message = "the page is up"
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", up.To, up.Message)
	return nil
}

// tell prints what happened and picks the exit code. where says which database was asked.
func (r renderCmd) tell(p program, report worker.Report, err error, where string) error {
	if errors.Is(err, publish.ErrLocked) {
		return exitError{exitLocked, errors.New("another run holds the lock; the page is left to that one")}
	}
	switch report.Outcome.Result {
	case status.Published, status.Unchanged:
		fmt.Fprintln(p.stdout, report.Line())
		return nil
	case status.Rejected:
		return exitError{exitRejected, errors.New(report.Line())}
	}
	if report.Outcome.ErrorClass == store.Shutdown || errors.Is(err, worker.ErrStopped) {
		return errors.New("stopped before the refresh was done; the page is as it was")
	}
	if report.Outcome.Result == "" && err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return exitError{exitFailed, errors.New(report.Line() + hints(err, where))}
}

// hints are lines for an operator's terminal: which database it was, what puts it right, and where more is said.
func hints(err error, where string) (text string) {
	switch store.ClassOf(err) {
	case store.Template, store.Gate, store.Publish, store.Question:
		return ""
	}
	text = "\nhint: the database is " + where
	if cure := store.CureOf(err); cure != "" {
		text += "\nhint: this puts it right:\n" + cure
	}
	if store.ClassOf(err) == store.Other {
		text += "\nhint: `vitrine check` shows what the database said"
	}
	return text
}
