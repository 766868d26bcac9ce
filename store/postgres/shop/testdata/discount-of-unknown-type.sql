CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), discount numeric(10,2), discount_type text);
INSERT INTO products VALUES (1, 'Cup', 'cup', 50, 5, 'B'), (2, 'Pot', 'pot', 50, 0, NULL);
-- page
-- All products: Cup 50.00
-- All products: Pot 50.00
-- ask discount CATALOG_DISCOUNT
-- page CATALOG_DISCOUNT=amount
-- All products: Cup 45.00 (50.00)
-- All products: Pot 50.00
