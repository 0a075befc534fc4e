-- How much stands in relations: their bytes with indexes and all, and the rows that the statistics estimate.
SELECT w.name, pg_catalog.pg_total_relation_size(c.oid)::bigint AS bytes, GREATEST(c.reltuples, 0)::bigint AS rows
  FROM pg_catalog.unnest(%(names)s::text[]) AS w (name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(w.name, '.', 1)
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.name, '.', 2)
 ORDER BY 1
