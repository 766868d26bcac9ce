CREATE TABLE currencies (id int PRIMARY KEY, code text);
CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), currency_id int REFERENCES currencies);
INSERT INTO currencies VALUES (1, 'USD'), (2, 'EUR');
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 1), (2, 'Mug', 'mug', 10, 2);
-- page
-- All products: Cup 10.00
-- All products: Mug 10.00
-- ask currency_id 1 2
