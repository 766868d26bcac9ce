-- The tables and columns of Saleor 3.24 (product 0207) that the statement touches, and rows of every kind that
-- stays hidden.
CREATE TABLE channel_channel (id integer PRIMARY KEY, name varchar(250) NOT NULL, slug varchar(255) NOT NULL,
  is_active boolean NOT NULL, currency_code varchar(3) NOT NULL);
CREATE TABLE product_category (id integer PRIMARY KEY, name varchar(250) NOT NULL, slug varchar(255) NOT NULL,
  lft integer NOT NULL, rght integer NOT NULL, tree_id integer NOT NULL, level integer NOT NULL);
CREATE TABLE product_product (id integer PRIMARY KEY, name varchar(250) NOT NULL, slug varchar(255) NOT NULL,
  category_id integer, rating double precision, created_at timestamptz NOT NULL);
CREATE TABLE product_productchannellisting (id serial PRIMARY KEY, product_id integer NOT NULL,
  channel_id integer NOT NULL, is_published boolean NOT NULL, visible_in_listings boolean NOT NULL,
  published_at timestamptz, available_for_purchase_at timestamptz, currency varchar(3) NOT NULL);
CREATE TABLE product_productvariant (id integer PRIMARY KEY, product_id integer NOT NULL,
  track_inventory boolean NOT NULL);
CREATE TABLE product_productvariantchannellisting (id serial PRIMARY KEY, variant_id integer NOT NULL,
  channel_id integer NOT NULL, currency varchar(3) NOT NULL, price_amount numeric(20,3),
  discounted_price_amount numeric(20,3));
CREATE TABLE product_productmedia (id serial PRIMARY KEY, product_id integer, image varchar(100),
  external_url varchar(2048), type varchar(32) NOT NULL, to_remove boolean NOT NULL, sort_order integer);
CREATE TABLE warehouse_stock (id serial PRIMARY KEY, product_variant_id integer NOT NULL, warehouse_id uuid NOT NULL,
  quantity integer NOT NULL, quantity_allocated integer NOT NULL);
CREATE TABLE warehouse_channelwarehouse (id serial PRIMARY KEY, warehouse_id uuid NOT NULL,
  channel_id integer NOT NULL);

INSERT INTO channel_channel (id, name, slug, is_active, currency_code) VALUES
  (1, 'Default', 'default-channel', true, 'USD'), (2, 'Europe', 'europe', true, 'EUR');
INSERT INTO product_category (id, name, slug, tree_id, lft, rght, level) VALUES
  (1, 'Tea', 'tea', 2, 1, 6, 0), (2, 'Green tea', 'green-tea', 2, 2, 3, 1), (3, 'Black tea', 'black-tea', 2, 4, 5, 1),
  (4, 'Cups', 'cups', 1, 1, 4, 0), (5, 'Mugs', 'mugs', 1, 2, 3, 1);
INSERT INTO product_product (id, name, slug, category_id, rating, created_at) VALUES
  (1, 'Oolong', 'oolong', 1, NULL, '2026-01-01Z'), (2, 'Sencha', 'sencha', 2, NULL, '2026-02-01Z'),
  (3, 'Assam', 'assam', 3, 4.5, '2026-01-01Z'), (7, 'Glass', 'glass', 4, NULL, '2026-01-01Z'),
  (6, 'Jar', 'jar', 4, NULL, '2026-01-01Z'), (5, 'Bowl', 'bowl', 4, NULL, '2026-01-01Z'),
  (4, 'Mug', 'mug', 5, NULL, '2026-01-01Z'), (8, 'Mate', 'mate', 1, NULL, '2026-01-02Z');
INSERT INTO product_product (id, name, slug, category_id, rating, created_at)
  SELECT id, slug, slug, 1, 5, '2026-05-01Z' FROM (VALUES (11, 'unpublished'), (12, 'to come'), (13, 'not listed'),
  (14, 'not for sale'), (15, 'not for sale yet'), (16, 'of Europe'), (17, 'nowhere'), (18, 'without a price'),
  (19, 'priced in Europe')) AS p (id, slug);
INSERT INTO product_productchannellisting
  (product_id, channel_id, is_published, visible_in_listings, published_at, available_for_purchase_at, currency)
  SELECT id, CASE id WHEN 16 THEN 2 ELSE 1 END, id <> 11, id <> 13,
    CASE id WHEN 12 THEN now() + interval '1 day' WHEN 1 THEN now() - interval '1 day' END,
    CASE id WHEN 14 THEN NULL WHEN 15 THEN now() + interval '1 day' ELSE now() - interval '1 day' END, 'USD'
  FROM product_product WHERE id <> 17;

-- Each product has a variant of its own number; oolong also has a dearer one, one without a price, and one of Europe.
INSERT INTO product_productvariant (id, product_id, track_inventory) SELECT id, id, id <> 2 FROM product_product;
INSERT INTO product_productvariant (id, product_id, track_inventory) VALUES
  (101, 1, true), (102, 1, true), (103, 1, true);
INSERT INTO product_productvariantchannellisting
  (variant_id, channel_id, currency, price_amount, discounted_price_amount)
  SELECT id, 1, 'USD', 20.11, 20.11 FROM product_productvariant WHERE id NOT IN (19, 103)
  UNION ALL SELECT id, 2, 'EUR', 0.01, 0.01 FROM product_productvariant;
UPDATE product_productvariantchannellisting SET discounted_price_amount = 15.5 WHERE variant_id = 1 AND channel_id = 1;
UPDATE product_productvariantchannellisting SET discounted_price_amount = NULL WHERE variant_id = 2 AND channel_id = 1;
UPDATE product_productvariantchannellisting SET price_amount = 30, discounted_price_amount = 30 WHERE variant_id = 101;
UPDATE product_productvariantchannellisting SET price_amount = NULL, discounted_price_amount = 0.02
  WHERE variant_id IN (18, 102) AND channel_id = 1;
INSERT INTO product_productmedia (id, product_id, image, external_url, type, to_remove, sort_order) VALUES
  (1, 1, 'products/second.png', NULL, 'IMAGE', false, 1), (2, 1, 'products/first.png', NULL, 'IMAGE', false, 0),
  (3, 1, 'products/film.png', NULL, 'VIDEO', false, 0), (4, 1, 'products/removed.png', NULL, 'IMAGE', true, 0),
  (6, 1, 'products/fourth.png', NULL, 'IMAGE', false, NULL),
  (5, 1, '', 'https://img.example/third.png', 'IMAGE', false, NULL);
INSERT INTO warehouse_channelwarehouse (warehouse_id, channel_id)
  SELECT ('00000000-0000-0000-0000-00000000000' || w)::uuid, c FROM (VALUES (1, 1), (2, 1), (3, 2)) AS w (w, c);
INSERT INTO warehouse_stock (product_variant_id, warehouse_id, quantity, quantity_allocated)
  SELECT v, ('00000000-0000-0000-0000-00000000000' || w)::uuid, n, a
  FROM (VALUES (1, 1, 5, 2), (1, 2, 1, 0), (1, 3, 50, 0), (101, 1, 3, 0), (2, 1, 7, 0), (102, 1, 90, 0))
  AS s (v, w, n, a);
