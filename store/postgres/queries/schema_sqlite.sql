-- The demo shop's schema: the columns of schema_postgres.sql under the same names.
-- Money is exact decimal text in major units ('19.99'), so that it does not depend on CURRENCY's digits; it is never sorted by.
-- images is a JSON array of strings; times are RFC 3339 UTC text; booleans are 0 and 1. TEXT compares by bytes (BINARY).

CREATE TABLE IF NOT EXISTS categories (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    position   INTEGER NOT NULL DEFAULT 0,
    is_active  INTEGER NOT NULL DEFAULT 1,
    created_at TEXT    NOT NULL DEFAULT '1970-01-01T00:00:00Z'
);

CREATE TABLE IF NOT EXISTS products (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    slug           TEXT    NOT NULL UNIQUE,
    category       TEXT    NOT NULL,
    brand          TEXT    NOT NULL DEFAULT '',
    images         TEXT    NOT NULL DEFAULT '[]',
    description    TEXT    NOT NULL DEFAULT '',
    price          TEXT    NOT NULL,
    list_price     TEXT,
    avg_rating     REAL    NOT NULL DEFAULT 0,
    num_reviews    INTEGER NOT NULL DEFAULT 0,
    num_sales      INTEGER NOT NULL DEFAULT 0,
    count_in_stock INTEGER NOT NULL DEFAULT 0,
    is_published   INTEGER NOT NULL DEFAULT 1,
    created_at     TEXT    NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    updated_at     TEXT    NOT NULL DEFAULT '1970-01-01T00:00:00Z'
);

CREATE INDEX IF NOT EXISTS vitrine_products_idx
    ON products (category, num_sales DESC, avg_rating DESC, id) WHERE is_published = 1;
