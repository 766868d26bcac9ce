package main

import (
	"math"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		in := append([]float64(nil), c.of...)
		if got := median(c.of); got != c.want {
			t.Errorf("median of %v is %v, want %v", in, got, c.want)
		}
		for i := range in {
			if in[i] != c.of[i] {
				t.Errorf("median has sorted its argument: %v", c.of)
			}
		}
	}
	if got := median([]float64{}); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for p, want := range map[float64]int{0: 1, 50: 50, 99: 99, 99.5: 100, 100: 100} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
}

// The ratio is the median of the pairs' ratios, not the ratio of the medians: noise that falls on a whole pair cancels out.
func TestCompareTakesRatiosByPair(t *testing.T) {
	run := func(us int) result {
		return result{requests: 1, took: time.Second, cpu: time.Duration(us) * time.Microsecond}
	}
	pairs := []pair{{run(10), run(20)}, {run(100), run(200)}, {run(30), run(20)}}
	got := compare(pairs, cost)
	if want := (sides{ours: 30, theirs: 20, ratio: 0.5, low: 0.5, high: 1.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.spread() != "0.50 (0.50–1.50)" || got.both("%.1f") != "30.0 / 20.0" {
		t.Errorf("got %s and %s", got.spread(), got.both("%.1f"))
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		b     bound
		value float64
		want  string
	}{
		{0, 7, "–"}, {0.6, 0.6, "≤ 0.6: reached"}, {0.6, 0.61, "≤ 0.6: **missed**"}, {15360, 9000, "≤ 15360: reached"}, {1, math.NaN(), "≤ 1: **missed**"},
	} {
		if got := c.b.verdict(c.value); got != c.want {
			t.Errorf("%v of %v: got %q, want %q", c.value, c.b, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	tab := table{title: "Race", head: []string{"peer", "µs"}}
	tab.add("nginx", "7.0")
	tab.add("a", "31 – 40")
	tab.note("By %s.", "wrk")
	want := `### Race

| peer  | µs      |
|-------|---------|
| nginx | 7.0     |
| a     | 31 – 40 |

By wrk.
`
	if got := tab.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
