// Package status is the account of how the homepage is doing. [Status] is the document status.json; [Page] writes it
// for people, with plots of its history. All its sentences are worded here.
package status

import (
	"time"

	"vitrine/render"
	"vitrine/store"
)

// Status is the document public/status.json and GET /status.json. Times are RFC 3339 UTC, durations
// milliseconds, sizes bytes. The schema is additive: fields are added, never renamed or removed.
type Status struct {
	Schema  int    `json:"schema"` // 1
	Version string `json:"version"`
	// Status is Pass, Warn or Fail; Summary is one sentence that answers "why is my page old?". Evaluate fills both.
	Status      string    `json:"status"`
	Summary     string    `json:"summary"`
	GeneratedAt time.Time `json:"generated_at"`
	// ValidUntil is when a reader must stop believing Status: a later now means fail, the worker is stopped or stuck.
	ValidUntil time.Time `json:"valid_until"`
	// StoppedAt is when whoever wrote this stopped as it was told to; nil while it runs. Status is Fail then.
	StoppedAt *time.Time `json:"stopped_at,omitempty"`
	Process   Process    `json:"process"`
	// Notices are sentences that people should read: read-only folders, missing index, settings that do nothing.
	Notices []string `json:"notices"`
	// Page is the page that is up; nil while there is none.
	Page *PageInfo `json:"page"`
	// LastRefresh is the last data refresh, good or bad; nil before the first.
	LastRefresh         *Outcome     `json:"last_refresh"`
	LastSuccessAt       *time.Time   `json:"last_success_at"`
	ConsecutiveFailures int          `json:"consecutive_failures"`
	NextRefreshAt       *time.Time   `json:"next_refresh_at"` // the earlier of retry and tick; nil where no server runs
	Database            store.Health `json:"database"`
	// Upload is the object storage's part; nil where PUBLISH_TO is not set, and before the first page.
	Upload    *Upload      `json:"upload,omitempty"`
	Templates TemplateInfo `json:"templates"`
	// History holds the last 288 outcomes (a day at five minutes), oldest first.
	History []HistoryEntry `json:"history"`
}

// Process identifies the program that wrote the status.
type Process struct {
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"`
}

// PageInfo describes the published page.
type PageInfo struct {
	PublishedAt time.Time `json:"published_at"`
	// DataAt is when the page's data was read and, since then, found unchanged: the page's age counts from here.
	DataAt time.Time `json:"data_at"`
	// DataVersion is the catalogue's: it grows with every change of the database, by no clock.
	DataVersion int64 `json:"data_version,omitempty"`
	// Source is the fingerprint of what the page was made from; nil on pages of older versions.
	Source    *Source   `json:"source,omitempty"`
	ETag      string    `json:"etag"` // of the uncompressed representation, with its quotes
	Bytes     int       `json:"bytes"`
	Encodings Encodings `json:"encodings"`
	// Categories counts the non-empty ones.
	Categories int                           `json:"categories"`
	Products   int                           `json:"products"`
	Skipped    map[string]render.SkippedInfo `json:"skipped"` // by reason
	Changes    render.Changes                `json:"changes"` // what the last publish changed
}

// Source says which shop a page is of, without secrets.
type Source struct {
	Database string `json:"database"` // as store.Source has it
	Settings string `json:"settings"` // as store.Source has it
	Demo     bool   `json:"demo"`
	SiteName string `json:"site_name"`
	SiteURL  string `json:"site_url"`
	// Site is a sum of all settings of the site; empty on pages of older versions.
	Site string `json:"site,omitempty"`
}

// Encodings are the sizes of the compressed representations in bytes; 0 while one is not made yet.
type Encodings struct {
	BR   int `json:"br"`
	Gzip int `json:"gzip"`
}

// Summary gives the figures of a published page to compare the next one with.
func (i PageInfo) Summary() render.PageSummary {
	return render.PageSummary{Products: i.Products, Categories: i.Categories}
}

// Results of a refresh.
const (
	Published = "published"
	Unchanged = "unchanged"
	Rejected  = "rejected" // the gate kept the old page
	Failed    = "failed"
)

// Triggers of a refresh. TriggerTemplates is a re-render of the last good catalogue; it appears in the history only.
const (
	TriggerStartup   = "startup"
	TriggerSchedule  = "schedule"
	TriggerRetry     = "retry"
	TriggerNotify    = "notify"
	TriggerSignal    = "signal"
	TriggerHTTP      = "http"
	TriggerCommand   = "command"
	TriggerTemplates = "templates"
)

// Outcome is how one data refresh ended.
type Outcome struct {
	ID         string    `json:"id"` // unique per refresh, the same as in the log
	Trigger    string    `json:"trigger"`
	StartedAt  time.Time `json:"started_at"`
	DurationMS float64   `json:"duration_ms"`
	// Attempts counts this refresh and the failed ones of the same class right before it.
	Attempts   int         `json:"attempts"`
	Result     string      `json:"result"`
	ErrorClass store.Class `json:"error_class,omitempty"`
	// Rule is the gate's rule that refused the page, one of package render's; empty otherwise.
	Rule string `json:"rule,omitempty"`
	// Message is a sentence of ours, free of secrets and driver text.
	Message string `json:"message"`
	Phases  Phases `json:"phases"`
}

// Phases are the parts of a refresh in milliseconds; 0 for those not reached.
type Phases struct {
	AcquireMS float64 `json:"acquire_ms"`
	QueryMS   float64 `json:"query_ms"`
	RenderMS  float64 `json:"render_ms"`
	PublishMS float64 `json:"publish_ms"`
}

// Upload tells what became of the last try to put the page into the object storage.
type Upload struct {
	To     string `json:"to"`     // s3://bucket/prefix
	Status string `json:"status"` // Pass or Warn
	// LastAt is when the page there was last known to be ETag's, which was up here then.
	LastAt     *time.Time  `json:"last_at"`
	ETag       string      `json:"etag"`
	ErrorClass store.Class `json:"error_class,omitempty"`
	Message    string      `json:"message,omitempty"`
}

// TemplateInfo tells which templates are in use.
type TemplateInfo struct {
	LoadedAt time.Time `json:"loaded_at"`
	Error    string    `json:"error,omitempty"` // file:line and our words; empty when good
	Source   string    `json:"source"`          // embedded or folder
}

// HistoryLen is how many outcomes are kept: a day of five minutes.
const HistoryLen = 288

// HistoryEntry is one outcome of the past; failures of one class in a row are folded into one entry.
type HistoryEntry struct {
	At         time.Time   `json:"at"`
	Trigger    string      `json:"trigger"`
	Result     string      `json:"result"`
	ErrorClass store.Class `json:"error_class,omitempty"`
	Attempts   int         `json:"attempts"`
	Until      *time.Time  `json:"until,omitempty"` // the last of the folded attempts
	DurationMS float64     `json:"duration_ms"`
	Phases     Phases      `json:"phases"`
	Products   int         `json:"products"`
	InUse      int         `json:"in_use"`
	WaitCount  int64       `json:"wait_count"`
}
