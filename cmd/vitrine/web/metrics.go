package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vitrine/render/status"
)

// metrics are what GET /metrics tells. Most of it is read from the status of the snapshot that is up, at the moment of
// asking; only refreshes are counted as they come by.
type metrics struct {
	server   *Server
	registry *prometheus.Registry

	mu        sync.Mutex
	lastID    string // of the last refresh counted
	refreshes *prometheus.CounterVec
	durations prometheus.Histogram
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		server: s, registry: prometheus.NewRegistry(),
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_refresh_total", Help: "Data refreshes since the process started, by what asked for them and how they ended.",
		}, []string{"trigger", "result", "error_class"}),
		durations: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vitrine_refresh_duration_seconds", Help: "How long data refreshes took.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
	}
	m.registry.MustRegister(m.refreshes, m.durations, m,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe counts the last refresh of st, once, if this process did it.
func (m *metrics) observe(st *status.Status) {
	last := st.LastRefresh
	m.mu.Lock()
	defer m.mu.Unlock()
	if last == nil || last.ID == m.lastID || last.StartedAt.Before(m.server.started.Truncate(time.Second)) {
		return
	}
	m.lastID = last.ID
	m.refreshes.WithLabelValues(last.Trigger, last.Result, string(last.ErrorClass)).Inc()
	m.durations.Observe(last.DurationMS / 1000)
}

// Describe is prometheus.Collector. It describes nothing: what is there depends on the status.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect is prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	st := m.server.view.Load().status
	now := time.Now()
	m.collectStatus(ch, &st, now)
	if st.Page != nil {
		collectPage(ch, st.Page, now)
	}
	collectDatabase(ch, st)
	collectPool(ch, st)
	m.collectConnections(ch)
	for code := range m.server.requests.byCode {
		if n := m.server.requests.byCode[code].Load(); n > 0 {
			counter(ch, "vitrine_http_requests_total", "Answers to visitors by status code.", float64(n), "code", strconv.Itoa(code))
		}
	}
}

func (m *metrics) collectConnections(ch chan<- prometheus.Metric) {
	for side, e := range map[string]*Endpoint{"public": m.server.Public, "admin": m.server.Admin} {
		gauge(ch, "vitrine_http_connections", "Open connections by address.", float64(e.open.Load()), "side", side)
		gauge(ch, "vitrine_http_connections_limit", "How many may be open; idle ones are closed when all are.", float64(e.limit), "side", side)
	}
}

func (m *metrics) collectStatus(ch chan<- prometheus.Metric, st *status.Status, now time.Time) {
	state := st.Status
	if st.ValidUntil.Before(now) { // the worker is stopped or stuck (invariant I11)
		state = "fail"
	}
	for _, one := range []string{"pass", "warn", "fail"} {
		gauge(ch, "vitrine_status", "1 for the state that the shop's homepage is in.", truth(one == state), "status", one)
	}
	gauge(ch, "vitrine_build_info", "Always 1; the label tells the version.", 1, "version", st.Version)
	gauge(ch, "vitrine_ready", "1 while visitors should be sent here.", truth(m.server.view.Load().page != nil && !m.server.isDraining()))
	gauge(ch, "vitrine_refresh_consecutive_failures", "Failed refreshes since the last good one.", float64(st.ConsecutiveFailures))
	gauge(ch, "vitrine_templates_broken", "1 while the templates folder holds a mistake.", truth(st.Templates.Error != ""))
	gauge(ch, "vitrine_notices", "Sentences in the status that people should read.", float64(len(st.Notices)))
	instant(ch, "vitrine_last_success_timestamp_seconds", "When the last good refresh was.", st.LastSuccessAt)
	instant(ch, "vitrine_next_refresh_timestamp_seconds", "When the next refresh is due.", st.NextRefreshAt)
	if !st.ValidUntil.IsZero() {
		instant(ch, "vitrine_status_valid_until_timestamp_seconds", "After this the status means fail.", &st.ValidUntil)
	}
}

func collectPage(ch chan<- prometheus.Metric, p *status.PageInfo, now time.Time) {
	gauge(ch, "vitrine_page_age_seconds", "How long ago the page's data was read or found unchanged.", now.Sub(p.DataAt).Seconds())
	instant(ch, "vitrine_page_published_timestamp_seconds", "When the page last changed.", &p.PublishedAt)
	gauge(ch, "vitrine_page_products", "Products on the page.", float64(p.Products))
	gauge(ch, "vitrine_page_categories", "Categories on the page.", float64(p.Categories))
	const help = "Size of the page by content coding; 0 for one that is not there."
	gauge(ch, "vitrine_page_bytes", help, float64(p.Bytes), "encoding", "identity")
	gauge(ch, "vitrine_page_bytes", help, float64(p.Encodings.BR), "encoding", "br")
	gauge(ch, "vitrine_page_bytes", help, float64(p.Encodings.Gzip), "encoding", "gzip")
	for reason, skipped := range p.Skipped {
		gauge(ch, "vitrine_page_skipped_products", "Rows left out of the page by reason.", float64(skipped.Count), "reason", reason)
	}
}

func collectDatabase(ch chan<- prometheus.Metric, st status.Status) {
	h := st.Database
	gauge(ch, "vitrine_database_up", "1 where the last contact with the database was good.", truth(h.Status == "pass"))
	gauge(ch, "vitrine_database_failure_ratio", "Failed part of the last operations.", h.FailureRate)
	gauge(ch, "vitrine_database_response_seconds", "How long the last probe or query took.", h.ResponseTimeMS/1000)
	const help = "Operations on the database by outcome."
	counter(ch, "vitrine_database_queries_total", help, float64(h.Queries.OK), "result", "ok")
	counter(ch, "vitrine_database_queries_total", help, float64(h.Queries.Failed), "result", "failed")
	counter(ch, "vitrine_database_slow_queries_total", "Operations slower than DATABASE_SLOW_QUERY.", float64(h.Queries.Slow))
	gauge(ch, "vitrine_database_slowest_query_seconds", "The slowest operation so far.", h.Queries.SlowestMS/1000)
	if h.Listener != nil {
		gauge(ch, "vitrine_database_listener_up", "1 while notifications of the database arrive.", truth(h.Listener.State == "listening"))
	}
}

// collectPool gives the pool's figures the names of client_golang's own collector for database/sql.
func collectPool(ch chan<- prometheus.Metric, st status.Status) {
	const label, name = "db_name", "catalogue"
	p := st.Database.Pool
	gauge(ch, "go_sql_max_open_connections", "Maximum number of open connections to the database.", float64(p.Max), label, name)
	gauge(ch, "go_sql_open_connections", "Open connections, in use or idle.", float64(p.Open), label, name)
	gauge(ch, "go_sql_in_use_connections", "Connections in use, the most during the last refresh.", float64(p.InUse), label, name)
	gauge(ch, "go_sql_idle_connections", "Idle connections.", float64(p.Idle), label, name)
	counter(ch, "go_sql_wait_count_total", "Connections waited for.", float64(p.WaitCount), label, name)
	counter(ch, "go_sql_wait_duration_seconds_total", "Time spent waiting for a connection.", p.WaitMS/1000, label, name)
	counter(ch, "go_sql_max_idle_closed_total", "Connections closed because too many were idle.", float64(p.ClosedIdle), label, name)
	counter(ch, "go_sql_max_lifetime_closed_total", "Connections closed because of their age.", float64(p.ClosedLifetime), label, name)
	counter(ch, "vitrine_pool_resets_total", "How often the pool was opened anew.", float64(p.Resets))
}

func gauge(ch chan<- prometheus.Metric, name, help string, value float64, label ...string) {
	sample(ch, prometheus.GaugeValue, name, help, value, label)
}

func counter(ch chan<- prometheus.Metric, name, help string, value float64, label ...string) {
	sample(ch, prometheus.CounterValue, name, help, value, label)
}

// instant is a moment in Unix seconds; nothing for one that never was.
func instant(ch chan<- prometheus.Metric, name, help string, t *time.Time) {
	if t != nil {
		gauge(ch, name, help, float64(t.UnixMilli())/1000)
	}
}

// sample sends one value; label is empty or a label's name and value.
func sample(ch chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, value float64, label []string) {
	var names, values []string
	if len(label) == 2 {
		names, values = label[:1], label[1:]
	}
	ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
