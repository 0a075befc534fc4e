"""Concurrent builds and drops that are stopped half way: the index is finished or gone, never left to cost writes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from infra.database import ladder, remains, watching
from infra.database.workspace import open_workspace
from infra.ddl.index import IndexState, plan_index
from infra.ddl.statement import LIMITS, Waits
from infra.errors import RolloutError
from infra.models.index import Index, IndexColumn
from infra.provider.kinds.index import UNUSABLE
from tests.clusters import connect
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.limits import limit_patience
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.samples import NOTES, PEOPLE

#: The build calls this for every row, and stops at it while another session holds the lock.
GATE = (
    "CREATE FUNCTION public.gate(value numeric) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS"
    " $$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(4711); RETURN true; END $$"
)
COLUMNS = (IndexColumn(name="score"),)
GATED = Index(table="notes", name="notes_gated_idx", columns=COLUMNS, where="public.gate(score) AND score > 0")
PLAIN = Index(table="notes", name="notes_plain_idx", columns=COLUMNS)
BUILDING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE %INDEX CONC%' AND wait_event = 'advisory'"
WAITING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE %INDEX CONC%' AND wait_event_type = 'Lock'"
NAME = "rollout bench"


@pytest.fixture
def ground(bench: Bench) -> Iterator[Bench]:
    yield from _ground(bench)


@pytest.fixture
def ground18(bench18: Bench) -> Iterator[Bench]:
    yield from _ground(bench18)


def _ground(bench: Bench) -> Iterator[Bench]:
    """Two tables with a row each, and the checks of every fault at the end."""
    bench.create(PEOPLE, NOTES)
    bench.admin(
        GATE,
        "INSERT INTO public.people (name) VALUES ('a')",
        "INSERT INTO public.notes (person_id, kind) SELECT id, 'song' FROM public.people",
    )
    bench.workspace.close()
    invariants = Invariants.before(bench.database)
    bench.workspace = open_workspace(bench.database.deployer, application_name=NAME)
    yield bench
    bench.close()
    invariants.said(*(text for _, text in bench.lines))
    invariants.hold()


@contextmanager
def _gate_shut(bench: Bench) -> Iterator[psycopg.Connection]:
    with connect(bench.database.admin) as connection:
        connection.execute("SELECT pg_advisory_lock(4711)")
        yield connection


@contextmanager
def _creating(bench: Bench, index: Index, stopped: str = BUILDING) -> Iterator[list[RolloutError]]:
    """Yield while the index is stopped half way; at the end its creation has come to an end, with these refusals."""
    refusals: list[RolloutError] = []
    thread = threading.Thread(target=lambda: refusals.extend(bench.refusals(index)))
    thread.start()
    _until(bench, stopped)
    yield refusals
    thread.join(60)
    assert not thread.is_alive()


def _until(bench: Bench, query: str) -> list[tuple[object, ...]]:
    deadline = time.monotonic() + 30
    while not (found := bench.rows(query)):
        assert time.monotonic() < deadline, query
        time.sleep(0.02)
    return found


def _indexes(bench: Bench) -> list[tuple[str, bool]]:
    query = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'notes'::regclass ORDER BY 1"
    return [(str(name), bool(valid)) for name, valid in bench.rows(query) if not str(name).endswith("pkey")]


@contextmanager
def _old_snapshot(bench: Bench, query: str = "SELECT 1") -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has read once, as a long report does."""
    with connect(bench.database.admin) as connection:
        connection.execute("SET application_name = 'nightly report'")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        connection.execute(query.encode())
        yield connection
        connection.rollback()


@pytest.mark.fault(
    "F4",
    how="pg_terminate_backend of a concurrent build",
    result="reconnected; the invalid index dropped and built anew",
)
def test_a_backend_that_is_terminated(ground: Bench, fault: Fault) -> None:
    """In the same run, and never by way of IF NOT EXISTS."""
    start = ground.mark()
    with _gate_shut(ground) as gate, _creating(ground, GATED) as refusals:
        gate.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'"
        )
        gate.execute("SELECT pg_advisory_unlock(4711)")
        began = time.monotonic()
    fault.recovered(time.monotonic() - began)
    assert refusals == []
    assert _indexes(ground) == [("notes_gated_idx", True)]
    words = [text.split("notes_gated_idx")[0] for text in ground.logged(start) if "notes_gated_idx" in text]
    assert [text.split()[0] for text in words] == ["CREATE", "DROP", "CREATE"]
    assert "IF NOT EXISTS" not in " ".join(words)


@pytest.mark.fault("F4", how="a deadlock with the build", result="the invalid index dropped and built anew")
def test_a_build_that_is_a_deadlocks_victim(ground18: Bench, fault: Fault) -> None:
    """Another session waits for the table while the build waits for what that one holds.

    A waiter looks for a deadlock once, after its timeout: the build's comes when the other has long been waiting.
    """
    ground18.admin("ALTER DATABASE eden_academy SET deadlock_timeout = '3s'")
    ground18.reopen()
    with connect(ground18.database.admin) as other:
        other.execute("SET deadlock_timeout = '60s'")
        other.execute("BEGIN")
        other.execute("SELECT pg_advisory_xact_lock(4711)")
        with _creating(ground18, GATED) as refusals:
            waiter = threading.Thread(
                target=lambda: other.execute("LOCK TABLE public.notes IN SHARE UPDATE EXCLUSIVE MODE")
            )
            waiter.start()
            began = time.monotonic()
            waiter.join(30)
            other.execute("COMMIT")
        fault.recovered(time.monotonic() - began)
    assert refusals == []
    assert "deadlock detected" in ground18.database.log()
    assert _indexes(ground18) == [("notes_gated_idx", True)]


@pytest.mark.fault(
    "F5",
    how="duplicate rows arrive while the unique index is built",
    result="DB007: how many keys, and the query; no index left",
)
def test_rows_that_come_twice_during_a_unique_build(ground: Bench, fault: Fault) -> None:
    """The look before it saw none. The refusal counts keys and shows no value, and the table takes rows as before."""
    unique = PLAIN.model_copy(update={"name": "notes_one_idx", "unique": True, "columns": (IndexColumn(name="kind"),)})
    with connect(ground.database.admin) as writer:
        writer.execute("BEGIN")
        writer.execute(
            "INSERT INTO public.notes (person_id, kind)"
            " SELECT id, kind FROM public.people, unnest(ARRAY['poem', 'poem', 'song']) AS k (kind)"
        )
        with _creating(ground, unique, WAITING) as refusals:
            writer.execute("COMMIT")
    (refused,) = refusals
    assert str(refused).startswith("DB007 index public.notes_one_idx: 2 keys of (kind) are each shared by several rows")
    assert "which was removed again" in refused.problem
    assert "poem" not in str(refused)
    assert _indexes(ground) == []
    query = refused.problem.partition("find them with: ")[2]
    assert len(ground.rows(query)) == 2
    ground.admin("DELETE FROM public.notes WHERE ctid <> (SELECT min(ctid) FROM public.notes)")
    with fault.recovering():
        ground.create(unique)
    assert _indexes(ground) == [("notes_one_idx", True)]


@pytest.mark.fault(
    "F6",
    how="a REPEATABLE READ transaction left open",
    result="its pid, login, age and name told every 5 s; no index left",
)
def test_a_build_behind_an_old_snapshot(ground: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up at the limit of its statement; the refusal names who was in the way, and nothing is left."""
    assert watching.TELL_SECONDS == 5
    assert LIMITS[Waits.PATIENT].statement_timeout == 3_600_000
    monkeypatch.setattr(watching, "TELL_SECONDS", 0.7)
    monkeypatch.setattr(watching, "PATIENT_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(ladder, "PATIENT_LOOK_SECONDS", 0.2)
    limit_patience(monkeypatch, statement=2500)
    with _old_snapshot(ground) as old:
        (refused,) = ground.refusals(PLAIN)
        assert refused.code == "DB004"
        assert f"pid {old.info.backend_pid} (" in refused.problem
        assert "nightly report, idle in transaction" in refused.problem
        told = [text for severity, text in ground.lines if severity == "info" and "waiting for old snapshots" in text]
        assert len(told) >= 2, ground.lines
        assert all(f"pid {old.info.backend_pid} (" in text and "nightly report" in text for text in told)
        assert _indexes(ground) == []
    with fault.recovering():
        ground.create(PLAIN)
    assert _indexes(ground) == [("notes_plain_idx", True)]


@pytest.mark.fault(
    "F6",
    how="the same, and the old transaction has read the table",
    result="told that the index is left; the next run removes it",
)
def test_a_build_behind_an_old_snapshot_of_the_table(
    ground18: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can drop an index while somebody's transaction may still use it: that is said, and not passed over."""
    monkeypatch.setattr(remains, "CLEAR_SECONDS", 0.5)
    monkeypatch.setattr(ladder, "PATIENT_LOOK_SECONDS", 0.2)
    limit_patience(monkeypatch, statement=1200)
    with _old_snapshot(ground18, "SELECT count(*) FROM public.notes"):
        (refused,) = ground18.refusals(PLAIN)
        assert "notes_plain_idx is left invalid" in refused.problem
        assert ground18.drift(PLAIN) == [UNUSABLE]
    with fault.recovering():
        ground18.create(PLAIN)
    assert _indexes(ground18) == [("notes_plain_idx", True)]


@pytest.mark.fault("F7", how="a statement_timeout of half a second", result="no index left; built by the next run")
def test_a_build_that_runs_out_of_time(ground: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, _gate_shut(ground):
        limit_patience(patch, statement=500)
        (refused,) = ground.refusals(GATED)
    assert refused.path == "index public.notes_gated_idx"
    assert _indexes(ground) == []
    assert ground.drift(GATED) == MISSING
    with fault.recovering():
        ground.create(GATED)
    assert _indexes(ground) == [("notes_gated_idx", True)]


@pytest.mark.fault(
    "F7", how="a statement_timeout of 5 ms, from the server's first look at the table", result="no index left"
)
def test_a_build_that_has_no_time_at_all(ground18: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was stopped before the index was in the catalog or after, there is none now, or a whole one."""
    with monkeypatch.context() as patch, _gate_shut(ground18):
        limit_patience(patch, statement=5)
        assert [error.code for error in ground18.refusals(GATED)] in (["DB003"], ["DB004"])
    assert _indexes(ground18) == []
    with fault.recovering():
        ground18.create(GATED)
    assert _indexes(ground18) == [("notes_gated_idx", True)]


@pytest.mark.fault(
    "F8",
    how="a lock_timeout of 400 ms against an old snapshot",
    result="unusable until finished; dropped by the same command",
)
def test_a_drop_that_is_interrupted(ground: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is invalid then. A look says so and keeps it in the state, so that a removal that is repeated finds it."""
    ground.create(PLAIN)
    with _old_snapshot(ground, "SELECT count(*) FROM public.notes") as old:
        with monkeypatch.context() as patch:
            limit_patience(patch, lock=400)
            patch.setattr(ladder, "PAUSES", (0.1,))
            with pytest.raises(RolloutError) as refused:
                ground.delete(PLAIN)
        assert refused.value.code == "DB004"
        assert f"pid {old.info.backend_pid} (" in refused.value.problem
        assert _indexes(ground) == [("notes_plain_idx", False)]
        snapshot = ground.read(PLAIN)
        assert snapshot is not None
        assert snapshot.inputs[UNUSABLE].startswith("unusable until finished")
        assert any("unusable until finished" in text for severity, text in ground.lines if severity == "warning")
    with fault.recovering():
        ground.delete(PLAIN)
    assert _indexes(ground) == []


@pytest.mark.fault("F8", how="the same", result="built anew where the index is still wanted")
def test_an_interrupted_drop_of_an_index_that_is_wanted(
    ground18: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of the resource, not a second one beside it: the mark is the change that a preview shows."""
    ground18.create(PLAIN)
    with _old_snapshot(ground18, "SELECT count(*) FROM public.notes"), monkeypatch.context() as patch:
        limit_patience(patch, lock=200)
        patch.setattr(ladder, "PAUSES", (0.1,))
        with pytest.raises(RolloutError):
            ground18.delete(PLAIN)
    assert ground18.drift(PLAIN) == [UNUSABLE]
    with fault.recovering():
        ground18.update(PLAIN, PLAIN)
    assert ground18.drift(PLAIN) == []
    assert _indexes(ground18) == [("notes_plain_idx", True)]


@pytest.mark.fault("F4", how="somebody else builds an index by that name meanwhile", result="theirs is never dropped")
def test_what_is_not_ours_is_left(ground18: Bench, fault: Fault) -> None:
    """A build that fails because the name is taken leaves what has the name."""
    plan = plan_index(IndexState(), PLAIN)
    ground18.run("CREATE INDEX notes_plain_idx ON public.notes (kind)")
    with fault.recovering(), pytest.raises(RolloutError, match="already exists"):
        ground18.workspace.change(plan, lambda _: None)
    assert _indexes(ground18) == [("notes_plain_idx", True)]
