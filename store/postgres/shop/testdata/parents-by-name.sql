CREATE TABLE categories (id bigserial PRIMARY KEY, name text);
CREATE TABLE products (id bigserial PRIMARY KEY, name text, slug text, parent_id int DEFAULT 0, parent_category_id int);
CREATE TABLE variants (id bigserial PRIMARY KEY, parent_product_id int, user_id uuid, price numeric(10,2));
CREATE TABLE inventory (product_id int, quantity int, min_quantity int);
INSERT INTO categories VALUES (1, 'Cups');
INSERT INTO products VALUES (1, 'Cup', 'cup', 0, 1), (2, 'Blue cup', 'blue', 1, 1), (3, 'Mug', 'mug', NULL, 1);
INSERT INTO variants (parent_product_id, user_id, price) VALUES (1, '00000000-0000-4000-8000-000000000001', 10), (3, NULL, 12);
INSERT INTO inventory VALUES (1, 0, 5), (3, 2, 5);
-- page
-- All products: Cup 10.00 #0
-- All products: Mug 12.00 #2
