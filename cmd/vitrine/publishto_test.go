package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store/storetest"
)

// storageVariables let the program publish to a storage, at an address that leads there.
func storageVariables(t *testing.T, s *storetest.Storage, endpoint string) []string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(s.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"PUBLISH_TO=s3://" + s.Bucket + "/site", "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_ACCESS_KEY_ID=" + s.KeyID, "AWS_SECRET_ACCESS_KEY_FILE=" + secret, "REFRESH_TOKEN=secret"}
}

// stored is the status document in the storage.
func stored(t *testing.T, s *storetest.Storage) (st status.Status) {
	t.Helper()
	text, _ := s.Get(t, "site/status.json")
	if text != nil {
		if err := json.Unmarshal(text, &st); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// The page, the status and the small files of a server go to the object storage; a storage that has gone costs the
// local page nothing, is told at once, and has the page when it answers again.
func TestPublishTo(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	wire := storetest.Proxy(t, s.Addr())
	dir, templates := t.TempDir(), t.TempDir()
	save := func(text string) {
		t.Helper()
		page := []byte("<!doctype html><html><p>" + text + "</p></html>\n")
		if err := os.WriteFile(filepath.Join(templates, "home.html"), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("first look")
	c := serve(t, dir, append(storageVariables(t, s, "http://"+wire.Addr()), "TEMPLATES_DIR="+templates)...)
	inStorage := func(text string) {
		t.Helper()
		c.until("the storage has "+text, func() bool {
			body, _ := s.Get(t, "site/index.html")
			return strings.Contains(string(body), text) && stored(t, s).Page != nil
		})
		c.until("the storage has its status", func() bool {
			_, head := s.Get(t, "site/index.html")
			st := stored(t, s)
			return st.Page.ETag == `"`+head.Get("X-Amz-Meta-Vitrine-Etag")+`"` &&
				st.Upload != nil && st.Upload.Status == status.Pass
		})
	}
	inStorage("first look")
	for _, name := range []string{"status.html", "_vitrine/status.js", "_vitrine/favicon.svg"} {
		c.until("the storage has "+name, func() bool {
			here, err := os.ReadFile(filepath.Join(dir, "public", name))
			there, _ := s.Get(t, "site/"+name)
			return err == nil && len(there) > 0 && (name == "status.html" || string(here) == string(there))
		})
	}
	if st := c.status(); st.Status != status.Pass || st.Upload.To != "s3://shop/site" ||
		st.Upload.ETag != st.Page.ETag || st.Upload.LastAt == nil {
		t.Errorf("status %s, %+v", st.Status, st.Upload)
	}

	wire.SetTarget("127.0.0.1:1")
	wire.CloseAll()
	save("second look")
	c.page("second look")
	c.until("the status tells of the storage", func() bool {
		st := c.status()
		return st.Status == status.Warn && st.Upload.ErrorClass == "upload" && strings.Contains(st.Summary, "object storage")
	})
	c.refreshed(http.StatusOK)
	wire.SetTarget(s.Addr())
	inStorage("second look")
	c.until("the status passes", func() bool { return c.status().Status == status.Pass })
	if code := c.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if st := stored(t, s); st.Status != status.Pass {
		t.Errorf("after the end the storage has the status %s: %s", st.Status, st.Summary)
	}
	if strings.Contains(c.logText(), s.Secret) {
		t.Error("the log holds the secret")
	}
}

// render from cron publishes too, says so, and fails where the storage denies; check says why before.
func TestRenderToStorage(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	dir := t.TempDir()
	good := storageVariables(t, s, s.URL)
	code, out := output(t, dir, good, "render", "--demo")
	if code != exitOK || !strings.Contains(out, "s3://shop/site: the page is up") {
		t.Errorf("exit code %d, %s", code, out)
	}
	body, head := s.Get(t, "site/index.html")
	here, err := os.ReadFile(filepath.Join(dir, "public", "index.html"))
	if err != nil || string(body) != string(here) || head.Get("Cache-Control") != publish.CachePage ||
		head.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes there, %d here, %v, %v", len(body), len(here), head, err)
	}
	renewed := stored(t, s).GeneratedAt
	time.Sleep(time.Until(renewed.Add(5 * time.Millisecond)))
	if code, out := output(t, dir, good, "render", "--demo"); code != exitOK || !stored(t, s).GeneratedAt.After(renewed) {
		t.Errorf("a second time: exit code %d, %s; the status there is of %s", code, out, renewed)
	}
	if _, again := s.Get(t, "site/index.html"); again.Get("Last-Modified") != head.Get("Last-Modified") {
		t.Error("the same page was written twice")
	}
	other := append(good, "SITE_NAME=Another shop")
	code, out = output(t, t.TempDir(), other, "render", "--demo")
	if code != exitFailed || !strings.Contains(out, "different settings") {
		t.Errorf("over the page of a program with other settings: exit code %d, %s", code, out)
	}
	if code, out := output(t, t.TempDir(), other, "render", "--demo", "--force"); code != exitOK {
		t.Errorf("by force: exit code %d, %s", code, out)
	}
	if body, _ := s.Get(t, "site/index.html"); !strings.Contains(string(body), "Another shop") {
		t.Error("what was forced is not up")
	}
	bad := append(good, "AWS_ACCESS_KEY_ID="+s.KeyID, "AWS_SECRET_ACCESS_KEY=canary-secret", "AWS_SECRET_ACCESS_KEY_FILE=")
	for _, command := range [][]string{{"render", "--demo"}, {"check"}} {
		code, out := output(t, dir, append(bad, "DATABASE_URL=demo:"), command...)
		if code == exitOK || !strings.Contains(out, "AWS_SECRET_ACCESS_KEY right") || strings.Contains(out, "canary") {
			t.Errorf("%v: exit code %d, %s", command, code, out)
		}
	}
	code, out = output(t, dir, append(good, "DATABASE_URL=demo:"), "check")
	if !strings.Contains(out, "PUBLISH_TO: s3://shop/site can be written; the page there has data of 2") {
		t.Errorf("check: exit code %d, %s", code, out)
	}
}
