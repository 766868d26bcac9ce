package postgres

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine/store/storetest"
)

// TestDataVersion: every answer, of the shop's tables or of a statement of its own, direct or through PgBouncer, says
// in its one round trip how new it is. A standby that is behind tells a lower version than its primary, and its age.
func TestDataVersion(t *testing.T) {
	t.Parallel()
	primary := storetest.Private(t)
	shopURL := primary.AdminURL()
	ourSchema(t, shopURL)
	statement := filepath.Join(t.TempDir(), "shop.sql")
	if err := os.WriteFile(statement, []byte("SELECT category, id, name, slug, price FROM products"), 0o644); err != nil {
		t.Fatal(err)
	}
	own := func(o *Options) { o.QueryFile = statement }
	standby := primary.Standby(t)
	storetest.Exec(t, shopURL, "INSERT INTO products (category, name, slug, price) VALUES ('Boats', 'Buoy', 'buoy', 5)")
	standby.CatchUp(t, primary)
	before := readShop(t, openShop(t, shopURL)).DataVersion
	storetest.Exec(t, standby.AdminURL(), "SELECT pg_wal_replay_pause()")
	storetest.Exec(t, shopURL, "UPDATE products SET price = 6")

	for _, server := range []struct {
		pg    *storetest.PG
		role  string
		price string
	}{{primary, "primary", "6"}, {standby, "standby", "5"}} {
		addrs := map[string]string{"direct": server.pg.Addr()}
		for _, mode := range []string{"session", "transaction", "statement"} {
			addrs[mode] = storetest.Bouncer(t, server.pg, mode)
		}
		for way, addr := range addrs {
			for kind, change := range map[string]func(*Options){"tables": func(*Options) {}, "own statement": own} {
				t.Run(fmt.Sprintf("%s %s %s", server.role, way, kind), func(t *testing.T) {
					db, traffic := metered(t, storetest.Rehost(t, shopURL, addr), change)
					readShop(t, db)
					first := traffic.trips.Load()
					cat := readShop(t, db)
					if trips := traffic.trips.Load() - first; trips != 1 {
						t.Errorf("%d round trips, want 1", trips)
					}
					h := db.Health()
					if newer := cat.DataVersion > before; newer != (server.role == "primary") || cat.DataVersion < before ||
						before == 0 {
						t.Errorf("version %d, before the change %d", cat.DataVersion, before)
					}
					if h.Role != server.role || (h.ReplayAgeMS != nil) != (server.role == "standby") {
						t.Errorf("role %q, replay age %v", h.Role, h.ReplayAgeMS)
					}
					if got := cat.Categories[0].Products[0].Price.String(); got != server.price {
						t.Errorf("price %s, want %s", got, server.price)
					}
				})
			}
		}
	}
	db := openShop(t, severalHosts(t, shopURL, standby.Addr(), primary.Addr()))
	if got := readShop(t, db).DataVersion; got != before {
		t.Errorf("the first of two hosts: version %d, want %d", got, before)
	}
	standby.Stop(t)
	if got := readShop(t, db).DataVersion; got <= before || db.Health().Role != "primary" {
		t.Errorf("the second of two hosts: version %d, role %q", got, db.Health().Role)
	}
}

// metered is a shop whose traffic is counted.
func metered(t *testing.T, databaseURL string, change func(*Options)) (*DB, *traffic) {
	t.Helper()
	db := openShop(t, databaseURL, change, func(o *Options) { o.PoolMax = 1 })
	readShop(t, db) // makes the one connection
	counted := &traffic{}
	for _, w := range db.dial.wires {
		w.Conn = &meter{Conn: w.Conn, traffic: counted}
	}
	return db, counted
}

// severalHosts puts addresses in the place of a DATABASE_URL's one.
func severalHosts(t *testing.T, databaseURL string, addrs ...string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(databaseURL, u.Host, strings.Join(addrs, ","), 1)
}
