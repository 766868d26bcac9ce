package shop

import (
	"slices"
	"strings"
)

// present is one index that is there.
type present struct {
	table     int64
	name      string
	valid     bool // false while it is being built, and for ever after a build that was interrupted
	method    string
	keys      []string // column names, "" for an expression
	flags     []int64  // of pg_index.indoption: 1 DESC, 2 NULLS FIRST
	condition string   // as PostgreSQL prints it
}

// begins reports whether the index can be used and begins with the column.
func (x present) begins(method string, c Column) bool {
	return x.valid && x.method == method && len(x.keys) > 0 && x.keys[0] == c.Name
}

// serves reports whether the statement can walk x without sorting: the keys begin as it orders, in its directions or
// all of them reversed, and the condition asks for nothing that the statement does not.
func (m *Mapping) serves(x present) bool {
	var keys []string
	var flags []int64
	if m.key.Name != "" {
		keys, flags = append(keys, m.key.Name), append(flags, 0)
	}
	first := len(keys) // the category is compared for equality: its direction does not matter
	for _, c := range m.sorting {
		f := int64(1)
		if c.NotNull {
			f |= 2
		}
		keys, flags = append(keys, c.Name), append(flags, f)
	}
	keys, flags = append(keys, m.id.Name), append(flags, 0)
	usable := x.valid && x.method == "btree" && min(len(x.keys), len(x.flags)) >= len(keys)
	if !usable || !slices.Equal(x.keys[:len(keys)], keys) {
		return false
	}
	same, reversed := true, true
	for i := first; i < len(keys); i++ {
		same = same && x.flags[i] == flags[i]
		reversed = reversed && x.flags[i] == flags[i]^3
	}
	return (same || reversed) && m.implies(x.condition)
}

// implies reports whether every part of an index condition is among the statement's own.
func (m *Mapping) implies(condition string) bool {
	if condition == "" {
		return true
	}
	var have []string
	for _, c := range m.shown {
		have = append(have, bare(strings.ReplaceAll(c.sql, "p."+c.column.quoted(), c.column.quoted())))
	}
	for part := range strings.SplitSeq(condition, " AND ") {
		if !slices.Contains(have, bare(part)) {
			return false
		}
	}
	return true
}

var castsAndSigns = strings.NewReplacer("(", "", ")", "", `"`, "", " ", "",
	"::text", "", "::bpchar", "", "::integer", "", "::charactervarying", "", "::uuid", "")

// bare is a condition without what PostgreSQL may print differently: parentheses, quotes, spaces, casts of literals,
// "= true", lists.
func bare(condition string) string {
	condition = strings.TrimSuffix(castsAndSigns.Replace(condition), "=true")
	condition = strings.NewReplacer("<>ALLARRAY[", "NOTIN", "=ANYARRAY[", "IN", "]", "", "[]", "").Replace(condition)
	return condition
}
