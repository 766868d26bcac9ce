package status

import (
	"strconv"
	"strings"
	"time"

	"vitrine/store"
)

func dateTime(t time.Time) string { return t.UTC().Format("15:04:05 on 2 January 2006") + " UTC" }

// timeOrDay is a time as people read it at now: with the day where that is another.
func timeOrDay(t, now time.Time) string {
	layout := "15:04:05 UTC"
	if t.UTC().Format(time.DateOnly) != now.UTC().Format(time.DateOnly) {
		layout = "2 January, 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}

// milliseconds writes a duration to about three figures.
func milliseconds(ms float64) string {
	switch {
	case ms >= 100_000:
		return strconv.FormatFloat(ms/1000, 'f', 0, 64) + " s"
	case ms >= 1000:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
	case ms >= 10 || ms == 0:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
}

func size(bytes int) string {
	if bytes >= 1_000_000 {
		return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
	}
	if bytes >= 1000 {
		return strconv.FormatFloat(float64(bytes)/1000, 'f', 1, 64) + " KB"
	}
	return strconv.Itoa(bytes) + " bytes"
}

func className(c store.Class) string { return strings.ReplaceAll(string(c), "_", " ") }
