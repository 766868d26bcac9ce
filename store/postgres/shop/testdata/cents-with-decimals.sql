CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(65,30));
INSERT INTO products VALUES (1, 'Cup', 'cup', 1000);
-- page PRICE_UNIT=minor
-- All products: Cup 1000.000000000000000000000000000000
