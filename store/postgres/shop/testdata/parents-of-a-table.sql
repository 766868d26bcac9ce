CREATE TABLE shelf_groups (id int PRIMARY KEY, name text, is_active boolean);
CREATE TABLE subgroups (id int PRIMARY KEY, name text, group_id int REFERENCES shelf_groups, is_active boolean);
CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, variant_of int REFERENCES products, subgroup_id int REFERENCES subgroups, hidden char(1) NOT NULL DEFAULT 'N', publish_at timestamptz, vendor_id int);
INSERT INTO shelf_groups VALUES (1, 'Up', true), (2, 'Down', false);
INSERT INTO subgroups VALUES (1, 'Sub', 1, true), (2, 'Sub off', 1, false), (3, 'Sub of down', 2, true);
INSERT INTO products VALUES (1, 'Parent', 'p', NULL, NULL, 1, 'N', NULL), (2, 'Child', 'c', 7, 1, 1, 'N', NULL), (3, 'Hidden child', 'h', 1, 1, 1, 'Y', NULL),
	(4, 'Off', 'o', 4, NULL, 2, 'N', NULL), (5, 'Down', 'd', 5, NULL, 3, 'N', NULL), (6, 'Hidden', 'h', 6, NULL, 1, 'Y', NULL), (7, 'Soon', 's', 7, NULL, 1, 'N', '2999-01-01'), (8, 'Now', 'n', 8, NULL, 1, 'N', '2001-01-01');
-- page
-- Up: Parent 7
-- Up: Now 8
