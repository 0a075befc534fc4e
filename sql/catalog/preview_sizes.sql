-- How much stands in relations: their bytes with indexes and all, and the rows that the statistics estimate; those
-- that were counted as they came, where nobody has analyzed the table since it was made or written anew.
SELECT w.name, pg_catalog.pg_total_relation_size(c.oid)::bigint AS bytes,
       CASE WHEN c.reltuples < 0 THEN pg_catalog.pg_stat_get_live_tuples(c.oid) ELSE c.reltuples::bigint END AS rows
  FROM pg_catalog.unnest(%(names)s::text[]) AS w (name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(w.name, '.', 1)
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.name, '.', 2)
 ORDER BY 1
