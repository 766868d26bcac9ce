package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// However a secret is printed, only that there is one can be seen (invariant I10).
func TestSecret(t *testing.T) {
	s := Secret("hunter2")
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "url", s, "options", struct{ URL Secret }{s})
	text, err := json.Marshal(map[string]any{"url": s, "list": []Secret{s}})
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]string{
		"%v": fmt.Sprint(s), "%s": fmt.Sprintf("<%s>", s), "%#v": fmt.Sprintf("%#v", s), "%q": fmt.Sprintf("%q", s),
		"field": fmt.Sprintf("%+v", struct{ URL Secret }{s}), "log": log.String(), "JSON": string(text),
		"error": fmt.Errorf("open %v: %w", s, errors.New("refused")).Error(),
	} {
		if strings.Contains(got, "hunter") || !strings.Contains(got, "[hidden]") {
			t.Errorf("%s: %s", how, got)
		}
	}
	if s.Reveal() != "hunter2" || fmt.Sprint(Secret("")) != "" {
		t.Error("Reveal gives something else, or nothing at all is hidden")
	}
}
