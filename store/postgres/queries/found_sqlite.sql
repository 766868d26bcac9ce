{{- /* Categories that the demo shop names; the same rules as found.sql. */ -}}
WITH RECURSIVE
step (key) AS (
    SELECT (SELECT p.category FROM products AS p
            WHERE p.is_published = 1 AND NOT EXISTS (SELECT 1 FROM categories WHERE is_active = 1 AND name <> '')
            ORDER BY p.category LIMIT 1)
    UNION ALL
    SELECT (SELECT p.category FROM products AS p WHERE p.is_published = 1 AND p.category > step.key ORDER BY p.category LIMIT 1)
    FROM step WHERE step.key IS NOT NULL
),
c (ord, name) AS (
    SELECT position, name FROM categories WHERE is_active = 1 AND name <> ''
    UNION ALL
    SELECT 0, key FROM step WHERE key <> ''
)
SELECT c.ord, c.name AS category,
       CASE WHEN p.id IS NULL THEN NULL
            ELSE row_number() OVER (PARTITION BY c.ord, c.name ORDER BY p.num_sales DESC, p.avg_rating DESC, p.id) END AS rank,
       p.id, p.name, p.slug, p.brand, p.images, p.price, p.list_price, p.avg_rating, p.num_reviews, p.num_sales, p.count_in_stock
FROM c
LEFT JOIN products AS p ON p.id IN (
    SELECT q.id FROM products AS q WHERE q.category = c.name AND q.is_published = 1
    ORDER BY q.num_sales DESC, q.avg_rating DESC, q.id LIMIT $1)
