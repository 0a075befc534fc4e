-- For this session, or only for its transaction; the values come as parameters.
SELECT pg_catalog.set_config(u.name, u.value, %(local)s)
  FROM ROWS FROM (pg_catalog.unnest(%(names)s::text[]), pg_catalog.unnest(%(values)s::text[])) AS u (name, value)
