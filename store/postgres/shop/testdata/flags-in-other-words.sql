CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, category text NOT NULL, price numeric NOT NULL, slug text, vises boolean NOT NULL, is_gift boolean NOT NULL, discarded_at timestamptz);
INSERT INTO products VALUES (1, 'A', 'K', 1.50, 'a', true, true, NULL), (2, 'B', 'K', 2.50, 'b', false, false, NULL), (3, 'C', 'K', 3, 'c', true, false, now());
-- page
-- K: A 1.50
-- K: B 2.50
-- ask vises false true CATALOG_IGNORE=vises
