-- Polled, never waited on: a waiting advisory lock and a concurrent index build would deadlock.
SELECT pg_catalog.pg_try_advisory_lock(%(class)s, %(object)s) AS locked
