CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), selling_price numeric(10,2), discount boolean);
INSERT INTO products VALUES (1, 'Cup', 'cup', 50, 80, false), (2, 'Mug', 'mug', 50, 40, NULL);
-- page
-- All products: Cup 80.00 (50.00)
-- All products: Mug 40.00 (50.00)
