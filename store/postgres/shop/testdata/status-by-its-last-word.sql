CREATE TYPE quality AS ENUM ('neu', 'gebraucht');
CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL, embedding_status text);
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, category_id int REFERENCES categories, price numeric NOT NULL, slug text, zustand quality, embedding_status text, availability_status text, ecommerce_status text DEFAULT 'active', draft_date date, discontinued_on date);
INSERT INTO categories VALUES (1, 'K', 'pending');
INSERT INTO products VALUES (1, 'A', 1, 1.50, 'a', NULL, NULL, 'available', 'active', '2020-01-01', NULL), (2, 'B', 1, 2.50, 'b', 'gebraucht', 'done', 'unavailable', 'active', NULL, '2999-01-01'), (3, 'C', 1, 3.50, 'c', NULL, NULL, 'available', 'hidden', NULL, NULL), (4, 'D', 1, 4.50, 'd', NULL, NULL, 'available', 'active', NULL, '2020-01-01'), (5, 'E', 1, 5.50, 'e', NULL, 'pending', 'available', 'active', NULL, NULL);
-- page
-- K: A 1.50
-- K: B 2.50 #0
-- ask zustand NULL gebraucht CATALOG_IGNORE=zustand
-- ask embedding_status NULL done CATALOG_IGNORE=embedding_status
-- page CATALOG_IGNORE=zustand
-- K: A 1.50
-- K: B 2.50 #0
-- ask embedding_status CATALOG_IGNORE=zustand,embedding_status
-- page CATALOG_IGNORE=zustand,embedding_status
-- K: A 1.50
-- K: B 2.50 #0
-- K: E 5.50
