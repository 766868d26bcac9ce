package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// fill writes schema and rows, in one order and without a clock, whole or not at all.
func fill(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, embedded("schema.sql")); err != nil {
		return err
	}
	for i, it := range items() {
		const category = "INSERT INTO categories (name, position) VALUES (?, ?) ON CONFLICT DO NOTHING"
		if _, err := tx.ExecContext(ctx, category, it.category, i+1); err != nil {
			return err
		}
		p, before := it.product, ""
		if !p.ListPrice.IsZero() {
			before = p.ListPrice.StringFixed(2)
		}
		images, err := json.Marshal(p.Images)
		if err != nil {
			return fmt.Errorf("write the pictures of %s: %w", p.Slug, err)
		}
		const product = `INSERT INTO products (id, name, slug, category, brand, images, price, list_price, avg_rating,
			num_reviews, num_sales, count_in_stock, is_published) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
		if _, err := tx.ExecContext(ctx, product, p.ID, p.Name, p.Slug, it.category, p.Brand, string(images),
			p.Price.StringFixed(2), before, p.Rating, p.NumReviews, p.NumSales, *p.Stock, it.published); err != nil {
			return err
		}
	}
	return tx.Commit()
}
