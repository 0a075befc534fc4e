"""Starting a load beside a deploy, and judging it: what was lost, what failed, and how long its statements took."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from bench.load import NO_ROW, READY, Account, Failure, Load, Timing
from infra.database.target import Target

ROOT: Final = Path(__file__).parents[1]
#: What the server answers to whoever uses an API that was removed: no privilege, table, function, schema; or no row.
REMOVED: Final = frozenset({"42501", "42P01", "42883", "3F000", NO_ROW})
_PEOPLE: Final[LiteralString] = """
    INSERT INTO auth.users (id, aud, role, created_at, updated_at)
    SELECT gen_random_uuid(), 'authenticated', 'authenticated', now(), now() FROM generate_series(1, %s) RETURNING id
"""
_PROFILES: Final[LiteralString] = """
    INSERT INTO public.creator_profiles (user_id) SELECT unnest(%s::uuid[]) RETURNING user_id, id
"""


@dataclass
class Running:
    """A load that runs; `account` is there once it has ended."""

    load: Load
    process: subprocess.Popen[str]
    account: Account = field(default_factory=Account)


def make_creators(admin: Target, count: int, *, profiles: bool = True) -> list[list[str]]:
    """Add users, and profiles for them whatever the phase says of sign-ups; return the pairs of ids."""
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        users = [str(row[0]) for row in connection.execute(_PEOPLE, [count])]
        if not profiles:
            return [[user, user] for user in users]
        return [[str(user), str(profile)] for user, profile in connection.execute(_PROFILES, [users])]


@contextmanager
def under(load: Load) -> Iterator[Running]:
    """Run the load beside what is inside; it is under way when this begins, and has ended after it."""
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        running = Running(load, process)
        try:
            process.stdin.write(json.dumps(asdict(load)) + "\n")
            process.stdin.flush()
            if process.stdout.readline().strip() != READY:
                raise RuntimeError("the load did not start")
            yield running
        finally:
            process.stdin.close()
            told = process.stdout.read()
        running.account = _account(json.loads(told))


def _account(told: dict[str, Any]) -> Account:
    told["timings"] = [Timing(**timing) for timing in told["timings"]]
    told["failures"] = [Failure(**failure) for failure in told["failures"]]
    return Account(**told)


def lost(admin: Target, account: Account, *, schema: str = "public") -> list[str]:
    """Return every acknowledged row and every acknowledged value that is not there, in words."""
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        return [
            *(text for table, rows in account.rows.items() for text in _missing(connection, table, rows, schema)),
            *(text for column, kept in account.kept.items() for text in _other(connection, column, kept, schema)),
        ]


def _missing(connection: psycopg.Connection[Any], table: str, rows: list[str], schema: str) -> list[str]:
    name = sql.Identifier("auth" if table == "users" else "public" if table == "artworks" else schema, table)
    query = sql.SQL("SELECT w FROM unnest(%s::uuid[]) AS w WHERE NOT EXISTS (SELECT FROM {} AS t WHERE t.id = w)")
    return [f"{table} {row[0]}" for row in connection.execute(query.format(name), [rows])]


def _other(connection: psycopg.Connection[Any], column: str, kept: dict[str, int], schema: str) -> list[str]:
    query = sql.SQL("SELECT id, {} FROM {} WHERE id = ANY (%s)").format(
        sql.Identifier(column), sql.Identifier(schema, "creator_profiles")
    )
    found = {str(identity): value for identity, value in connection.execute(query, [list(kept)])}
    return [
        f"{profile}: {column} is {found.get(profile)}, {value} was acknowledged"
        for profile, value in kept.items()
        if found.get(profile) != value
    ]


def failures(account: Account, *, removing: bool = False) -> list[str]:
    """Return the failed transactions in words, but for those addressed to what is being removed, if it is."""
    return [
        f"{failure.client}, {failure.transaction}: {failure.code} {failure.words}"
        for failure in account.failures
        if not (removing and failure.code in REMOVED)
    ]


def longest(timings: Sequence[Timing]) -> Timing | None:
    """Return the statement that took longest."""
    return max(timings, key=lambda timing: timing.seconds, default=None)


def quantile(timings: Sequence[Timing], share: float) -> float:
    """Return the time within which this share of the statements was done, in seconds."""
    ordered = sorted(timing.seconds for timing in timings)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
