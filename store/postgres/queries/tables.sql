{{- /* Tables and views with their columns, from the system catalogue alone. $1 is a schema, '' for the search path; $2 are the table
names looked for in lower case, NULL for every table. */ -}}
WITH searched AS (
    SELECT nspname, place FROM unnest(CASE WHEN $1::text = '' THEN current_schemas(false) ELSE ARRAY[$1::text::name] END)
        WITH ORDINALITY AS s(nspname, place)
), tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, s.place,
           has_schema_privilege(n.oid, 'USAGE') AS usable
    FROM searched AS s
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.nspname
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND ($2::text[] IS NULL OR lower(c.relname::text) = ANY($2::text[]))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY s.place, c.relname
    LIMIT 300
)
SELECT t.oid::bigint, t.nspname::text, t.relname::text, t.relkind::text, t.reltuples::float8,
       a.attname::text, format_type(a.atttypid, NULL), y.typname::text, y.typcategory::text, a.attnotnull,
       t.usable AND has_column_privilege(t.oid, a.attnum, 'SELECT'),
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = y.oid ORDER BY e.enumsortorder),
       current_setting('server_encoding') = 'SQL_ASCII'
FROM tables AS t
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS y0 ON y0.oid = a.atttypid
JOIN pg_catalog.pg_type AS y ON y.oid = CASE WHEN y0.typtype = 'd' THEN y0.typbasetype ELSE y0.oid END
ORDER BY t.place, t.relname, a.attnum
