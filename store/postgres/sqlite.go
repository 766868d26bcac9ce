package postgres

import (
	"context"
	"errors"
	"net/url"

	_ "modernc.org/sqlite" // the driver of the demo shop

	"vitrine/store"
)

// sqliteDSN opens a file for reading only; the demo shop's maker is the one who writes it.
func sqliteDSN(path string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}.Encode()
	return u.String()
}

// makeDemo makes sure, once, that the demo shop's file is there.
func (db *DB) makeDemo(ctx context.Context) error {
	db.demo.Lock()
	defer db.demo.Unlock()
	if db.demoMade {
		return nil
	}
	err := ensureDemo(ctx, db.opt.DemoPath)
	if own := (*store.Error)(nil); errors.As(err, &own) {
		return own
	}
	if err != nil {
		return &store.Error{Class: store.Other, Sentence: "the demo shop's file cannot be made. Is there room, and may this program write to STATE_DIR?", Err: err}
	}
	db.demoMade = true
	return nil
}
