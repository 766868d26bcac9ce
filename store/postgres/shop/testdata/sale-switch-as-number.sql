CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, price numeric(10,2) NOT NULL, sale_price numeric(10,2), on_sale smallint);
INSERT INTO products VALUES (1, 'Cup', 'cup', 20, 5, 0), (2, 'Mug', 'mug', 20, 5, 1), (3, 'Pot', 'pot', 20, 5, NULL);
-- page
-- All products: Cup 20.00
-- All products: Mug 5.00 (20.00)
-- All products: Pot 5.00 (20.00)
