CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), discount_amount numeric(10,2), discount_type text, has_discount boolean);
INSERT INTO products VALUES (1, 'Cup', 'cup', 50, 20, 'percentage', true), (2, 'Mug', 'mug', 50, 20, 'fixed', NULL), (3, 'Pot', 'pot', 50, 20, 'fixed', false);
-- page
-- All products: Cup 40.0000000000000000 (50.00)
-- All products: Mug 30.00 (50.00)
-- All products: Pot 50.00
