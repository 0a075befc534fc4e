-- The server's clock: what is measured is stamped by it, whatever ours says.
SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::float8 AS now
