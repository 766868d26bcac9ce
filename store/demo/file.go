package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"vitrine/store"
)

// version is raised with every change of schema.sql, products.tsv or the pictures' names: an older file is then set aside.
const version = 2

// ensureFile makes the demo shop's file unless it is there. A file that is there stays as it is, edited by hand or not; one of a lower version
// is set aside as path.old-VERSION first. The file appears whole or not at all: it is made under another name, which an interrupted
// run leaves behind for the next to replace. Processes that start together make it once.
func ensureFile(ctx context.Context, path string) error {
	if v, err := versionOf(ctx, path); err != nil || v >= version {
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
	v, err := versionOf(ctx, path)
	if err != nil || v >= version {
		return err
	}
	if v >= 0 {
		if err := os.Rename(path, fmt.Sprintf("%s.old-%d", path, v)); err != nil {
			return fmt.Errorf("set the old demo shop aside: %w", err)
		}
	}
	if err := makeFile(ctx, path); err != nil {
		return fmt.Errorf("make the demo shop: %w", err)
	}
	return nil
}

// versionOf is the version of the file at path, -1 where there is none.
func versionOf(ctx context.Context, path string) (int, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	db, err := openFile(path, "mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var v int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, &store.Error{Class: store.Other, Sentence: "the demo shop's file in STATE_DIR is no SQLite database; delete it, and it is made anew", Err: err}
	}
	return v, nil
}

func openFile(path, query string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("open the demo shop: %w", err)
	}
	return db, nil
}

// makeFile fills a temporary file, makes it durable and renames it to path.
func makeFile(ctx context.Context, path string) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := openFile(temp, "_pragma=page_size(4096)&_pragma=journal_mode(off)&_pragma=synchronous(full)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(fill(ctx, db), db.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, path)
}

// fill writes schema and rows, in one order and without a clock, so that the file's bytes are always the same.
func fill(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d;\n", version)+embedded("schema.sql")); err != nil {
		return err
	}
	for i, it := range items() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO categories (name, position) VALUES (?, ?) ON CONFLICT DO NOTHING", it.category, i+1); err != nil {
			return err
		}
		p, before := it.product, ""
		if !p.ListPrice.IsZero() {
			before = p.ListPrice.StringFixed(2)
		}
		images, err := json.Marshal(p.Images)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO products (id, name, slug, category, brand, images, price, list_price, avg_rating, num_reviews,
			num_sales, count_in_stock, is_published) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, p.Name, p.Slug, it.category, p.Brand,
			string(images), p.Price.StringFixed(2), before, p.Rating, p.NumReviews, p.NumSales, *p.Stock, it.published); err != nil {
			return err
		}
	}
	return tx.Commit()
}
