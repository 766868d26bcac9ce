package status

import (
	"fmt"
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
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 10 || ms == 0:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

func size(bytes int) string {
	switch {
	case bytes >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1000:
		return fmt.Sprintf("%.1f KB", float64(bytes)/1000)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

func className(c store.Class) string { return strings.ReplaceAll(string(c), "_", " ") }
