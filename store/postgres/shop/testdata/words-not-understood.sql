CREATE TYPE listing_state AS ENUM ('draft', 'live', 'preorder');
CREATE TABLE listings (id int PRIMARY KEY, name text NOT NULL, category text NOT NULL, price text NOT NULL, listing_state listing_state NOT NULL, show_in_feed boolean, promotion numeric NOT NULL DEFAULT 0, featured boolean, slug text, image text);
INSERT INTO listings VALUES (1, 'A', 'K', '1.50', 'live', true, 0, true), (2, 'B', 'K', '2.50', 'preorder', false, 10, false), (3, 'C', 'K', '3', 'draft', true, 0, true);
-- page
-- K: A 1.50
-- K: B 2.50
-- ask promotion CATALOG_DISCOUNT
-- ask listing_state live preorder CATALOG_IGNORE=listing_state
-- ask show_in_feed false true CATALOG_IGNORE=show_in_feed
-- page CATALOG_DISCOUNT=percent CATALOG_IGNORE=listing_state,show_in_feed
-- K: A 1.50
-- K: B 2.2500000000000000 (2.50)
-- page per=1
-- K: A 1.50
-- ask promotion CATALOG_DISCOUNT
-- ask listing_state live preorder CATALOG_IGNORE=listing_state
-- ask show_in_feed false true CATALOG_IGNORE=show_in_feed
