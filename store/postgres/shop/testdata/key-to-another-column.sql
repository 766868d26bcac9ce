CREATE TABLE products (id int PRIMARY KEY, code text UNIQUE NOT NULL, name text NOT NULL, category text);
CREATE TABLE product_prices (id int PRIMARY KEY, product_code text REFERENCES products (code), price numeric(9,2) NOT NULL);
CREATE TABLE product_images (id int PRIMARY KEY, product_code text REFERENCES products (code), url text NOT NULL);
INSERT INTO products VALUES (1, 'a', 'One', 'Ale'), (2, 'b', 'Two', 'Bitter');
INSERT INTO product_prices VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO product_images VALUES (1, 'b', '/2.png');
-- page
-- Ale: One 1.00
-- Bitter: Two 2.00 {/2.png}
