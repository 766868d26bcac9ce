CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price_eur numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 10);
-- page
-- All products: Cup 10.00
-- ask price_eur CURRENCY=EUR CURRENCY=USD
-- page CURRENCY=USD
-- All products: Cup 10.00
-- page CURRENCY=EUR
-- All products: Cup 10.00
