CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric(10,2), discount_type text, discount_value numeric, discount_amount numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 50, 'percentage', 10, 5.00);
-- page
-- All products: Cup 45.00 (50.00)
