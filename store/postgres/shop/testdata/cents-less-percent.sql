CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, price_in_cents int NOT NULL, discount_percent int, sale_price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 1995, 15, NULL), (2, 'Mug', 'mug', 2000, NULL, 15.00);
-- page
-- All products: Cup 1696 (1995)
-- All products: Mug 2000
-- ask price_in_cents sale_price CATALOG_IGNORE=sale_price
-- page CATALOG_IGNORE=sale_price
-- All products: Cup 1696 (1995)
-- All products: Mug 2000
