package worker

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"vitrine/render/publish"
	"vitrine/render/publish/object"
	"vitrine/render/status"
	"vitrine/store"
	"vitrine/store/storetest"
)

// TestStatusBesideItsPage: where a newer page comes while one is on its way to the storage, the newer one's status
// waits for its page.
func TestStatusBesideItsPage(t *testing.T) {
	t.Parallel()
	s, database := storetest.S3(t), newShop(4)
	var w *stage
	cache := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { // asked when a page is there
		database.rename("The newer one")
		_, _ = w.Refresh(t.Context(), Request{Trigger: status.TriggerSignal})
	}))
	t.Cleanup(cache.Close)
	bucket, err := object.Open(object.Options{To: "s3://" + s.Bucket, Endpoint: s.URL, KeyID: store.Secret(s.KeyID),
		Secret: store.Secret(s.Secret), PurgeURL: store.Secret(cache.URL), Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(bucket.Close)
	w = newStage(t, database, func(c *Config) { c.Bucket = bucket })
	first := w.must(t, Request{}, status.Published)
	<-w.uploadDue
	if _, err := w.Upload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, _ := s.Get(t, publish.StatusJSONFile); text != nil {
		t.Errorf("beside page %s: status %s", first.Page.ETag, text)
	}
	<-w.uploadDue
	if _, err := w.Upload(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, _ := s.Get(t, publish.StatusJSONFile)
	if page := parse(t, text).Page; page == nil || page.ETag == first.Page.ETag || page.ETag != w.last().Page.ETag {
		t.Errorf("the status of page %+v", page)
	}
}
