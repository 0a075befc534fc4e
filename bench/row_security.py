"""What row security adds to reading one's own rows, from 10,000 rows a table to 1,000,000.

Run with ``python -m bench.row_security``. It makes a server of its own and takes it away. The same rows are read by
three roles in turns, through the API's login with role and claims set as Supabase sets them: by `authenticated`, which
our policies bind; by `service_role`, which passes row security by; and by a role to which the guide's own policies, as
they stand in ``tests/reference/today.sql``, apply.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from bench.crowd import EACH, PROFILES, TABLES, TODAY, deployed, grow, profile_of, user_of
from bench.explained import Explained, Times, explain
from bench.sections import Mark, Row, Section, alone
from infra.database.target import Target
from infra.models.access import Access

#: What row security may add, and what a hundred times the rows may.
MARK: Final = Mark.over_by_at_most(absolute=0.1, share=0.10)
_GUIDE: Final = "guide_creator"
_ROLE: Final[tuple[LiteralString, ...]] = (
    "CREATE ROLE guide_creator",
    "GRANT guide_creator TO authenticator",
    "GRANT USAGE ON SCHEMA public, auth TO guide_creator",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guide_creator",
)
_POLICY: Final = re.compile(r"^CREATE POLICY .*?;$", re.MULTILINE | re.DOTALL)
_COMMAND: Final = re.compile(r"\bFOR (SELECT|INSERT|UPDATE|ALL)\b")
_TEXT: Final = """\
A creator's own rows of each table, all columns, {each} of them (of the profiles one), as role authenticated with claims
in the transaction; with the owner's filter in the query, as the application sends it, and without. The floor is the
same query with the filter, of the same rows, by a role that row security does not bind; the guide's policies are those
of today, on the same rows and indexes, for a role of their own. Times are the server's: the execution of EXPLAIN
(ANALYZE, TIMING OFF), in turns, of {creators} creators spread over the table, for each the fastest of {runs} runs once
all are in the cache; planning, which a prepared statement saves, is in brackets. Flat means that {times} times the rows
add no more than row security itself may: 0.1 ms or 10 %."""


@dataclass(frozen=True)
class Plan:
    """At which sizes, of how many creators, and how often each."""

    sizes: tuple[int, ...]
    creators: int
    runs: int


FULL: Final = Plan((10_000, 100_000, 1_000_000), 20, 10)
QUICK: Final = Plan((10_000, 50_000), 10, 5)


@dataclass(frozen=True)
class Reader:
    """A role, and whether it says itself whose rows it wants."""

    role: str
    filters: bool


OURS: Final = Reader("authenticated", filters=True)
OURS_BARE: Final = Reader("authenticated", filters=False)
FLOOR: Final = Reader("service_role", filters=True)
GUIDE: Final = Reader(_GUIDE, filters=True)
GUIDE_BARE: Final = Reader(_GUIDE, filters=False)
READERS: Final = (FLOOR, OURS, GUIDE, OURS_BARE, GUIDE_BARE)


Found = dict[Reader, Times]


def measure(*, quick: bool) -> Section:
    """Return what row security costs, by table and size."""
    plan = QUICK if quick else FULL
    sizes = plan.sizes
    by_size: dict[int, dict[str, Found]] = {}
    with deployed(Access.SERVICE) as database:
        _add_guide(database.admin)
        for before, size in zip((0, *sizes), sizes, strict=False):
            grow(database.admin, before, size)
            with psycopg.connect(database.authenticator.dsn(), prepare_threshold=None) as connection:
                by_size[size] = {table: _read(connection, table, size, plan) for table in TABLES}
    rows = tuple(row for table in TABLES for row in _rows(table, {size: by_size[size][table] for size in sizes}))
    text = _TEXT.format(each=EACH, creators=plan.creators, runs=plan.runs, times=sizes[-1] // sizes[0])
    return Section("Row security", " ".join(text.split()), rows, "python -m bench.row_security")


def _add_guide(admin: Target) -> None:
    """Make the role of the guide's policies, and these for it alone."""
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        for statement in _ROLE:
            connection.execute(statement)
        for policy in _POLICY.findall(TODAY.read_text(encoding="utf-8")):
            connection.execute(_COMMAND.sub(rf"FOR \1 TO {_GUIDE}", policy).encode())


def _read(connection: psycopg.Connection[Any], table: str, size: int, plan: Plan) -> Found:
    """Return the times of every reader of a table."""
    owners = size if table == PROFILES else size // EACH
    creators = [number * owners // plan.creators for number in range(plan.creators)]
    found = {reader: Times() for reader in READERS}
    for run in range(plan.runs + 1):
        for number in creators:
            for reader, times in found.items():
                if times.is_known:
                    continue
                explained = _explain(connection, reader, table, number)
                if run:  # the first brings the pages into the cache
                    times.add(number, explained)
    return found


def _explain(connection: psycopg.Connection[Any], reader: Reader, table: str, number: int) -> Explained:
    """Read a creator's own rows, and see that they are all there and no others."""
    owner, key = (user_of(number), "user_id") if table == PROFILES else (profile_of(number), "creator_profile_id")
    statement = sql.SQL("SELECT * FROM {}").format(sql.Identifier("public", table))
    if reader.filters:
        statement += sql.SQL(" WHERE {} = {}").format(sql.Identifier(key), sql.Literal(owner))
    explained = explain(connection, reader.role, number, statement)
    wanted = 1 if table == PROFILES else EACH
    if explained.rows != wanted:
        raise AssertionError(f"{reader} of {table} did not see {wanted} rows: {explained}")
    return explained


def _rows(table: str, sizes: dict[int, Found]) -> Iterator[Row]:
    for size, found in sizes.items():
        name = f"{table}, {size:,} rows"
        yield _row(f"{name}, with the filter", found[OURS], "no row security", found[FLOOR], MARK)
        yield _row(f"{name}, without it", found[OURS_BARE], "no row security, with it", found[FLOOR], MARK)
        yield _row(f"{name}, without it", found[OURS_BARE], "the guide's policies, without it", found[GUIDE_BARE])
    small, large = min(sizes), max(sizes)
    name = f"{table}, {large:,} rows"
    yield _row(f"{name}, with the filter", sizes[large][OURS], "the guide's policies, with it", sizes[large][GUIDE])
    yield _row(f"{name}, without the filter", sizes[large][OURS_BARE], f"{small:,} rows", sizes[small][OURS_BARE], MARK)


def _row(what: str, ours: Times, against: str, theirs: Times, mark: Mark | None = None) -> Row:
    note = f"planned in {ours.planning.median:.2f} ms, theirs in {theirs.planning.median:.2f} ms"
    return Row(what, ours.execution, against, theirs.execution, mark, note=note)


if __name__ == "__main__":
    sys.exit(alone(measure))
