UPDATE pipeline_private.feature_flags SET enabled = true WHERE name = %(flag)s AND NOT enabled RETURNING name
