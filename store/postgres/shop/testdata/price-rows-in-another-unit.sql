CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2));
CREATE TABLE product_prices (id serial PRIMARY KEY, product_id int REFERENCES products, amount int, market_price int, currency text, channel text);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10);
INSERT INTO product_prices (product_id, amount, currency, channel) VALUES (1, 1000, 'USD', 'web');
-- page
-- All products: Cup 10.00
