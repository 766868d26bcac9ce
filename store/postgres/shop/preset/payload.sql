-- Payload e-commerce: checked against the tables that a migration of Payload and plugin-ecommerce 3.90.2 makes, for
-- the fields of its e-commerce template.
-- To decide:
--   currency  price_in_u_s_d is in USD; set CURRENCY to the same. A product without it is left out as bad_price.
--   unit      Payload keeps a price as a whole number of the currency's smallest unit: set PRICE_UNIT=minor.
--   variants  A product with variants has the price of its cheapest one that is published.
--   language  Where titles are localized they are in products_locales and categories_locales, by _locale.
--   pictures  Addresses begin at Payload's own host, as in /api/media/; set IMAGE_BASE_URL where the page is elsewhere.
--   shelves   All categories by title. Products without one stand last, under More.
WITH shelf AS (
  SELECT id, title, slug FROM public.categories
  UNION ALL SELECT NULL, 'More', NULL
)
SELECT s.title AS category, s.slug AS category_slug, s.id AS category_id, p.id, p.title AS name, p.slug,
  coalesce(v.price, CASE WHEN p.price_in_u_s_d_enabled IS NOT FALSE THEN p.price_in_u_s_d END)::bigint AS price,
  CASE WHEN v.product_id IS NULL THEN p.inventory ELSE v.inventory END AS count_in_stock,
  ARRAY(SELECT m.url FROM public.products_gallery AS g JOIN public.media AS m ON m.id = g.image_id
    WHERE g._parent_id = p.id ORDER BY g._order LIMIT 3) AS images
FROM shelf AS s CROSS JOIN LATERAL (
  SELECT p.* FROM public.products AS p
  WHERE p._status = 'published' AND p.deleted_at IS NULL
    AND p.id IN (SELECT r.parent_id FROM public.products_rels AS r
      WHERE r.path = 'categories' AND r.categories_id = s.id
      UNION ALL SELECT n.id FROM public.products AS n WHERE s.id IS NULL AND NOT EXISTS (
        SELECT FROM public.products_rels AS r WHERE r.parent_id = n.id AND r.path = 'categories'))
  ORDER BY p.created_at DESC, p.id LIMIT $2
) AS p LEFT JOIN LATERAL (
  SELECT v.product_id, min(v.price_in_u_s_d) AS price, sum(v.inventory) AS inventory FROM public.variants AS v
  WHERE v.product_id = p.id AND p.enable_variants AND v._status = 'published' AND v.deleted_at IS NULL
    AND v.price_in_u_s_d_enabled IS NOT FALSE
  GROUP BY v.product_id
) AS v ON true
WHERE cardinality($1::text[]) = 0 OR s.title = ANY ($1)
ORDER BY s.id IS NULL, s.title, s.id, p.created_at DESC, p.id
