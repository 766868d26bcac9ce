CREATE TABLE languages (id char(2) PRIMARY KEY);
CREATE TABLE catalog_category (id bigserial PRIMARY KEY, visible boolean DEFAULT true, sort int);
CREATE TABLE catalog_category_i18n (id bigserial, category_id bigint REFERENCES catalog_category, lang char(2), title text);
CREATE TABLE catalog_product (id bigserial PRIMARY KEY, category_id bigint REFERENCES catalog_category, status smallint, price numeric(12,2));
CREATE TABLE catalog_product_i18n (id bigserial, product_id bigint REFERENCES catalog_product, lang char(2), title text, slug text);
INSERT INTO catalog_category (visible, sort) VALUES (true, 2), (true, 1), (false, 0);
INSERT INTO catalog_category_i18n (category_id, lang, title) VALUES (1, 'de', 'Tassen'), (1, 'en', 'Cups'), (2, 'de', 'Teller'), (2, 'en', 'Plates'), (3, 'en', 'Off');
INSERT INTO catalog_product (category_id, status, price) VALUES (1, 1, 10), (2, 1, 20), (2, 0, 30), (3, 1, 40);
INSERT INTO catalog_product_i18n (product_id, lang, title) SELECT g, l, l || g FROM generate_series(1, 4) AS g, unnest(ARRAY['en', 'de']) AS l WHERE l = 'de' OR g <> 2;
-- page
-- Plates: de2 20.00
-- Cups: en1 10.00
-- ask lang SITE_LANG de
-- page SITE_LANG=de
-- Teller: de2 20.00
-- Tassen: de1 10.00
