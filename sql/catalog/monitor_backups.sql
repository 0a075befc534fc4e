-- How long ago, in seconds, the ledger was last told of a backup, and of one that was proven by restoring it; without
-- any, how long ago it was begun.
SELECT pg_catalog.date_part('epoch', pg_catalog.now()
         - COALESCE(pg_catalog.max(l.recorded_at) FILTER (WHERE l.event = 'backup'),
                    pg_catalog.min(l.recorded_at)))::float8 AS taken,
       pg_catalog.date_part('epoch', pg_catalog.now()
         - COALESCE(pg_catalog.max(l.recorded_at) FILTER (
                      WHERE l.event = 'backup' AND l.details ->> 'verified' = 'true'),
                    pg_catalog.min(l.recorded_at)))::float8 AS proven
  FROM pipeline_private.rollout_ledger AS l
