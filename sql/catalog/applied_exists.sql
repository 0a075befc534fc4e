SELECT pg_catalog.to_regclass('pipeline_private.applied_objects') IS NOT NULL AS present
