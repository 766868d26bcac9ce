CREATE TYPE kind AS ENUM ('«Essentiels»', 'Tea', '{shown}');
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, category kind NOT NULL, price numeric NOT NULL, slug text, hidden boolean);
INSERT INTO products VALUES (1, 'A', '«Essentiels»', 1.50, 'a', NULL), (2, 'B', 'Tea', 2.50, 'b', NULL), (3, 'C', '{shown}', 3.50, 'c', NULL), (4, 'D', 'Tea', 4.50, 'd', true);
-- page
-- Tea: B 2.50
-- {shown}: C 3.50
-- «Essentiels»: A 1.50
-- page CATEGORIES=«Essentiels»,{shown}
-- {shown}: C 3.50
-- «Essentiels»: A 1.50
