-- Our job of this name in pg_cron. Whether it is paused is for whoever paused it.
SELECT j.schedule, j.command
  FROM cron.job AS j
 WHERE j.jobname = %(job)s AND j.username = current_user::text AND j.database = pg_catalog.current_database()
