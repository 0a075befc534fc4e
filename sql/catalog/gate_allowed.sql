-- Whether a gate was passed, or overridden, since the last change of the phase, that leads to this phase.
SELECT EXISTS (
  SELECT 1
    FROM pipeline_private.rollout_ledger AS g
   WHERE g.event = 'gate' AND g.to_value = %(phase)s::text AND g.details ->> 'allowed' = 'true'
     AND g.recorded_at > COALESCE(
           (SELECT pg_catalog.max(p.recorded_at)
              FROM pipeline_private.rollout_ledger AS p WHERE p.event IN ('phase', 'removal')),
           '-infinity')) AS allowed
