CREATE TABLE products (id bigserial PRIMARY KEY, price numeric(10,2));
CREATE TABLE product_translations (id bigserial PRIMARY KEY, product_id bigint REFERENCES products, locale varchar(5), name text, slug text);
INSERT INTO products VALUES (1, 5), (2, 6);
INSERT INTO product_translations (product_id, locale, name, slug) VALUES (1, 'en', 'A', 'a'), (2, 'de', 'B', 'b');
-- page SITE_LANG=en
-- All products: A 5.00
-- All products:  6.00
-- page CATALOG_IGNORE=locale
-- All products: A 5.00
-- All products: B 6.00
