-- How long ago, in seconds, the ledger was last told of a backup, and of one that was proven by restoring it.
SELECT pg_catalog.date_part('epoch', pg_catalog.now() - pg_catalog.max(l.recorded_at))::float8 AS taken,
       pg_catalog.date_part('epoch', pg_catalog.now() - pg_catalog.max(l.recorded_at)
         FILTER (WHERE l.details ->> 'verified' = 'true'))::float8 AS proven
  FROM pipeline_private.rollout_ledger AS l
 WHERE l.event = 'backup'
