CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL);
CREATE TABLE product_variants (id serial PRIMARY KEY, product_id int REFERENCES products, price numeric(10,2), discount int);
INSERT INTO products VALUES (1, 'Cup', 'cup'), (2, 'Mug', 'mug');
INSERT INTO product_variants (product_id, price, discount) VALUES (1, 10, 0), (1, 8, 2), (2, 6, 0);
-- page
-- All products: Cup 8.00
-- All products: Mug 6.00
-- ask discount product_variants CATALOG_DISCOUNT
-- page CATALOG_DISCOUNT=amount
-- All products: Cup 6.00 (8.00)
-- All products: Mug 6.00
