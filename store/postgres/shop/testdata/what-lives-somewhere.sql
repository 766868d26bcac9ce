CREATE TABLE vendors (id int PRIMARY KEY, name text, city text, state text);
CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), vendor_id int REFERENCES vendors, is_deleted varchar(1), approved_by bigint, available_from time);
CREATE TABLE report ("%" numeric, "#" text);
INSERT INTO vendors VALUES (1, 'A', 'Berlin', NULL);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 1, NULL, 1, '10:00'), (2, 'Gone', 'gone', 10, 1, 'Y', NULL, NULL), (3, 'Mug', 'mug', 10, 1, 'N', NULL, NULL);
-- page
-- All products: Cup 10.00
-- All products: Mug 10.00
