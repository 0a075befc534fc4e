-- When the youngest backup was taken that was proven by restoring it.
SELECT pg_catalog.max(l.recorded_at) AS proven
  FROM pipeline_private.rollout_ledger AS l
 WHERE l.event = 'backup' AND l.details ->> 'verified' = 'true'
