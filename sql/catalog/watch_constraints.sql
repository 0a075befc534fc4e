-- Constraints of ours that do not hold for every row: unchecked, not enforced, or a key whose triggers are turned off.
SELECT DISTINCT n.nspname || '.' || c.relname || '.' || k.conname AS name
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname || '.' || k.conname = ANY (%(constraints)s::text[])
   AND (NOT k.convalidated
        -- The column came with 18.
        OR NOT COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::bool, true)
        OR EXISTS (SELECT FROM pg_catalog.pg_trigger AS t
                    WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled IN ('D', 'R')))
 ORDER BY name
