CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 1000), (2, 'Mug', 'mug', 19.99);
-- page PRICE_UNIT=minor
-- All products: Cup 1000.00
-- All products: Mug 19.99
-- ask PRICE_UNIT=minor 19.99 PRICE_UNIT=major
