INSERT INTO pipeline_private.rollout_ledger
  (event, subject, actor, commit_id, from_value, to_value, reason, details)
VALUES (%(event)s, %(subject)s, %(actor)s, %(commit_id)s, %(from_value)s, %(to_value)s, %(reason)s, %(details)s)
