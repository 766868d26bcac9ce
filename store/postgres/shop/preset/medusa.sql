-- Medusa 2: checked against the tables that the migrations of Medusa 2.21.2 make, and its own reckoning of prices.
-- To decide:
--   channel   Products of the store's default sales channel.
--   currency  'usd' below; set CURRENCY to the same. A product that has no price in it is left out as bad_price.
--   prices    The cheapest variant, for one piece and a visitor who is not signed in: a price or price list with rules
--             (region, customer group) does not count. price_preference tells whether tax is in a price.
--   language  Titles as they stand in product; translations are in a table of their own.
--   shelves   The top categories, each with all that is below it; CATEGORIES may name lower ones. Products without a
--             category stand last, under More; those whose categories are all switched off stand nowhere.
--   stock     Sold out is not marked: what is left is in inventory_level, by location.
WITH live AS ( -- neither the category nor one above it is switched off
  SELECT c.* FROM public.product_category AS c
  WHERE NOT EXISTS (SELECT FROM public.product_category AS up WHERE starts_with(c.mpath || '.', up.mpath || '.')
    AND (NOT up.is_active OR up.is_internal OR up.deleted_at IS NOT NULL))
), shelf AS (
  SELECT id, name, handle, mpath, rank, parent_category_id IS NULL AS top FROM live
  UNION ALL SELECT NULL, 'More', NULL, NULL, NULL, true
)
SELECT s.name AS category, s.handle AS category_slug, s.id AS category_id, p.id, p.title AS name, p.handle AS slug,
  v.price, v.list_price, p.thumbnail AS images
FROM shelf AS s CROSS JOIN LATERAL (
  SELECT p.* FROM public.product AS p
  WHERE p.status = 'published' AND p.deleted_at IS NULL
    AND p.id IN (SELECT x.product_id FROM public.product_sales_channel AS x
      JOIN public.sales_channel AS c ON c.id = x.sales_channel_id AND NOT c.is_disabled AND c.deleted_at IS NULL
      WHERE x.deleted_at IS NULL AND c.id = (SELECT default_sales_channel_id FROM public.store)) -- channel
    AND p.id IN (SELECT x.product_id FROM public.product_category_product AS x
      JOIN live AS c ON c.id = x.product_category_id WHERE starts_with(c.mpath || '.', s.mpath || '.')
      UNION ALL SELECT n.id FROM public.product AS n WHERE s.id IS NULL AND NOT EXISTS (
        SELECT FROM public.product_category_product AS x JOIN public.product_category AS c
        ON c.id = x.product_category_id AND c.deleted_at IS NULL WHERE x.product_id = n.id))
  ORDER BY p.created_at DESC, p.id LIMIT $2
) AS p LEFT JOIN LATERAL ( -- a sale list counts where it is lower, an override list always
  SELECT CASE WHEN o <= coalesce(s, o) THEN o ELSE least(s, d) END AS price, coalesce(o, d) AS list_price
  FROM (SELECT min(a.amount) FILTER (WHERE a.price_list_id IS NULL) AS d,
      min(a.amount) FILTER (WHERE l.type = 'sale') AS s, min(a.amount) FILTER (WHERE l.type = 'override') AS o
    FROM public.product_variant AS v
    JOIN public.product_variant_price_set AS x ON x.variant_id = v.id AND x.deleted_at IS NULL
    JOIN public.price AS a ON a.price_set_id = x.price_set_id AND a.deleted_at IS NULL
    LEFT JOIN public.price_list AS l ON l.id = a.price_list_id AND l.status = 'active' AND l.rules_count = 0
      AND l.deleted_at IS NULL AND (l.starts_at <= now()) IS NOT FALSE AND (l.ends_at >= now()) IS NOT FALSE
    WHERE v.product_id = p.id AND v.deleted_at IS NULL AND a.currency_code = 'usd' -- currency
      AND a.rules_count = 0 AND (a.min_quantity <= 1) IS NOT FALSE
    GROUP BY v.id) AS v (d, s, o)
  ORDER BY price, list_price LIMIT 1
) AS v ON true
WHERE CASE WHEN cardinality($1::text[]) = 0 THEN s.top ELSE s.name = ANY ($1) END
ORDER BY s.rank, s.id, p.created_at DESC, p.id
