-- For this session alone; the values come as parameters.
SELECT pg_catalog.set_config(%s, %s, false)
