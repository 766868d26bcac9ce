-- The tables and columns of Medusa 2.21.2 that the statement touches, and rows of every kind that stays hidden.
-- A price that must not count is below all that do, and like no other, so that it tells which rule let it through.
CREATE TABLE store (id text PRIMARY KEY, default_sales_channel_id text, deleted_at timestamptz);
CREATE TABLE sales_channel (id text PRIMARY KEY, name text NOT NULL, is_disabled boolean NOT NULL,
  deleted_at timestamptz);
CREATE TABLE product (id text PRIMARY KEY, title text NOT NULL, handle text NOT NULL, status text NOT NULL,
  thumbnail text, created_at timestamptz NOT NULL, deleted_at timestamptz);
CREATE TABLE product_sales_channel (product_id varchar(255) NOT NULL, sales_channel_id varchar(255) NOT NULL,
  id varchar(255) NOT NULL, deleted_at timestamptz);
CREATE TABLE product_category (id text PRIMARY KEY, name text NOT NULL, handle text NOT NULL, mpath text NOT NULL,
  is_active boolean NOT NULL, is_internal boolean NOT NULL, rank integer NOT NULL, parent_category_id text,
  deleted_at timestamptz);
CREATE TABLE product_category_product (product_id text NOT NULL, product_category_id text NOT NULL);
CREATE TABLE product_variant (id text PRIMARY KEY, title text NOT NULL, product_id text, deleted_at timestamptz);
CREATE TABLE price_set (id text PRIMARY KEY);
CREATE TABLE product_variant_price_set (variant_id varchar(255) NOT NULL, price_set_id varchar(255) NOT NULL,
  id varchar(255) NOT NULL, deleted_at timestamptz);
CREATE TABLE price_list (id text PRIMARY KEY, title text NOT NULL, description text NOT NULL, status text NOT NULL,
  type text NOT NULL, starts_at timestamptz, ends_at timestamptz, rules_count integer, deleted_at timestamptz);
CREATE TABLE price (id text PRIMARY KEY, price_set_id text NOT NULL, currency_code text NOT NULL,
  amount numeric NOT NULL, raw_amount jsonb NOT NULL, rules_count integer, price_list_id text, min_quantity numeric,
  deleted_at timestamptz);

INSERT INTO store (id, default_sales_channel_id) VALUES ('store', 'web');
INSERT INTO sales_channel (id, name, is_disabled) VALUES ('web', 'Web', false), ('till', 'Till', false);
INSERT INTO product_category
  (id, name, handle, mpath, is_active, is_internal, rank, parent_category_id, deleted_at) VALUES
  ('a-tea', 'Teapots', 'teapots', 'a-tea', true, false, 1, NULL, NULL),
  ('cups', 'Cups', 'cups', 'cups', true, false, 1, NULL, NULL),
  ('tea', 'Tea', 'tea', 'tea', true, false, 0, NULL, NULL),
  ('green', 'Green tea', 'green-tea', 'tea.green', true, false, 2, 'tea', NULL),
  ('stock', 'Stock takes', 'stock-takes', 'tea.stock', true, true, 1, 'tea', NULL),
  ('winter', 'Winter', 'winter', 'winter', false, false, 2, NULL, NULL),
  ('mulled', 'Mulled', 'mulled', 'winter.mulled', true, false, 0, 'winter', NULL),
  ('old', 'Old', 'old', 'old', true, false, 3, NULL, now());
INSERT INTO product (id, title, handle, status, created_at)
  SELECT id, initcap(id), id, status, created_at::timestamptz FROM (VALUES
  ('oolong', 'published', '2026-03-01Z'), ('sencha', 'published', '2026-02-01Z'), ('mug', 'published', '2026-02-01Z'),
  ('bowl', 'published', '2026-01-02Z'), ('saucer', 'published', '2026-01-01Z'), ('glass', 'published', '2026-01-01Z'),
  ('beaker', 'published', '2026-01-01Z'), ('pot', 'published', '2026-01-01Z'), ('relic', 'published', '2026-01-02Z'),
  ('loose', 'published', '2026-01-01Z'), ('draft', 'draft', '2026-05-01Z'), ('proposed', 'proposed', '2026-05-01Z'),
  ('deleted', 'published', '2026-05-01Z'), ('at-till', 'published', '2026-05-01Z'),
  ('withdrawn', 'published', '2026-05-01Z'), ('internal', 'published', '2026-05-01Z'),
  ('off', 'published', '2026-05-01Z'), ('below-off', 'published', '2026-05-01Z')) AS p (id, status, created_at);
UPDATE product SET thumbnail = 'https://img.example/oolong.png' WHERE id = 'oolong';
UPDATE product SET deleted_at = now() WHERE id = 'deleted';
INSERT INTO product_sales_channel (product_id, sales_channel_id, id)
  SELECT id, CASE id WHEN 'at-till' THEN 'till' ELSE 'web' END, id FROM product;
UPDATE product_sales_channel SET deleted_at = now() WHERE product_id = 'withdrawn';
INSERT INTO product_category_product (product_id, product_category_id) VALUES
  ('oolong', 'tea'), ('oolong', 'green'), ('sencha', 'green'), ('mug', 'cups'), ('bowl', 'cups'), ('saucer', 'cups'),
  ('glass', 'cups'), ('beaker', 'cups'), ('pot', 'a-tea'), ('relic', 'old'), ('draft', 'tea'), ('proposed', 'tea'),
  ('deleted', 'tea'), ('at-till', 'tea'), ('withdrawn', 'tea'), ('internal', 'stock'), ('off', 'winter'),
  ('below-off', 'mulled');

-- Each product has a variant and a price set of its own name; two have another variant, oolong has what is deleted.
INSERT INTO product_variant (id, title, product_id) SELECT id, '', id FROM product;
INSERT INTO product_variant (id, title, product_id, deleted_at) VALUES
  ('bowl2', '', 'bowl', NULL), ('relic2', '', 'relic', NULL), ('oolong2', '', 'oolong', now());
INSERT INTO price_set (id) SELECT id FROM product_variant UNION ALL SELECT 'oolong3';
INSERT INTO product_variant_price_set (variant_id, price_set_id, id) SELECT id, id, id FROM product_variant;
INSERT INTO product_variant_price_set (variant_id, price_set_id, id, deleted_at) VALUES
  ('oolong', 'oolong3', 'oolong3', now());
INSERT INTO price_list (id, title, description, status, type, starts_at, ends_at, rules_count, deleted_at) VALUES
  ('sale', '', '', 'active', 'sale', now() - interval '1 day', now() + interval '1 day', 0, NULL),
  ('override', '', '', 'active', 'override', NULL, NULL, 0, NULL),
  ('draft', '', '', 'draft', 'sale', NULL, NULL, 0, NULL),
  ('future', '', '', 'active', 'sale', now() + interval '1 day', NULL, 0, NULL),
  ('past', '', '', 'active', 'override', NULL, now() - interval '1 day', 0, NULL),
  ('group', '', '', 'active', 'override', NULL, NULL, 1, NULL),
  ('deleted', '', '', 'active', 'override', NULL, NULL, 0, now());
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count)
  SELECT p.id || c, p.id, c, CASE c WHEN 'eur' THEN 0.01 ELSE 20.11 END, '{}', 0
  FROM product_variant AS p, unnest('{eur,usd}'::text[]) AS c WHERE (p.id, c) <> ('beaker', 'usd');
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count, price_list_id, min_quantity) VALUES
  ('of a region', 'oolong', 'usd', 0.02, '{}', 1, NULL, NULL), ('from ten', 'oolong', 'usd', 0.03, '{}', 0, NULL, 10),
  ('draft', 'oolong', 'usd', 0.04, '{}', 0, 'draft', NULL), ('to come', 'oolong', 'usd', 0.05, '{}', 0, 'future', 1),
  ('past', 'oolong', 'usd', 0.06, '{}', 0, 'past', NULL), ('of a group', 'oolong', 'usd', 0.07, '{}', 0, 'group', NULL),
  ('list deleted', 'oolong', 'usd', 0.08, '{}', 0, 'deleted', NULL),
  ('deleted', 'oolong', 'usd', 0.09, '{}', 0, NULL, NULL),
  ('variant deleted', 'oolong2', 'usd', 0.10, '{}', 0, NULL, NULL),
  ('unlinked', 'oolong3', 'usd', 0.11, '{}', 0, NULL, NULL),
  ('from one', 'sencha', 'usd', 19, '{}', 0, NULL, 1), ('on sale', 'mug', 'usd', 16.5, '{}', 0, 'sale', NULL),
  ('cheaper', 'bowl', 'usd', 17, '{}', 0, NULL, NULL), ('on sale, cheapest', 'bowl2', 'usd', 15, '{}', 0, 'sale', NULL),
  ('dearer', 'saucer', 'usd', 22, '{}', 0, 'override', NULL), ('no sale', 'pot', 'usd', 25, '{}', 0, 'sale', NULL),
  ('glass 1', 'glass', 'usd', 18, '{}', 0, 'override', NULL), ('glass 2', 'glass', 'usd', 17, '{}', 0, 'sale', NULL),
  ('loose 1', 'loose', 'usd', 14, '{}', 0, 'override', NULL), ('loose 2', 'loose', 'usd', 15, '{}', 0, 'sale', NULL);
UPDATE price SET deleted_at = now() WHERE id = 'deleted';
UPDATE price SET amount = 25 WHERE id = 'relicusd';
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count, price_list_id) VALUES
  ('relic on sale', 'relic', 'usd', 20.11, '{}', 0, 'sale');
