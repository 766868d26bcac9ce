package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// bigTable is the number of products from which a missing index is worth a notice: below, a scan takes no time that anyone sees.
const bigTable = 10_000

// index is one index of the products table.
type index struct {
	name      string
	valid     bool // false while it is being built, and for ever after a build that was interrupted
	btree     bool
	keys      []string // column names, "" for an expression
	flags     []int64  // of pg_index.indoption: 1 DESC, 2 NULLS FIRST
	condition string   // as PostgreSQL prints it
}

// readIndexes reads the indexes of the table with this oid from the system catalogue.
func readIndexes(ctx context.Context, c *sqlx.Conn, oid int64) ([]index, error) {
	rows, err := c.QueryContext(ctx, execute("indexes.sql", nil), oid)
	if err != nil {
		return nil, fmt.Errorf("read the table's indexes: %w", err)
	}
	defer rows.Close()
	var list []index
	for rows.Next() {
		var x index
		if err := rows.Scan(&x.name, &x.valid, &x.btree, pq.Array(&x.keys), pq.Array(&x.flags), &x.condition); err != nil {
			return nil, fmt.Errorf("read the table's indexes: %w", err)
		}
		list = append(list, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the table's indexes: %w", err)
	}
	return list, nil
}

// serves reports whether the one query can walk x without sorting: the keys begin as the query orders, in its directions or all
// of them reversed, and the condition asks for nothing that the query does not.
func (s shape) serves(x index) bool {
	keys, flags := []string{s.category.key.name}, []int64{0}
	for _, c := range s.sorting() {
		f := int64(1)
		if c.notNull {
			f |= 2
		}
		keys, flags = append(keys, c.name), append(flags, f)
	}
	keys, flags = append(keys, s.cols["id"].name), append(flags, 0)
	if !x.valid || !x.btree || len(x.keys) < len(keys) || len(x.flags) < len(keys) || !slices.Equal(x.keys[:len(keys)], keys) {
		return false
	}
	same, reversed := true, true
	for i := 1; i < len(keys); i++ { // the category is compared for equality: its direction does not matter
		same = same && x.flags[i] == flags[i]
		reversed = reversed && x.flags[i] == flags[i]^3
	}
	return (same || reversed) && s.implies(x.condition)
}

// implies reports whether every part of an index condition is among the query's own.
func (s shape) implies(condition string) bool {
	if condition == "" {
		return true
	}
	have := make([]string, len(s.show))
	for i, c := range s.show {
		have[i] = bare(strings.TrimPrefix(c, "p."))
	}
	for part := range strings.SplitSeq(condition, " AND ") {
		if !slices.Contains(have, bare(part)) {
			return false
		}
	}
	return true
}

// bare is a condition without what PostgreSQL may print differently: parentheses, quotes, spaces, "= true".
func bare(condition string) string {
	condition = strings.NewReplacer("(", "", ")", "", `"`, "", " ", "").Replace(condition)
	return strings.TrimSuffix(condition, "=true")
}

// served reports whether any of the indexes serves the query.
func (s shape) served(indexes []index) bool { return slices.ContainsFunc(indexes, s.serves) }

// indexable reports whether an index can be made on the products at all: not on a view or a foreign table.
func (s shape) indexable() bool { return strings.IndexByte("rpm", s.products.relkind) >= 0 }

// indexName is the name of the index that we propose.
func (s shape) indexName() string {
	name := []rune("vitrine_" + strings.ToLower(s.products.name) + "_idx")
	for len(string(name)) > 63 { // NAMEDATALEN
		name = name[:len(name)-1]
	}
	return string(name)
}

// createIndex is the statement that makes the index which the one query walks. A build does not block the shop's writes; only on
// a partitioned table, where PostgreSQL has no CONCURRENTLY, it does.
func (s shape) createIndex() string {
	how := "CONCURRENTLY "
	if s.products.relkind == 'p' {
		how = ""
	}
	sql := fmt.Sprintf("CREATE INDEX %s%s ON %s (%s, %s)", how, pq.QuoteIdentifier(s.indexName()), s.products.quoted(),
		s.category.key.quoted(), s.order(""))
	if len(s.show) > 0 {
		conds := make([]string, len(s.show))
		for i, c := range s.show {
			conds[i] = strings.TrimPrefix(c, "p.")
		}
		sql += " WHERE " + strings.Join(conds, " AND ")
	}
	return sql + ";"
}

// dropIndex undoes createIndex.
func (s shape) dropIndex() string {
	how := "CONCURRENTLY "
	if s.products.relkind == 'p' {
		how = ""
	}
	return "DROP INDEX " + how + "IF EXISTS " + pq.QuoteIdentifier(s.products.schema) + "." + pq.QuoteIdentifier(s.indexName()) + ";"
}

// indexMissing says that the index is missing, or that its build was interrupted, and what to run: what is there under its name goes
// first, or the statement would fail.
func (s shape) indexMissing(indexes []index) string {
	if !s.indexable() || s.served(indexes) {
		return ""
	}
	name := pq.QuoteIdentifier(s.indexName())
	i := slices.IndexFunc(indexes, func(x index) bool { return x.name == s.indexName() })
	if i < 0 {
		return fmt.Sprintf("the products table %s has no index %s, which the query needs; `vitrine init` makes it, or run: %s",
			s.products.quoted(), name, s.createIndex())
	}
	what := "does not fit the query any more"
	if !indexes[i].valid {
		what = "is not complete: its build is still running or was interrupted"
	}
	return fmt.Sprintf("the index %s of %s %s; `vitrine init` makes it anew, or run, one at a time: %s %s", name, s.products.quoted(), what,
		s.dropIndex(), s.createIndex())
}
