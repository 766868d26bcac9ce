// Package web knows all of vitrine that is reached over HTTP: the homepage, the files of the public folder, status and
// health for visitors and monitors, and, on a second address, metrics, refresh and profiles for operators.
//
// The main type is Server. Show swaps one pointer to an immutable view: the snapshot and all headers that belong to its
// bodies, worked out once. A request takes the pointer once and answers from what it holds, so that body,
// Content-Encoding, Content-Length and ETag always belong together (invariant I5), however often Show is called
// meanwhile. Nothing here reads the database (I1) and nothing of a request reaches a body (I9).
//
// The bodies go out through net/http's FileServer over a file system in memory (page.go); other files of the public
// folder through the same FileServer over os.Root (files.go). Connections are net/http's own, bounded (listen.go);
// plain visits of the homepage are answered on them with what FileServer answered before (replay.go, record.go).
package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// Config is what a Server is made of.
type Config struct {
	// PublicDir is the web root. It is looked at anew for every file, so it may be replaced or missing at any time.
	PublicDir string
	// Token allows POST /refresh; empty turns that route off.
	Token string
	// AdminHosts are the host names, in lower case, that the admin side answers to beside addresses and localhost.
	AdminHosts []string
	// Health answers GET /api/health/database: a document for JSON, and whether all is well (200) or not (503). It is
	// called once per request and has to share and limit its own work.
	Health func(ctx context.Context) (doc any, ok bool)
	// Refresh does one refresh, or shares one, and returns when a page that holds every edit made before the call is
	// up, or cannot be, or when its context ends.
	Refresh func(ctx context.Context, force bool) RefreshResult
	// Database is what is known of the database now, for the metrics; it does no I/O.
	Database func() store.Health
	// StaleAfter is the age of the page's data at which the status says fail, for the metrics.
	StaleAfter time.Duration
	// LogLinesDropped counts lines of the log that nobody took, for the metrics.
	LogLinesDropped func() int64
	// Replay answers plain visits of the page with what was recorded when it was shown. It has no effect in dev mode.
	Replay bool
	// Dev adds live reload and the template overlay to the page; without it none of that exists.
	Dev bool
	Log *slog.Logger
}

// ResultDeadline is the result of a refresh whose end was not waited for.
const ResultDeadline = "deadline"

// RefreshResult is how a refresh ended, in our own words only (invariant I10): the JSON answer to POST /refresh.
type RefreshResult struct {
	// Result is one of package status's results, or ResultDeadline; anything else counts as failed.
	Result string `json:"result"`
	// Message is a sentence for the person who asked.
	Message string `json:"message"`
	// Doc is the report in full; nil for none.
	Doc any `json:"report,omitempty"`
	// RetryAfter is after how long to ask again, where no refresh was begun since the last one has only just begun; 0
	// otherwise.
	RetryAfter time.Duration `json:"-"`
}

// Server answers HTTP requests from the last snapshot shown. Make one with New.
type Server struct {
	// Public serves visitors and monitors, Admin operators.
	Public, Admin *Endpoint

	config   Config
	view     atomic.Pointer[view]
	requests counters
	metrics  *metrics
	draining context.Context // ends with Drain
	drain    context.CancelFunc
}

// view is one snapshot with everything that is worked out once per swap.
type view struct {
	status status.Status
	// page, statusJSON and statusHTML are nil while there is none.
	page, statusJSON, statusHTML *resource
	recordings                   *recordings // of page; nil where it is not replayed
	notFound, unavailable        *publish.Document

	live     liveState     // what browsers are told in dev mode
	replaced chan struct{} // closed when another view has taken its place
}

// New returns a server. Call Show before it serves.
func New(c Config) *Server {
	s := &Server{config: c}
	s.draining, s.drain = context.WithCancel(context.Background())
	s.metrics = newMetrics(s)
	s.Public = newEndpoint(s.Handler(), connectionLimit(), c.Log)
	if c.Replay && !c.Dev {
		s.Public.replay = s.replay
	}
	s.Admin = newEndpoint(s.AdminHandler(), maxAdminConnections, c.Log)
	return s
}

// Show makes snap what every request from now on is answered from. It keeps snap, which must not be changed any more.
// Requests under way go on with the one they began with. It is for one caller at a time.
func (s *Server) Show(snap *publish.Snapshot) {
	v := newView(snap, s.config.Dev)
	s.record(v)
	if before := s.view.Swap(v); before != nil {
		close(before.replaced)
	}
	s.metrics.observe(&snap.Status)
}

// record prepares v's page to be replayed.
func (s *Server) record(v *view) {
	if s.Public.replay == nil || v.page == nil {
		return
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(&response{ResponseWriter: w, coding: identity}, r, v)
	})
	all, err := record(newHTTPServer(h, s.config.Log), v.page)
	if err != nil {
		s.config.Log.Error("record the page: visits are answered without replay", "error", err)
		return
	}
	v.recordings = all
}

// Drain takes the server out of service for load balancers: readyz answers 503 from now on, live reload streams end.
// Everything else goes on being answered. Calling it again does nothing.
func (s *Server) Drain() { s.drain() }

func newView(snap *publish.Snapshot, dev bool) *view {
	v := &view{
		status: snap.Status, notFound: snap.NotFound, unavailable: snap.Unavailable,
		statusJSON: newResource(snap.StatusJSON, publish.CacheNever),
		statusHTML: newResource(snap.StatusHTML, publish.CacheNever),
		replaced:   make(chan struct{}),
	}
	page, cache := snap.Page, publish.CachePage
	if dev {
		v.live = liveStateOf(snap)
		page, cache = devPage(page, v.live.Page), publish.CacheNever
		v.unavailable = devPage(v.unavailable, "")
	}
	v.page = newResource(page, cache)
	return v
}

// setCommon sets what every answer of ours carries.
func setCommon(h http.Header) {
	h.Set("Vary", acceptEncoding)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
}
