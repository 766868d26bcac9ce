-- The indexes of the tables $1 (oids): table, name, whether usable, whether a B-tree, key columns ('' for an
-- expression), their order flags, and the condition.
SELECT i.indrelid::bigint, x.relname::text, i.indisvalid AND i.indisready, m.amname::text,
       ARRAY(SELECT COALESCE(a.attname::text, '')
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(att, n)
             LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.att AND k.att > 0
             WHERE k.n <= i.indnkeyatts ORDER BY k.n),
       ARRAY(SELECT o::int8 FROM unnest(i.indoption::int2[]) WITH ORDINALITY AS u(o, n) ORDER BY n), -- indoption counts from 0
       COALESCE(pg_get_expr(i.indpred, i.indrelid), '')
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
WHERE i.indrelid::bigint = ANY($1::bigint[])
ORDER BY x.relname
