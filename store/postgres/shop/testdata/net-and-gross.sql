CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price_net numeric(8,2), price_gross numeric(8,2), currency text, locale text);
INSERT INTO products VALUES (1, 'A', 'a', 10, 11.9, 'usd', 'en-US'), (2, 'B', 'b', 20, 23.8, 'USD', 'en_GB');
-- page CATALOG_IGNORE=price_net
-- All products: A 11.90
-- All products: B 23.80
-- page
-- All products: A 10.00
-- All products: B 20.00
-- ask price_net price_gross CATALOG_IGNORE
-- page SITE_LANG=fr CATALOG_IGNORE=price_net
-- ask SITE_LANG locale en-us en_gb
