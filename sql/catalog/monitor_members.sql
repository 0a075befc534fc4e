-- How many are in the cohort, by kind.
SELECT m.kind, pg_catalog.count(*) AS members FROM pipeline_private.cohort_members AS m GROUP BY m.kind
