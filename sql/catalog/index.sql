-- An index by its name; `building` is the backend that is at it now.
SELECT tn.nspname AS table_schema, t.relname AS table_name, i.indisunique AS unique, am.amname AS method,
       i.indisvalid AND i.indisready AND i.indislive AS valid, b.pid AS building,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS where,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', a.attname, 'descending', i.indoption[u.position - 1]::int & 1 = 1) ORDER BY u.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, position)
          LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
         WHERE u.position <= i.indnkeyatts) AS columns,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY u.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, position)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
         WHERE u.position > i.indnkeyatts) AS include
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
  JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
  JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.index_relid = c.oid
 WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('i', 'I')
