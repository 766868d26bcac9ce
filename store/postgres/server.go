package postgres

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Server is what a server says of itself, for `vitrine check`.
type Server struct {
	// Version is as the server gives it ("15.18"), Role primary or standby.
	Version, Role string
	// ReadOnly says that this role's transactions cannot write.
	ReadOnly bool
	// Latency is how long one round trip took.
	Latency time.Duration
	// ClockAhead is by how much this machine's clock is ahead of the database's, give or take half of Latency.
	ClockAhead time.Duration
	// Pooler says that a pooler or proxy stands between. It is found by comparing port numbers, which is possible over
	// TCP only.
	Pooler bool
	// Limits are the numbers of connections that this program must fit into, the server's own first.
	Limits []ConnectionLimit
	// Instances is from how many addresses this application is connected, this command included; AppName is its name.
	Instances int
	AppName   string
}

// ConnectionLimit is how many connections there may be of one kind, and how many of them others have now.
type ConnectionLimit struct {
	// Name is the limit's own ("max_connections").
	Name        string
	Most, Taken int
	// Raise is the statement that raises it; "" where that needs a restart.
	Raise string
}

// Room is how many connections are left for this program with all of its instances.
func (l ConnectionLimit) Room() int { return l.Most - l.Taken }

// serverSQL asks for what inspectServer scans. Those of our own connections do not count as taken.
const serverSQL = `SELECT current_setting('server_version'), pg_is_in_recovery(),
	current_setting('transaction_read_only') = 'on', COALESCE(inet_client_port(), 0),
	COALESCE(current_setting('application_name', true), ''),
	current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- COALESCE(NULLIF(current_setting('reserved_connections', true), ''), '0')::int,
	r.rolconnlimit, d.datconnlimit, quote_ident(r.rolname), quote_ident(d.datname),
	a.taken, a.by_role, a.in_database, a.instances
	FROM pg_catalog.pg_roles r, pg_catalog.pg_database d,
	LATERAL (
		SELECT count(*) FILTER (WHERE NOT ours) AS taken,
			count(*) FILTER (WHERE NOT ours AND usesysid = r.oid) AS by_role,
			count(*) FILTER (WHERE NOT ours AND datid = d.oid) AS in_database,
			GREATEST(count(DISTINCT COALESCE(client_addr, '127.0.0.1')) FILTER (WHERE ours), 1) AS instances
		FROM (
			SELECT *, usesysid = r.oid AND application_name = current_setting('application_name') AS ours
			FROM pg_catalog.pg_stat_activity
			WHERE datid IS NOT NULL AND COALESCE(backend_type, 'client backend') = 'client backend'
		) AS one
	) AS a
	WHERE r.rolname = session_user AND d.datname = current_database()`

func (db *DB) inspectServer(ctx context.Context, c *sqlx.Conn) (s Server, err error) {
	var standby bool
	var port int
	all, role, database := ConnectionLimit{Name: "max_connections"}, ConnectionLimit{}, ConnectionLimit{}
	var roleName, databaseName string
	err = c.QueryRowxContext(ctx, serverSQL).Scan(&s.Version, &standby, &s.ReadOnly, &port, &s.AppName, &all.Most,
		&role.Most, &database.Most, &roleName, &databaseName, &all.Taken, &role.Taken, &database.Taken, &s.Instances)
	if err != nil {
		return s, fmt.Errorf("ask the server about itself: %w", err)
	}
	s.Version, _, _ = strings.Cut(s.Version, " ")
	if s.Role = "primary"; standby {
		s.Role = "standby"
	}
	s.Limits = []ConnectionLimit{all}
	if role.Most >= 0 {
		role.Name, role.Raise = "the CONNECTION LIMIT of the role "+roleName, "ALTER ROLE "+roleName+" CONNECTION LIMIT -1;"
		s.Limits = append(s.Limits, role)
	}
	if database.Most >= 0 {
		database.Name = "the CONNECTION LIMIT of the database " + databaseName
		database.Raise = "ALTER DATABASE " + databaseName + " CONNECTION LIMIT -1;"
		s.Limits = append(s.Limits, database)
	}
	if err := db.compareClocks(ctx, c, &s); err != nil {
		return s, err
	}
	return s, c.Raw(func(conn any) error {
		if w := db.dial.wireFor(conn); w != nil {
			if tcp, ok := w.LocalAddr().(*net.TCPAddr); ok {
				s.Pooler = port != tcp.Port
			}
		}
		return nil
	})
}

// compareClocks takes the server's clock to be read in the middle of the round trip.
func (db *DB) compareClocks(ctx context.Context, c *sqlx.Conn, s *Server) error {
	var there time.Time
	sent := time.Now()
	if err := c.QueryRowxContext(ctx, "SELECT pg_catalog.clock_timestamp()").Scan(&there); err != nil {
		return fmt.Errorf("ask the server for the time: %w", err)
	}
	s.Latency = time.Since(sent)
	s.ClockAhead = sent.Add(s.Latency / 2).Sub(there)
	return nil
}

// Where says which database this is, for the terminal of whoever set DATABASE_URL: host, port, database and user, and
// never the password.
func (db *DB) Where() string {
	hosts := make([]string, len(db.target.hosts))
	for i, h := range db.target.hosts {
		hosts[i] = h.String()
	}
	user, _ := db.target.login()
	return fmt.Sprintf("%s, database %q, user %q", strings.Join(hosts, " or "), db.target.dbname, user)
}
