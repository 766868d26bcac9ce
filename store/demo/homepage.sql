-- The homepage in one query. $1 is a JSON array of category names, each once; empty: the active rows of the table. $2 is how many products a
-- category shows. A category without products gives one row, without a product.
WITH c (position, name) AS (
    SELECT key, value FROM json_each($1)
    UNION ALL
    SELECT position, name FROM categories WHERE is_active = 1 AND json_array_length($1) = 0
)
SELECT c.name, p.id, p.name, p.slug, p.brand, p.images, p.price, p.list_price, p.avg_rating, p.num_reviews, p.num_sales, p.count_in_stock
FROM c
LEFT JOIN products AS p ON p.id IN (
    SELECT q.id FROM products AS q WHERE q.category = c.name AND q.is_published = 1
    ORDER BY q.num_sales DESC, q.avg_rating DESC, q.id LIMIT $2)
ORDER BY c.position, c.name, p.num_sales DESC, p.avg_rating DESC, p.id
