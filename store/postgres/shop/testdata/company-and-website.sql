CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), company text, website text);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 'ikea', 'https://a.example'), (2, 'Mug', 'mug', 10, 'liddy', NULL);
-- page
-- All products: Cup 10.00
-- All products: Mug 10.00
