CREATE TABLE products (id int PRIMARY KEY, name text, slug text);
CREATE TABLE product_prices (id serial PRIMARY KEY, product_id int REFERENCES products, price numeric(10,2), effective_from date, end_date date, is_current boolean);
INSERT INTO products VALUES (1, 'Cup', 'cup');
INSERT INTO product_prices (product_id, price, effective_from, end_date, is_current) VALUES (1, 5, '2020-11-20', '2020-11-30', true), (1, 6, '2020-11-20', NULL, false),
	(1, 7, '2999-01-01', NULL, true), (1, 10, '2021-01-01', NULL, NULL);
-- page
-- All products: Cup 10.00
