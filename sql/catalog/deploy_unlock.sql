SELECT pg_catalog.pg_advisory_unlock(%(class)s, %(object)s) AS unlocked
