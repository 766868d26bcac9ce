{{- /* Categories asked for by name: $1 is a JSON array of names, each once. */ -}}
SELECT c.key + 1 AS ord, NULL AS category,
       row_number() OVER (PARTITION BY c.key ORDER BY p.num_sales DESC, p.avg_rating DESC, p.id) AS rank,
       p.id, p.name, p.slug, p.brand, p.images, p.price, p.list_price, p.avg_rating, p.num_reviews, p.num_sales, p.count_in_stock
FROM json_each($1) AS c
CROSS JOIN products AS p ON p.id IN (
    SELECT q.id FROM products AS q WHERE q.category = c.value AND q.is_published = 1
    ORDER BY q.num_sales DESC, q.avg_rating DESC, q.id LIMIT $2)
