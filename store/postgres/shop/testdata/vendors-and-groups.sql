CREATE TABLE vendor_profiles (id int PRIMARY KEY, name text, is_active boolean);
CREATE TABLE products (id int PRIMARY KEY, name text, slug text, vendor_profile_id int REFERENCES vendor_profiles);
CREATE TABLE product_offers (id serial PRIMARY KEY, product_id int REFERENCES products, customer_group_id int, price numeric(10,2));
INSERT INTO vendor_profiles VALUES (1, 'A', true), (2, 'B', false);
INSERT INTO products VALUES (1, 'Cup', 'cup', 1), (2, 'Hidden', 'hidden', 2);
INSERT INTO product_offers (product_id, customer_group_id, price) VALUES (1, NULL, 10), (1, 7, 5), (2, NULL, 10);
-- page
-- All products: Cup 10.00
