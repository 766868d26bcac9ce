package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// median of no values is NaN; of an even number it is the mean of the middle two.
func median[T ~float64 | ~int64](values []T) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	return (float64(s[(n-1)/2]) + float64(s[n/2])) / 2
}

// percentile is the smallest value that p per cent of all values do not exceed (nearest rank). There must be a value.
func percentile[T cmp.Ordered](values []T, p float64) T {
	s := slices.Sorted(slices.Values(values))
	return s[max(0, int(math.Ceil(p/100*float64(len(s))))-1)]
}

// pair is one run of ours beside one run of theirs, made right after each other.
type pair struct{ ours, theirs result }

// each is what f says of every pair.
func each(pairs []pair, f func(pair) float64) []float64 {
	out := make([]float64, 0, len(pairs))
	for _, p := range pairs {
		out = append(out, f(p))
	}
	return out
}

// sides are the medians of a figure, ours and theirs, and the median, lowest and highest of the pairs' own ratios.
type sides struct{ ours, theirs, ratio, low, high float64 }

func compare(pairs []pair, figure func(result) float64) sides {
	ratios := each(pairs, func(p pair) float64 { return figure(p.ours) / figure(p.theirs) })
	return sides{
		ours:   median(each(pairs, func(p pair) float64 { return figure(p.ours) })),
		theirs: median(each(pairs, func(p pair) float64 { return figure(p.theirs) })),
		ratio:  median(ratios), low: slices.Min(ratios), high: slices.Max(ratios),
	}
}

// spread writes a ratio with the range of the pairs.
func (s sides) spread() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.ratio, s.low, s.high) }

// both writes ours and theirs in a format for one.
func (s sides) both(format string) string {
	return fmt.Sprintf(format, s.ours) + " / " + fmt.Sprintf(format, s.theirs)
}

// Figures of a result, as compare takes them.
func cost(r result) float64 { return r.cost() }
func rate(r result) float64 { return r.rate() / 1000 }
func p50(r result) float64  { return milliseconds(r.p50) }
func p99(r result) float64  { return milliseconds(r.p99) }
func pss(r result) float64  { return megabytes(r.memory.pss) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func megabytes(bytes int64) float64        { return float64(bytes) / 1e6 }

// bound is what a ratio must not exceed; 0 is no bound.
type bound float64

func (b bound) String() string { return strconv.FormatFloat(float64(b), 'f', -1, 64) }

// verdict writes the bound and whether value keeps to it.
func (b bound) verdict(value float64) string {
	switch {
	case b == 0:
		return "–"
	case value <= float64(b):
		return fmt.Sprintf("≤ %s: reached", b)
	}
	return fmt.Sprintf("≤ %s: **missed**", b)
}

// table is printed as Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
	notes []string // sentences below it
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// String is the table in Markdown, columns padded so that it can be read as it is.
func (t *table) String() string {
	lines := append([][]string{t.head, make([]string, len(t.head))}, t.rows...)
	width := make([]int, len(t.head))
	for _, cells := range lines {
		for i, c := range cells {
			width[i] = max(width[i], len([]rune(c)), 3)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", t.title)
	for n, cells := range lines {
		for i, c := range cells {
			fill := " "
			if n == 1 {
				fill = "-"
			}
			b.WriteString("|" + fill + c + strings.Repeat(fill, width[i]-len([]rune(c))) + fill)
		}
		b.WriteString("|\n")
	}
	for _, n := range t.notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	return b.String()
}
