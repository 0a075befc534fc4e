-- Every simulated user as a member of the cohort, of the kind that the e-mail begins with.
INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)
SELECT u.id, pg_catalog.split_part(u.email, '-', 1), 'command', 'rollout demo'
  FROM auth.users AS u
 WHERE pg_catalog.split_part(u.email, '@', 2) = 'demo.invalid'
ON CONFLICT (user_id) DO NOTHING
