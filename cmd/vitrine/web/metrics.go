package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vitrine/render"
	"vitrine/render/status"
)

// metrics are what GET /metrics tells. Most of it is read from the status of the snapshot that is up, at the moment of
// asking (metrics_status.go); only refreshes are counted as they come by.
type metrics struct {
	server   *Server
	registry *prometheus.Registry

	seen      bool   // a status
	lastID    string // of the last refresh seen
	refreshes *prometheus.CounterVec
	refused   *prometheus.CounterVec
	durations prometheus.Histogram
	phases    *prometheus.HistogramVec
}

// durationBuckets reach from a small page's refresh to REFRESH_TIMEOUT's default.
var durationBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		server: s, registry: prometheus.NewRegistry(),
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_refresh_total",
			Help: "Data refreshes of this page since the process started, by what asked for them and how they ended.",
		}, []string{"trigger", "result", "error_class"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_refresh_refused_total",
			Help: "Data refreshes whose page was refused, by the rule; question is one that waits for an answer.",
		}, []string{"rule"}),
		durations: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vitrine_refresh_duration_seconds", Help: "How long data refreshes took.", Buckets: durationBuckets,
		}),
		phases: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vitrine_refresh_phase_duration_seconds", Help: "How long the parts of a data refresh took that were reached.",
			Buckets: durationBuckets,
		}, []string{"phase"}),
	}
	for _, rule := range []string{render.RuleEnd, render.RuleSize, render.RuleMinProducts, render.RuleMaxShrink,
		render.RuleOlder, ruleQuestion} {
		m.refused.WithLabelValues(rule) // from 0 on, so that the first one is an increase
	}
	m.registry.MustRegister(m.refreshes, m.refused, m.durations, m.phases, m, collectors.NewGoCollector(),
		collectors.NewBuildInfoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts the last refresh of st, once: this process's own, or another's over the same folders. The first status
// tells of one before this process. Times would not tell: a clock may be set back.
func (m *metrics) observe(st *status.Status) {
	last, first := st.LastRefresh, !m.seen
	m.seen = true
	if last == nil || last.ID == m.lastID {
		return
	}
	m.lastID = last.ID
	if first {
		return
	}
	m.refreshes.WithLabelValues(last.Trigger, last.Result, string(last.ErrorClass)).Inc()
	if rule := refusedBy(last); rule != "" {
		m.refused.WithLabelValues(rule).Inc()
	}
	m.durations.Observe(last.DurationMS / 1000)
	for phase, ms := range map[string]float64{"acquire": last.Phases.AcquireMS, "query": last.Phases.QueryMS,
		"render": last.Phases.RenderMS, "publish": last.Phases.PublishMS} {
		if ms > 0 {
			m.phases.WithLabelValues(phase).Observe(ms / 1000)
		}
	}
}

// Describe is prometheus.Collector. It describes nothing: what is there depends on the status.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	st, database := m.server.view.Load().status, m.server.config.Database()
	now := time.Now()
	m.collectStatus(ch, &st, now)
	if st.Page != nil {
		collectPage(ch, st.Page, now)
	}
	collectDatabase(ch, database)
	collectPool(ch, database.Pool)
	m.collectConnections(ch)
	m.collectRequests(ch)
	counter(ch, "vitrine_log_lines_dropped_total", "Lines of the log that were dropped, since its reader had stopped.",
		float64(m.server.config.LogLinesDropped()))
}

func (m *metrics) collectConnections(ch chan<- prometheus.Metric) {
	for side, e := range map[string]*Endpoint{"public": m.server.Public, "admin": m.server.Admin} {
		gauge(ch, "vitrine_http_connections", "Open connections by address.", float64(e.open.Load()), "side", side)
		gauge(ch, "vitrine_http_connections_limit", "How many may be open; idle ones are closed when all are.",
			float64(e.limit), "side", side)
	}
}

// collectRequests tells of the answers there have been, and of the page's usual ones from 0 on.
func (m *metrics) collectRequests(ch chan<- prometheus.Metric) {
	for code := range m.server.requests {
		for c := range m.server.requests[code] {
			n := m.server.requests[code][c].Load()
			if n > 0 || code == http.StatusOK || code == http.StatusNotModified {
				counter(ch, "vitrine_http_requests_total", "Answers to visitors by status code and content coding.",
					float64(n), "code", strconv.Itoa(code), "encoding", codingNames[c])
			}
		}
	}
}

func gauge(ch chan<- prometheus.Metric, name, help string, value float64, labels ...string) {
	sample(ch, prometheus.GaugeValue, name, help, value, labels)
}

func counter(ch chan<- prometheus.Metric, name, help string, value float64, labels ...string) {
	sample(ch, prometheus.CounterValue, name, help, value, labels)
}

// instant is a moment in Unix seconds; nothing for one that never was.
func instant(ch chan<- prometheus.Metric, name, help string, t *time.Time) {
	if t != nil && !t.IsZero() {
		gauge(ch, name, help, float64(t.UnixMilli())/1000)
	}
}

// sample sends one value; labels are names, each followed by its value.
func sample(ch chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
