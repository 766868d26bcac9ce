package main

import (
	"net/http"
	"slices"
	"time"

	"vitrine/store/storetest"
)

// faults are the ways for a database to fail that the program must get over by itself.
func faults() []fault {
	return slices.Concat(roleFaults(), serverFaults(), networkFaults(), schemaFaults()) // the longest first
}

func serverFaults() []fault {
	return []fault{
		{name: "server restarted", private: true, inject: func(s *faultShop) { s.pg.Stop(s.t) },
			heal:    func(s *faultShop) { s.pg.Start(s.t) },
			classes: []string{"connect_refused", "network"}},
		{name: "server crashed (kill -9)", private: true,
			inject:  func(s *faultShop) { s.pg.Kill(s.t); s.wire.CloseAll() }, // its children may answer for a moment
			heal:    func(s *faultShop) { s.pg.Start(s.t) },
			classes: []string{"connect_refused", "network"}},
		{name: "connection terminated while idle", inject: (*faultShop).terminate},
		hold("connection terminated during the query", (*faultShop).terminate, "network"),
		behind(),
		{name: "first host of two fails", hosts: func(s *faultShop) string { return s.wire.Addr() + "," + s.pg.Addr() },
			inject: func(s *faultShop) { s.wire.SetTarget("127.0.0.1:1"); s.wire.CloseAll() },
			heal:   func(s *faultShop) { s.wire.SetTarget(s.pg.Addr()) }},
	}
}

// behind is a primary that fails where the second host is its standby, which has not replayed the last change.
func behind() fault {
	return fault{name: "primary fails, its standby is behind", private: true, classes: []string{"gate"},
		code: http.StatusConflict,
		hosts: func(s *faultShop) string {
			standby := s.pg.Standby(s.t)
			storetest.Exec(s.t, standby.AdminURL(), "SELECT pg_wal_replay_pause()")
			storetest.Exec(s.t, s.admin, "UPDATE products SET name = name")
			return s.wire.Addr() + "," + standby.Addr()
		},
		inject: func(s *faultShop) { s.wire.SetTarget("127.0.0.1:1"); s.wire.CloseAll() },
		heal:   func(s *faultShop) { s.wire.SetTarget(s.pg.Addr()) }}
}

// hold is a fault that hits again and again while the query waits for a lock.
func hold(name string, hit func(*faultShop), classes ...string) fault {
	var undo func()
	return fault{name: name, classes: classes,
		inject: func(s *faultShop) {
			unlock, stop := lockProducts(s.t, s.admin), again(func() { hit(s) })
			undo = func() { stop(); unlock() }
		},
		heal: func(*faultShop) { undo() },
	}
}

func roleFaults() []fault {
	var others func()
	return []fault{
		{name: "too many connections", classes: []string{"too_many_connections"},
			inject: func(s *faultShop) {
				storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" CONNECTION LIMIT 0")
				s.terminate()
			},
			heal: func(s *faultShop) { storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" CONNECTION LIMIT -1") }},
		{name: "wrong password, put right", classes: []string{"auth"}, within: slowRecovery,
			inject: func(s *faultShop) {
				storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" PASSWORD 'another'")
				s.terminate()
			},
			heal: func(s *faultShop) { storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" PASSWORD 'canarypassword'") }},
		{name: "statement timeout", classes: []string{"query_timeout"},
			inject: func(s *faultShop) {
				storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" SET statement_timeout = 200")
				s.terminate()
				others = lockProducts(s.t, s.admin)
			},
			heal: func(s *faultShop) {
				others()
				storetest.Exec(s.t, s.admin, "ALTER ROLE "+s.role+" RESET statement_timeout")
			}},
	}
}

func networkFaults() []fault {
	thaw := func(s *faultShop) { s.wire.Thaw() }
	names := &nameServer{}
	var fill func()
	silent := []string{"query_timeout", "network", "acquire_timeout", "connect_timeout"}
	return []fault{
		{name: "connection reset while idle", inject: func(s *faultShop) { s.wire.RST() }},
		hold("connection reset during the query", func(s *faultShop) { s.wire.RST() }, "network"),
		{name: "network silent on an open connection", classes: silent, inject: func(s *faultShop) { s.wire.Freeze() },
			heal: thaw},
		{name: "network silent on new connections", classes: silent,
			inject: func(s *faultShop) { s.wire.CloseAll(); s.wire.Freeze() }, heal: thaw},
		{name: "no answer to SYN", classes: []string{"connect_timeout"},
			inject: func(s *faultShop) { fill = s.wire.BlackHole(s.t); s.wire.CloseAll() },
			heal:   func(*faultShop) { fill() }},
		{name: "network silent in the middle of a result", classes: silent,
			inject: func(s *faultShop) { s.wire.FreezeAfter(300) }, heal: thaw},
		{name: "name of the server not found", classes: []string{"dns"}, resolver: names,
			hosts:  func(s *faultShop) string { return databaseName + s.wire.Addr()[len("127.0.0.1"):] },
			inject: func(s *faultShop) { names.fail.Store(true); s.wire.CloseAll() },
			heal:   func(*faultShop) { names.fail.Store(false) }},
		{name: "one byte a second", classes: silent, inject: func(s *faultShop) { s.wire.Drip(time.Second) }, heal: thaw},
	}
}

func schemaFaults() []fault {
	return []fault{
		{name: "table dropped and made again", classes: []string{"schema_mismatch"},
			inject: func(s *faultShop) {
				storetest.Exec(s.t, s.admin, "CREATE TABLE kept (LIKE products INCLUDING ALL)",
					"INSERT INTO kept SELECT * FROM products", "DROP TABLE products")
			},
			heal: func(s *faultShop) {
				storetest.Exec(s.t, s.admin, "ALTER TABLE kept RENAME TO products", "GRANT SELECT ON products TO "+s.role)
			}},
		{name: "column renamed and put back", classes: []string{"schema_mismatch"},
			inject: func(s *faultShop) { storetest.Exec(s.t, s.admin, "ALTER TABLE products RENAME COLUMN name TO words") },
			heal:   func(s *faultShop) { storetest.Exec(s.t, s.admin, "ALTER TABLE products RENAME COLUMN words TO name") }},
	}
}
