package status

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestStatusNames(t *testing.T) {
	checkNames(t, reflect.TypeFor[Status](), map[reflect.Type]bool{})
}

// TestStatusOfBeforeTheFirstRefresh pins what a reader finds for "nothing yet": null, not a missing field.
func TestStatusOfBeforeTheFirstRefresh(t *testing.T) {
	data, err := json.Marshal(Status{Schema: 1, Notices: []string{}, History: []HistoryEntry{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":1`, `"page":null`, `"last_refresh":null`, `"last_success_at":null`,
		`"next_refresh_at":null`,
		`"notices":[]`, `"history":[]`, `"checked_at":null`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

// checkNames demands that every field has a JSON name of its own, in lower case with underscores.
func checkNames(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || seen[typ] {
		return
	}
	seen[typ] = true
	names := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name != strings.ToLower(name) || strings.Contains(name, "-") || names[name] {
			t.Errorf("%s.%s has the JSON name %q", typ, f.Name, name)
		}
		names[name] = true
		checkNames(t, f.Type, seen)
	}
}

// TestFromTheFuture: data that is later than now is of unknown age, for the writer and for every reader.
func TestFromTheFuture(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	next := now.Add(time.Minute)
	s := Status{Page: &PageInfo{DataAt: now.Add(3 * time.Hour)}, NextRefreshAt: &next, ValidUntil: next}
	s.Evaluate(now, time.Hour, nil)
	if s.Status != Fail || !strings.Contains(s.Summary, "later than now") {
		t.Errorf("written: %s %s", s.Status, s.Summary)
	}
	s.Status = Pass
	if read := s.At(now); read.Status != Fail || !strings.Contains(read.Summary, "later than now") {
		t.Errorf("read: %s %s", read.Status, read.Summary)
	}
}
