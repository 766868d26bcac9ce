CREATE TABLE products (id int PRIMARY KEY, parent_id int REFERENCES products, name text, slug text, price numeric(10,2), discount numeric(10,2));
INSERT INTO products VALUES (1, NULL, 'Cup', 'cup', 50, 5), (2, 1, 'Blue cup', 'blue', 40, 5), (3, NULL, 'Pot', 'pot', 50, 0);
-- page
-- All products: Cup 50.00
-- All products: Pot 50.00
-- ask discount CATALOG_DISCOUNT
