package main

import (
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vitrine/cmd/vitrine/web"
	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/storetest"
)

// Prometheus takes the printed rules, and each fires on what it is for and not on a healthy shop.
func TestPrintedAlerts(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("promtool"); err != nil {
		storetest.Missing(t, "promtool", "prometheus")
	}
	dir := t.TempDir()
	cases, err := os.ReadFile("testdata/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules := printed(t, "alerts")
	for name, text := range map[string]string{"alerts.yaml": rules, "alerts_test.yaml": string(cases)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		cmd := exec.CommandContext(t.Context(), "promtool", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1) {
		if !strings.Contains(string(cases), `"`+alert[1]+`"`) {
			t.Errorf("no test has %s fire", alert[1])
		}
	}
}

// Every metric that alerts, their tests and dashboard name is there, and of the program's own none is named nowhere.
func TestPrintedMetricsExist(t *testing.T) {
	t.Parallel()
	cases, err := os.ReadFile("testdata/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(printed(t, "dashboard"))) {
		t.Error("the dashboard is no JSON")
	}
	served, named := servedMetrics(t), map[string]bool{}
	text := printed(t, "alerts") + string(cases) + printed(t, "dashboard")
	for _, name := range regexp.MustCompile(`\b(?:vitrine|go|process)_\w+`).FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if whole, ok := strings.CutSuffix(name, part); ok && served[whole] == "histogram" {
				name = whole
			}
		}
		if named[name] = true; served[name] == "" {
			t.Errorf("%s is named, and not served", name)
		}
	}
	for name := range served {
		ours := strings.HasPrefix(name, "vitrine_") || strings.HasPrefix(name, "go_sql_")
		if ours && !named[name] && name != "go_sql_max_idle_time_closed_total" { // always 0
			t.Errorf("%s is served, and neither alerts nor dashboard look at it", name)
		}
	}
}

// The pool's metrics are those of client_golang's own collector.
func TestPoolMetricsAreStandard(t *testing.T) {
	t.Parallel()
	standard := prometheus.NewRegistry()
	standard.MustRegister(collectors.NewDBStatsCollector(sql.OpenDB(nil), "catalogue"))
	families, err := standard.Gather()
	if err != nil || len(families) < 9 {
		t.Fatalf("%d metrics: %v", len(families), err)
	}
	served := servedMetrics(t)
	for _, f := range families {
		if kind := strings.ToLower(f.GetType().String()); served[f.GetName()] != kind {
			t.Errorf("%s is a %q, and a %s in the library", f.GetName(), served[f.GetName()], kind)
		}
	}
}

// servedMetrics are the metrics of a server that has all there is to tell, with their types.
func servedMetrics(t *testing.T) map[string]string {
	t.Helper()
	now := time.Now()
	s := web.New(web.Config{PublicDir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Database: func() store.Health {
			return store.Health{Listener: &store.ListenerState{State: store.Listening}}
		},
		LogLinesDropped: func() int64 { return 1 }})
	s.Show(&publish.Snapshot{})
	s.Show(&publish.Snapshot{Status: status.Status{
		Schema: 1, Status: status.Pass, ValidUntil: now.Add(time.Minute), LastSuccessAt: &now, NextRefreshAt: &now,
		Page: &status.PageInfo{DataAt: now, PublishedAt: now, Skipped: map[string]render.SkippedInfo{"no_name": {Count: 1}}},
		LastRefresh: &status.Outcome{ID: "1", Trigger: status.TriggerNotify, Result: status.Rejected,
			ErrorClass: store.Question, Phases: status.Phases{QueryMS: 1}},
	}})
	w := httptest.NewRecorder()
	s.AdminHandler().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/metrics", nil))
	types := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
		types[m[1]] = m[2]
	}
	return types
}
