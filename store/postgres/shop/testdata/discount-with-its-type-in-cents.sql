CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price_cents int, discount_type text, discount_value int);
INSERT INTO products VALUES (1, 'Cup', 'cup', 1999, 'percentage', 10), (2, 'Mug', 'mug', 2000, NULL, 0);
-- page
-- All products: Cup 1799 (1999)
-- All products: Mug 2000
