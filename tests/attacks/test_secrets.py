"""Passwords: none reaches the server's log or a view in clear, whether the change of a role succeeds or fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest
from psycopg import sql

from infra.models.role import Role
from tests.clusters import Database
from tests.provider.kinds.bench import Bench, handler_of
from tests.provider.kinds.samples import OWNER

FIRST, SECOND, CLEAR = "clear-first-1", "clear-second-2", "clear-by-hand-3"
LOGIN: Final = Role(name="bench_login", login=True, password=FIRST)


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    made = Bench(database)
    yield made
    made.close()


@contextmanager
def without_power(bench: Bench) -> Iterator[None]:
    """Take from the deployer the right to change roles, so that the server refuses the statement itself."""
    bench.admin("ALTER ROLE deployer NOCREATEROLE")
    try:
        yield
    finally:
        bench.admin("ALTER ROLE deployer CREATEROLE")


@pytest.mark.attack("T39")
def test_a_change_that_the_server_refuses(bench: Bench) -> None:
    """The statement goes into the log with the error, as always, and has the verifier in it, not the password."""
    bench.create(LOGIN)
    rotated = LOGIN.model_copy(update={"password": SECOND})
    other = LOGIN.model_copy(update={"name": "bench_other", "password": SECOND})
    start = bench.mark()
    with without_power(bench):
        made = bench.refusals(other)
        changed = bench.refusals(rotated, LOGIN)
    errors = [f"{error}{error!r}" for error in (*made, *changed)]
    assert len(errors) == len((other, rotated))
    log = bench.database.log()[start:]
    assert log.count("STATEMENT:  ") >= len(errors)
    assert "PASSWORD 'SCRAM-SHA-256$" in log
    for told in (log, *errors, str(bench.lines)):
        assert FIRST not in told
        assert SECOND not in told
    assert "SCRAM-SHA-256" not in "".join(errors) + str(bench.lines)


@pytest.mark.attack("T39")
def test_the_same_by_hand(bench: Bench) -> None:
    """What the project is spared: the server writes a password that is sent in clear into its log."""
    start = bench.mark()
    with pytest.raises(psycopg.Error):
        bench.run(f"CREATE ROLE {OWNER} PASSWORD '{CLEAR}'")
    assert CLEAR in bench.database.log()[start:]


@pytest.mark.attack("T39")
def test_statistics_of_statements(bench: Bench) -> None:
    """Neither does the table of statements keep a password, for whoever may read all of it."""
    bench.create(LOGIN)
    bench.update(LOGIN, LOGIN.model_copy(update={"password": SECOND}))
    with bench.database.connect(user="admin") as admin:
        admin.execute("SET pg_stat_statements.track_utility = on")
        kept = admin.execute("SELECT query FROM extensions.pg_stat_statements").fetchall()
        active = admin.execute("SELECT query FROM pg_stat_activity").fetchall()
    told = "".join(str(text) for (text,) in (*kept, *active))
    assert FIRST not in told
    assert SECOND not in told
    assert handler_of(LOGIN).read(bench.call(), LOGIN.name, LOGIN.dump()) is not None
    assert sql.Identifier(LOGIN.name).as_string() in told
