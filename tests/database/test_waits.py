"""Locks and waits: nobody queues long behind us, we never wait forever, and whoever is in the way is named."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from psycopg import sql

from infra.database import ladder
from infra.database.ladder import PAUSES, RUNGS
from infra.database.workspace import Workspace, open_workspace
from infra.ddl.statement import Lock, Plan, Statement, Step
from infra.errors import RolloutError
from infra.models.index import Index, IndexColumn
from infra.provider.handler import Call
from tests.clusters import Database, connect
from tests.deploying import HANDLERS

SHUT = ((Lock.ACCESS_EXCLUSIVE, "public.t"),)


@pytest.fixture
def workspace(database: Database) -> Iterator[Workspace]:
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.t (id int, CONSTRAINT t_check CHECK (id > 0) NOT VALID)")
    opened = open_workspace(database.deployer, application_name="rollout waits")
    yield opened
    opened.close()


def _plan(*texts: str) -> Plan:
    return (Step("table public.t", "alter it", tuple(Statement(text, SHUT) for text in texts)),)


#: In the server's log, once for each try that met a lock.
TIMED_OUT = "canceling statement due to lock timeout"
TWO_COLUMNS = _plan("ALTER TABLE public.t ADD COLUMN a int", "ALTER TABLE public.t ADD COLUMN b int")


def _columns(database: Database) -> int:
    with database.connect() as connection:
        rows = connection.execute("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")
        return int(rows.fetchall()[0][0])


def test_an_exclusive_step_gives_up_behind_a_long_reader(
    database: Database, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It queues for a second in all, names the reader by pid and application, and leaves nothing half done."""
    monkeypatch.setattr(ladder, "PAUSES", (0.2, 0.5))
    with connect(database.deployer) as reader, reader.transaction():
        reader.execute("SET LOCAL application_name = 'nightly report'")
        pid = reader.execute("SELECT pg_backend_pid() FROM public.t UNION SELECT pg_backend_pid()").fetchall()[0][0]
        start = time.monotonic()
        with pytest.raises(RolloutError) as refusal:
            workspace.change(TWO_COLUMNS, lambda _: None)
        waited = time.monotonic() - start
    assert refusal.value.code == "DB004"
    assert f"pid {pid}" in refusal.value.problem
    assert "nightly report" in refusal.value.problem
    assert "public.t" in refusal.value.problem
    assert sum(RUNGS) / 1000 <= waited < 10
    assert _columns(database) == 1
    workspace.change(TWO_COLUMNS, lambda _: None)
    assert _columns(database) == 3


def test_nobody_queues_twice_for_the_same_transaction(
    database: Database, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one step has given up on, the next one does not wait for; another transaction it does."""
    monkeypatch.setattr(ladder, "PAUSES", (0.2, 0.5))
    tries, before = len(RUNGS), database.log().count(TIMED_OUT)
    for queued in (tries, 2 * tries):
        with connect(database.deployer) as reader, reader.transaction():
            reader.execute("SET LOCAL application_name = 'nightly report'")
            reader.execute("SELECT FROM public.t")
            for _ in range(3):
                with pytest.raises(RolloutError, match=r"stayed locked by pid .* nightly report") as refusal:
                    workspace.change(TWO_COLUMNS, lambda _: None)
                assert refusal.value.code == "DB004"
                assert database.log().count(TIMED_OUT) - before == queued
    workspace.change(TWO_COLUMNS, lambda _: None)
    assert _columns(database) == 3


def test_a_lock_that_lets_us_pass_is_no_obstacle(
    database: Database, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a reader that was given up on, what only keeps writers out goes through."""
    monkeypatch.setattr(ladder, "PAUSES", (0.2, 0.5))
    text = "CREATE TABLE public.child (id int PRIMARY KEY, parent int REFERENCES public.parent)"
    step = Step("table public.child", "create it", (Statement(text, ((Lock.SHARE_ROW_EXCLUSIVE, "public.parent"),)),))
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.parent (id int PRIMARY KEY)")
    with connect(database.deployer) as reader, reader.transaction():
        reader.execute("SELECT FROM public.t, public.parent")
        with pytest.raises(RolloutError, match="stayed locked"):
            workspace.change(TWO_COLUMNS, lambda _: None)
        workspace.change((step,), lambda _: None)


def test_a_reader_of_half_a_minute_is_waited_for() -> None:
    """The pauses between the tries outlast it, and all of them together stay below a minute."""
    assert 30 < sum(PAUSES) + sum(RUNGS) / 1000 < 60 / 1.1


def test_others_queue_no_longer_than_a_rung(
    database: Database, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers that come while we queue behind a long one are held for a rung at most.

    What a busy machine adds is seen on a table that nobody locks.
    """
    monkeypatch.setattr(ladder, "PAUSES", (0.2, 0.5))
    worst, done = {"public.t": 0.0, "pg_catalog.pg_class": 0.0}, threading.Event()

    def read(table: str) -> None:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
        with connect(database.deployer) as connection:
            while not done.is_set():
                start = time.monotonic()
                connection.execute(query)
                worst[table] = max(worst[table], time.monotonic() - start)

    with connect(database.deployer) as reader, reader.transaction():
        reader.execute("SELECT FROM public.t")
        threads = [threading.Thread(target=read, args=[table]) for table in worst]
        for thread in threads:
            thread.start()
        with pytest.raises(RolloutError):
            workspace.change(TWO_COLUMNS, lambda _: None)
        done.set()
        for thread in threads:
            thread.join()
    assert worst["public.t"] - worst["pg_catalog.pg_class"] < 0.8


def test_a_reader_that_goes_away_lets_the_step_through(database: Database, workspace: Workspace) -> None:
    reader = database.deployer
    held, free = threading.Event(), threading.Event()

    def read() -> None:
        with connect(reader) as connection, connection.transaction():
            connection.execute("SELECT FROM public.t")
            held.set()
            free.wait(10)

    thread = threading.Thread(target=read)
    thread.start()
    held.wait(10)
    threading.Timer(0.6, free.set).start()
    workspace.change(TWO_COLUMNS, lambda _: None)
    thread.join()
    assert _columns(database) == 3


def test_a_patient_step_waits_for_an_old_snapshot(database: Database, workspace: Workspace) -> None:
    """A concurrent build must outlast every older transaction; a short limit would leave it invalid."""
    index = Index(table="t", name="t_id_idx", columns=(IndexColumn(name="id"),))
    with connect(database.deployer) as old:
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT 1")
        thread = threading.Thread(target=lambda: HANDLERS["Index"].create(Call("urn", lambda: workspace), index.dump()))
        thread.start()
        time.sleep(1.5)
        assert thread.is_alive()
        old.execute("COMMIT")
        thread.join(timeout=20)
    snapshot = HANDLERS["Index"].read(Call("urn", lambda: workspace), "public.t_id_idx", index.dump())
    assert snapshot is not None


def test_a_plan_leaves_no_limit_behind(workspace: Workspace) -> None:
    """The next query of the session has the limits of reading, not those of the last step."""
    before = workspace.session.execute("SHOW lock_timeout"), workspace.session.execute("SHOW statement_timeout")
    workspace.change(TWO_COLUMNS, lambda _: None)
    with pytest.raises(RolloutError):
        workspace.change(_plan("ALTER TABLE public.nowhere ADD COLUMN a int"), lambda _: None)
    workspace.change((Step("system", "reset", _plan("VACUUM public.t")[0].statements, transactional=False),), print)
    assert before == (
        workspace.session.execute("SHOW lock_timeout"),
        workspace.session.execute("SHOW statement_timeout"),
    )


def test_what_is_read_while_locked_is_a_named_error(database: Database, workspace: Workspace) -> None:
    """Nothing waits without a limit, not even a look at the catalog."""
    workspace.session.configure({"lock_timeout": "200ms"})
    with connect(database.deployer) as other, other.transaction():
        other.execute("LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RolloutError) as refusal:
            workspace.session.query("SELECT * FROM public.t")
    assert refusal.value.code == "DB004"


def test_a_cancelled_plan_stops_before_its_next_step(database: Database, workspace: Workspace) -> None:
    workspace.lock()
    with pytest.raises(RolloutError) as refusal:
        workspace.change((*TWO_COLUMNS, *TWO_COLUMNS), lambda _: workspace.session.cancelled.set())
    assert refusal.value.code == "PRV004"
    assert _columns(database) == 3


def test_a_lost_connection_is_a_named_error(database: Database, workspace: Workspace) -> None:
    workspace.lock()
    pid = workspace.session.connection.info.backend_pid
    with database.connect(user="admin") as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with pytest.raises(RolloutError) as refusal:
        workspace.change(TWO_COLUMNS, lambda _: None)
    assert refusal.value.code == "DB001"


def _lock_nothing(tell: Callable[[str], None] = print) -> bool:
    del tell
    return False


def test_grants_from_many_sessions_all_arrive(database: Database) -> None:
    """Statements that touch the same catalog row race; whoever loses tries again."""
    roles = ("anon", "authenticated", "service_role", "authenticator")
    with database.connect(user="admin") as admin:
        admin.execute("CREATE TABLE public.t (id int)")
        admin.execute("ALTER TABLE public.t OWNER TO deployer")
    failed: list[RolloutError] = []

    def grant(role: str) -> None:
        session = open_workspace(database.deployer, application_name=f"grants {role}")
        session.lock = _lock_nothing  # type: ignore[method-assign] # a deploy that does not wait for the others
        try:
            for number in range(60):
                verb = ("GRANT", "TO") if number % 2 else ("REVOKE", "FROM")
                session.change(_plan(f"{verb[0]} SELECT ON public.t {verb[1]} {role}"), lambda _: None)
        except RolloutError as error:
            failed.append(error)
        finally:
            session.close()

    threads = [threading.Thread(target=grant, args=[role]) for role in roles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.connect() as connection:
        query = "SELECT bool_and(has_table_privilege(r, 't', 'SELECT')) FROM unnest(%s::text[]) AS r"
        assert connection.execute(query, [list(roles)]).fetchall() == [(True,)]
