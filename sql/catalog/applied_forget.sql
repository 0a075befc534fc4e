DELETE FROM pipeline_private.applied_objects WHERE kind = %(kind)s AND identity = %(identity)s
