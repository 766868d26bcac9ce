// Package postgres knows PostgreSQL: it takes DATABASE_URL as shops write it, keeps a small pool whose deadlines hold
// on a dead network, sends the one batched category query, and says in plain classes what went wrong. Its main type is
// [DB].
package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// Options say which database to read and how. Zero durations and sizes mean the defaults.
type Options struct {
	// URL is DATABASE_URL as the shop wrote it.
	URL store.Secret
	// Reread gives the URL anew where it stands in a file: before each connect, so that a new password counts. nil: never.
	Reread func() (store.Secret, error)
	// PoolMin connections are kept open from the first operation that succeeds on; at most PoolMax are open at a time.
	PoolMin, PoolMax int
	// ConnectTimeout bounds making one connection, AcquireTimeout getting one from the pool (the making included),
	// QueryTimeout one operation on it; operations slower than SlowQuery are logged.
	ConnectTimeout, AcquireTimeout, QueryTimeout, SlowQuery time.Duration
	// Explicit names the variables that were set: DATABASE_* beat the URL's parameters, which beat the defaults.
	Explicit map[string]bool
	// Categories are the shelves asked for by name, in page order; none means that the database decides.
	Categories []string
	// PerCategory is how many products a category shows.
	PerCategory int
	// QueryFile is CATALOG_QUERY_FILE, the shop's own SELECT.
	QueryFile string
	shop.Settings
	Log *slog.Logger
}

// DB is a small pool of connections to one database, and what is known of its health. Its methods may be called
// concurrently.
type DB struct {
	opt      Options // complete: URL parameters and defaults are filled in
	schema   string  // the schema that the shop's tables are in, unquoted
	target   *target
	dial     *connector
	lifetime time.Duration // of a connection, at least
	ping     time.Duration // between two questions whether the listener's connection lives
	log      *slog.Logger

	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	active sync.WaitGroup // reads and probes under way
	keeper sync.Once      // starts keep

	mu       sync.Mutex // guards what follows
	closed   bool
	pool     *sqlx.DB
	retired  []*sqlx.DB      // swapped out, with connections that are still in use
	past     store.PoolStats // counters of pools that are gone
	resets   int64
	resetAt  time.Time
	window   window
	counts   store.QueryCounts
	last     outcome
	peak     int // highest number of connections in use during the last refresh
	notices  []string
	listener *store.ListenerState    // nil until Listen has tried; never changed in place
	deaf     string                  // why the listener does not listen; "" where it does, or is not wanted
	letGo    context.CancelCauseFunc // has the listener give its connection back; nil before it had one
	probe    chan struct{}           // of the probe under way: closes when its outcome is in Health
	probed   time.Time

	reading reading // how the shop was read last
}

// Open prepares a pool; it touches neither network nor disk. Errors are mistakes of configuration, told without any
// secret.
func Open(o Options) (*DB, error) {
	o = withDefaults(o)
	t, err := parseURL(o.URL.Reveal())
	if err != nil {
		return nil, err
	}
	db := &DB{log: o.Log, target: t, schema: t.schema, lifetime: 10 * time.Minute, ping: listenPing}
	db.opt, db.notices = t.limits(o)
	db.notices = append(slices.Clone(t.notices), db.notices...)
	db.ctx, db.stop = context.WithCancel(context.Background())
	db.dial = newConnector(db.target, db.opt.ConnectTimeout, db.opt.QueryTimeout+time.Second, db.reread)
	db.pool = db.open()
	return db, nil
}

// reread takes user and password from the file in which the URL stands, where there is one.
func (db *DB) reread() {
	if db.opt.Reread == nil {
		return
	}
	text, err := db.opt.Reread()
	if err == nil {
		err = db.target.renew(text.Reveal())
	}
	if err != nil {
		db.log.Warn("DATABASE_URL_FILE cannot be used as it is now; the login read before stays", "error", err)
	}
}

// open makes a new, empty pool. Connections live one to one and a half lifetimes, so that after a failover none stays
// with the old server for long, and those of many machines do not all end together.
func (db *DB) open() *sqlx.DB {
	pool := sqlx.NewDb(sql.OpenDB(db.dial), "postgres")
	pool.SetMaxOpenConns(db.opt.PoolMax)
	pool.SetMaxIdleConns(db.opt.PoolMax)
	pool.SetConnMaxLifetime(db.lifetime + rand.N(db.lifetime/2))
	return pool
}

// Close ends operations that are under way (their class is shutdown) and closes every connection.
func (db *DB) Close() error {
	db.mu.Lock()
	db.closed = true
	db.mu.Unlock()
	db.stop()
	db.active.Wait()
	db.mu.Lock()
	pools := append(db.retired, db.pool)
	db.mu.Unlock()
	for _, p := range pools {
		_ = p.Close() // an error says that a connection was dead already
	}
	db.dial.close()
	return nil
}

// Notices are sentences for people about how the database is set up, without secrets.
func (db *DB) Notices() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Concat(db.notices, db.listenerNotice(), db.shopNotices())
}

// Source says whose catalogue this database gives, without touching it: Database is right, Settings empty, since part
// of them is seen only by looking. Catalogue.Source has both.
func (db *DB) Source() store.Source { return store.Source{Database: db.target.identity()} }

// Unknown are the parameters of DATABASE_URL that have no meaning here, for the log and the terminal: a piece of a
// badly written password may be among them.
func (db *DB) Unknown() []string { return db.target.unknown }

func (db *DB) current() *sqlx.DB {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.pool
}

// limits settles pool size and timeouts: a DATABASE_* variable that was set beats the URL, the URL beats the default.
func (t *target) limits(o Options) (Options, []string) {
	pick := func(variable string, option *time.Duration, url time.Duration) {
		if url > 0 && !o.Explicit[variable] {
			*option = url
		}
	}
	pick("DATABASE_CONNECTION_TIMEOUT", &o.ConnectTimeout, t.connect)
	pick("DATABASE_ACQUIRE_TIMEOUT", &o.AcquireTimeout, t.acquire)
	pick("DATABASE_QUERY_TIMEOUT", &o.QueryTimeout, t.query)
	if t.max > 0 && !o.Explicit["DATABASE_POOL_MAX"] {
		o.PoolMax = min(t.max, 1000)
	}
	var notices []string
	if o.PoolMin > o.PoolMax {
		if o.Explicit["DATABASE_POOL_MIN"] {
			notices = append(notices, fmt.Sprintf("DATABASE_POOL_MIN=%d is more than the pool may hold; it counts as %d",
				o.PoolMin, o.PoolMax))
		}
		o.PoolMin = o.PoolMax
	}
	return o, notices
}

// withDefaults fills in what the options leave at zero.
func withDefaults(o Options) Options {
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, 30*time.Second)
	o.AcquireTimeout = cmp.Or(o.AcquireTimeout, 30*time.Second)
	o.QueryTimeout = cmp.Or(o.QueryTimeout, 10*time.Second)
	o.SlowQuery = cmp.Or(o.SlowQuery, time.Second)
	o.PoolMax = cmp.Or(o.PoolMax, 10)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}
