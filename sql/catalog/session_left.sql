-- Whether the backend that served us before is still there. With the pid alone a new one could be meant.
SELECT EXISTS (
         SELECT FROM pg_catalog.pg_stat_activity AS a
          WHERE a.pid = %(pid)s AND a.pid <> pg_catalog.pg_backend_pid()
            AND a.usename = CURRENT_USER AND a.application_name = %(name)s
       ) AS there
