CREATE TABLE category (cat_no int PRIMARY KEY, cat_title text NOT NULL, slug text, deleted int DEFAULT 0);
CREATE TABLE product (prod_no int PRIMARY KEY, prod_title text NOT NULL, prod_price numeric(9,2) NOT NULL, category text, is_deleted boolean, valid_until timestamp, rrp numeric, photo1 text, photo2 text);
INSERT INTO category VALUES (1, 'Ale', 'ale', 0), (2, 'Bitter', 'bitter', NULL), (3, 'Cider', 'cider', 1);
INSERT INTO product VALUES (1, 'One', 1, '1', NULL, NULL, 2, '', '/2.png'), (2, 'Two', 2, 'BITTER', false, '2999-01-01', 1, '/1.png', NULL), (3, 'Three', 3, 'cider', false, NULL, NULL, NULL, NULL), (4, 'Old', 4, '1', false, '2001-01-01', NULL, NULL, NULL), (5, 'Gone', 5, '1', true, NULL, NULL, NULL, NULL);
-- page
-- Ale: One 1.00 (2) {/2.png}
-- Bitter: Two 2.00 (1) {/1.png}
