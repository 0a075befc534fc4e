DELETE FROM pipeline_private.cohort_members WHERE user_id = %(user)s RETURNING user_id::text AS "user"
