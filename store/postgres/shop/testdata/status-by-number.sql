CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), status smallint NOT NULL DEFAULT '0');
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 0), (2, 'Old', 'old', 10, 1);
-- page
-- All products: Cup 10.00
-- All products: Old 10.00
-- ask status 0 1
