-- Saleor: checked against the tables that the migrations of Saleor 3.24 (product 0207) make.
-- To decide:
--   channel   'default-channel' below is the slug of a row of channel_channel.
--   currency  'USD' below has to be the channel's; set CURRENCY to the same.
--   prices    Of the cheapest variant, with promotions as Saleor has worked them out for this channel. Tax is in them
--             where tax_taxconfiguration has prices_entered_with_tax for the channel.
--   language  Names as they stand in product_product; others are in product_producttranslation, by language_code.
--   shelves   The top categories, each with all that is below it; CATEGORIES may name lower ones. Saleor publishes no
--             product without a category.
--   pictures  Addresses begin in Saleor's media folder; set IMAGE_BASE_URL to it, as in https://shop.example/media/.
WITH channel AS (
  SELECT id FROM public.channel_channel WHERE slug = 'default-channel' AND currency_code = 'USD' AND is_active
)
SELECT s.name AS category, s.slug AS category_slug, s.id AS category_id, p.id, p.name, p.slug, v.price, v.list_price,
  p.rating AS avg_rating, v.stock AS count_in_stock,
  ARRAY(SELECT coalesce(nullif(m.image, ''), m.external_url) FROM public.product_productmedia AS m
    WHERE m.product_id = p.id AND m.type = 'IMAGE' AND NOT m.to_remove ORDER BY m.sort_order, m.id LIMIT 3) AS images
FROM public.product_category AS s CROSS JOIN channel CROSS JOIN LATERAL (
  SELECT p.* FROM public.product_category AS c JOIN public.product_product AS p ON p.category_id = c.id
  WHERE c.tree_id = s.tree_id AND c.lft BETWEEN s.lft AND s.rght
    AND (SELECT l.is_published AND l.visible_in_listings AND (l.published_at <= now()) IS NOT FALSE
      AND l.available_for_purchase_at <= now() -- without this line also what cannot be bought yet
      FROM public.product_productchannellisting AS l WHERE l.product_id = p.id AND l.channel_id = channel.id)
    AND (SELECT count(a.price_amount) > 0 FROM public.product_productvariant AS v
      JOIN public.product_productvariantchannellisting AS a ON a.variant_id = v.id
      WHERE v.product_id = p.id AND a.channel_id = channel.id)
  ORDER BY p.rating DESC NULLS LAST, p.created_at DESC, p.id LIMIT $2
) AS p CROSS JOIN LATERAL (
  SELECT min(coalesce(a.discounted_price_amount, a.price_amount)) AS price, min(a.price_amount) AS list_price,
    CASE WHEN bool_and(v.track_inventory) THEN coalesce(sum((SELECT sum(k.quantity - k.quantity_allocated)
      FROM public.warehouse_stock AS k JOIN public.warehouse_channelwarehouse AS w USING (warehouse_id)
      WHERE k.product_variant_id = v.id AND w.channel_id = channel.id)), 0) END AS stock
  FROM public.product_productvariant AS v
  JOIN public.product_productvariantchannellisting AS a ON a.variant_id = v.id
  WHERE v.product_id = p.id AND a.channel_id = channel.id AND a.price_amount IS NOT NULL
) AS v
WHERE CASE WHEN cardinality($1::text[]) = 0 THEN s.level = 0 ELSE s.name = ANY ($1) END
ORDER BY s.tree_id, s.lft, p.rating DESC NULLS LAST, p.created_at DESC, p.id
