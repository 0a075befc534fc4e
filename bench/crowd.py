"""A server with the pipeline deployed and the same many rows in every table, made by the table and not one by one.

Creators are numbered from 0: their ids, their users' and their rows' are made of the number, so that the same rows can
be made in two databases, and more of them be added. No trigger and no key sees the rows come.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from bench.filling import in_haste, without_indexes
from bench.ground import server
from infra.database.target import Target
from infra.embedded.postgres import EmbeddedDatabase
from infra.models.access import Access
from tests.deploying import deploy

#: How many rows of each table belong to a creator.
EACH: Final = 10
PROFILES: Final = "creator_profiles"
#: In each table the columns that are filled beside the ids, and the values of row n.
TABLES: Final[Mapping[str, tuple[LiteralString, LiteralString]]] = {
    PROFILES: (
        "user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, last_activity_at",
        """('e' || lpad(to_hex(n), 31, '0'))::uuid, 'writer',
           ('{skill-assessment,completed,academy-integration,portfolio-submission,agent-potential-mapping}'
               ::text[])[1 + n % 5], n % 101, n % 89, now() - n * interval '1 min'""",
    ),
    "assessment_scores": ("dimension, score", "'dimension ' || n % 10, n % 101"),
    "pipeline_sessions": ("stage, started_at", "'skill-assessment', now() - n * interval '1 s'"),
    "agent_potential_mappings": (
        "agent_role, confidence, cultural_fit, training_path_suggestion",
        "'audio-creation', n % 101, n % 97, 'listen'",
    ),
    "creator_economics": ("revenue_model, economic_validation_score", "'agent-originator', n % 101"),
    "pipeline_metrics": (
        "metric_type, metric_name, metric_value, recorded_at",
        "'quality', 'readiness_score', n % 101, now() - n * interval '1 s'",
    ),
    "creator_feature_flags": ("flag_name, flag_value", "'CREATOR_AGENT_LAUNCH', true"),
}
_PROFILE_ROWS: Final[LiteralString] = """
    INSERT INTO public.{table} (id, {columns})
    SELECT lpad(to_hex(n), 32, '0')::uuid, {values} FROM generate_series(%(first)s::int, %(end)s - 1) AS n
"""
#: A creator's rows lie apart in the table, as they do where creators come and go.
_ROWS: Final[LiteralString] = """
    INSERT INTO public.{table} (id, creator_profile_id, {columns})
    SELECT lpad(to_hex(n), 32, '0')::uuid,
           lpad(to_hex(%(first)s / %(each)s + (n - %(first)s) %% ((%(end)s - %(first)s) / %(each)s)), 32, '0')::uuid,
           {values}
      FROM generate_series(%(first)s::int, %(end)s - 1) AS n
"""
_FILLER: Final[LiteralString] = (
    "SET session_replication_role = replica; SET maintenance_work_mem = '256MB'; SET synchronous_commit = off"
)
#: The database of before, with the guide's policies, views and functions.
TODAY: Final = Path(__file__).parents[1] / "tests" / "reference" / "today.sql"
_LOGINS: Final = ("deployer", "admin", "authenticator")
#: So many tables are filled at once: as many as the machine has processors, at the least.
_LANES: Final = 2


@contextmanager
def deployed(access: Access) -> Iterator[EmbeddedDatabase]:
    """Yield a server of its own with the pipeline in phase 5."""
    with server() as database:
        deploy(database.deployer, access).close()
        yield database


def grow(admin: Target, first: int, end: int, *, all_busy: bool = False) -> None:
    """Add the rows from `first` up to `end` to each table.

    There are as many profiles as rows of any other table, so that nine in ten have none; or, `all_busy`, a tenth.
    """
    share = EACH if all_busy else 1
    with (
        psycopg.connect(admin.dsn(), autocommit=True) as connection,
        in_haste(connection),
        ThreadPoolExecutor(_LANES) as lanes,
    ):
        for done in [
            lanes.submit(_fill, admin, table, *((first // share, end // share) if table == PROFILES else (first, end)))
            for table in TABLES
        ]:
            done.result()


def _fill(admin: Target, table: str, first: int, end: int) -> None:
    columns, values = TABLES[table]
    text = _PROFILE_ROWS if table == PROFILES else _ROWS
    statement = sql.SQL(text).format(
        table=sql.Identifier(table), columns=sql.SQL(columns), values=sql.SQL(values.replace("%", "%%"))
    )
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        connection.execute(_FILLER)
        with without_indexes(connection, f"public.{table}"):
            connection.execute(statement, {"first": first, "end": end, "each": EACH})


def profile_of(number: int) -> str:
    """Return the id of a creator's profile."""
    return f"{number:032x}"


def user_of(number: int) -> str:
    """Return the id of a creator's user."""
    return f"e{number:031x}"


@contextmanager
def beside_the_guide(access: Access, creators: int) -> Iterator[tuple[EmbeddedDatabase, EmbeddedDatabase]]:
    """Yield two databases of one server with the same creators and rows: ours, and the guide's as it stands today."""
    with server() as ours:
        guide = copy_of(ours)
        deploy(ours.deployer, access).close()
        with psycopg.connect(guide.deployer.dsn(), autocommit=True) as connection:
            connection.execute(TODAY.read_text(encoding="utf-8").encode())
        for database in (ours, guide):
            grow(database.admin, 0, creators * EACH, all_busy=True)
        yield ours, guide


def copy_of(database: EmbeddedDatabase) -> EmbeddedDatabase:
    """Return a database as this one is now, on the same server."""
    logins = {name: getattr(database, name).model_copy(update={"name": "other"}) for name in _LOGINS}
    with psycopg.connect(logins["admin"].model_copy(update={"name": "postgres"}).dsn(), autocommit=True) as connection:
        template = sql.Identifier(database.deployer.name)
        owner = sql.Identifier(database.deployer.user)
        connection.execute(sql.SQL("CREATE DATABASE other TEMPLATE {} OWNER {}").format(template, owner))
    return replace(database, **logins)
