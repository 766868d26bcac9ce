package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine/render/status"
	"vitrine/store/storetest"
)

// notifyingShop is a shop of our own with triggers, served with a listener, and its database.
func notifyingShop(t testing.TB) (c *child, url string) {
	t.Helper()
	url = notifyingDatabase(t)
	c = serve(t, t.TempDir(), "DATABASE_URL="+url, "NOTIFY_CHANNEL=vitrine")
	c.listens()
	return c, url
}

// notifyingDatabase is that of a shop of our own with triggers and one lamp.
func notifyingDatabase(t testing.TB) (url string) {
	t.Helper()
	url = storetest.Private(t).NewDatabase(t)
	initialised(t, url, product("lamp", "Lamp", "Lamps", 1))
	if code, said := output(t, "", []string{"DATABASE_URL=" + url}, "init", "--notify", "--yes"); code != exitOK {
		t.Fatalf("init --notify: exit code %d: %s", code, said)
	}
	return url
}

// listens waits until the program hears what the database notifies.
func (c *child) listens() {
	c.t.Helper()
	c.until("it listens to the database", func() bool {
		l := c.status().Database.Listener
		return l != nil && l.State == "listening" && c.status().LastRefresh.Trigger == status.TriggerNotify
	})
}

// An edit is live at once, without a tick; hundreds of commits, and a hundred thousand rows, cost a few refreshes.
func TestEditIsLive(t *testing.T) {
	t.Parallel()
	c, url := notifyingShop(t)
	storetest.Exec(t, url, "UPDATE products SET name = 'Lamp of today'")
	c.page("Lamp of today")
	before := len(c.status().History)
	db := storetest.Open(t, url)
	for i := range 300 {
		if _, err := db.Exec("UPDATE products SET price = $1", i); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Exec(t, url, "INSERT INTO products (name, slug, category, price) SELECT 'Many', 'many-' || n, 'Lamps', "+
		"1 FROM generate_series(1, 100000) n",
		"UPDATE products SET name = 'Lamp of tomorrow' WHERE slug = 'lamp'")
	c.page("Lamp of tomorrow")
	if n := len(c.status().History) - before; n > 15 {
		t.Errorf("%d refreshes", n)
	}
}

// BenchmarkEditToLive is how long it takes from the commit of an edit until visitors have it.
func BenchmarkEditToLive(b *testing.B) {
	c, url := notifyingShop(b)
	db := storetest.Open(b, url)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		time.Sleep(50 * time.Millisecond) // out of step with whatever came before
		name := fmt.Sprintf("Lamp number %d.", i)
		if _, err := db.Exec("UPDATE products SET name = $1", name); err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		for {
			if _, _, page := c.get("/"); strings.Contains(page, name) {
				break
			}
			if time.Since(begin) > settle {
				b.Fatal("never live")
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/median")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "ms/p99")
}
