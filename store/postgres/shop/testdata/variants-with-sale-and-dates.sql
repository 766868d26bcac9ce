CREATE TABLE departments (code char(3) PRIMARY KEY, label varchar(40) NOT NULL, priority smallint, enabled smallint NOT NULL DEFAULT 1);
CREATE TABLE goods (id bigint PRIMARY KEY, title varchar(80) NOT NULL, url_key varchar(80), department_code char(3) REFERENCES departments, state varchar(20) NOT NULL, views int, units_sold int);
CREATE TABLE goods_skus (sku text PRIMARY KEY, goods_id bigint NOT NULL, regular_price numeric(8,2) NOT NULL, special_price numeric(8,2), special_from date, special_to date, on_hand int, discontinued_at timestamp);
INSERT INTO departments VALUES ('tea', 'Tea', 2, 1), ('cup', 'Cups', 1, 1), ('old', 'Old', 0, 0);
INSERT INTO goods VALUES (1, 'Green', 'green', 'tea', 'PUBLISHED', 9, 5), (2, 'Black', 'black', 'tea', 'Published', 9, 7), (3, 'Draft', 'draft', 'tea', 'draft', 9, 99),
	(4, 'Mug', 'mug', 'cup', 'published', 1, 1), (5, 'Rest', 'rest', 'old', 'published', 1, 1), (6, 'Closed', 'closed', 'cup', 'in_review', 1, 50);
INSERT INTO goods_skus VALUES ('1a', 1, 12, NULL, NULL, NULL, 3, NULL), ('1b', 1, 10, 8, '2020-01-01', NULL, 0, NULL), ('1c', 1, 1, NULL, NULL, NULL, 0, '2020-01-01'),
	('2a', 2, 20, 15, NULL, '2021-01-01', 0, NULL), ('4a', 4, 5, 0, NULL, NULL, NULL, NULL), ('5a', 5, 5, 0, NULL, NULL, 1, NULL), ('3a', 3, 1, 0, NULL, NULL, 1, NULL), ('6a', 6, 1, 0, NULL, NULL, 1, NULL);
-- page
-- Cups: Mug 5.00
-- Tea: Black 20.00 #0
-- Tea: Green 8.00 (10.00) #3
