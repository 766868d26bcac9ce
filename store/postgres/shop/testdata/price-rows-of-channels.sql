CREATE TABLE products (id uuid PRIMARY KEY, name text NOT NULL, slug text NOT NULL);
CREATE TABLE product_variants (id uuid PRIMARY KEY, product_id uuid REFERENCES products, enabled boolean NOT NULL);
CREATE TABLE variant_prices (id serial PRIMARY KEY, variant_id uuid REFERENCES product_variants, channel_id int, currency_code text, price integer, min_quantity int);
INSERT INTO products VALUES ('00000000-0000-4000-8000-000000000001', 'Lamp', 'lamp');
INSERT INTO product_variants VALUES ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', true), ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-000000000001', false);
INSERT INTO variant_prices (variant_id, channel_id, currency_code, price, min_quantity) VALUES ('00000000-0000-4000-8000-00000000000a', 1, 'USD', 500, 1), ('00000000-0000-4000-8000-00000000000a', 2, 'USD', 400, 1),
	('00000000-0000-4000-8000-00000000000a', 1, 'EUR', 450, 1), ('00000000-0000-4000-8000-00000000000a', 1, 'USD', 100, 50), ('00000000-0000-4000-8000-00000000000b', 1, 'USD', 10, 1);
-- page
-- All products: Lamp 400
-- ask price PRICE_UNIT
-- ask channel_id 1 2 CATALOG_IGNORE=channel_id
-- page PRICE_UNIT=minor CURRENCY=EUR CATEGORIES=Lamps
-- Lamps: Lamp 450
