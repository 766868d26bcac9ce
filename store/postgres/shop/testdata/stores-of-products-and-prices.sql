CREATE TABLE products (id int PRIMARY KEY, name text, slug text, store_id int);
CREATE TABLE product_prices (id serial PRIMARY KEY, product_id int REFERENCES products, store_id int, price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 1), (2, 'Mug', 'mug', 2);
INSERT INTO product_prices (product_id, store_id, price) VALUES (1, 1, 10), (1, 2, 8), (2, 2, 6);
-- page CATALOG_STORE=1
-- All products: Cup 10.00
