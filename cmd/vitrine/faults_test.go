package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vitrine/store/storetest"
)

// Recovery after the fault has gone: what is promised, which is asserted of the median of all recoveries. A single one
// may take recoverySlack longer on a machine that does other work.
const (
	recovery        = 6 * time.Second
	slowRecovery    = 30 * time.Second // auth: a wrong password is not tried more often
	recoverySlack   = 6 * time.Second
	faultRounds     = 1
	faultRoundsLong = 20
)

// faultShop is one program over one PostgreSQL that a fault is done to.
type faultShop struct {
	*child
	t     *testing.T
	pg    *storetest.PG
	wire  *storetest.Wire // between the program and the server
	admin string          // DATABASE_URL past the wire, as the superuser
	role  string          // that the program signs in as
	round int
}

// fault is one way for a database to fail. inject and heal are called with the shop in working order and broken.
type fault struct {
	name    string
	inject  func(s *faultShop)
	heal    func(s *faultShop)
	classes []string // one of them is the error class of the refresh meanwhile; none: the refresh succeeds in spite of it
	within  time.Duration
	code    int // of POST /refresh meanwhile; 0 for that of a failure

	private  bool                      // a server of its own, which the fault is done to
	hosts    func(s *faultShop) string // the host part of DATABASE_URL; nil for the wire's address
	resolver *nameServer               // what the program asks for names; nil for the machine's own
}

// TestDatabaseFaults guards I1, I7 and I8 on the whole program: during each fault visitors see the last page, the
// status names the class at once, and after it the page is fresh by itself. VITRINE_LONG=1 does each 20 times, with the
// deadlines that a shop has which sets none, and prints the table of the README.
func TestDatabaseFaults(t *testing.T) {
	t.Parallel()
	rounds := faultRounds
	if longForm() {
		rounds = faultRoundsLong
	}
	var mu sync.Mutex
	var rows []string
	var all []time.Duration
	var wg sync.WaitGroup
	slots := make(chan struct{}, 6) // they mostly wait
	for _, f := range faults() {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			t.Run(f.name, func(t *testing.T) {
				s := newFaultShop(t, f)
				var took []time.Duration
				for range rounds {
					took = append(took, s.suffer(f))
				}
				mu.Lock()
				defer mu.Unlock()
				all = append(all, took...)
				rows = append(rows, fmt.Sprintf("| %s | %d | %d | %.1f s |", f.name, rounds, s.round, slices.Max(took).Seconds()))
			})
		})
	}
	wg.Wait()
	slices.Sort(all)
	if len(all) > 0 && all[len(all)/2] > recovery {
		t.Errorf("half of the recoveries took more than %s", all[len(all)/2])
	}
	slices.Sort(rows)
	fmt.Println(strings.Join(rows, "\n"))
}

// longForm is what make faults asks for.
func longForm() bool { return os.Getenv("VITRINE_LONG") != "" }

// faultShops counts them: each has a role and a database of its own.
var faultShops atomic.Int32

// newFaultShop starts a wire to a server and the program with a pool of one; the short form has short deadlines.
func newFaultShop(t *testing.T, f fault) *faultShop {
	pg := storetest.Server
	if f.private {
		pg = func(t testing.TB) *storetest.PG { return storetest.Private(t) }
	}
	s := &faultShop{t: t, pg: pg(t), role: fmt.Sprintf("canaryuser%d", faultShops.Add(1))}
	database := strings.Replace(s.role, "user", "database", 1)
	storetest.Exec(t, s.pg.AdminURL(), "CREATE DATABASE "+database)
	s.admin = strings.TrimSuffix(s.pg.AdminURL(), "postgres") + database
	initialised(t, s.admin, product("lamp", "Lamp 0", "Lamps", 1),
		"CREATE ROLE "+s.role+" LOGIN PASSWORD 'canarypassword'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+s.role)
	s.wire = storetest.Proxy(t, s.pg.Addr())
	url := strings.Replace(s.wire.URL(t, s.admin), storetest.Superuser+":"+storetest.Password, s.role+":canarypassword", 1)
	if f.hosts != nil {
		url = strings.Replace(url, s.wire.Addr(), f.hosts(s), 1)
	}
	variables := []string{"DATABASE_URL=" + url, "DATABASE_POOL_MAX=1", "REFRESH_TOKEN=secret"}
	if !longForm() { // which has the deadlines that nobody has set
		variables = append(variables, "DATABASE_CONNECTION_TIMEOUT=2000", "DATABASE_ACQUIRE_TIMEOUT=2000",
			"DATABASE_QUERY_TIMEOUT=2000", "REFRESH_TIMEOUT=6000")
	}
	if f.resolver != nil {
		variables = append(variables, resolvFile+"="+f.resolver.start(t))
	}
	s.child = serve(t, t.TempDir(), variables...)
	s.page("Lamp 0")
	return s
}

// suffer goes through the fault once and returns how long the page took to be fresh after it.
func (s *faultShop) suffer(f fault) time.Duration {
	s.t.Helper()
	old := fmt.Sprintf("Lamp %d", s.round)
	name := fmt.Sprintf("Lamp %d", s.round+1)
	s.until("the next round may refresh", func() bool { return s.status().ConsecutiveFailures == 0 })
	// Not lost even if the server is killed right after.
	storetest.Exec(s.t, s.admin, "SET synchronous_commit = on", "UPDATE products SET name = '"+name+"'")
	f.inject(s)
	code, _ := s.ask()
	if len(f.classes) > 0 {
		st := s.status()
		if code != cmp.Or(f.code, http.StatusBadGateway) || st.LastRefresh == nil || !slices.Contains(f.classes,
			string(st.LastRefresh.ErrorClass)) {
			s.t.Errorf("%s: refresh answers %d, status says %+v, want class %v", f.name, code, st.LastRefresh, f.classes)
		}
		if code, _, page := s.get("/"); code != http.StatusOK || !strings.Contains(page, old) {
			s.t.Errorf("%s: visitors see %d, the old page: %v", f.name, code, strings.Contains(page, old))
		}
	} else if code != http.StatusOK {
		s.t.Errorf("%s: refresh answers %d, want it to succeed", f.name, code)
	}
	if f.heal != nil {
		f.heal(s)
	}
	healed := time.Now()
	s.page(name)
	took := time.Since(healed)
	if limit := max(f.within, recovery) + recoverySlack; took > limit {
		s.t.Errorf("%s: fresh only %s after the fault had gone", f.name, took)
	}
	s.noSecrets()
	s.round++
	return took
}

// noSecrets guards I10: neither password nor user, host or database leaves by any route, in a body or a header; the log
// has no password.
func (s *faultShop) noSecrets() {
	s.t.Helper()
	secrets := []string{"canary", s.wire.Addr(), s.pg.Addr(), databaseName, "@127.0.0.1", "pq:"}
	urls := []string{s.adminURL + "/metrics"}
	for _, path := range []string{"/", "/status.json", "/status.html", "/api/health/database", "/livez", "/readyz",
		"/nowhere"} {
		urls = append(urls, s.url+path)
	}
	for _, url := range urls {
		_, head, body := s.fetch(url)
		for _, secret := range secrets {
			if strings.Contains(body, secret) || strings.Contains(fmt.Sprint(head), secret) {
				s.t.Errorf("%s holds %q", url, secret)
			}
		}
	}
	if strings.Contains(s.logText(), "canarypassword") {
		s.t.Error("the log holds the password")
	}
}

// lockProducts keeps the products from being read until the returned function is called.
func lockProducts(t testing.TB, url string) (unlock func()) {
	t.Helper()
	db := storetest.Open(t, url)
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
		db.Close()
	}
}

// again repeats what until the returned function is called.
func again(what func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			what()
			time.Sleep(20 * time.Millisecond)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// terminate ends the program's connections on the server.
func (s *faultShop) terminate() {
	storetest.Exec(s.t, s.admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+s.role+"'")
}
