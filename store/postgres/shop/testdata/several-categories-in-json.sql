CREATE TABLE products (id int PRIMARY KEY, name text, slug text, price numeric, categories jsonb, status text);
INSERT INTO products VALUES (1, 'Green', 'green', 4, '["Tea", "Gifts"]', 'active'), (2, 'Mug', 'mug', 9, '["Gifts"]', 'live'),
    (3, 'Secret', 'secret', 1, '["Hidden"]', 'draft'), (4, 'Loose', 'loose', 2, '{"name": "Tea"}', 'active'), (5, 'None', 'none', 2, NULL, 'active');
-- page
-- Gifts: Green 4
-- Gifts: Mug 9
-- Tea: Green 4
-- page CATEGORIES=tea
-- Tea: Green 4
