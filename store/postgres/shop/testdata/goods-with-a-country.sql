CREATE TABLE items (id bigserial PRIMARY KEY, name text, slug text, price numeric(10,2), country text, state text, parent_product_id int);
INSERT INTO items VALUES (1, 'Wine', 'wine', 10, 'IT', 'published', NULL), (2, 'Draft', 'draft', 10, 'IT', 'draft', NULL), (3, 'Half a bottle', 'half', 6, 'IT', 'published', 1);
-- page
-- All products: Wine 10.00
