-- Plain indexes of a table with exactly these columns, whatever their names; none that backs a constraint.
SELECT c.relname AS name, i.indisvalid AND i.indisready AS valid
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
 WHERE n.nspname = %(schema)s AND t.relname = %(table)s AND am.amname = 'btree'
   AND NOT i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid)
   AND i.indnkeyatts = i.indnatts
   AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, position)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number) = %(columns)s::text[]
   -- 0 is ascending, nulls last; 3 is descending, nulls first: what a definition says without more words.
   AND (SELECT pg_catalog.array_agg(u.option::int ORDER BY u.position)
          FROM pg_catalog.unnest(i.indoption::int2[]) WITH ORDINALITY AS u (option, position))
     = (SELECT pg_catalog.array_agg(CASE WHEN u.descending THEN 3 ELSE 0 END ORDER BY u.position)
          FROM pg_catalog.unnest(%(descending)s::bool[]) WITH ORDINALITY AS u (descending, position))
   AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indclass::oid[]) AS u (class)
                     JOIN pg_catalog.pg_opclass AS o ON o.oid = u.class WHERE NOT o.opcdefault)
 ORDER BY c.relname
