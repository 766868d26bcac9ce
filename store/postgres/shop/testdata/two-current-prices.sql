CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price text, sale_price_label text, selling_price text, price_before_discount text);
INSERT INTO products VALUES (1, 'Cup', 'cup', '100', 'Now!', '80', '120'), (2, 'Mug', 'mug', '100', NULL, NULL, '120'), (3, 'Pot', 'pot', '100', NULL, '130', NULL);
-- page
-- All products: Cup 80 (100)
-- All products: Mug 100 (120)
-- All products: Pot 130 (100)
