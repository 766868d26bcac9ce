package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// extent is how much of something a test does: short, or long with VITRINE_LONG=1.
func extent(short, long int) int {
	if os.Getenv("VITRINE_LONG") != "" {
		return long
	}
	return short
}

// shop is a database made of memory. Its fields are set under its lock.
type shop struct {
	mu        sync.Mutex
	catalogue store.Catalogue
	err       error
	before    func(ctx context.Context) error // runs before the query is sent
	after     func(ctx context.Context) error // runs after the catalogue was taken, before the answer
	clock     func() time.Time                // of the machine that reads
	health    store.Health
	cost      store.Cost
	reads     int
	now       int // reads going on
	most      int // most reads at once
}

func newShop(products int) *shop {
	s := &shop{clock: time.Now, health: store.Health{Kind: "postgres", Status: "pass", Pool: store.PoolStats{Min: 1,
		Max: 10}},
		cost: store.Cost{Acquire: 1500 * time.Microsecond, Query: 2500 * time.Microsecond, InUse: 1}}
	s.stock(products)
	return s
}

// stock fills two shelves with so many products.
func (s *shop) stock(products int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shelves := []store.Category{{Name: "Shoes"}, {Name: "Lamps"}}
	for i := range products {
		p := store.Product{ID: fmt.Sprint(i), Name: fmt.Sprintf("Product %d", i), Slug: fmt.Sprintf("product-%d", i),
			Price: decimal.New(int64(1000+i), -2)}
		shelves[i%2].Products = append(shelves[i%2].Products, p)
	}
	s.catalogue = store.Catalogue{Categories: shelves, Source: store.Source{Database: "db-1", Settings: "set-1"}}
}

// rename changes the first product's name, as an owner's edit.
func (s *shop) rename(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catalogue.Categories = append([]store.Category(nil), s.catalogue.Categories...)
	first := &s.catalogue.Categories[0]
	first.Products = append([]store.Product(nil), first.Products...)
	first.Products[0].Name = name
}

func (s *shop) fail(class store.Class) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = nil
	if class != "" {
		s.err = &store.Error{Class: class, Sentence: "sentence about " + string(class), Err: fmt.Errorf("driver text")}
	}
}

func (s *shop) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shop) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func (s *shop) read(ctx context.Context, _ map[string][]string) (c store.Catalogue, cost store.Cost, err error) {
	s.mu.Lock()
	s.reads++
	s.now++
	s.most = max(s.most, s.now)
	before, after := s.before, s.after
	s.mu.Unlock()
	// A read counts until its refresh has ended: one that does not listen to ctx is given up and goes on alone.
	over := sync.OnceFunc(func() { s.set(func() { s.now-- }) })
	defer over()
	defer context.AfterFunc(ctx, over)()
	if before != nil {
		if err := before(ctx); err != nil {
			return store.Catalogue{}, s.cost, err
		}
	}
	s.mu.Lock()
	c, cost, err = s.catalogue, s.cost, s.err
	c.ReadAt, cost.SentAt = s.clock(), time.Now()
	s.mu.Unlock()
	if after != nil {
		if aerr := after(ctx); aerr != nil {
			return store.Catalogue{}, cost, aerr
		}
	}
	if err != nil {
		return store.Catalogue{}, cost, err
	}
	return c, cost, nil
}

// hang waits for the end of ctx, as a driver with deadlines does.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return &store.Error{Class: store.QueryTimeout, Sentence: "the database did not answer", Err: ctx.Err()}
}

// stage is a worker with everything around it.
type stage struct {
	*Worker
	shop *shop
	dir  string // public
	log  *logBook
	mu   sync.Mutex
	seen []*publish.Snapshot
}

type logBook struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

// newStage makes a worker over folders of its own, unless change says otherwise. It is closed when the test ends.
func newStage(t testing.TB, s *shop, change ...func(*Config)) *stage {
	t.Helper()
	return stageAt(t, s, folder(t), change...)
}

// folder is a temporary one, in memory where the system has that: what fsync costs is not what these tests are about.
func folder(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "vitrine-worker-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// stageAt makes a worker over root/public and root/state.
func stageAt(t testing.TB, s *shop, root string, change ...func(*Config)) *stage {
	t.Helper()
	st := &stage{shop: s, dir: filepath.Join(root, "public"), log: &logBook{}}
	log := slog.New(slog.NewTextHandler(st.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	public, err := publish.Open(st.dir, filepath.Join(root, "state"), log)
	must(t, err)
	cfg := Config{
		Schedule: "*/5 * * * *", Timeout: time.Minute, Gate: render.Gate{MinProducts: 1,
			MaxShrink: 50}, Version: "test", Log: log,
		Site: render.Site{Name: "Shop", Lang: "en", Currency: "USD", ProductURL: "/product/{slug}"},
		Read: s.read, Notices: func() []string { return nil }, Public: public,
		Health:    func() store.Health { s.mu.Lock(); defer s.mu.Unlock(); return s.health },
		Source:    func() store.Source { s.mu.Lock(); defer s.mu.Unlock(); return s.catalogue.Source },
		Succeeded: func() {}, Pictures: func(store.Catalogue) map[string][]byte { return nil },
	}
	for _, c := range change {
		c(&cfg)
	}
	if st.Worker, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	show := func(snap *publish.Snapshot) { st.mu.Lock(); defer st.mu.Unlock(); st.seen = append(st.seen, snap) }
	must(t, st.Open(show))
	// Brotli at its highest level is not what these tests are about.
	st.encodings = func(_ context.Context, d *publish.Document) (*publish.Document, error) {
		out := *d
		out.BR, out.Gzip = []byte("br"), []byte("gzip")
		return &out, nil
	}
	t.Cleanup(st.Close)
	return st
}

// last is the newest snapshot.
func (s *stage) last() *publish.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[len(s.seen)-1]
}

// first is the snapshot that Open has shown.
func (s *stage) first() *publish.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[0]
}

// statusNow is the status of this instant.
func (s *stage) statusNow() status.Status {
	s.Worker.mu.Lock()
	defer s.Worker.mu.Unlock()
	return s.status()
}

// ready is an attempt that has passed the gate, with the shop's catalogue as it is.
func (s *stage) ready(t testing.TB, trigger string) *attempt {
	t.Helper()
	a := newAttempt(Request{Trigger: trigger})
	a.locked = true
	a.catalogue = s.shop.catalogue
	a.catalogue.ReadAt = time.Now()
	must(t, s.render(t.Context(), a, s.view.set.ts))
	return a
}

// must refreshes and checks the result.
func (s *stage) must(t testing.TB, req Request, result string) Report {
	t.Helper()
	if req.Trigger == "" {
		req.Trigger = status.TriggerSignal // those over HTTP are paced
	}
	r, err := s.Refresh(context.Background(), req)
	if r.Outcome.Result != result {
		t.Fatalf("refresh: result %q (%s), error %v; want %q", r.Outcome.Result, r.Outcome.Message, err, result)
	}
	if good := result == status.Published || result == status.Unchanged; good != (err == nil) {
		t.Fatalf("refresh: result %q with error %v", result, err)
	}
	return r
}

// page is what index.html holds; empty where there is none.
func (s *stage) page() string {
	body, _ := os.ReadFile(filepath.Join(s.dir, publish.PageFile))
	return string(body)
}

// disk is the status document on the disk.
func (s *stage) disk(t testing.TB) status.Status {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(s.dir, publish.StatusJSONFile))
	must(t, err)
	return parse(t, body)
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

func parse(t tester, body []byte) status.Status {
	t.Helper()
	var st status.Status
	must(t, json.Unmarshal(body, &st))
	return st
}

// run starts Run; stop ends it and waits.
func (s *stage) run(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Fatalf("run: %v", err)
		}
	}
}

// whole checks what must hold at every instant of a snapshot.
func whole(t tester, snap *publish.Snapshot) {
	t.Helper()
	st := snap.Status
	if got := parse(t, snap.StatusJSON.Body); !reflect.DeepEqual(got, st) {
		t.Errorf("status.json does not read back as the status:\n%+v\n%+v", got, st)
	}
	if (snap.Page == nil) != (st.Page == nil) {
		t.Fatalf("page %v, status about page %v", snap.Page != nil, st.Page != nil)
	}
	if snap.Page != nil && (st.Page.ETag != snap.Page.ETag || st.Page.Bytes != len(snap.Page.Body)) {
		t.Errorf("status tells of page %s, %d bytes; up is %s, %d bytes", st.Page.ETag, st.Page.Bytes, snap.Page.ETag,
			len(snap.Page.Body))
	}
	if snap.NotFound == nil || snap.Unavailable == nil || snap.StatusHTML == nil || snap.Unavailable.CSP == "" {
		t.Error("a snapshot without one of its pages")
	}
	alone := st.NextRefreshAt == nil && st.LastRefresh != nil && st.LastRefresh.Trigger == status.TriggerCommand
	if st.Schema != 1 || st.Summary == "" || st.Notices == nil || st.History == nil || st.Process.PID != os.Getpid() ||
		(st.NextRefreshAt == nil) != (st.StoppedAt != nil || alone) ||
		st.Templates.Source == "" || st.Database.Kind == "" || st.Version == "" {
		t.Errorf("status is not complete: %+v", st)
	}
	if bytes.Contains(snap.StatusJSON.Body, []byte("driver text")) || bytes.Contains(snap.StatusHTML.Body,
		[]byte("driver text")) {
		t.Error("driver text in the status")
	}
	if len(st.History) > status.HistoryLen {
		t.Errorf("history of %d", len(st.History))
	}
}

func contains(t tester, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in %q", p, text)
		}
	}
}
