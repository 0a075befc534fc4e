"""What is tried again: only what passes by itself, told by its code and by whose object it is."""

import threading
import time

import psycopg
import pytest

from infra.database.ladder import is_passing
from infra.database.workspace import open_workspace
from infra.ddl.statement import Remains, Statement, Step, Waits
from infra.errors import RolloutError
from tests.clusters import Database, connect


def _error(database: Database, *statements: str) -> psycopg.Error:
    with database.connect() as connection:
        for statement in statements[:-1]:
            connection.execute(statement.encode())
        with pytest.raises(psycopg.Error) as failed:
            connection.execute(statements[-1].encode())
    return failed.value


def test_a_duplicate_row_is_no_race(database18: Database) -> None:
    """Not even where the row speaks of the catalog, in the very words that the server has for a race."""
    error = _error(
        database18,
        "CREATE TABLE public.t (name text PRIMARY KEY)",
        """INSERT INTO public.t VALUES ('"pg_class" in pg_catalog')""",
        """INSERT INTO public.t VALUES ('"pg_class" in pg_catalog')""",
    )
    assert error.sqlstate == "23505"
    assert not is_passing(error)


def test_two_who_make_the_same_catalog_row_race(database: Database) -> None:
    """Whoever comes second is told of a unique index of the catalog: by then the object is there to be looked at."""
    failed: list[psycopg.Error] = []

    def make() -> None:
        with connect(database.deployer) as second:
            try:
                second.execute("CREATE ROLE racer")
            except psycopg.Error as error:
                failed.append(error)

    with connect(database.deployer) as first, connect(database.admin) as looker:
        first.execute("BEGIN")
        first.execute("CREATE ROLE racer")
        thread = threading.Thread(target=make)
        thread.start()
        deadline = time.monotonic() + 60
        waiting = "SELECT FROM pg_stat_activity WHERE query = 'CREATE ROLE racer' AND wait_event_type = 'Lock'"
        while not looker.execute(waiting.encode()).rowcount:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        first.execute("COMMIT")
        thread.join(20)
    assert [error.sqlstate for error in failed] == ["23505"]
    assert is_passing(failed[0])


def test_a_step_outside_of_a_transaction_is_not_run_again_over_what_it_left(database18: Database) -> None:
    """What cannot be taken away ends the step: a second try would meet it."""
    with connect(database18.deployer) as connection:
        connection.execute("CREATE TABLE public.t (a int)")
        connection.execute("INSERT INTO public.t VALUES (1), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a ON public.t (a)")
    workspace = open_workspace(database18.deployer, application_name="rollout passing")
    statement = Statement("SELECT 1 / 0 FROM pg_catalog.pg_sleep(0)")
    useless = Remains("public.t_a", Statement("SELECT 1"))
    step = Step("index public.t_a", "fail", (statement,), transactional=False, waits=Waits.PATIENT, remains=useless)
    with pytest.raises(RolloutError, match=r"division by zero.*index public\.t_a is left invalid"):
        workspace.change((step,), lambda _: None)
    workspace.close()
