-- The job of this name in pg_cron.
SELECT j.schedule, j.command, j.active FROM cron.job AS j WHERE j.jobname = %(job)s AND j.database = pg_catalog.current_database()
