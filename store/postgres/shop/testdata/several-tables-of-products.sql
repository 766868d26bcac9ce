CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), stock int);
CREATE VIEW low_stock_products AS SELECT * FROM products WHERE stock < 5;
CREATE TABLE archived_products (LIKE products INCLUDING ALL);
CREATE TABLE best_products (LIKE products INCLUDING ALL);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 9);
INSERT INTO archived_products VALUES (2, 'Old', 'old', 10, 9);
INSERT INTO best_products VALUES (2, 'Best', 'best', 10, 9);
-- page
-- All products: Cup 10.00 #9
