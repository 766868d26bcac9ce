CREATE TABLE products (id int PRIMARY KEY, title text, price numeric(10,2), is_available boolean);
CREATE TABLE line_items (id int PRIMARY KEY, product_id int REFERENCES products, quantity int, price numeric(10,2));
CREATE TABLE stock_movements (id int PRIMARY KEY, product_id int REFERENCES products, quantity int);
INSERT INTO products VALUES (1, 'Cup', 10, true), (2, 'Draft', 10, false);
INSERT INTO line_items VALUES (1, 1, 3, 7);
INSERT INTO stock_movements VALUES (1, 1, -3);
-- page
-- All products: Cup 10.00
