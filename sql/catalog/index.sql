-- Indexes by their names; `building` is the backend that is at it now. Whatever a definition cannot say (an expression,
-- an operator class, a collation, an order of nulls of its own) is said after the column's name, and so equals none.
SELECT c.relname AS name, tn.nspname AS table_schema, t.relname AS table_name, i.indisunique AS unique,
       am.amname AS method, i.indisvalid AND i.indisready AND i.indislive AS valid, b.pid AS building,
       c.relkind = 'I' AS partitioned, k.conname AS constraint,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS where,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', pg_catalog.concat_ws(' ',
                   COALESCE(a.attname, pg_catalog.pg_get_indexdef(c.oid, u.position::int, false)),
                   CASE WHEN o.collated NOT IN (0, a.attcollation) THEN 'collate ' || l.collname END,
                   CASE WHEN NOT oc.opcdefault THEN oc.opcname END,
                   CASE WHEN am.amname = 'btree' AND (o.flags & 1 = 1) <> (o.flags & 2 = 2)
                        THEN CASE WHEN o.flags & 2 = 2 THEN 'nulls first' ELSE 'nulls last' END END,
                   CASE WHEN i.indnullsnotdistinct THEN 'nulls not distinct' END),
                 'descending', o.flags & 1 = 1) ORDER BY u.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, position)
         CROSS JOIN LATERAL (SELECT i.indoption[u.position - 1]::int, i.indcollation[u.position - 1],
                                    i.indclass[u.position - 1]) AS o (flags, collated, class)
          LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
          LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = o.collated
          LEFT JOIN pg_catalog.pg_opclass AS oc ON oc.oid = o.class
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
  LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = i.indrelid AND k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.index_relid = c.oid
 WHERE n.nspname = %(schema)s AND c.relname = ANY (%(names)s::name[]) AND c.relkind IN ('i', 'I')
