package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vitrine/cmd/vitrine/worker"
	"vitrine/render"
	"vitrine/store"
	"vitrine/store/postgres"
)

type checkCmd struct {
	JSON    bool `help:"Print the findings as JSON."`
	Analyze bool `help:"Run the query under EXPLAIN ANALYZE and print its plan."`
}

// finding is one thing that check looked at.
type finding struct {
	Level    string `json:"level"` // pass, info, warn or fail; info is advice and changes nothing
	Subject  string `json:"subject"`
	Sentence string `json:"sentence"`
	// Fix is the statement, setting or command that puts it right, ready to paste; "" where there is no such thing.
	Fix string `json:"fix,omitempty"`
}

// findings is what check found so far.
type findings []finding

func (f *findings) add(level, subject, format string, args ...any) {
	*f = append(*f, finding{Level: level, Subject: subject, Sentence: fmt.Sprintf(format, args...)})
}

// grave tells findings apart that are shown last: questions and warnings, then what makes a page impossible.
func grave(one finding) int { return map[string]int{"warn": 1, "fail": 2}[one.Level] }

// verdict is the worst level.
func (f findings) verdict() string {
	worst := "pass"
	for _, one := range f {
		if one.Level == "fail" || (one.Level == "warn" && worst == "pass") {
			worst = one.Level
		}
	}
	return worst
}

// Run looks at everything that must be right before the page can be, and says what to mend. Exit code: 0 pass, 1 warn,
// 2 fail.
func (k checkCmd) Run(ctx context.Context, p program) error {
	c, err := p.load(false)
	if err != nil {
		return err
	}
	var f findings
	f.add("pass", "configuration", "read")
	for _, doubt := range c.doubts {
		f.add("warn", "configuration", "%s", doubt)
	}
	checkSchedule(&f, c)
	checkTemplates(&f, c)
	checkFolder(&f, "PUBLIC_DIR", c.PublicDir)
	checkFolder(&f, "STATE_DIR", c.StateDir)
	ctx, cancel := cancelOnSignal(ctx, p)
	defer cancel()
	extra, err := k.checkDatabase(ctx, &f, c, p)
	if err != nil {
		return err
	}
	slices.SortStableFunc(f, func(a, b finding) int { return grave(a) - grave(b) })
	if err := k.print(p, f, extra); err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	return statusCode(f.verdict())
}

func (k checkCmd) print(p program, f findings, extra string) error {
	if k.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Status   string   `json:"status"`
			Findings findings `json:"findings"`
			Extra    string   `json:"extra,omitempty"`
			Closing  string   `json:"closing"`
		}{f.verdict(), f, extra, f.closing()})
	}
	for _, one := range f {
		mark := map[string]string{"pass": "ok  ", "info": "info", "warn": "WARN", "fail": "FAIL"}[one.Level]
		if _, err := fmt.Fprintf(p.stdout, "%s  %s: %s\n", paint(mark, one.Level, colourful(isTerminal(p.stdout), p.environ)), one.Subject, one.Sentence); err != nil {
			return err
		}
	}
	if extra != "" {
		extra = "\n" + strings.TrimRight(extra, "\n") + "\n\n"
	}
	_, err := fmt.Fprintf(p.stdout, "%s%s\n", extra, f.closing())
	return err
}

func checkSchedule(f *findings, c config) {
	schedule, err := worker.ParseSchedule(c.Schedule)
	if err != nil { // parseConfig has refused it already
		f.add("fail", "REFRESH_SCHEDULE", "%v", err)
		return
	}
	f.add("pass", "REFRESH_SCHEDULE", "%s, next at %s UTC", c.Schedule, schedule.Next(time.Now().UTC()).Format(time.DateTime))
}

func checkTemplates(f *findings, c config) {
	t, err := render.LoadTemplates(c.TemplatesDir)
	if err != nil {
		f.add("fail", "templates", "%v", err)
		return
	}
	f.add("pass", "templates", "%s, rendered with sample products", t.Source)
	for _, sentence := range t.Warnings(c.site()) {
		f.add("warn", "templates", "%s", sentence)
	}
}

// roomForPage is what checkFolder tries to write: a page of a few hundred products.
const roomForPage = 256 << 10

// checkFolder sees whether a file of a page's size can be made in dir, or in the nearest folder above that is there.
func checkFolder(f *findings, name, dir string) {
	at := dir
	for {
		if _, err := os.Stat(at); err == nil || filepath.Dir(at) == at {
			break
		}
		at = filepath.Dir(at)
	}
	probe, err := os.CreateTemp(at, ".vitrine-check-*")
	if err != nil {
		f.add("warn", name, "%s cannot be written (%s): the page would be served from memory and lost at a restart", dir, pathErr(err))
		return
	}
	_, err = probe.Write(make([]byte, roomForPage))
	err = errors.Join(err, probe.Sync(), probe.Close())
	if removed := os.Remove(probe.Name()); err != nil {
		f.add("warn", name, "%s has no room for a file of %d KB (%s): the last good page would stay up", dir, roomForPage>>10, pathErr(err))
		return
	} else if err = removed; err != nil {
		f.add("warn", name, "a file made in %s cannot be removed (%s)", dir, pathErr(err))
		return
	}
	f.add("pass", name, "%s can be written", dir)
}

// checkDatabase reports on the database; extra is text of several lines to go below the findings: a statement to start
// from, or the plan.
func (k checkCmd) checkDatabase(ctx context.Context, f *findings, c config, p program) (extra string, err error) {
	if c.DatabaseURL == "" {
		f.add("fail", "DATABASE_URL", "not set: set it to your shop's PostgreSQL address (vitrine serve --demo shows a demo shop without)")
		return "", nil
	}
	if c.demo() {
		return "", checkDemo(ctx, f, c, p)
	}
	db, err := c.openPostgres(c.commandLogger(p.stderr))
	if err != nil {
		return "", err
	}
	defer db.Close()
	slow := time.AfterFunc(patience, func() { fmt.Fprintln(p.stderr, "vitrine: still waiting for the database") })
	r, err := db.Inspect(ctx)
	slow.Stop()
	if err != nil {
		f.add("fail", "database", "%s: %s", store.ClassOf(err), store.Sentence(err))
		return "", nil
	}
	describeServer(f, r)
	for _, n := range db.Notices() {
		f.add("info", "database", "%s", n)
	}
	for _, name := range db.Unknown() {
		f.add("info", "database", "DATABASE_URL: not known: %s", name)
	}
	if r.Mismatch != nil {
		f.add("fail", "shop", "%s", store.Sentence(r.Mismatch))
		return "", nil
	}
	describeShop(f, r, c)
	if k.Analyze {
		if extra, err = db.Explain(ctx, true); err != nil {
			f.add("warn", "analyze", "%s: %s", store.ClassOf(err), store.Sentence(err))
		}
	}
	if r.Shop != nil && (k.JSON || k.Analyze) {
		extra = strings.TrimPrefix(extra+"\n\n", "\n\n") + r.Shop.File(r.Questions)
	}
	return extra, nil
}

func checkDemo(ctx context.Context, f *findings, c config, p program) error {
	db, err := c.openDatabase(c.commandLogger(p.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	cat, cost, err := db.Categories(ctx, nil)
	if err != nil {
		f.add("fail", "database", "%s: %s", store.ClassOf(err), store.Sentence(err))
		return nil
	}
	f.add("pass", "database", "the demo shop")
	describePage(f, cat, float64(cost.Query.Microseconds())/1000, "", c)
	return nil
}

func describeServer(f *findings, r postgres.Report) {
	f.add("pass", "database", "%s %s, %s", r.Engine, r.ServerVersion, r.Role)
	if r.Role == "standby" {
		f.add("info", "database", "this is a standby: the page is as new as its replication")
	}
	if r.Pooler {
		f.add("info", "database", "a pooler stands between: refreshes work through it, database notifications and session locks may not")
	}
	if r.MaxConnections > 0 && r.PoolMax > r.MaxConnections/2 {
		f.add("info", "DATABASE_POOL_MAX", "%d is much of the server's max_connections=%d; a refresh needs one", r.PoolMax, r.MaxConnections)
	}
}
