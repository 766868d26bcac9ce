package status

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine/render"
	"vitrine/store"
)

// TestStatusRoundTrip: the document says the same after one trip through JSON, it has a name for every field, and a
// reader that refuses unknown fields accepts it: type and document do not drift apart.
func TestStatusRoundTrip(t *testing.T) {
	var full Status
	fillAll(t, reflect.ValueOf(&full).Elem(), 1)
	full.Page.Skipped = map[string]render.SkippedInfo{store.SkipNoName: {Count: 2, Slugs: []string{"a", "b"}}}
	for name, st := range map[string]Status{"full": full, "empty": {Notices: []string{}, History: []HistoryEntry{}}} {
		t.Run(name, func(t *testing.T) {
			first, err := json.Marshal(st)
			if err != nil {
				t.Fatal(err)
			}
			var back Status
			dec := json.NewDecoder(bytes.NewReader(first))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&back); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(st, back); d != "" {
				t.Errorf("lost on the way: %s", d)
			}
			second, err := json.Marshal(back)
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("%v: JSON differs:\n%s\n%s", err, first, second)
			}
		})
	}
	t.Run("unknown field", func(t *testing.T) {
		dec := json.NewDecoder(strings.NewReader(`{"schema":1,"page":{"etag":"x","surprise":1}}`))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&Status{}); err == nil {
			t.Error("accepted a field that Status does not have")
		}
	})
	t.Run("names", func(t *testing.T) { checkNames(t, reflect.TypeFor[Status](), map[reflect.Type]bool{}) })
}

// TestStatusOfBeforeTheFirstRefresh pins what a reader finds for "nothing yet": null, not a missing field.
func TestStatusOfBeforeTheFirstRefresh(t *testing.T) {
	data, err := json.Marshal(Status{Schema: 1, Notices: []string{}, History: []HistoryEntry{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":1`, `"page":null`, `"last_refresh":null`, `"last_success_at":null`, `"next_refresh_at":null`,
		`"notices":[]`, `"history":[]`, `"checked_at":null`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

// fillAll gives every field a value of its own that JSON must keep.
func fillAll(t *testing.T, v reflect.Value, n int) int {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, n*1000, time.UTC)))
			return n + 1
		}
		for i := range v.NumField() {
			n = fillAll(t, v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillAll(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			n = fillAll(t, v.Index(i), n)
		}
	case reflect.String:
		v.SetString("text " + string(rune('a'+n%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Float64:
		v.SetFloat(float64(n) + 0.25)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Map:
	default:
		t.Fatalf("no value for a field of kind %s", v.Kind())
	}
	return n + 1
}

// checkNames demands that every field has a JSON name in lower case with underscores.
func checkNames(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || seen[typ] {
		return
	}
	seen[typ] = true
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name != strings.ToLower(name) || strings.Contains(name, "-") {
			t.Errorf("%s.%s has the JSON name %q", typ, f.Name, name)
		}
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
