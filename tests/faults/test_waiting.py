"""Others in the way of a change: a long reader, a long writer on a parent, an autovacuum against wraparound."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Self

import psycopg
import pytest

from infra.database import ladder, watching
from infra.ddl.statement import LIMITS, Waits
from infra.models.index import Index, IndexColumn
from infra.models.table import Column
from tests.clusters import Database, connect
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.limits import limit_patience
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, PEOPLE

WIDER = NOTES.model_copy(update={"columns": (*NOTES.columns, Column(name="mood", type="text"))})
LOOSE = NOTES.model_copy(update={"foreign_keys": ()})
PLAIN = Index(table="notes", name="notes_plain_idx", columns=(IndexColumn(name="score"),))
#: A busy machine's slack on top of the longest rung of the ladder; the figure itself is the benchmark's.
SLACK_SECONDS = 0.5
RUNGS = LIMITS[Waits.INSTANT].lock_timeouts


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "PAUSES", (0.2, 0.4))


@contextmanager
def _in_transaction(bench: Bench, *statements: str) -> Iterator[psycopg.Connection]:
    with connect(bench.database.admin) as connection:
        connection.execute("SET application_name = 'nightly report'")
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute(statement.encode())
        yield connection
        connection.rollback()


class Others:
    """Another session that does one short thing over and over; how long it took at the longest."""

    def __init__(self, database: Database, statement: str) -> None:
        self.longest = 0.0
        self.failed: list[psycopg.Error] = []
        self._done = threading.Event()
        self._database, self._statement = database, statement.encode()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with connect(self._database.admin) as connection:
            while not self._done.is_set():
                start = time.monotonic()
                try:
                    connection.execute(self._statement)
                except psycopg.Error as error:
                    self.failed.append(error)
                self.longest = max(self.longest, time.monotonic() - start)
                time.sleep(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()


@pytest.mark.fault(
    "F11",
    how="a reader's transaction left open on the table",
    result="a second of queueing, then DB004 naming it",
)
@pytest.mark.usefixtures("short_pauses")
def test_a_long_reader(bench: Bench, fault: Fault) -> None:
    """Whoever reads meanwhile is held for a rung at most, and no try is without a limit."""
    assert sum(RUNGS) <= 1000
    bench.create(PEOPLE, NOTES)
    invariants = Invariants.before(bench.database)
    with _in_transaction(bench, "SELECT count(*) FROM public.notes") as reader:
        with Others(bench.database, "SELECT count(*) FROM public.notes") as others:
            (refused,) = bench.refusals(WIDER, NOTES)
        assert others.failed == []
        assert others.longest < max(RUNGS) / 1000 + SLACK_SECONDS
        assert refused.code == "DB004"
        assert f"pid {reader.info.backend_pid} (supabase_admin, nightly report, idle in transaction" in refused.problem
        assert "public.notes" in refused.problem
        assert "end or wait for that transaction" in refused.fix
    invariants.said(str(refused))
    bench.reopen()
    with fault.recovering():
        bench.update(NOTES, WIDER)
    assert bench.drift(WIDER) == []
    bench.close()
    invariants.hold()


@pytest.mark.fault(
    "F12",
    how="an UPDATE of the foreign key's parent left open",
    result="ADD FOREIGN KEY retried until it ends",
)
@pytest.mark.usefixtures("short_pauses")
def test_a_long_writer_on_a_parent(bench: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other writers of the parent wait a rung at most each time."""
    bench.create(PEOPLE, LOOSE)
    bench.admin("INSERT INTO public.people (name) VALUES ('a'), ('b')")
    invariants = Invariants.before(bench.database)
    monkeypatch.setattr(ladder, "PAUSES", (0.5, 5.0))
    with _in_transaction(bench, "UPDATE public.people SET name = 'c' WHERE name = 'a'") as writer:
        with Others(bench.database, "UPDATE public.people SET name = 'b' WHERE name = 'b'") as others:
            thread = threading.Thread(target=lambda: bench.update(LOOSE, NOTES))
            thread.start()
            _until_told(bench, f"pid {writer.info.backend_pid} (")
            writer.rollback()
            with fault.recovering():
                thread.join(60)
        assert not thread.is_alive()
        assert others.failed == []
        assert others.longest < max(RUNGS) / 1000 + SLACK_SECONDS
    assert bench.drift(NOTES) == []
    assert bench.rows("SELECT convalidated FROM pg_constraint WHERE conname = 'notes_person_id_fkey'") == [(True,)]
    bench.close()
    invariants.hold()


def _until_told(bench: Bench, words: str) -> None:
    deadline = time.monotonic() + 30
    while not any("trying again" in text and words in text for _, text in bench.lines):
        assert time.monotonic() < deadline, bench.lines
        time.sleep(0.02)


@contextmanager
def _with_autovacuum(bench: Bench) -> Iterator[None]:
    """Start the server anew with what the tests' servers are without."""
    usual = bench.database.server.cluster
    cluster = replace(usual, settings={**usual.settings, "autovacuum": "on", "autovacuum_naptime": "1s"})
    for before, after in ((usual, cluster), (cluster, usual)):
        bench.workspace.close()
        before.stop()
        after.start()
        bench.reopen()
        if after is cluster:
            yield


def _grow_old(bench: Bench) -> None:
    """Fill the table, and use up so many transactions that an autovacuum has to come for it, and works slowly."""
    bench.admin(
        "ALTER TABLE public.notes SET (autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100,"
        " autovacuum_vacuum_cost_limit = 1)",
        "INSERT INTO public.people (name) VALUES ('a')",
        "INSERT INTO public.notes (person_id, kind) SELECT id, 'song' FROM public.people, generate_series(1, 20000)",
        "DO $$ BEGIN FOR n IN 1..100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
    )


def _autovacuum(bench: Bench) -> int:
    """Return the autovacuum against wraparound, once it is at the table."""
    query = "SELECT pid FROM pg_stat_activity WHERE query ~ '^autovacuum: VACUUM .*public.notes .to prevent wraparound'"
    deadline = time.monotonic() + 60
    while not (found := bench.rows(query)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(found[0][0])


@pytest.mark.fault(
    "F13",
    how="a real autovacuum against wraparound, slowed down by its cost delay",
    result="waited for; the wait and the refusal say that it is autovacuum",
)
def test_an_autovacuum_against_wraparound(bench18: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not ended: it would come back. When it is done, the same build goes through."""
    bench18.create(PEOPLE, NOTES)
    _grow_old(bench18)
    with _with_autovacuum(bench18):
        pid = _autovacuum(bench18)
        with monkeypatch.context() as patch:
            patch.setattr(watching, "TELL_SECONDS", 0.5)
            patch.setattr(ladder, "PATIENT_LOOK_SECONDS", 0.2)
            patch.setattr(ladder, "PAUSES", (0.1,))
            limit_patience(patch, lock=1500)
            (refused,) = bench18.refusals(PLAIN)
        assert refused.code == "DB004"
        assert f"pid {pid} (autovacuum: VACUUM ANALYZE public.notes (to prevent wraparound)" in refused.problem
        assert "wait until the autovacuum is done" in refused.fix
        assert any(f"pid {pid} (autovacuum" in text for severity, text in bench18.lines if severity == "info")
        assert bench18.rows("SELECT FROM pg_class WHERE relname = 'notes_plain_idx'") == []
        assert bench18.rows("SELECT pid FROM pg_stat_progress_vacuum") == [(pid,)]
    with fault.recovering():
        bench18.create(PLAIN)
    assert bench18.drift(PLAIN) == []
