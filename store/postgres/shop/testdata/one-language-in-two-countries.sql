CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, price numeric(10,2), locale text);
INSERT INTO products VALUES (1, 'Tasse', 'tasse', 1, 'de'), (2, 'Haferl', 'haferl', 2, 'de-AT'), (3, 'Cup', 'cup', 3, 'en');
-- page SITE_LANG=de
-- All products: Tasse 1.00
-- All products: Haferl 2.00
-- page
-- All products: Tasse 1.00
-- All products: Haferl 2.00
-- All products: Cup 3.00
-- ask locale SITE_LANG
