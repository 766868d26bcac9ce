package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const wrkReport = `Running 2s test @ http://127.0.0.1:18080/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.21ms   12.02ms 153.23ms   87.96%
    Req/Sec     5.47k     6.32k   27.12k    90.00%
  Latency Distribution
     50%  582.00us
     75%   13.46ms
     90%   22.86ms
     99%    1.02s 
  10957 requests in 2.02s, 94.40MB read
  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 50000
Requests/sec:  10734.62
Transfer/sec:     92.48MB
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk(wrkReport)
	want := result{requests: 10957, took: 2020 * time.Millisecond, p50: 582 * time.Microsecond, p99: 1020 * time.Millisecond, errors: 54321}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	clean := strings.NewReplacer("  Socket errors: connect 1, read 20, write 300, timeout 4000\n", "", "  Non-2xx or 3xx responses: 50000\n", "").Replace(wrkReport)
	if got, err := parseWrk(clean); err != nil || got.errors != 0 {
		t.Errorf("without errors: %+v, %v", got, err)
	}
}

func TestParseWrkRefuses(t *testing.T) {
	if _, err := parseWrk("unable to connect to 127.0.0.1:1 Connection refused\n"); err == nil {
		t.Error("a report without a total is taken")
	}
	if _, err := parseWrk(strings.Replace(wrkReport, "10957 requests", "0 requests", 1)); !errors.Is(err, errUnanswered) {
		t.Errorf("no answers: got %v", err)
	}
	if _, err := parseWrk(strings.Replace(wrkReport, "99%", "98%", 1)); err == nil || errors.Is(err, errUnanswered) {
		t.Errorf("no 99th percentile: got %v", err)
	}
}

func TestParseSteadyLog(t *testing.T) {
	log := strings.Repeat("1795394766912463\t200\t1000\n", 98) + "1\t200\t7000\n2\t200\t9000\n3\t-1\t5\n4\t503\t5\textra\n"
	got, err := parseSteadyLog(strings.NewReader(log))
	want := result{requests: 100, p50: time.Millisecond, p99: 7 * time.Millisecond, errors: 2}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := parseSteadyLog(strings.NewReader("1\t-1\t5\n")); !errors.Is(err, errUnanswered) {
		t.Errorf("no answers: got %v", err)
	}
	for _, bad := range []string{"1\t200\n", "1\t200\tsoon\n"} {
		if _, err := parseSteadyLog(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestResult(t *testing.T) {
	r := result{requests: 4000, took: 2 * time.Second, cpu: 100 * time.Millisecond}
	if r.rate() != 2000 || r.cost() != 25 {
		t.Errorf("rate %v, cost %v, want 2000 requests/s and 25 us", r.rate(), r.cost())
	}
}
