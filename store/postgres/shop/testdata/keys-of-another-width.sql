CREATE TABLE categories (id bigserial PRIMARY KEY, name text, parent_id int, is_active boolean);
CREATE TABLE products (id bigserial PRIMARY KEY, name text, slug text, price numeric(10,2), category_id int, parent_id int NOT NULL DEFAULT 0);
CREATE TABLE banners (id serial PRIMARY KEY, product_id int, image_url text);
CREATE TABLE product_images (id serial PRIMARY KEY, product_id int, url text, user_id int);
INSERT INTO categories VALUES (1, 'Cups', NULL, true), (2, 'Off', NULL, false), (3, 'Below', 2, true);
INSERT INTO products VALUES (1, 'Cup', 'cup', 10, 1, 0), (2, 'Blue cup', 'blue-cup', 10, 1, 1), (3, 'Hidden', 'hidden', 10, 3, 0);
INSERT INTO banners (product_id, image_url) VALUES (1, '/banner.jpg');
INSERT INTO product_images (product_id, url, user_id) VALUES (1, '/cup.jpg', 7);
-- page
-- Cups: Cup 10.00 {/cup.jpg}
