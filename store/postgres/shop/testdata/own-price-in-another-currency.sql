CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price_usd numeric(10,2));
CREATE TABLE product_prices (id serial PRIMARY KEY, product_id int REFERENCES products, currency text, amount numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 12);
INSERT INTO product_prices (product_id, currency, amount) VALUES (1, 'EUR', 10), (1, 'USD', 12);
-- page CURRENCY=EUR
-- All products: Cup 10.00
