"""An index in each state that a build which was interrupted can leave, and beside a build that still runs."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from infra.database import builds
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.models.index import Index, IndexColumn
from infra.provider.kinds.index import UNUSABLE
from tests.clusters import connect
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.samples import NOTES, PEOPLE

#: The build calls this for every row, and stops at it while another session holds the lock.
GATE = (
    "CREATE FUNCTION public.gate(value numeric) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS"
    " $$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(4711); RETURN true; END $$"
)
GATED = Index(
    table="notes",
    name="notes_gated_idx",
    columns=(IndexColumn(name="score"),),
    where="public.gate(score) AND score > 0",
)
BUILDING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%' AND wait_event = 'advisory'"


def _prepare(bench: Bench) -> None:
    bench.create(PEOPLE, NOTES)
    bench.admin(
        GATE,
        "INSERT INTO public.people (name) VALUES ('a')",
        "INSERT INTO public.notes (person_id, kind) SELECT id, 'song' FROM public.people",
    )


@contextmanager
def _gate_shut(bench: Bench) -> Iterator[psycopg.Connection]:
    with connect(bench.database.admin) as connection:
        connection.execute("SELECT pg_advisory_lock(4711)")
        yield connection


def _until(bench: Bench, query: str, found: bool = True) -> None:  # noqa: FBT001, FBT002
    deadline = time.monotonic() + 60
    while bool(bench.rows(query)) is not found:
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def _leave_invalid(bench: Bench) -> None:
    """Cancel a build half way."""
    with _gate_shut(bench) as gate:
        failed: list[psycopg.Error] = []
        thread = threading.Thread(target=lambda: _build_by_hand(bench, failed))
        thread.start()
        _until(bench, BUILDING)
        gate.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'")
        thread.join(timeout=20)
    assert failed
    assert bench.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'notes_gated_idx'::regclass") == [(False,)]


def _build_by_hand(bench: Bench, failed: list[psycopg.Error]) -> None:
    try:
        bench.run(f"CREATE INDEX CONCURRENTLY notes_gated_idx ON public.notes (score) WHERE ({GATED.where})")
    except psycopg.Error as error:
        failed.append(error)


def _valid(bench: Bench) -> list[tuple[str, bool]]:
    query = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index ORDER BY 1"
    return [(str(name), bool(valid)) for name, valid in bench.rows(query) if str(name).startswith("notes_gated")]


def test_an_invalid_index_is_no_index(bench: Bench) -> None:
    """It is read as unusable; a create drops it and builds it anew, beside a former one that was left as well."""
    _prepare(bench)
    bench.run("CREATE INDEX notes_gated_idx_old ON public.notes (score)")
    _leave_invalid(bench)
    assert bench.drift(GATED) == [UNUSABLE]
    bench.create(GATED, preview=True)
    assert bench.drift(GATED) == [UNUSABLE]
    bench.create(GATED)
    assert bench.drift(GATED) == []
    assert _valid(bench) == [("notes_gated_idx", True)]


def test_deleting_takes_what_an_interrupted_replacement_left(bench: Bench) -> None:
    _prepare(bench)
    bench.run("CREATE INDEX notes_gated_idx_old ON public.notes (score)")
    _leave_invalid(bench)
    bench.delete(GATED)
    assert _valid(bench) == []


def test_a_build_that_another_session_is_at_is_waited_for(bench: Bench) -> None:
    """What it builds is taken over: no second build is begun. The wait is told, with the pid."""
    _prepare(bench)
    with _gate_shut(bench) as gate:
        builder = threading.Thread(target=lambda: _build_by_hand(bench, []))
        builder.start()
        _until(bench, BUILDING)
        creator = threading.Thread(target=lambda: bench.create(GATED))
        creator.start()
        time.sleep(0.5)
        assert creator.is_alive()
        gate.execute("SELECT pg_advisory_unlock(4711)")
        creator.join(timeout=20)
        builder.join(timeout=20)
    assert any("is building it" in text for _, text in bench.lines)
    assert not any("build the index" in text for _, text in bench.lines)
    assert bench.drift(GATED) == []


def test_a_build_of_another_deploy_is_waited_for_as_that_deploy_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever meets its build, as the first thing to do, is told of the deploy and waits for all of it, not longer."""
    monkeypatch.setattr(builds, "WAIT_SECONDS", 1.0)
    _prepare(bench)
    bench.reopen(lock_seconds=0.5)
    with _gate_shut(bench) as gate, closing(open_workspace(bench.database.deployer, application_name="other")) as other:
        assert other.lock()
        builder = threading.Thread(target=lambda: _build_by_hand(bench, []))
        builder.start()
        _until(bench, BUILDING)
        (refused,) = bench.refusals(GATED)
        gate.execute("SELECT pg_advisory_unlock(4711)")
        builder.join(timeout=20)
    assert refused.code == "DB005"
    assert any("another deploy is under way" in text for _, text in bench.lines)
    assert not any("is building it" in text for _, text in bench.lines)


def test_cancel_ends_a_build_within_five_seconds(bench: Bench) -> None:
    """From another thread; the error says that it was cancelled, and the next create repairs what it left."""
    _prepare(bench)
    errors: list[RolloutError] = []
    with _gate_shut(bench):
        thread = threading.Thread(target=lambda: errors.extend(bench.refusals(GATED)))
        thread.start()
        _until(bench, BUILDING)
        start = time.monotonic()
        bench.workspace.cancel()
        thread.join(timeout=20)
        assert time.monotonic() - start < 5
        _until(bench, BUILDING, found=False)
    assert [error.code for error in errors] == ["PRV004"]
    assert _valid(bench) == [], "what was begun is taken away at once"
    bench.reopen()
    assert bench.drift(GATED) == MISSING
    bench.create(GATED)
    assert _valid(bench) == [("notes_gated_idx", True)]


def test_a_client_that_dies_leaves_no_build_behind(bench18: Bench) -> None:
    """The server notices within a second that nobody waits for the build any more, and ends it."""
    _prepare(bench18)
    workspace = open_workspace(bench18.database.deployer, application_name="killed")

    def build() -> None:
        with suppress(Exception):
            workspace.session.execute(
                f"CREATE INDEX CONCURRENTLY notes_gated_idx ON public.notes (score) WHERE ({GATED.where})"
            )

    with _gate_shut(bench18):
        thread = threading.Thread(target=build)
        thread.start()
        _until(bench18, BUILDING)
        with socket.socket(fileno=os.dup(workspace.session.connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
        _until(bench18, BUILDING, found=False)
        thread.join(timeout=20)
    workspace.close()
    bench18.create(GATED)
    assert bench18.drift(GATED) == []
