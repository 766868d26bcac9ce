package postgres

import (
	"fmt"
	"log/slog"
	"time"
)

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
			notices = append(notices, fmt.Sprintf("DATABASE_POOL_MIN=%d is more than the pool may hold; it counts as %d", o.PoolMin, o.PoolMax))
		}
		o.PoolMin = o.PoolMax
	}
	return o, notices
}

// withDefaults fills in what the options leave at zero.
func withDefaults(o Options) Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.ConnectTimeout, 30*time.Second)
	def(&o.AcquireTimeout, 30*time.Second)
	def(&o.QueryTimeout, 10*time.Second)
	def(&o.SlowQuery, time.Second)
	if o.PoolMax <= 0 {
		o.PoolMax = 10
	}
	o.PoolMin = max(o.PoolMin, 0)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
