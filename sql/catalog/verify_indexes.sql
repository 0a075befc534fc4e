-- Every valid index on these tables, as far as foreign keys and policies need one: the columns that it begins with.
SELECT n.nspname::text AS schema, c.relname::text AS table, x.relname::text AS name, i.indisunique AS unique,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS where,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, position)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
         WHERE u.position <= i.indnkeyatts) AS columns
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
 WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[]) AND i.indisvalid AND i.indexprs IS NULL
   AND m.amname = 'btree' AND NOT i.indisprimary
 ORDER BY 1, 2, 3
