package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine/store"
	"vitrine/store/demo"
	"vitrine/store/storetest"
)

// TestThroughPgBouncer: a shop is made, filled, planned and read through PgBouncer in each of its modes, while 50 other
// clients send statements of their own, prepared and plain, over the same server connections: every reading is that of
// the direct connection, to the row. What statement mode cannot do is refused with a sentence.
func TestThroughPgBouncer(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"session", "transaction", "statement"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			pg := storetest.Server(t)
			direct := pg.NewDatabase(t)
			servers := 4
			if mode == "session" {
				servers = 40 // each client keeps its own
			}
			addr := storetest.Bouncer(t, pg, mode, fmt.Sprintf("default_pool_size=%d", servers), "max_client_conn=200")
			through := storetest.Rehost(t, direct, addr)
			shop := openShop(t, through, func(o *Options) { o.PoolMax = 2 })
			sent, stop := otherClients(t, through)
			plan, err := shop.PlanInit(t.Context())
			if err == nil {
				err = shop.Init(t.Context(), plan, nil)
			}
			if err != nil {
				t.Fatalf("init: %s: %v", store.Sentence(err), err)
			}
			err = shop.Seed(t.Context(), 300, demo.Catalogue(), nil)
			if mode == "statement" {
				if !strings.Contains(store.Sentence(err), "PgBouncer does in statement mode") {
					t.Errorf("seed: %q, %v", store.Sentence(err), err)
				}
				err = openShop(t, direct).Seed(t.Context(), 300, demo.Catalogue(), nil)
			}
			if err != nil {
				t.Fatalf("seed: %s: %v", store.Sentence(err), err)
			}
			want := readShop(t, openShop(t, direct))
			readings, before := 15, sent.Load()
			if os.Getenv("VITRINE_LONG") != "" {
				readings = 2000
			}
			var readers sync.WaitGroup
			for range 2 {
				readers.Go(func() {
					for range readings {
						got, _, err := shop.Categories(t.Context(), nil)
						if err != nil {
							t.Errorf("read: %s: %v", store.Sentence(err), err)
							return
						}
						if d := gocmp.Diff(want.Categories, got.Categories); d != "" {
							t.Errorf("-direct +through PgBouncer\n%s", d)
							return
						}
						if h := shop.Probe(t.Context()); h.Status != "pass" {
							t.Errorf("probe: %+v", h)
							return
						}
					}
				})
			}
			readers.Wait()
			others := sent.Load() - before
			stop()
			if others < int64(readings) {
				t.Errorf("the other clients sent %d statements only", others)
			}
			fmt.Printf("| shop read through PgBouncer in %s mode beside 50 clients (%d statements of theirs) | %d | %d | |\n",
				mode, others, 2*readings, 2*readings)
		})
	}
}

// otherClients are 50 clients that send statements until they are stopped: half of them plain, whose answers are looked
// at; half prepared without a name and run in a second step, as drivers do by default, which in transaction and
// statement mode meets other clients' statements: their errors are theirs.
func otherClients(t *testing.T, url string) (sent *atomic.Int64, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	sent = &atomic.Int64{}
	db := storetest.Open(t, url)
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	var asking sync.WaitGroup
	for i := range 50 {
		asking.Go(func() {
			for n := rand.IntN(1000); ctx.Err() == nil; n++ {
				sent.Add(1)
				want := fmt.Sprintf("client %d, %d", i, n)
				var got string
				if i%2 == 0 {
					statement := fmt.Sprintf("SELECT 'client %d, ' || $1::text", i)
					_ = db.QueryRowContext(ctx, statement, fmt.Sprint(n)).Scan(&got) // its errors are its own
					continue
				}
				err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT '%s'", want)).Scan(&got)
				if ctx.Err() == nil && (err != nil && !othersFault(err) || err == nil && got != want) {
					t.Errorf("another client: %q, want %q, %v", got, want, err)
					return
				}
			}
		})
	}
	return sent, func() { cancel(); asking.Wait() }
}

// othersFault reports whether a plain statement failed for what the prepared ones of its neighbours left behind.
func othersFault(err error) bool {
	text := err.Error()
	return err == sql.ErrNoRows || strings.Contains(text, "prepared statement") || strings.Contains(text, "bad connection")
}
