CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL);
CREATE TABLE product_prices (id serial PRIMARY KEY, product_id int REFERENCES products, store_id int, price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup'), (2, 'Mug', 'mug');
INSERT INTO product_prices (product_id, store_id, price) VALUES (1, 1, 10), (1, 2, 8), (2, 1, 6);
-- page
-- All products: Cup 8.00
-- All products: Mug 6.00
-- ask product_prices.store_id CATALOG_STORE=1
-- page CATALOG_STORE=1
-- All products: Cup 10.00
-- All products: Mug 6.00
