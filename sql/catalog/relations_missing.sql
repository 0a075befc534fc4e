-- Which of these relations are not there.
SELECT name FROM pg_catalog.unnest(%(names)s::text[]) AS name WHERE pg_catalog.to_regclass(name) IS NULL
