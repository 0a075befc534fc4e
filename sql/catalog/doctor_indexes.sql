-- The indexes of these tables that no constraint needs: how large, how often used, and how large the table is.
SELECT i.indexrelid::pg_catalog.regclass::text AS name, w.relation, pg_catalog.pg_relation_size(i.indexrelid) AS bytes,
       s.idx_scan AS scans, GREATEST(c.reltuples, 0)::bigint AS rows
  FROM pg_catalog.unnest(%(relations)s::text[]) AS w (relation)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(w.relation, '.', 1)
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.relation, '.', 2)
  JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND NOT i.indisunique AND i.indisvalid
  JOIN pg_catalog.pg_stat_all_indexes AS s ON s.indexrelid = i.indexrelid
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid)
 ORDER BY bytes DESC, 1
