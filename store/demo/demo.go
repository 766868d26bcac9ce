// Package demo is the demo shop.
package demo

import (
	"vitrine/store"
	"vitrine/store/postgres"
)

// Catalogue is the whole demo shop as it is first made: every product of every category in the order of the word lists, those that are not
// published included. It costs no database; ReadAt and Source are zero. The caller owns it.
func Catalogue() store.Catalogue { return postgres.DemoCatalogue() }
