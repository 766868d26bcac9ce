package store

import "time"

// Health is the state of the database as the shop's people may see it: the `database` part of the status document and
// the body of GET /api/health/database. Durations are milliseconds.
type Health struct {
	// Kind is postgres or sqlite.
	Kind string `json:"kind"`
	// Status is pass, fail, or unknown before the first contact.
	Status string `json:"status"`
	// ErrorClass says why Status is fail (a Class); empty otherwise.
	ErrorClass Class `json:"error_class,omitempty"`
	// Role is primary or standby (pg_is_in_recovery), empty where unknown; a standby is no failure.
	Role string `json:"role,omitempty"`
	// ReplayAgeMS is how long ago the primary made the newest change that a standby has replayed: on a quiet primary it
	// grows though nothing is missing.
	ReplayAgeMS *float64 `json:"replay_age_ms,omitempty"`
	// ResponseTimeMS is how long the last probe or query took.
	ResponseTimeMS float64 `json:"response_time_ms"`
	// CheckedAt is when that was; nil before the first contact.
	CheckedAt *time.Time `json:"checked_at"`
	// ActiveConnections is the highest number of connections in use during the last refresh.
	ActiveConnections int `json:"active_connections"`
	// FailureRate is the failed part of the last 20 operations, 0 to 1.
	FailureRate float64 `json:"failure_rate"`
	// Listener is the optional LISTEN connection; nil while there is none.
	Listener *ListenerState `json:"listener,omitempty"`
	Queries  QueryCounts    `json:"queries"`
	Pool     PoolStats      `json:"pool"`
}

// ListenerState tells whether database notifications arrive.
type ListenerState struct {
	State string    `json:"state"` // Listening or ListenerDown
	Since time.Time `json:"since"`
}

// States of the listener.
const (
	Listening    = "listening"
	ListenerDown = "down"
)

// QueryCounts counts every operation on the database since the process started: refreshes and probes.
type QueryCounts struct {
	Total     int64   `json:"total"`
	OK        int64   `json:"ok"`
	Failed    int64   `json:"failed"`
	Slow      int64   `json:"slow"`
	SlowestMS float64 `json:"slowest_ms"`
}

// PoolStats are the pool's settings and counters; counters go on across a pool reset.
type PoolStats struct {
	Min            int     `json:"min"`
	Max            int     `json:"max"`
	Open           int     `json:"open"`
	InUse          int     `json:"in_use"`
	Idle           int     `json:"idle"`
	WaitCount      int64   `json:"wait_count"`
	WaitMS         float64 `json:"wait_ms"`
	ClosedIdle     int64   `json:"closed_idle"`
	ClosedLifetime int64   `json:"closed_lifetime"`
	Resets         int64   `json:"resets"`
}

// Milliseconds is d as documents give durations: in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
