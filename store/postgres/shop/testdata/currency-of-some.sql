CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), currency text, status text);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, NULL, 'active'), (2, 'Tasse', 'tasse', 10, 'EUR', 'active');
-- page CURRENCY=USD
-- All products: Cup 10.00
-- page CURRENCY=GBP CATEGORIES=Cups
-- Cups: Cup 10.00
