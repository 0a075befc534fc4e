-- These tables: size in bytes, rows, what is dead, when vacuum and analyze last came, how they are read, and how much
-- of the heap is more than its rows need (24 bytes of header and 4 of pointer each, pages of which 24 bytes are used).
SELECT w.relation AS name,
       pg_catalog.pg_total_relation_size(c.oid) AS bytes,
       s.n_live_tup AS live, s.n_dead_tup AS dead, s.n_mod_since_analyze AS changed,
       GREATEST(s.last_vacuum, s.last_autovacuum) AS vacuumed,
       GREATEST(s.last_analyze, s.last_autoanalyze) AS analyzed,
       s.seq_scan, s.seq_tup_read, COALESCE(s.idx_scan, 0) AS idx_scan,
       pg_catalog.age(c.relfrozenxid) AS age,
       GREATEST(0, pg_catalog.pg_relation_size(c.oid)
         - pg_catalog.ceil(GREATEST(c.reltuples, 0) * (28 + width.bytes) / (b.size - 24)) * b.size)::bigint AS bloat
  FROM pg_catalog.unnest(%(relations)s::text[]) AS w (relation)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(w.relation, '.', 1)
  JOIN pg_catalog.pg_class AS c
    ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.relation, '.', 2) AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = c.oid
 CROSS JOIN (SELECT pg_catalog.current_setting('block_size')::int AS size) AS b
 CROSS JOIN LATERAL (
   SELECT COALESCE(pg_catalog.sum(t.avg_width * (1 - t.null_frac)), 0) AS bytes
     FROM pg_catalog.pg_stats AS t WHERE t.schemaname = n.nspname AND t.tablename = c.relname AND NOT t.inherited) AS width
 ORDER BY bytes DESC, w.relation
