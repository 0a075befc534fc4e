SELECT pg_catalog.pg_conf_load_time()::text AS loaded
