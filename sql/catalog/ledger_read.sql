-- The newest entries, oldest of them first.
SELECT * FROM (
  SELECT event, subject, actor, commit_id, from_value, to_value, reason, details, recorded_at, login
    FROM pipeline_private.rollout_ledger
   WHERE %(event)s::text IS NULL OR event = %(event)s
   ORDER BY recorded_at DESC, id
   LIMIT %(limit)s
) AS newest
ORDER BY recorded_at
