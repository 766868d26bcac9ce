CREATE TABLE categories (id serial PRIMARY KEY, name text, status text);
CREATE TABLE products (id serial PRIMARY KEY, name text, slug text, price numeric(10,2), category_id int REFERENCES categories, status text);
INSERT INTO categories (name, status) VALUES ('Cups', 'active'), ('Mugs', 'nonaktif'), ('Pots', 'draft');
INSERT INTO products (name, slug, price, category_id, status) VALUES ('Cup', 'cup', 10, 1, 'active'), ('Mug', 'mug', 10, 2, 'active'), ('Pot', 'pot', 10, 3, 'active');
-- page
-- Cups: Cup 10.00
-- Mugs: Mug 10.00
-- ask categories.status nonaktif CATALOG_IGNORE=categories.status
-- page CATALOG_IGNORE=categories.status
-- Cups: Cup 10.00
-- Mugs: Mug 10.00
