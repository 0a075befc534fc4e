"""A database with very many metrics, spread over the last thirty days, made in a hurry."""

from typing import Final, LiteralString

import psycopg

from bench.ground import Ground
from bench.loading import make_creators

_FILL: Final[tuple[LiteralString, ...]] = (
    "SET session_replication_role = replica",
    """INSERT INTO public.pipeline_metrics
         (creator_profile_id, metric_type, metric_name, metric_value, stage, recorded_at)
       SELECT p.ids[1 + n %% array_length(p.ids, 1)], 'performance', k.names[1 + n %% 5],
              CASE n %% 5 WHEN 0 THEN (random() < 0.9)::int WHEN 1 THEN 200 + 4000 * random() ELSE 100 * random() END,
              'skill-assessment', now() - interval '30 days' * (n::float8 / %(rows)s)
         FROM (SELECT array_agg(id) AS ids FROM public.creator_profiles) AS p,
              (SELECT '{stage_completion,stage_processing_time,cultural_alignment_score,readiness_score,stage_start}'
                      ::text[] AS names) AS k,
              generate_series(0, %(rows)s - 1) AS n""",
    """INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs, started_at)
       SELECT p.ids[1 + n %% array_length(p.ids, 1)], CASE n %% 2 WHEN 0 THEN 'completed' ELSE 'skill-assessment' END,
              CASE WHEN n %% 50 = 0 THEN '{"e": 1}' ELSE '{}' END::jsonb,
              now() - interval '30 days' * (n::float8 / %(rows)s) * 20
         FROM (SELECT array_agg(id) AS ids FROM public.creator_profiles) AS p,
              generate_series(0, %(rows)s / 20 - 1) AS n""",
    """INSERT INTO public.creator_economics (creator_profile_id, revenue_model, economic_validation_score)
       SELECT id, 'ongoing-trainer', 100 * random() FROM public.creator_profiles""",
)
#: While it is filled nothing is worth a wait, and indexes are built afterwards.
_HASTE: Final[tuple[LiteralString, ...]] = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET max_wal_size = '16GB'",
    "SELECT pg_reload_conf()",
    "SET maintenance_work_mem = '512MB'",
)
_INDEXES: Final[LiteralString] = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'pipeline_metrics'
"""
_BARE: Final[tuple[LiteralString, ...]] = (
    "ALTER TABLE public.pipeline_metrics DROP CONSTRAINT pipeline_metrics_pkey",
    "DROP INDEX public.pipeline_metrics_creator_profile_id_idx",
    "DROP INDEX public.pipeline_metrics_metric_type_metric_name_recorded_at_idx",
    "DROP INDEX public.pipeline_metrics_recorded_at_idx",
)
_SETTLE: Final[tuple[LiteralString, ...]] = (
    "ALTER SYSTEM RESET fsync",
    "ALTER SYSTEM RESET full_page_writes",
    "ALTER SYSTEM RESET max_wal_size",
    "SELECT pg_reload_conf()",
    "VACUUM (ANALYZE)",
    "CHECKPOINT",
)


def fill(place: Ground, rows: int) -> None:
    """Make creators, metrics, sessions and economics."""
    make_creators(place.database.admin, max(rows // 100, 100))
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        for statement in _HASTE:
            connection.execute(statement)
        indexes = [str(row[0]) for row in connection.execute(_INDEXES)]
        for statement in (*_BARE, *_FILL):
            connection.execute(statement, {"rows": rows} if "%(" in statement else None)
        for index in indexes:
            connection.execute(index.encode())
        for statement in _SETTLE:
            connection.execute(statement)
