CREATE TABLE shop_discount (id int PRIMARY KEY, name text, is_active boolean);
CREATE TABLE shop_product (id int PRIMARY KEY, name text, slug text, price numeric(10,2), discount_id int REFERENCES shop_discount, currency text, locale text);
INSERT INTO shop_discount VALUES (1, 'Spring', false);
INSERT INTO shop_product VALUES (1, 'Cup', 'cup', 10, 1, NULL, NULL), (2, 'Mug', 'mug', 10, 1, 'USD', 'en'), (3, 'Tasse', 'tasse', 10, 1, 'EUR', 'de');
-- page CURRENCY=USD SITE_LANG=en
-- All products: Cup 10.00
-- All products: Mug 10.00
