CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), status text, is_available boolean);
INSERT INTO products VALUES (1, 'Cup', 'cup', 50, 'active', true), (2, 'Hidden', 'hidden', 50, 'active', false), (3, 'Mug', 'mug', 50, 'out_of_stock', true);
-- page
-- All products: Cup 50.00
-- All products: Mug 50.00 #0
