UPDATE pipeline_private.feature_flags SET enabled = false WHERE name = %(flag)s
