package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"vitrine/store"
	"vitrine/store/postgres/shop"
)

// Kinds of shop that CATALOG_SCHEMA names: vitrine and prisma say which tables to begin with.
const (
	kindAuto    = "auto"
	kindVitrine = "vitrine" // our own products and categories
	kindCustom  = "custom"  // CATALOG_QUERY_FILE
)

// Categories reads the page's catalogue: one data query on one connection, whatever the shop and however many
// categories. seen are the values that columns in doubt have on the page that is up (Catalogue.Seen). The error is a
// classed *Error: Question where the owner must say something first; of a database without a shop it holds a
// *shop.Unrecognised.
func (db *DB) Categories(ctx context.Context, seen map[string][]string) (store.Catalogue, store.Cost, error) {
	var cat store.Catalogue
	cost, err := db.read(ctx, "query categories", func(ctx context.Context, c *sqlx.Conn) error {
		var questions []string
		var err error
		if cat, questions, err = db.catalogue(ctx, c, seen); err == nil {
			err = asked(questions)
			if err == nil && cat.Products() == 0 && !db.custom() {
				err = db.hidden(ctx, c)
			}
			db.leaveStandby(c)
		}
		return err
	})
	if err != nil {
		return store.Catalogue{}, cost, db.blame(ctx, err)
	}
	return cat, cost, nil
}

// catalogue reads by the way that the options ask for, and says what is left to ask.
func (db *DB) catalogue(ctx context.Context, c *sqlx.Conn, seen shop.Seen) (store.Catalogue, []string, error) {
	want, per := wanted(db.opt.Categories), db.opt.PerCategory
	u := unit{minor: db.opt.PriceUnit == "minor", digits: int32(db.opt.CurrencyDigits)}
	cat := store.Catalogue{ReadAt: time.Now().UTC()}
	cat.Source.Database, cat.DatabaseName = db.target.identity(), db.target.dbname
	var a answer
	var questions []string
	kind, hash := kindVitrine, ""
	if db.custom() {
		q, err := readQuery(db.opt.QueryFile)
		if err != nil {
			return store.Catalogue{}, nil, err
		}
		if a, err = q.run(ctx, c, want, per, db.opt.PriceUnit == "" && u.digits > 0); err != nil {
			return store.Catalogue{}, nil, err
		}
		kind, hash, questions = kindCustom, q.hash, shop.AskOwner(a.seen)
	} else {
		m, err := db.readShop(ctx, c, seen, &a)
		if err != nil {
			return store.Catalogue{}, nil, err
		}
		questions = slices.Concat(m.Questions, m.Ask(a.seen, a.looked, seen))
		cat.Order, u.minor = m.Order, m.Minor
	}
	cat.DataVersion = a.server.Version
	db.setRole(a.server)
	cat.Source.Settings = db.settings(kind, hash, want)
	var near map[string]string
	cat.Categories, cat.Skipped, near = shelves(a.rows, want, per, u, !db.custom())
	cat.Warnings = a.warnings(cat, want, near)
	if other := respelt(a.seen[shop.Spelling], cat.Categories); len(other) > 0 {
		const spelt = "some products spell their category otherwise than the shop's categories do, " +
			"and count as theirs all the same: "
		cat.Notices = []string{spelt + some(other, 5)}
	}
	delete(a.seen, shop.Spelling)
	cat.Seen = a.seen
	return cat, questions, nil
}

// respelt are those of the keys that are a category's name but for case and blanks, and no slug.
func respelt(keys []string, categories []store.Category) (list []string) {
	for _, key := range keys {
		named := slices.ContainsFunc(categories, func(c store.Category) bool { return fold(c.Name) == fold(key) })
		slug := slices.ContainsFunc(categories, func(c store.Category) bool { return c.Slug == key })
		if named && !slug {
			list = append(list, key)
		}
	}
	return list
}

// custom reports whether the shop brings its own SELECT.
func (db *DB) custom() bool {
	return db.opt.QueryFile != "" && (db.opt.Schema == kindCustom || db.opt.Schema == kindAuto || db.opt.Schema == "")
}

// readings is how often the shop is read anew in one refresh while its tables are being changed.
const readings = 3

// readShop runs the statement of the shop. Its answer says whether the tables are still those that the statement was
// made for; where they are not, or where the server refuses the statement for that reason, the shop is read anew and
// the statement made anew, at once.
func (db *DB) readShop(ctx context.Context, c *sqlx.Conn, seen shop.Seen, a *answer) (shop.Mapping, error) {
	want := wanted(db.opt.Categories)
	for n := 1; ; n++ {
		_, _, remembered := db.reading.get()
		m, err := db.mapping(ctx, c)
		if err != nil {
			return m, err
		}
		sql, _ := shop.Wrap(m.Statement(len(want) > 0), m.Scalars(m.NeedsLook(seen), len(want) > 0), 0)
		*a, err = run(ctx, c, sql, want, db.opt.PerCategory, nil)
		switch {
		case err == nil && (a.hash == m.Hash() || n == readings && shop.SameTables(a.hash, m.Hash())):
			return m, nil
		case err != nil && (!remembered || !changed(err)):
			return m, err
		case n == readings:
			const changing = "the shop's tables are being changed right now"
			return m, errors.Join(&store.Error{Class: store.SchemaMismatch, Sentence: changing}, err)
		}
		db.reading.stale()
	}
}

// changed reports whether the server refused the statement because tables, columns or types are not what they were.
func changed(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code.Class() == "42" || e.Code.Class() == "22" || e.Code.Class() == "3F")
}

// answer is what the one statement gave: rows in page order, and what travels with them.
type answer struct {
	rows         []row
	hash         string
	names        []string // all categories, where fewer came than were asked for
	seen, looked shop.Seen
	server       serverState
}

// serverState is what an answer tells of the server that gave it, see shop.Wrap.
type serverState struct {
	Version     int64    `json:"version"`
	Standby     bool     `json:"standby"`
	ReplayAgeMS *float64 `json:"replay_age_ms"`
}

// run sends a statement that shop.Wrap has made and reads all of its rows; an error never comes with rows. check, if
// not nil, may refuse the columns.
func run(ctx context.Context, c *sqlx.Conn, statement string, want []string, per int,
	check func([]*sql.ColumnType) error) (answer, error) {
	rs, err := c.QueryContext(ctx, statement, pq.Array(append([]string{}, want...)), per)
	if err != nil {
		return answer{}, err
	}
	defer rs.Close()
	types, err := rs.ColumnTypes()
	if err != nil {
		return answer{}, fmt.Errorf("columns of the answer: %w", err)
	}
	if check != nil {
		if err := check(types[3:]); err != nil {
			return answer{}, err
		}
	}
	a := answer{rows: make([]row, 0, 128), seen: shop.Seen{}, looked: shop.Seen{}}
	var scalars, server sql.NullString
	var number sql.NullInt64
	var r row
	dest := []any{&scalars, &server, &number}
	for _, t := range types[3:] {
		dest = append(dest, r.field(t.Name()))
	}
	for first := true; rs.Next(); first = false {
		if err := rs.Scan(dest...); err != nil {
			return answer{}, err
		}
		if first {
			if err := a.read(scalars.String, server.String); err != nil {
				return answer{}, err
			}
		}
		if number.Valid {
			a.add(r)
		}
	}
	if err := rs.Err(); err != nil {
		return answer{}, err
	}
	return a, nil
}

func (a *answer) add(r row) {
	if len(a.rows) == cap(a.rows) {
		a.rows = slices.Grow(a.rows, len(a.rows)) // by append's quarter, a long answer would be copied five times over
	}
	if r.Doubts.Valid && r.Doubts.String != "{}" {
		for _, entry := range arrayText(text(r.Doubts)) {
			a.seen.Add(entry)
		}
	}
	r.Doubts = sql.NullString{}
	a.rows = append(a.rows, r)
}

// read takes in the scalars, see shop.Mapping.Scalars, and the server's state.
func (a *answer) read(scalars, server string) error {
	var s struct {
		Hash  string   `json:"hash"`
		Names []string `json:"names"`
		Look  []string `json:"look"`
	}
	if err := json.Unmarshal([]byte(strings.ToValidUTF8(scalars, "\uFFFD")), &s); err != nil {
		return fmt.Errorf("read the scalars of the answer: %w", err)
	}
	if err := json.Unmarshal([]byte(server), &a.server); err != nil {
		return fmt.Errorf("read the server's state in the answer: %w", err)
	}
	a.hash, a.names = s.Hash, s.Names
	for _, entry := range s.Look {
		a.looked.Add(entry)
	}
	return nil
}

// warnings are about the names in CATEGORIES that the shop spells otherwise or does not have.
func (a *answer) warnings(cat store.Catalogue, want []string, near map[string]string) (list []string) {
	var missing []string
	for i, name := range want {
		if spelt, ok := near[name]; ok {
			list = append(list, fmt.Sprintf("CATEGORIES names %q, which the shop spells %q", name, spelt))
		} else if len(cat.Categories[i].Products) == 0 && !slices.Contains(a.names, name) {
			missing = append(missing, fmt.Sprintf("%q", name))
		}
	}
	if len(missing) > 0 && a.names != nil { // else the next answer tells
		const sentence = "CATEGORIES names %s, which the shop does not have; it has %s"
		list = append(list, fmt.Sprintf(sentence, strings.Join(missing, ", "), some(a.names, 10)))
	}
	return list
}

// some are the first n of the names in quotes, and how many more there are.
func some(names []string, n int) string {
	var list []string
	for _, name := range names[:min(n, len(names))] {
		list = append(list, fmt.Sprintf("%q", name))
	}
	text := strings.Join(list, ", ")
	if len(names) > n {
		text += fmt.Sprintf(" and %d more", len(names)-n)
	}
	return text
}

// settings is Source.Settings: what may rightly change the page at one stroke.
func (db *DB) settings(kind, queryHash string, want []string) string {
	o := db.opt
	all := []any{kind, queryHash, want, o.PerCategory, o.PriceUnit, o.Store, o.Discount, o.Ignore}
	b, _ := json.Marshal(all) // cannot fail: texts and a number
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// wanted prepares CATEGORIES for the query: duplicates are dropped, and names that no database holds; the order stays.
func wanted(names []string) []string {
	seen := make(map[string]bool, len(names))
	var list []string
	for _, n := range names {
		if n != "" && !seen[n] && utf8.ValidString(n) && !strings.ContainsRune(n, 0) {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}
