package postgres

import "vitrine/store"

// Source says whose catalogue this database gives, without touching it: Database is right, Settings empty, since part of them is seen
// only by looking. Catalogue.Source has both.
func (db *DB) Source() store.Source { return store.Source{Database: db.database} }
