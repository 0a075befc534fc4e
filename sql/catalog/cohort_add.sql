-- One member by command. Who is in already, in whatever way, stays as they are.
INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)
VALUES (%(user)s, %(kind)s, %(source)s, %(added_by)s)
ON CONFLICT (user_id) DO NOTHING
RETURNING user_id::text AS "user"
