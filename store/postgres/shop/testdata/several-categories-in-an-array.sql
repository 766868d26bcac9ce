CREATE TABLE categories (id text PRIMARY KEY, name text NOT NULL, active boolean NOT NULL);
CREATE TABLE products (sku varchar(20) PRIMARY KEY, title text NOT NULL, price float4, categories varchar(40)[], available boolean, stock int);
INSERT INTO categories VALUES ('t', 'Tea', true), ('c', 'Coffee', true), ('x', 'Secret', false);
INSERT INTO products VALUES ('1', 'A', 1.5, '{Tea,coffee}', true, 3), ('2', 'B', 2.5, '{x}', true, 1), ('3', 'C', 3.5, '{t}', false, 2), ('4', 'D', 4.5, NULL, true, 1);
-- page
-- Coffee: A 1.5 #3
-- Tea: A 1.5 #3
-- Tea: C 3.5 #0
