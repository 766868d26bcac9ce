CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), discount numeric(10,2), discount_price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 100, 20, 80);
-- page
-- All products: Cup 80.00 (100.00)
