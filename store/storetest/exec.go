package storetest

import (
	"database/sql"
	"net/url"
	"testing"

	"github.com/lib/pq"
)

// Open returns a plain database/sql pool for a DATABASE_URL of this package, unqualified names meaning its ?schema=. It
// is closed when the test ends.
func Open(t testing.TB, databaseURL string) *sql.DB {
	t.Helper()
	db, err := connect(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func connect(databaseURL string) (*sql.DB, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, err
	}
	q := url.Values{"sslmode": {"disable"}, "connect_timeout": {"10"}}
	if schema := u.Query().Get("schema"); schema != "" {
		q.Set("search_path", pq.QuoteIdentifier(schema))
	}
	if host := u.Query().Get("host"); host != "" {
		q.Set("host", host)
	}
	u.RawQuery = q.Encode()
	return sql.Open("postgres", u.String())
}

// Exec runs statements, each by itself, in the schema of the DATABASE_URL.
func Exec(t testing.TB, databaseURL string, statements ...string) {
	t.Helper()
	db, err := connect(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%v, in: %s", err, s)
		}
	}
}

// Value returns the one value of a query as text; NULL is "".
func Value(t testing.TB, databaseURL, query string, args ...any) string {
	t.Helper()
	db, err := connect(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var v sql.NullString
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%v, in: %s", err, query)
	}
	return v.String
}
