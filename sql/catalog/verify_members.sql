-- As members of the team, whom nobody counts: the counter of the beta creators' places is left alone.
INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)
SELECT u.id, 'team', 'command', 'rollout verify' FROM pg_catalog.unnest(%(users)s::uuid[]) AS u (id)
