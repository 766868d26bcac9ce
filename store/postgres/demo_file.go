package postgres

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"vitrine/store"
)

// demoApplication marks a SQLite file as our demo shop ("vitr" in its header).
const demoApplication = 0x76697472

// ensureDemo makes the demo shop in the file at path unless it is there. A file that is there is left as it is, edited by hand or not;
// one made by an older program is set aside as path.old-VERSION first. The file appears whole or not at all: it is made under another
// name, which an interrupted run leaves behind for the next to replace. Processes that start together make it once. The error is an
// *Error where the file is not a database at all.
func ensureDemo(ctx context.Context, path string) error {
	if state, _, err := demoStateOf(path); err != nil || state == demoReady {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the demo shop: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("make the demo shop: lock: %w", err)
	}
	defer lock.Close()
	state, version, err := demoStateOf(path)
	if err != nil || state == demoReady {
		return err
	}
	if state == demoOld {
		if err := os.Rename(path, fmt.Sprintf("%s.old-%d", path, version)); err != nil {
			return fmt.Errorf("set the old demo shop aside: %w", err)
		}
	}
	if err := makeDemo(ctx, path); err != nil {
		return fmt.Errorf("make the demo shop: %w", err)
	}
	return nil
}

// demoState is what there is at the demo's path.
type demoState int

const (
	demoMissing demoState = iota
	demoReady
	demoOld // made by a program whose demoVersion was lower
)

// demoStateOf looks at the file's header only (https://sqlite.org/fileformat.html, 1.3): user version at 60, application at 68.
func demoStateOf(path string) (state demoState, version uint32, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return demoMissing, 0, nil
	}
	if err != nil {
		return demoMissing, 0, fmt.Errorf("open the demo shop: %w", err)
	}
	defer f.Close()
	var head [100]byte
	_, err = io.ReadFull(f, head[:])
	switch {
	case errors.Is(err, io.EOF): // empty
		return demoMissing, 0, nil
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(head[:16]) != "SQLite format 3\x00":
		return demoMissing, 0, &store.Error{Class: store.Other, Sentence: "the demo shop's file in STATE_DIR is no SQLite database; delete it, and it is made anew",
			Err: fmt.Errorf("read %s: no SQLite header", path)}
	case err != nil:
		return demoMissing, 0, fmt.Errorf("read the demo shop: %w", err)
	}
	version = binary.BigEndian.Uint32(head[60:])
	if binary.BigEndian.Uint32(head[68:]) == demoApplication && version < demoVersion {
		return demoOld, version, nil
	}
	return demoReady, version, nil
}

// makeDemo fills a temporary file, makes it durable and renames it to path. The caller holds the lock.
func makeDemo(ctx context.Context, path string) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := fillDemo(ctx, temp); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	for _, step := range []func() error{
		func() error { return syncFile(temp) },
		func() error { return os.Rename(temp, path) },
		func() error { return syncFile(filepath.Dir(path)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// syncFile makes a file's or folder's content durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// fillDemo writes schema and rows into a new SQLite file, in one order and without a clock, so that its bytes are always the same.
func fillDemo(ctx context.Context, path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	dsn := url.URL{Scheme: "file", Path: absolute, RawQuery: "_pragma=page_size(4096)&_pragma=journal_mode(off)&_pragma=synchronous(off)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	if err := insertDemo(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback(), db.Close())
	}
	return errors.Join(tx.Commit(), db.Close())
}

func insertDemo(ctx context.Context, tx *sql.Tx) error {
	setup := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;\n", demoApplication, demoVersion) + execute("schema_sqlite.sql", nil)
	if _, err := tx.ExecContext(ctx, setup); err != nil {
		return err
	}
	for i, shelf := range demoShelves {
		if _, err := tx.ExecContext(ctx, `INSERT INTO categories (id, name, position, created_at) VALUES (?, ?, ?, '2024-01-08T09:00:00Z')`,
			i+1, shelf.name, i+1); err != nil {
			return err
		}
	}
	for _, r := range demoRows() {
		p := r.product()
		var list any
		if r.list > 0 {
			list = p.ListPrice.StringFixed(2)
		}
		created := r.created.Format(time.RFC3339)
		if _, err := tx.ExecContext(ctx, `INSERT INTO products (id, name, slug, category, brand, images, price, list_price, avg_rating,
			num_reviews, num_sales, count_in_stock, is_published, created_at, updated_at) VALUES (?, ?, ?, ?, ?, json_array(?), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.id, r.name, r.slug, r.category, r.brand, r.image, p.Price.StringFixed(2), list, p.Rating,
			r.reviews, r.sales, r.stock, r.published, created, created); err != nil {
			return err
		}
	}
	return nil
}
