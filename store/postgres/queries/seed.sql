-- Invented products $1 to $2. $3 is a JSON array of samples {category, name, slug, brand, image, price}: each product is
-- one of them in one of several finishes. Product n is the same in every table and on every machine: md5 of n throws the
-- dice. The k-th category has about 1/k as many products as the first. The slug's end is how seed knows its own rows.
WITH sample AS (
    SELECT *, dense_rank() OVER (ORDER BY first) AS k, row_number() OVER (PARTITION BY category ORDER BY ord) - 1 AS place,
           count(*) OVER (PARTITION BY category) AS places
    FROM (SELECT s.*, min(ord) OVER (PARTITION BY category) AS first
          FROM ROWS FROM (jsonb_to_recordset($3::jsonb) AS (category text, name text, slug text, brand text, image text, price numeric))
               WITH ORDINALITY AS s(category, name, slug, brand, image, price, ord)) AS s
), dice AS (
    SELECT id, ('x' || substr(hash, 1, 7))::bit(28)::int / 268435456.0::float8 AS category, ('x' || substr(hash, 8, 7))::bit(28)::int AS product,
           ('x' || substr(hash, 15, 7))::bit(28)::int AS figures, ('x' || substr(hash, 22, 7))::bit(28)::int AS luck
    FROM (SELECT id, md5(id::text) AS hash FROM generate_series($1::bigint, $2::bigint) AS id) AS h
), finishes AS (
    SELECT '{Sage,Ochre,Ink Blue,Chalk,Terracotta,Charcoal,Blush,Olive,Oat,Rust,Fog,Plum,Moss,Sand,Cobalt,Fig}'::text[] AS names
), row AS (
    SELECT d.id, d.luck, d.figures, s.*, f.names[1 + d.luck % 16] AS finish, round(s.price * (80 + d.figures % 50) / 100) - 0.01 AS now,
           3000000 / (1000 + d.figures % 3000000) AS sales
    FROM dice AS d CROSS JOIN finishes AS f
    JOIN sample AS s ON s.k = floor(exp(d.category * ln((SELECT max(k) + 1 FROM sample)::float8))) AND s.place = d.product % s.places
)
INSERT INTO {products} (id, name, slug, category, brand, images, price, list_price, avg_rating, num_reviews, num_sales, count_in_stock, is_published,
    created_at, updated_at)
SELECT id, name || ', ' || finish, slug || '-s' || id, category, brand, ARRAY[image], now, CASE WHEN luck % 4 = 0 THEN now + 10 END,
       CASE WHEN sales >= 20 THEN 3.3 + (figures % 166) / 100.0 ELSE 0 END, sales / 20, sales, figures % 180, luck % 20 > 0,
       at, at
FROM row, LATERAL (SELECT timestamptz '2021-01-04 08:00Z' + id * interval '1 minute') AS t(at)
