package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"vitrine/cmd/vitrine/web"
	"vitrine/cmd/vitrine/worker"
	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/publish/object"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/demo"
	"vitrine/store/postgres"
	"vitrine/store/postgres/shop"
)

// noDatabase is the error of whoever starts without a database: a misspelt variable must never show invented products.
func (c config) noDatabase(hints ...string) error {
	return withHints(errors.New("DATABASE_URL is not set: set it to your shop's PostgreSQL address, in the "+
		"environment or in a file .env"),
		append(c.doubts, hints...))
}

// tryDemo is a hint for the commands that have the flag.
const tryDemo = "to look at a demo shop first, run the same command with --demo"

// withHints is a usage error with what may be its cause.
func withHints(err error, hints []string) error {
	for _, hint := range hints {
		err = fmt.Errorf("%w\nhint: %s", err, hint)
	}
	return usage(err)
}

// app is the wired program: configuration, log, database, storage and worker.
type app struct {
	config config
	log    *slog.Logger
	db     database
	bucket *object.Bucket // nil for none
	worker *worker.Worker
	heart  *heartbeat
}

// database is where the shop's catalogue comes from: PostgreSQL, or the demo shop.
type database interface {
	Categories(ctx context.Context, seen map[string][]string) (store.Catalogue, store.Cost, error)
	Probe(context.Context) store.Health
	Health() store.Health
	Source() store.Source
	Notices() []string
	Unknown() []string
	Where() string
	Close() error
}

// load reads the configuration; demo stands in for a DATABASE_URL that is not set. Mistakes are usage errors.
func (p program) load(demo bool) (config, error) {
	vars, misspelt, err := environment(p.environ, ".env")
	if err != nil {
		return config{}, usage(err)
	}
	c, err := parseConfig(vars)
	if err != nil {
		return config{}, withHints(err, misspelt)
	}
	c.doubts = append(c.doubts, misspelt...)
	if c.DatabaseURL == "" && demo {
		c.DatabaseURL = demoURL
	}
	return c, nil
}

// asCommand is c for a command that says itself what happened: it logs warnings only, unless LOG_LEVEL asks for more.
func (c config) asCommand() config {
	if !c.explicit["LOG_LEVEL"] {
		c.LogLevel = slog.LevelWarn
	}
	return c
}

// commandLogger is the log of a command.
func (c config) commandLogger(w io.Writer) *slog.Logger {
	return slog.New(c.asCommand().logHandler(w, w))
}

// queuedLogger is a log to w that never waits for its reader; the queue is to be closed.
func (c config) queuedLogger(w io.Writer) (*slog.Logger, *lineQueue) {
	var log *slog.Logger
	queue := newLineQueue(w, func(dropped int64) {
		log.Warn("log lines were dropped, since nobody read them", "lines", dropped)
	})
	log = slog.New(c.logHandler(queue, w))
	return log, queue
}

// logHandler writes to w, which leads to end, as c asks: text for people on a terminal, JSON elsewhere, unless
// LOG_FORMAT says which.
func (c config) logHandler(w, end io.Writer) slog.Handler {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" || (c.LogFormat == "auto" && !isTerminal(end)) {
		options.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == worker.LineKey {
				return slog.Attr{}
			}
			return a
		}
		return slog.NewJSONHandler(w, options)
	}
	return forPeople{slog.NewTextHandler(w, options)}
}

// forPeople shortens a record that has a line for people to that line and the error.
type forPeople struct{ slog.Handler }

func (h forPeople) Handle(ctx context.Context, r slog.Record) error {
	short := slog.NewRecord(r.Time, r.Level, "", r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case worker.LineKey:
			short.Message = a.Value.String()
		case "error":
			short.AddAttrs(a)
		}
		return true
	})
	if short.Message == "" {
		short = r
	}
	return h.Handler.Handle(ctx, short)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// openDatabase prepares the database, whichever it is; it touches neither network nor disk. What it refuses is a
// mistake in the configuration.
func (c config) openDatabase(log *slog.Logger) (database, error) {
	if !c.demo() {
		return c.openPostgres(log)
	}
	digits, _ := render.CurrencyDigits(c.Currency)
	return demo.Open(demo.Options{
		Categories: c.categories, PerCategory: c.PerCategory, Digits: digits,
		PoolMax: c.PoolMax, Timeout: c.QueryTimeout, Slow: c.SlowQuery,
	})
}

// openPostgres is openDatabase for what PostgreSQL alone can do.
func (c config) openPostgres(log *slog.Logger) (*postgres.DB, error) {
	if c.DatabaseURL == "" {
		return nil, c.noDatabase()
	}
	if c.demo() {
		return nil, errors.New("the demo shop makes and fills itself: point DATABASE_URL at a PostgreSQL database")
	}
	digits, _ := render.CurrencyDigits(c.Currency)
	var reread func() (store.Secret, error)
	if c.urlFile != "" {
		reread = func() (store.Secret, error) { return readSecretFile(c.urlFile) }
	}
	db, err := postgres.Open(postgres.Options{
		URL: c.DatabaseURL, Reread: reread, Explicit: c.explicit,
		PoolMin: c.PoolMin, PoolMax: c.PoolMax,
		ConnectTimeout: c.ConnectionTimeout, AcquireTimeout: c.AcquireTimeout,
		QueryTimeout: c.QueryTimeout, SlowQuery: c.SlowQuery,
		Categories: c.categories, PerCategory: c.PerCategory,
		QueryFile: c.QueryFile, Log: log, Settings: shop.Settings{
			Schema: c.Schema, PriceUnit: c.PriceUnit, Store: c.Store, Discount: c.Discount,
			Ignore: strings.FieldsFunc(c.Ignore, func(r rune) bool { return r == ',' || r == ' ' }),
			Lang:   c.SiteLang, LangSet: c.explicit["SITE_LANG"],
			Currency: c.Currency, CurrencySet: c.explicit["CURRENCY"], CurrencyDigits: digits,
		},
	})
	if err != nil {
		return nil, usage(err)
	}
	return db, nil
}

// open builds the program but for what serves it. Nothing is read or shown before the worker is opened. notices are for
// the status, beside the database's.
func (c config) open(log *slog.Logger, notices func() []string) (*app, error) {
	db, err := c.openDatabase(log)
	if err != nil {
		return nil, err
	}
	for _, doubt := range c.doubts {
		log.Warn("configuration", "warning", doubt)
	}
	if names := db.Unknown(); len(names) > 0 {
		log.Warn("DATABASE_URL has parameters that are not known and have no effect", "parameters", names)
	}
	public, err := publish.Open(c.PublicDir, c.StateDir, log)
	if err != nil {
		return nil, errors.Join(usage(err), db.Close())
	}
	bucket, err := c.bucket(log)
	if err != nil {
		return nil, errors.Join(usage(err), db.Close())
	}
	heart := &heartbeat{url: c.HeartbeatURL, log: log}
	w, err := worker.New(worker.Config{
		Schedule: c.Schedule, Timeout: c.RefreshTimeout, Jitter: c.RefreshJitter,
		StaleAfter: c.StaleAfter, Gate: render.Gate{MinProducts: c.MinProducts, MaxShrink: c.MaxShrink},
		Site: c.site(), Selection: c.selection(), TemplatesDir: c.TemplatesDir, Version: programVersion(), Log: log,
		Read: db.Categories, Health: db.Health, Source: db.Source, Pictures: c.pictures,
		Listen: c.listener(db), Succeeded: heart.beat, Public: public, Bucket: bucket, Notices: func() []string {
			return slices.Concat(notices(), db.Notices(), bucket.Notices())
		},
	})
	if err != nil {
		return nil, errors.Join(usage(err), db.Close())
	}
	return &app{c, log, db, bucket, w, heart}, nil
}

// selection are the settings that say which products are shown and at what price.
func (c config) selection() []string {
	return append([]string{strconv.Itoa(c.PerCategory), c.Schema, c.QueryFile, c.PriceUnit, c.Store, c.Discount, c.Ignore},
		c.categories...)
}

// listener is what hears the database's notifications; nil where NOTIFY_CHANNEL is not set, and for the demo shop.
func (c config) listener(db database) func(context.Context, func()) error {
	pg, ok := db.(*postgres.DB)
	if !ok || c.NotifyChannel == "" {
		return nil
	}
	return func(ctx context.Context, changed func()) error { return pg.Listen(ctx, c.NotifyChannel, changed) }
}

// answerGrace is how long beyond its deadline a refresh may take to say that it has failed.
const answerGrace = time.Second

// refreshOverHTTP answers POST /refresh.
func (a *app) refreshOverHTTP(ctx context.Context, force bool) web.RefreshResult {
	ctx, cancel := context.WithTimeout(ctx, a.config.RefreshTimeout+answerGrace)
	defer cancel()
	report, err := a.worker.Refresh(ctx, worker.Request{Trigger: status.TriggerHTTP, Force: force})
	var tooSoon *worker.TooSoonError
	switch {
	case errors.As(err, &tooSoon):
		return web.RefreshResult{Message: err.Error(), RetryAfter: tooSoon.Wait}
	case errors.Is(err, worker.ErrStopped):
		return web.RefreshResult{Result: status.Failed, Message: err.Error()}
	case ctx.Err() != nil:
		return web.RefreshResult{Result: web.ResultDeadline, Message: "the refresh goes on; see /status.json"}
	}
	return web.RefreshResult{Result: report.Outcome.Result, Message: report.Outcome.Message, Doc: report.Outcome}
}

// pictures are the files of a page that are no author's: the demo shop's drawings, and the logo.
func (c config) pictures(cat store.Catalogue) map[string][]byte {
	pictures := demo.Pictures(cat)
	maps.Copy(pictures, c.logo.Files())
	return pictures
}

// closeStore closes the connections to the object storage, and the pool; connections that a silent network holds are
// closed under their readers.
func (a *app) closeStore() {
	a.bucket.Close()
	if err := a.db.Close(); err != nil {
		a.log.Warn("close the pool", "error", store.Sentence(err))
	}
}

// userError formats a database error for the terminal: its class, unless Other, and its message.
// The raw text goes to the log.
func userError(err error) error {
	if store.ClassOf(err) == store.Other {
		return errors.New(store.Sentence(err))
	}
	return fmt.Errorf("%s: %s", store.ClassOf(err), store.Sentence(err))
}
