package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/signer"
	"go.uber.org/goleak"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/store"
	"vitrine/store/storetest"
)

func TestMain(m *testing.M) {
	if publishAndDie() {
		return
	}
	goleak.VerifyTestMain(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const staleAfter = 10 * time.Minute

// open makes a bucket of a storage, as one machine has it; change is made to the options.
func open(t testing.TB, s *storetest.Storage, change ...func(*Options)) *Bucket {
	t.Helper()
	o := Options{To: "s3://" + s.Bucket + "/site", Endpoint: s.URL,
		KeyID: store.Secret(s.KeyID), Secret: store.Secret(s.Secret), Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	b, err := Open(o)
	must(t, err)
	t.Cleanup(b.Close)
	return b
}

// edition is the page that shows one data version; its bytes are no other's.
func edition(version int64) Page {
	line := fmt.Sprintf("<p>version %d</p>\n", version)
	body := []byte("<!doctype html>\n" + strings.Repeat(line, 1000) + "</html>\n")
	icon := func() ([]byte, error) { return []byte("<svg/>"), nil }
	return Page{Body: body, StaleAfter: staleAfter, Assets: render.Assets{"favicon.svg": icon},
		Edition: Edition{ETag: publish.ETag(body), Version: version, DataAt: time.Now(), Database: "db",
			Fingerprint: "f1", Program: "v1.0.0"}}
}

// versionOf is the data version of a page's bytes, which must be whole.
func versionOf(t testing.TB, body []byte) (version int64) {
	t.Helper()
	if _, err := fmt.Fscanf(bytes.NewReader(body), "<!doctype html>\n<p>version %d</p>", &version); err != nil {
		t.Fatalf("no page of ours: %.80q", body)
	}
	if !bytes.Equal(body, edition(version).Body) {
		t.Fatalf("version %d is not whole: %d bytes", version, len(body))
	}
	return version
}

// published is what must come of publishing.
func published(t testing.TB, b *Bucket, p Page, want Result) {
	t.Helper()
	got, err := b.Publish(t.Context(), p)
	if err != nil || got.Up != want.Up || got.Uploaded != want.Uploaded || got.Conflict != want.Conflict {
		t.Fatalf("publish version %d: %+v, %v; want %+v", p.Version, got, err, want)
	}
}

var (
	uploaded  = Result{Up: true, Uploaded: true}
	unchanged = Result{Up: true}
	refused   = Result{}
)

func TestPublish(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	a, b := open(t, s), open(t, s)
	published(t, a, edition(2), uploaded)
	published(t, a, edition(2), unchanged)
	published(t, b, edition(2), unchanged)
	body, head := s.Get(t, "site/index.html")
	if versionOf(t, body) != 2 {
		t.Error("another page is up")
	}
	for name, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "",
		"Cache-Control": publish.CachePage, "X-Amz-Meta-Vitrine-Data-Version": "2", "X-Amz-Meta-Vitrine-Fingerprint": "f1"} {
		if got := head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	asset, head := s.Get(t, "site/_vitrine/favicon.svg")
	if string(asset) != "<svg/>" || head.Get("Content-Type") != "image/svg+xml" || head.Get("Content-Encoding") != "" {
		t.Errorf("favicon: %q, %v", asset, head)
	}
	published(t, b, edition(1), refused)
	published(t, b, edition(3), uploaded)
	if body, _ = s.Get(t, "site/index.html"); versionOf(t, body) != 3 {
		t.Error("version 3 is not up")
	}
	if probed, _ := s.Get(t, "site/"+probeFile); probed != nil || len(a.Notices()) > 0 {
		t.Errorf("the storage was not believed to know conditions: %q", a.Notices())
	}
}

// The status is that of whoever's page is up, and tells that newer data gave the same page.
func TestSaveStatus(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	a, b := open(t, s), open(t, s)
	first := edition(5)
	published(t, a, first, uploaded)
	saveStatus(t, a, first, "of a")
	saveStatus(t, b, edition(4), "of b, whose page is another")
	if text, head := s.Get(t, "site/status.json"); string(text) != "of a" || head.Get("Cache-Control") != "no-store" ||
		head.Get("Content-Type") != "application/json" {
		t.Errorf("status %q, %v", text, head)
	}
	same := first
	same.Version = 9
	published(t, b, same, unchanged)
	saveStatus(t, b, same, "of b")
	if text, _ := s.Get(t, "site/status.html"); string(text) != "<p>of b" {
		t.Errorf("status page %q", text)
	}
	published(t, a, edition(8), refused) // version 9 was seen to give the page that is up
	published(t, a, edition(10), uploaded)
}

func saveStatus(t *testing.T, b *Bucket, page Page, text string) {
	t.Helper()
	must(t, b.SaveStatus(t.Context(), page, []byte(text), []byte("<p>"+text)))
}

// A machine that reads nothing any more does not keep its page up by telling of its trouble: what counts is how old the
// data is, and whoever has data that is not as old may show it, even of a standby behind.
func TestNobodyRenews(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	failing, standby := open(t, s), open(t, s)
	aged := func(version int64, age time.Duration) Page {
		page := edition(version)
		page.Age = age
		return page
	}
	published(t, failing, aged(5, 0), uploaded)
	saveStatus(t, failing, aged(5, time.Minute), "good")
	published(t, standby, aged(4, 0), refused)
	saveStatus(t, failing, aged(5, staleAfter+time.Minute), "the data was read before")
	published(t, standby, aged(4, 0), refused) // it was had when the page was put there

	published(t, failing, aged(6, staleAfter-time.Minute), uploaded) // another template over the last data
	published(t, standby, aged(4, 0), refused)
	published(t, failing, aged(7, staleAfter+time.Minute), uploaded)
	saveStatus(t, failing, aged(7, staleAfter+2*time.Minute), "nothing was read")
	published(t, standby, aged(4, staleAfter+3*time.Minute), refused) // nothing newer either
	published(t, standby, aged(4, time.Minute), uploaded)

	empty := func(o *Options) { o.To += "/empty" } // what comes first is no fresher there
	failing, standby = open(t, s, empty), open(t, s, empty)
	published(t, failing, aged(5, staleAfter+time.Minute), uploaded)
	saveStatus(t, failing, aged(5, staleAfter+time.Minute), "the data was read before")
	published(t, standby, aged(4, 0), uploaded)
}

// Data was not read after it was written, whatever the clock was that said so.
func TestConfirmedAt(t *testing.T) {
	t.Parallel()
	written := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for told, want := range map[string]time.Time{"2025-12-31T23:50:00.5Z": written.Add(-10*time.Minute + time.Second/2),
		"2026-01-01T05:00:00Z": written, "": written, "yesterday": written} {
		info := minio.ObjectInfo{LastModified: written, UserMetadata: minio.StringMap{metaConfirmed: told}}
		if got := confirmedAt(info); !got.Equal(want) {
			t.Errorf("%q: %s, want %s", told, got, want)
		}
	}
}

// A status goes beside its own page only, even if another page comes between two looks or two writes.
func TestStatusOfAnotherPage(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	for _, before := range []string{"HEAD index.html", "PUT status.html"} {
		in := func(o *Options) { o.To += strings.ReplaceAll(before, " ", "/") }
		var once sync.Once
		other := open(t, s, in)
		front := between(t, s, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method+" "+path.Base(r.URL.Path) == before {
				once.Do(func() {
					published(t, other, edition(6), uploaded)
					saveStatus(t, other, edition(6), "of 6")
				})
			}
			next.ServeHTTP(w, r)
		})
		published(t, open(t, s, in), edition(5), uploaded)
		saveStatus(t, open(t, s, in, func(o *Options) { o.Endpoint = front }), edition(5), "of 5")
		for name, want := range map[string]string{"status.json": "of 6", "status.html": "<p>of 6"} {
			if text, _ := s.Get(t, other.key(name)); string(text) != want {
				t.Errorf("%s: %q beside the page of 6", before, text)
			}
		}
	}
}

// Storage that always says that somebody else was faster is not asked for ever.
func TestAlwaysChanged(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	front := between(t, s, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Header.Get("If-Match") != "" {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		next.ServeHTTP(w, r)
	})
	b := open(t, s, func(o *Options) { o.Endpoint = front })
	published(t, b, edition(1), uploaded)
	saveStatus(t, b, edition(1), "of 1")
	_, errPage := b.Publish(t.Context(), edition(2))
	errStatus := b.SaveStatus(t.Context(), edition(1), nil, nil)
	for _, err := range []error{errPage, errStatus} {
		if !MayPass(err) || !strings.Contains(store.Sentence(err), "somebody else keeps changing it") {
			t.Errorf("%q, %v", store.Sentence(err), err)
		}
	}
}

// A page of ours that has lost its metadata is known by its bytes: to whoever put it there, and who has the same.
func TestLostMetadata(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	a, b, c := open(t, s), open(t, s), open(t, s)
	published(t, a, edition(1), uploaded)
	s.Put(t, "site/index.html", string(edition(1).Body))
	published(t, b, edition(2), Result{Conflict: true})
	published(t, c, edition(1), unchanged)
	saveStatus(t, c, edition(1), "of c")
	if text, _ := s.Get(t, "site/status.json"); string(text) != "of c" {
		t.Errorf("status %q", text)
	}
	published(t, a, edition(2), uploaded)
}

// Somebody's own page is not lost: it is told of, and replaced only by force.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	s.Put(t, "site/index.html", "<p>my own page")
	b := open(t, s)
	b.SetLast(`"the page that was up at home"`)
	res, err := b.Publish(t.Context(), edition(1))
	if err != nil || res.Up || !res.Conflict || !strings.Contains(res.Note, "s3://shop/site/index.html is there") {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := b.Check(t.Context()); store.Sentence(err) != res.Note {
		t.Errorf("check says %q", store.Sentence(err))
	}
	if body, _ := s.Get(t, "site/index.html"); string(body) != "<p>my own page" {
		t.Errorf("it was replaced by %.40q", body)
	}
	forced := edition(1)
	forced.StaleAfter = 0
	published(t, b, forced, uploaded)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	at := func(version int64, minute int) Edition {
		return Edition{ETag: fmt.Sprintf(`"%d-%d"`, version, minute), Version: version, Database: "db", Fingerprint: "f1",
			Program: "v1.2.0", DataAt: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)}
	}
	by := func(e Edition, fingerprint, program string) Edition {
		e.Fingerprint, e.Program = fingerprint, program
		return e
	}
	in := func(e Edition, database string) Edition { e.Database = database; return e }
	const fresh, stale = time.Minute, staleAfter + time.Minute
	now := time.Now()
	for name, c := range map[string]struct {
		ours, up Edition
		last     string
		age      time.Duration
		want     verdict
	}{
		"nothing there":                         {at(1, 0), Edition{}, "", fresh, write},
		"the same page":                         {at(1, 0), at(1, 0), "", stale, same},
		"newer":                                 {at(2, 0), at(1, 0), "", fresh, write},
		"newer by a slow clock":                 {at(2, 0), at(1, 59), "", fresh, write},
		"older":                                 {at(1, 0), at(2, 0), "", fresh, older},
		"older by a fast clock":                 {at(1, 59), at(2, 0), "", fresh, older},
		"older than what I left":                {at(1, 0), at(2, 0), at(2, 0).ETag, fresh, older},
		"older, and nothing newer to be had":    {at(1, 0), at(2, 0), "", stale, write},
		"older, and no fresher than what is up": {at(1, 0), at(2, 0), "", stale, older},
		"somebody's own page":                   {at(1, 0), Edition{ETag: `"theirs"`}, "", stale, foreign},
		"mine without its metadata":             {at(2, 0), Edition{ETag: `"mine"`}, `"mine"`, fresh, write},
		"one version, read later":               {at(1, 2), at(1, 1), "", fresh, write},
		"one version, read earlier":             {at(1, 0), at(1, 1), "", fresh, older},
		"no version, read earlier":              {at(0, 0), at(0, 1), "", fresh, older},
		"no version, read later":                {at(0, 2), at(0, 1), "", fresh, write},
		"other settings, newer data":            {at(2, 0), by(at(1, 0), "f2", "v1.2.0"), "", fresh, write},
		"other settings, no newer data":         {at(1, 2), by(at(1, 1), "f2", "v1.2.0"), "", fresh, other},
		"other settings over what I left":       {at(1, 1), by(at(1, 1), "f2", "v1.2.0"), at(1, 1).ETag, fresh, write},
		"other settings, nobody renews them":    {at(1, 2), by(at(1, 1), "f2", "v1.2.0"), "", stale, write},
		"newer program":                         {at(1, 2), by(at(1, 1), "f2", "v1.1.9"), "", fresh, write},
		"older program":                         {at(1, 2), by(at(1, 1), "f2", "v1.10.0"), "", fresh, other},
		"program of no version":                 {by(at(1, 2), "f1", "abcd"), by(at(1, 1), "f2", "v0.1"), "", fresh, other},
		"another database, whatever its number": {in(at(9, 9), "db2"), at(1, 0), "", fresh, other},
		"another database, mine before":         {in(at(1, 9), "db2"), at(7, 0), at(7, 0).ETag, fresh, write},
		"another database that has gone":        {in(at(1, 9), "db2"), at(7, 0), "", stale, write},
	} {
		ours, up := Page{Edition: c.ours, StaleAfter: staleAfter}, remote{Edition: c.up, confirmed: now.Add(-c.age)}
		if c.up.ETag != "" {
			up.tag = "the storage's own"
		}
		switch name {
		case "other settings over what I left":
			ours.ETag = `"edited"`
		case "older, and no fresher than what is up":
			ours.Age = stale
		}
		if got := judge(ours, up, c.last, now); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
}

// Two programs with other settings are told of each other, whoever wins.
func TestConflict(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	a, b := open(t, s), open(t, s)
	with := func(p Page, fingerprint string) Page {
		p.Fingerprint = fingerprint
		return p
	}
	published(t, a, with(edition(1), "aaaa"), uploaded)
	published(t, b, with(edition(2), "bbbb"), uploaded) // the first it sees: somebody's before it
	published(t, a, with(edition(3), "aaaa"), Result{Up: true, Uploaded: true, Conflict: true})
	p := with(edition(30), "bbbb")
	p.Version = 3
	res, err := b.Publish(t.Context(), p)
	const want = "aaaa by vitrine v1.0.0 is up, and this is bbbb"
	if err != nil || !res.Conflict || res.Up || !strings.Contains(res.Note, want) {
		t.Errorf("%+v, %v", res, err)
	}
}

// Storage that does not look at conditions is recognised, and used without them.
func TestUnconditional(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"ignored": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut {
				r.Header.Del("If-Match")
				r.Header.Del("If-None-Match")
				r.URL.Host = r.Host
				r = signer.SignV4(*r, s.KeyID, s.Secret, "", "us-east-1")
			}
			next.ServeHTTP(w, r)
		},
		"refused": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Header.Get("If-Match")+r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotImplemented)
				fmt.Fprint(w, "<Error><Code>NotImplemented</Code></Error>")
				return
			}
			next.ServeHTTP(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, s, func(o *Options) { o.To += name; o.Endpoint = between(t, s, answer) })
			published(t, b, edition(1), uploaded)
			published(t, b, edition(2), uploaded)
			published(t, b, edition(1), refused)
			if n := b.Notices(); len(n) != 1 || !strings.Contains(n[0], "conditional writes") {
				t.Errorf("notices %q", n)
			}
		})
	}
}

// between puts a handler before the storage, which goes on with next, and returns the address to use.
func between(t testing.TB, s *storetest.Storage,
	answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) string {
	t.Helper()
	target, err := url.Parse(s.URL)
	must(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		Transport: &http.Transport{DisableCompression: true},
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, proxy) }))
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		proxy.Transport.(*http.Transport).CloseIdleConnections()
	})
	return front.URL
}

func TestFailures(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	readOnly := storetest.S3(t, "--readonly")
	skewed := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Header.Set("X-Amz-Date", time.Now().Add(-time.Hour).UTC().Format("20060102T150405Z"))
		next.ServeHTTP(w, r)
	}
	busy := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>")
	}
	unknown := func(w http.ResponseWriter, r *http.Request, next http.Handler) { // as Amazon has it
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<Error><Code>InvalidAccessKeyId</Code></Error>")
	}
	for name, c := range map[string]struct {
		on     *storetest.Storage
		change func(*Options)
		want   string
	}{
		"wrong secret": {s, func(o *Options) { o.Secret = "canary-secret" }, "AWS_SECRET_ACCESS_KEY"},
		"unknown key":  {s, func(o *Options) { o.Endpoint = between(t, s, unknown) }, "AWS_ACCESS_KEY_ID"},
		"no bucket":    {s, func(o *Options) { o.To = "s3://canary-bucket" }, "there is no bucket canary-bucket"},
		"denied":       {readOnly, func(*Options) {}, "s3:PutObject"},
		"wrong clock":  {s, func(o *Options) { o.Endpoint = between(t, s, skewed) }, "clock"},
		"throttled":    {s, func(o *Options) { o.Endpoint = between(t, s, busy) }, "fewer requests"},
		"no server":    {s, func(o *Options) { o.Endpoint = "http://127.0.0.1:1" }, "nothing listens"},
		"no TLS":       {s, func(o *Options) { o.Endpoint = strings.Replace(s.URL, "http:", "https:", 1) }, "http://"},
		"unknown name": {s, func(o *Options) { o.Endpoint = "http://canary.invalid" }, "resolved"},
		"does not talk": {s, func(o *Options) {
			w := storetest.Proxy(t, s.Addr())
			w.Freeze()
			o.Endpoint = "http://" + w.Addr()
		}, "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, c.on, c.change)
			_, err := b.Publish(t.Context(), edition(1))
			if store.ClassOf(err) != store.Upload || !strings.Contains(store.Sentence(err), c.want) {
				t.Errorf("class %q, %q, cause %v; want %q", store.ClassOf(err), store.Sentence(err), err, c.want)
			}
			if strings.Contains(fmt.Sprint(err, err.Error()), "canary-secret") {
				t.Errorf("the secret in %q", err)
			}
			if _, checked := b.Check(t.Context()); store.Sentence(checked) != store.Sentence(err) {
				t.Errorf("check says %q", store.Sentence(checked))
			}
		})
	}
}

// The cache is purged after an upload and not otherwise, with the token, and again where that failed.
func TestPurge(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	type request struct{ method, uri, auth, body string }
	var asked []request
	var refuse atomic.Bool
	cache := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, request{r.Method, r.RequestURI, r.Header.Get("Authorization"), string(body)})
		if refuse.Load() {
			http.Redirect(w, r, "http://127.0.0.1:1/?stolen="+r.Header.Get("AccessKey"), http.StatusTemporaryRedirect)
		}
	}))
	defer cache.Close()
	b := open(t, s, func(o *Options) {
		o.PurgeURL, o.PurgeToken = store.Secret("PURGE "+cache.URL+"/purge?page={url}&key={token}"), "canary&token"
		o.PageURL = "https://shop.example/"
	})
	published(t, b, edition(1), uploaded)
	published(t, b, edition(1), unchanged)
	want := request{"PURGE", "/purge?page=https%3A%2F%2Fshop.example%2F&key=canary%26token", "Bearer canary&token",
		`{"files":["https://shop.example/"]}`}
	if len(asked) != 1 || asked[0] != want {
		t.Errorf("asked %q", asked)
	}
	refuse.Store(true)
	res, err := b.Publish(t.Context(), edition(2))
	if !res.Up || store.ClassOf(err) != store.Upload || !strings.Contains(store.Sentence(err), "PURGE_URL") {
		t.Errorf("%+v, %v", res, err)
	}
	if strings.Contains(fmt.Sprint(err, err.Error()), "canary") {
		t.Errorf("the token in %q", err)
	}
	refuse.Store(false)
	published(t, b, edition(2), unchanged)
	if len(asked) != 3 {
		t.Errorf("asked %d times", len(asked))
	}
}

// Without a key in the settings, that of the machine's role is taken; where there is none, that is said.
func TestKeyOfTheMachine(t *testing.T) {
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	s := storetest.S3(t)
	role := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"AccessKeyId": %q, "SecretAccessKey": %q, "Expiration": "2100-01-01T00:00:00Z"}`, s.KeyID, s.Secret)
	}))
	defer role.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	noKey := func(o *Options) { o.KeyID, o.Secret = "", "" }
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
	_, err := open(t, s, noKey).Publish(t.Context(), edition(1))
	if store.ClassOf(err) != store.Upload || !strings.Contains(store.Sentence(err), "there is no access key: set AWS_") {
		t.Errorf("%q, %v", store.Sentence(err), err)
	}
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", role.URL)
	published(t, open(t, s, noKey), edition(1), uploaded)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	good := Options{To: "s3://shop", KeyID: "id", Secret: "secret"}
	for _, c := range []struct {
		variable string
		change   func(*Options)
	}{
		{"", func(*Options) {}},
		{"", func(o *Options) {
			o.To = "s3://shop/a/b/"
			o.Endpoint = "https://storage.example/"
			o.PathStyle = "TRUE"
		}},
		{"PUBLISH_TO", func(o *Options) { o.To = "shop" }},
		{"PUBLISH_TO", func(o *Options) { o.To = "s3://Shop" }},
		{"PUBLISH_TO", func(o *Options) { o.To = "s3://id:secret@shop" }},
		{"PUBLISH_TO", func(o *Options) { o.To = "https://shop" }},
		{"", func(o *Options) { o.PathStyle = "1" }},
		{"", func(o *Options) { o.PathStyle = "False" }},
		{"AWS_S3_FORCE_PATH_STYLE", func(o *Options) { o.PathStyle = "sometimes" }},
		{"AWS_ENDPOINT_URL", func(o *Options) { o.Endpoint = "storage.example" }},
		{"AWS_ENDPOINT_URL", func(o *Options) { o.Endpoint = "https://storage.example/bucket" }},
		{"AWS_ACCESS_KEY_ID", func(o *Options) { o.Secret = "" }},
		{"PURGE_URL", func(o *Options) { o.PurgeURL = "cache.internal" }},
		{"PURGE_URL", func(o *Options) { o.PurgeURL = "https://cache.internal/{page}" }},
		{"PURGE_URL", func(o *Options) { o.PurgeURL = "https://cache.internal/{url}" }},
	} {
		o := good
		c.change(&o)
		_, err := Open(o)
		var bad *OptionError
		if errors.As(err, &bad) != (c.variable != "") || bad != nil && bad.Variable != c.variable {
			t.Errorf("%+v: %v, want %q", o, err, c.variable)
		}
	}
}

// A small file that is up with these bytes is not written again, and one of other bytes is.
func TestAssets(t *testing.T) {
	t.Parallel()
	s := storetest.S3(t)
	var puts atomic.Int64
	count := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "_vitrine/demo/") {
			puts.Add(1)
		}
		next.ServeHTTP(w, r)
	}
	front := between(t, s, count)
	through := func(o *Options) { o.Endpoint = front }
	page := edition(1)
	page.Assets = render.Assets{}
	for i := range 30 {
		page.Assets[fmt.Sprintf("demo/%d.svg", i)] = func() ([]byte, error) { return fmt.Appendf(nil, "picture %d", i), nil }
	}
	b := open(t, s, through)
	published(t, b, page, uploaded)
	published(t, b, page, unchanged)
	published(t, open(t, s, through), page, unchanged) // another process, which remembers nothing
	if n := puts.Load(); n != 30 {
		t.Errorf("%d small files written, want 30", n)
	}
	page.Assets = maps.Clone(page.Assets)
	page.Assets["demo/7.svg"] = func() ([]byte, error) { return []byte("another picture"), nil }
	published(t, b, page, unchanged)
	if text, _ := s.Get(t, "site/_vitrine/demo/7.svg"); puts.Load() != 31 || string(text) != "another picture" {
		t.Errorf("%d written; %q", puts.Load(), text)
	}
	delete(page.Assets, "demo/7.svg")
	published(t, b, page, unchanged)
	if text, _ := s.Get(t, "site/_vitrine/demo/7.svg"); text == nil {
		t.Error("a file was deleted that a page in some cache may still refer to")
	}
}
