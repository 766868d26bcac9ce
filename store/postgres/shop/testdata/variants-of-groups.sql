CREATE TABLE products (id int PRIMARY KEY, name text, slug text);
CREATE TABLE product_variants (id serial PRIMARY KEY, product_id int REFERENCES products, option_group_id int NOT NULL, segment text, price numeric(10,2), stock int);
INSERT INTO products VALUES (1, 'Cup', 'cup');
INSERT INTO product_variants (product_id, option_group_id, segment, price, stock) VALUES (1, 3, 'B', 10, 0);
-- page
-- All products: Cup 10.00 #0
