package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vitrine/render/status"
	"vitrine/store"
)

// ruleQuestion is by which a page is refused that nobody may publish before a question is answered.
const ruleQuestion = "question"

// refusedBy is the rule that refused the page of a refresh; "" for none.
func refusedBy(o *status.Outcome) string {
	if o.ErrorClass == store.Question {
		return ruleQuestion
	}
	return o.Rule
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
	ready := m.server.view.Load().page != nil && m.server.draining.Err() == nil
	gauge(ch, "vitrine_ready", "1 while visitors should be sent here.", truth(ready))
	if last := st.LastRefresh; last != nil {
		gauge(ch, "vitrine_last_refresh", "Always 1; the labels tell how the last data refresh ended.", 1,
			"result", last.Result, "error_class", string(last.ErrorClass), "rule", refusedBy(last))
	}
	gauge(ch, "vitrine_refresh_consecutive_failures", "Failed refreshes since the last good one.",
		float64(st.ConsecutiveFailures))
	gauge(ch, "vitrine_templates_broken", "1 while the templates folder holds a mistake.", truth(st.Templates.Error != ""))
	gauge(ch, "vitrine_upload_failing", "1 while the last upload to PUBLISH_TO was not good.",
		truth(st.Upload != nil && st.Upload.Status != status.Pass))
	gauge(ch, "vitrine_notices", "Sentences in the status that people should read.", float64(len(st.Notices)))
	instant(ch, "vitrine_last_success_timestamp_seconds", "When the last good refresh was.", st.LastSuccessAt)
	instant(ch, "vitrine_next_refresh_timestamp_seconds", "When the next refresh is due.", st.NextRefreshAt)
	instant(ch, "vitrine_status_valid_until_timestamp_seconds", "After this the status means fail.", &st.ValidUntil)
	gauge(ch, "vitrine_page_stale_after_seconds", "The age of the page's data at which the status says fail.",
		m.server.config.StaleAfter.Seconds())
}

func collectPage(ch chan<- prometheus.Metric, p *status.PageInfo, now time.Time) {
	gauge(ch, "vitrine_page_age_seconds", "How long ago the page's data was read or found unchanged.",
		now.Sub(p.DataAt).Seconds())
	instant(ch, "vitrine_page_published_timestamp_seconds", "When the page last changed.", &p.PublishedAt)
	gauge(ch, "vitrine_page_products", "Products on the page.", float64(p.Products))
	gauge(ch, "vitrine_page_categories", "Categories on the page.", float64(p.Categories))
	const help = "Size of the page by content coding; 0 for one that is not there."
	gauge(ch, "vitrine_page_bytes", help, float64(p.Bytes), "encoding", "identity")
	gauge(ch, "vitrine_page_bytes", help, float64(p.Encodings.BR), "encoding", "br")
	gauge(ch, "vitrine_page_bytes", help, float64(p.Encodings.Gzip), "encoding", "gzip")
	for reason, skipped := range p.Skipped {
		gauge(ch, "vitrine_page_skipped_products", "Rows left out of the page by reason.", float64(skipped.Count),
			"reason", reason)
	}
}

func collectDatabase(ch chan<- prometheus.Metric, h store.Health) {
	gauge(ch, "vitrine_database_up", "1 where the last contact with the database was good.", truth(h.Status == "pass"))
	gauge(ch, "vitrine_database_failure_ratio", "Failed part of the last operations.", h.FailureRate)
	gauge(ch, "vitrine_database_response_seconds", "How long the last probe or query took.", h.ResponseTimeMS/1000)
	const help = "Operations on the database by outcome."
	counter(ch, "vitrine_database_queries_total", help, float64(h.Queries.OK), "result", "ok")
	counter(ch, "vitrine_database_queries_total", help, float64(h.Queries.Failed), "result", "failed")
	counter(ch, "vitrine_database_slow_queries_total", "Operations slower than DATABASE_SLOW_QUERY.",
		float64(h.Queries.Slow))
	gauge(ch, "vitrine_database_slowest_query_seconds", "The slowest operation so far.", h.Queries.SlowestMS/1000)
	if h.Listener != nil {
		gauge(ch, "vitrine_database_listener_up", "1 while notifications of the database arrive.",
			truth(h.Listener.State == store.Listening))
	}
}

// collectPool gives the pool's figures, summed over all pools that there have been, the names of client_golang's own
// collector for database/sql, which knows one pool.
func collectPool(ch chan<- prometheus.Metric, p store.PoolStats) {
	const label, name = "db_name", "catalogue"
	gauge(ch, "go_sql_max_open_connections", "Maximum number of open connections to the database.",
		float64(p.Max), label, name)
	gauge(ch, "go_sql_open_connections", "Open connections, in use or idle.", float64(p.Open), label, name)
	gauge(ch, "go_sql_in_use_connections", "Connections in use.", float64(p.InUse), label, name)
	gauge(ch, "go_sql_idle_connections", "Idle connections.", float64(p.Idle), label, name)
	counter(ch, "go_sql_wait_count_total", "Connections waited for.", float64(p.WaitCount), label, name)
	counter(ch, "go_sql_wait_duration_seconds_total", "Time spent waiting for a connection.", p.WaitMS/1000, label, name)
	counter(ch, "go_sql_max_idle_closed_total", "Connections closed because too many were idle.",
		float64(p.ClosedIdle), label, name)
	counter(ch, "go_sql_max_idle_time_closed_total", "Connections closed after a time of silence: none.", 0, label, name)
	counter(ch, "go_sql_max_lifetime_closed_total", "Connections closed because of their age.",
		float64(p.ClosedLifetime), label, name)
	counter(ch, "vitrine_pool_resets_total", "How often the pool was opened anew.", float64(p.Resets))
}
