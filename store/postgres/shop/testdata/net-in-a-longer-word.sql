CREATE TABLE products (id int PRIMARY KEY, name text, slug text, note text, price_excl_tax numeric(8,2), internet_price_incl_tax numeric(8,2));
INSERT INTO products VALUES (1, 'A', 'a', '', 10, 11.9);
-- page CATALOG_IGNORE=note
-- All products: A 10.00
-- ask CATALOG_IGNORE=note,price_excl_tax
-- page CATALOG_IGNORE=note,price_excl_tax
-- All products: A 11.90
