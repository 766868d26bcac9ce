CREATE TYPE stand AS ENUM ('IN_STOCK', 'OUT_OF_STOCK', 'DISCONTINUED');
CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), status stand NOT NULL);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 'IN_STOCK'), (2, 'Mug', 'mug', 10, 'OUT_OF_STOCK'), (3, 'Gone', 'gone', 10, 'DISCONTINUED');
-- page
-- All products: Cup 10.00
-- All products: Mug 10.00 #0
