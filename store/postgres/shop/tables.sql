-- Tables and views with their columns, keys and rights, from the system catalogue alone. $1 is the schema that the
-- address names; tables of others follow, since a key may lead there. The tables that look like a shop's come first.
WITH all_tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, n.nspname = $1::text AS searched,
           has_schema_privilege(n.oid, 'USAGE') AS usable, count(*) OVER () AS total,
           EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~* 'price|amount|value|cost') AS priced
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), chosen AS (
    SELECT * FROM all_tables AS c
    ORDER BY c.relname ~* ('produ|item|catalog|goods|article|artikel|categor|kategor|collection|variant|sku|image|' ||
                           'photo|picture|media|transl') DESC,
             c.priced DESC, c.searched DESC, c.relname
    LIMIT 400
), tables AS (
    SELECT c.*,
           (SELECT x.conkey FROM pg_catalog.pg_constraint AS x
            WHERE x.conrelid = c.oid AND x.contype = 'p') AS primary_key,
           (SELECT array_agg(x.conkey[1] || ' ' || x.confrelid || ' ' || x.confkey[1] ORDER BY x.conname)
            FROM pg_catalog.pg_constraint AS x
            WHERE x.conrelid = c.oid AND x.contype = 'f' AND cardinality(x.conkey) = 1) AS foreign_keys
    FROM chosen AS c
)
SELECT t.oid::bigint, t.nspname::text, t.relname::text, t.relkind::text, t.reltuples::float8, t.searched, t.total::int,
       sum(hashtext(concat_ws(' ', a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnotnull))::bigint)
           OVER (PARTITION BY t.oid)::bigint AS hash,
       t.primary_key::text[], t.foreign_keys,
       a.attnum, a.attname::text, format_type(b.oid, NULL), b.typname::text, b.typcategory::text,
       COALESCE(e.typname, '')::text, a.attnotnull OR a.attidentity <> '',
       CASE WHEN b.typname = 'numeric' AND m.typmod > 0 THEN (m.typmod - 4) & 2047 ELSE -1 END,
       CASE WHEN b.typcategory = 'N' AND a.attname ~* 'stat|visib|situation'  -- the only ones asked for: it takes a lock
            THEN (SELECT btrim(split_part(pg_get_expr(d.adbin, d.adrelid), '::', 1), '''()')
                  FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = t.oid AND d.adnum = a.attnum) END,
       r.readable,
       CASE WHEN b.typtype = 'e' THEN ARRAY(
           SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = b.oid ORDER BY l.enumsortorder) END,
       current_setting('server_encoding') = 'SQL_ASCII',
       (SELECT max(c.oid::bigint) FROM pg_catalog.pg_class AS c
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't')
FROM tables AS t
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL (  -- through domains over domains to the end
    WITH RECURSIVE d AS (
        SELECT y.oid, y.typtype, y.typbasetype, y.typtypmod, a.atttypmod AS typmod, 1 AS n
        FROM pg_catalog.pg_type AS y WHERE y.oid = a.atttypid
        UNION ALL
        SELECT y.oid, y.typtype, y.typbasetype, y.typtypmod,
               CASE WHEN d.typmod < 0 THEN d.typtypmod ELSE d.typmod END, n + 1
        FROM d JOIN pg_catalog.pg_type AS y ON y.oid = d.typbasetype WHERE d.typtype = 'd'
    )
    SELECT d.oid, d.typmod FROM d ORDER BY d.n DESC LIMIT 1
) AS m
JOIN pg_catalog.pg_type AS b ON b.oid = m.oid
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = b.typelem AND b.typcategory = 'A'
CROSS JOIN LATERAL (  -- asked once: the answer is NULL from when the table is dropped
    SELECT t.usable AND has_column_privilege(t.oid, a.attnum, 'SELECT') AS readable OFFSET 0
) AS r
WHERE r.readable IS NOT NULL
ORDER BY t.searched DESC, t.relname, t.oid, a.attnum
