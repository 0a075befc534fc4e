"""Filling a database in a hurry, and one with very many metrics, spread over the last thirty days."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

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
#: While a database is filled nothing is worth a wait; indexes are built afterwards.
_HASTE: Final[tuple[LiteralString, ...]] = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET max_wal_size = '16GB'",
    "SELECT pg_reload_conf()",
)
_SETTLE: Final[tuple[LiteralString, ...]] = (
    "ALTER SYSTEM RESET fsync",
    "ALTER SYSTEM RESET full_page_writes",
    "ALTER SYSTEM RESET max_wal_size",
    "SELECT pg_reload_conf()",
    "VACUUM (ANALYZE)",
    "CHECKPOINT",
)
_INDEXES: Final[LiteralString] = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM pg_index AS i WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
"""


@contextmanager
def in_haste(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Have the server wait for no disk inside, and settle it afterwards."""
    for statement in _HASTE:
        connection.execute(statement)
    yield
    for statement in _SETTLE:
        connection.execute(statement)


@contextmanager
def without_indexes(connection: psycopg.Connection[Any], relation: str) -> Iterator[None]:
    """Take a table's indexes away inside, that of its key apart, and build them anew afterwards."""
    indexes = connection.execute(_INDEXES, [relation]).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in indexes:
        connection.execute(str(definition).encode())


def fill(place: Ground, rows: int) -> None:
    """Make creators, metrics, sessions and economics."""
    make_creators(place.database.admin, max(rows // 100, 100))
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection, in_haste(connection):
        connection.execute("SET maintenance_work_mem = '512MB'")
        with without_indexes(connection, "public.pipeline_metrics"):
            for statement in _FILL:
                connection.execute(statement, {"rows": rows} if "%(" in statement else None)
