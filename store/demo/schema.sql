-- The demo shop's schema: columns of our PostgreSQL schema under the same names.
-- Money is exact decimal text in major units ('19.99'), so that it does not depend on CURRENCY's digits; it is never sorted by.
-- images is a JSON array of strings; booleans are 0 and 1. TEXT compares by bytes (BINARY).

CREATE TABLE categories (
    name      TEXT    PRIMARY KEY,
    position  INTEGER NOT NULL DEFAULT 0,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE products (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL CHECK (name <> ''),
    slug           TEXT    NOT NULL UNIQUE CHECK (slug <> ''),
    category       TEXT    NOT NULL,
    brand          TEXT    NOT NULL DEFAULT '',
    images         TEXT    NOT NULL DEFAULT '[]',
    price          TEXT    NOT NULL,
    list_price     TEXT    NOT NULL DEFAULT '',
    avg_rating     REAL    NOT NULL DEFAULT 0,
    num_reviews    INTEGER NOT NULL DEFAULT 0,
    num_sales      INTEGER NOT NULL DEFAULT 0,
    count_in_stock INTEGER NOT NULL DEFAULT 0,
    is_published   INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX products_idx ON products (category, num_sales DESC, avg_rating DESC, id) WHERE is_published = 1;

-- $1 is a JSON array of the products, each with its category.
INSERT INTO categories (name, position) SELECT value ->> 'category', min(key) FROM json_each($1) GROUP BY 1;

INSERT INTO products
SELECT value ->> 'id', value ->> 'name', value ->> 'slug', value ->> 'category', value ->> 'brand', value -> 'images',
       value ->> 'price', value ->> 'list_price', value ->> 'rating', value ->> 'num_reviews', value ->> 'num_sales',
       value ->> 'stock', value ->> 'published'
FROM json_each($1);
