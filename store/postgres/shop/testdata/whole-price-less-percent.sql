CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, price int NOT NULL, discount_percent int, compare_at_price numeric(10,2));
INSERT INTO products VALUES (1, 'Cup', 'cup', 15, 15, NULL), (2, 'House', 'house', 25000000, 10, NULL), (3, 'Mug', 'mug', 20, 0, 24.99);
-- page PRICE_UNIT=major
-- All products: Cup 12.7500000000000000 (15)
-- All products: House 22500000.000000000000 (25000000)
-- All products: Mug 20 (24.99)
-- page PRICE_UNIT=minor
-- All products: Cup 13 (15)
-- All products: House 22500000 (25000000)
-- All products: Mug 20 (25)
-- page
-- All products: Cup 13 (15)
-- All products: House 22500000 (25000000)
-- All products: Mug 20 (25)
-- ask PRICE_UNIT
