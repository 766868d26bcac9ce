package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"vitrine/render"
	"vitrine/store"
	"vitrine/store/postgres"
)

// checkDatabase reports on the database and on what it holds; templates may be nil. extra is text of several lines to
// go below the findings: the plan, or a statement to start from.
func (k checkCmd) checkDatabase(ctx context.Context, f *findings, c config, p program,
	templates *render.Templates) (extra string, err error) {
	if c.DatabaseURL == "" {
		f.add("fail", "DATABASE_URL", "not set: set it to your shop's PostgreSQL address, "+
			"or look at the demo shop with this").Fix = "DATABASE_URL=" + demoURL
		return "", nil
	}
	if c.demo() {
		return "", checkDemo(ctx, f, c, p, templates)
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
		one := f.addError("fail", "database", err)
		one.Sentence += " (" + db.Where() + ")"
		return "", nil
	}
	checkServer(ctx, f, r.Server, c, db)
	for _, n := range db.Notices() {
		f.add("info", "database", "%s", n)
	}
	for _, name := range db.Unknown() {
		f.add("info", "database", "DATABASE_URL: not known: %s", name)
	}
	if r.Mismatch != nil {
		f.addError("fail", "shop", r.Mismatch)
		return "", nil
	}
	describeShop(f, r, c)
	checkTriggers(ctx, f, c, db)
	plan, err := db.Explain(ctx, k.Analyze)
	checkIndexes(f, r, plan, c)
	if err != nil {
		f.addError("warn", "plan", err)
	} else {
		checkPlan(f, r, plan)
	}
	if k.Analyze {
		extra = plan.Text
	}
	if len(r.Questions) == 0 {
		checkPage(ctx, f, c, p, templates, r.Catalogue)
	}
	if r.Shop != nil && (k.JSON || k.Analyze) {
		extra = strings.TrimPrefix(extra+"\n\n", "\n\n") + r.Shop.File(r.Questions)
	}
	return extra, nil
}

func checkDemo(ctx context.Context, f *findings, c config, p program, templates *render.Templates) error {
	db, err := c.openDatabase(c.commandLogger(p.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	cat, cost, err := db.Categories(ctx, nil)
	if err != nil {
		f.addError("fail", "database", err)
		return nil
	}
	f.add("pass", "database", "the demo shop")
	describePage(f, cat, store.Milliseconds(cost.Query), "", c)
	checkPage(ctx, f, c, p, templates, cat)
	return nil
}

// checkServer reports on the server: what it is, its connections, what stands between, its clock, its notifications.
func checkServer(ctx context.Context, f *findings, s postgres.Server, c config, db *postgres.DB) {
	f.add("pass", "database", "PostgreSQL %s, %s, answers in %.1f ms (%s)", s.Version, s.Role,
		store.Milliseconds(s.Latency), db.Where())
	if s.Role == "standby" {
		f.add("info", "database", "this is a standby: the page is as new as its replication")
	}
	checkConnections(f, s, db.Health().Pool.Max, c.NotifyChannel)
	if s.Pooler {
		f.add("info", "pooler", "a pooler such as PgBouncer, or a proxy, stands between: DATABASE_POOL_MAX counts "+
			"connections to it, not to the server. Refreshes work through it in every mode, notifications in session mode only")
	} else {
		f.add("pass", "pooler", "none stands between")
	}
	checkClock(f, s.ClockAhead, s.Latency)
	checkListen(ctx, f, s, c, db)
}

// checkListen has a notification sent and waits for it. That none arrives is a warning where they are wanted.
func checkListen(ctx context.Context, f *findings, s postgres.Server, c config, db *postgres.DB) {
	level, fix := "info", ""
	if c.NotifyChannel != "" {
		level, fix = "warn", "NOTIFY_CHANNEL="
	}
	if s.Role == "standby" {
		f.add(level, "LISTEN", "a standby sends no notifications: the page follows REFRESH_SCHEDULE").Fix = fix
	} else if err := db.TryListen(ctx, c.channel()); err != nil {
		if one := f.addError(level, "LISTEN", err); s.Pooler {
			one.Fix = cmp.Or(one.Fix, fix)
		}
	} else {
		f.add("pass", "LISTEN", "a notification was sent, and it arrived")
	}
}

// checkTriggers sees whether the shop's tables send the notifications that NOTIFY_CHANNEL waits for.
func checkTriggers(ctx context.Context, f *findings, c config, db *postgres.DB) {
	if c.NotifyChannel == "" {
		return
	}
	plan, err := db.PlanNotify(ctx, c.NotifyChannel)
	switch {
	case err != nil:
		f.addError("warn", "NOTIFY_CHANNEL", err)
	case len(plan.Steps) > 0:
		f.add("warn", "NOTIFY_CHANNEL", "triggers that tell of changes are missing: edits "+
			"wait for the next tick of REFRESH_SCHEDULE").Fix = "vitrine init --notify --yes"
	case c.QueryFile != "":
		f.add("info", "NOTIFY_CHANNEL", "%s", strings.Join(plan.Notes, ". "))
	case len(plan.Views) > 0:
		f.add("warn", "NOTIFY_CHANNEL", "%s cannot tell of changes, being a view: edits wait for the next tick of "+
			"REFRESH_SCHEDULE; with NOTIFY_CHANNEL empty nothing is waited for",
			strings.Join(plan.Views, " and ")).Fix = "NOTIFY_CHANNEL="
	default:
		f.add("pass", "NOTIFY_CHANNEL", "the shop's tables have the triggers that tell of changes")
	}
}

// checkConnections holds what all instances may take against what the server leaves them.
func checkConnections(f *findings, s postgres.Server, poolMax int, channel string) {
	listeners, variables := 0, "DATABASE_POOL_MAX"
	if channel != "" { // outside the pool
		listeners, variables = 1, variables+", and one for NOTIFY_CHANNEL"
	}
	each := poolMax + listeners
	ours := fmt.Sprintf("%q may take %d (%s)", s.AppName, each, variables)
	if s.Instances > 1 {
		ours = fmt.Sprintf("%d instances of %q may take %d each (%s)", s.Instances, s.AppName, each, variables)
	}
	for _, l := range s.Limits {
		room := l.Room()
		said := fmt.Sprintf("%s leaves room for %d (%d in all, %d taken by others); %s", l.Name, max(room, 0),
			l.Most, l.Taken, ours)
		if each*s.Instances <= room {
			f.add("pass", "connections", "%s", said)
			continue
		}
		one := f.add("warn", "connections", "%s: when they are used up, refreshes fail", said)
		if fits := room/s.Instances - listeners; fits > 0 {
			one.Fix = fmt.Sprintf("DATABASE_POOL_MAX=%d", fits)
		} else {
			one.Fix = l.Raise
		}
	}
}

// clockTolerance is how far apart two clocks may be that are kept by the network.
const clockTolerance = 2 * time.Second

// checkClock compares the clocks: sales begin and end by the database's, the age of the page is told by this machine's.
func checkClock(f *findings, ahead, latency time.Duration) {
	side := "ahead of"
	if ahead < 0 {
		side, ahead = "behind", -ahead
	}
	if ahead <= clockTolerance+latency/2 {
		f.add("pass", "clock", "within %.1f s of the database's", (ahead + latency/2).Seconds())
		return
	}
	f.add("warn", "clock", "this machine's clock is %s %s the database's: the page's age would be told wrong. Set the "+
		"wrong one by the network", ahead.Round(100*time.Millisecond), side).Fix = "sudo timedatectl set-ntp true"
}
