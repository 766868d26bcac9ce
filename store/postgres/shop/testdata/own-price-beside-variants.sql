CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2));
CREATE TABLE product_variants (id serial PRIMARY KEY, product_id int REFERENCES products, price numeric(10,2), currency text DEFAULT 'USD');
INSERT INTO products VALUES (1, 'Cup', 'cup', 10), (2, 'Mug', 'mug', NULL);
INSERT INTO product_variants (product_id, price) VALUES (1, 9), (2, 8);
-- page
-- All products: Cup 10.00
-- All products: Mug 8.00
-- page CURRENCY=USD
-- All products: Cup 10.00
-- All products: Mug 8.00
