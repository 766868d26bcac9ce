-- The tables and columns of Payload and plugin-ecommerce 3.90.2 that the statement touches, and rows of every kind
-- that stays hidden.
CREATE TABLE payload_migrations (id serial PRIMARY KEY, name varchar);
CREATE TYPE enum_products_status AS ENUM ('draft', 'published');
CREATE TYPE enum_variants_status AS ENUM ('draft', 'published');
CREATE TABLE categories (id serial PRIMARY KEY, title varchar NOT NULL, slug varchar NOT NULL);
CREATE TABLE media (id serial PRIMARY KEY, alt varchar NOT NULL, url varchar);
CREATE TABLE products (id serial PRIMARY KEY, title varchar, slug varchar, inventory numeric, enable_variants boolean,
  price_in_u_s_d_enabled boolean, price_in_u_s_d numeric, price_in_e_u_r_enabled boolean, price_in_e_u_r numeric,
  created_at timestamptz NOT NULL, deleted_at timestamptz, _status enum_products_status);
CREATE TABLE products_rels (id serial PRIMARY KEY, "order" integer, parent_id integer NOT NULL, path varchar NOT NULL,
  products_id integer, categories_id integer);
CREATE TABLE products_gallery (_order integer NOT NULL, _parent_id integer NOT NULL, id varchar PRIMARY KEY,
  image_id integer);
CREATE TABLE variants (id serial PRIMARY KEY, title varchar, product_id integer, inventory numeric,
  price_in_u_s_d_enabled boolean, price_in_u_s_d numeric, price_in_e_u_r_enabled boolean, price_in_e_u_r numeric,
  deleted_at timestamptz, _status enum_variants_status);

INSERT INTO categories (id, title, slug) VALUES
  (4, 'Tea', 'tea-2'), (1, 'Tea', 'tea'), (2, 'Cups', 'cups'), (3, 'Spoons', 'spoons');
INSERT INTO media (id, alt, url) SELECT g, '', '/api/media/file/' || g || '.png' FROM generate_series(1, 4) AS g;
INSERT INTO products (id, title, slug, inventory, enable_variants, price_in_u_s_d_enabled, price_in_u_s_d,
  price_in_e_u_r_enabled, price_in_e_u_r, created_at, deleted_at, _status) VALUES
  (1, 'Oolong', 'oolong', 3, NULL, true, 2011, true, 1, '2026-01-01Z', NULL, 'published'),
  (2, 'Sencha', 'sencha', 0, false, NULL, 1900, NULL, NULL, '2026-02-01Z', NULL, 'published'),
  (3, 'Mug', 'mug', 9, true, true, 9900, true, 2, '2026-02-01Z', NULL, 'published'),
  (5, 'Saucer', 'saucer', 4, NULL, false, 4, true, 5, '2026-01-01Z', NULL, 'published'),
  (4, 'Bowl', 'bowl', 5, false, true, 1500, true, 3, '2026-01-01Z', NULL, 'published'),
  (7, 'Jug', 'jug', NULL, NULL, true, 2500, NULL, NULL, '2026-03-01Z', NULL, 'published'),
  (6, 'Loose', 'loose', 1, NULL, true, 700, NULL, NULL, '2026-01-01Z', NULL, 'published'),
  (11, 'Draft', 'draft', 1, NULL, true, 100, NULL, NULL, '2026-05-01Z', NULL, 'draft'),
  (12, 'In the trash', 'trash', 1, NULL, true, 100, NULL, NULL, '2026-05-01Z', now(), 'published');
INSERT INTO products_rels ("order", parent_id, path, categories_id, products_id) VALUES
  (1, 1, 'categories', 1, NULL), (2, 1, 'categories', 1, NULL), (3, 1, 'categories', 4, NULL),
  (1, 2, 'categories', 1, NULL), (1, 3, 'categories', 2, NULL), (1, 4, 'categories', 2, NULL),
  (1, 5, 'categories', 2, NULL), (1, 7, 'categories', 2, NULL), (1, 11, 'categories', 1, NULL),
  (1, 12, 'categories', 1, NULL), (1, 6, 'relatedProducts', NULL, 1), (1, 6, 'featured', 3, NULL);
INSERT INTO products_gallery (_order, _parent_id, id, image_id) VALUES
  (4, 1, 'a', 1), (3, 1, 'b', 2), (2, 1, 'c', 4), (1, 1, 'd', 3), (1, 4, 'e', 2);
INSERT INTO variants (product_id, inventory, price_in_u_s_d_enabled, price_in_u_s_d, price_in_e_u_r_enabled,
  price_in_e_u_r, deleted_at, _status) VALUES
  (3, 2, true, 1600, true, 6, NULL, 'published'), (3, 1, NULL, 1750, true, 7, NULL, 'published'),
  (3, 50, true, 8, NULL, NULL, NULL, 'draft'), (3, 60, true, 9, NULL, NULL, now(), 'published'),
  (3, 70, false, 10, NULL, NULL, NULL, 'published'), (4, 80, true, 11, NULL, NULL, NULL, 'published');
