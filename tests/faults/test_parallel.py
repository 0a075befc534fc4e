"""An engine that runs everything at once, and two of them: one change of a definition at a time reaches the server."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from infra.models.base import Model
from infra.models.function import Function
from infra.models.grant import Entry, Grant
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from tests.clusters import Database
from tests.deploying import HANDLERS
from tests.faults.conftest import Fault
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, OWNER, PEOPLE, PRIVATE
from tests.provider.serving import struct, urn
from tests.provider.test_server import REAL, Plugin, plugin

ROLES = [f"caller_{number:02}" for number in range(20)]
GRANTS: list[Model] = [
    Grant(object_name="public.notes", entries=(Entry(role=role, privilege="select"),), exclusive=False)
    for role in ROLES
]
POLICIES: list[Model] = [
    Policy(table="notes", name=f"of_{role}", command=Command.SELECT, roles=(role,), using="score > 0")
    for role in ROLES[:2]
]
FUNCTIONS: list[Model] = [
    Function(schema_name=PRIVATE, name=f"number_{number}", owner=OWNER, returns="integer", body=f"SELECT {number}")
    for number in range(2)
]
INDEXES: list[Model] = [
    Index(table="notes", name=f"notes_{name}_idx", columns=(IndexColumn(name=name),))
    for name in ("score", "kind", "person_id", "created_at")
]
#: What the server says when two changes of the same catalog row meet, or two builds wait for each other.
RACES = ("tuple concurrently", "deadlock detected", 'duplicate key value violates unique constraint "pg_')
ROWS = (
    "INSERT INTO public.people (name) VALUES ('a')",
    """INSERT INTO public.notes (person_id, kind, score)
       SELECT id, 'song', n % 100 FROM public.people CROSS JOIN generate_series(1, 20000) AS n""",
)
GRANTED = """
    SELECT count(*) FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
     WHERE c.oid = 'public.notes'::regclass AND a.grantee::regrole::text LIKE 'caller_%'
"""
VALID = "SELECT count(*) FROM pg_index WHERE indrelid = 'public.notes'::regclass AND indisvalid AND indislive"
GRANTED_AT_ONCE = pytest.mark.fault(
    "F10",
    how="20 grants on one table, policies and functions, all at once through two provider processes",
    result="each is made, one after the other: no tuple concurrently updated, no deadlock, in every round",
)
BUILT_AT_ONCE = pytest.mark.fault(
    "F9",
    how="two indexes on one table at once through one provider, and two more through another one",
    result="they are built one after the other: no deadlock and no invalid index, in every round",
)


def _prepare(database: Database) -> Bench:
    bench = Bench(database)
    bench.create(PEOPLE, NOTES)
    bench.run(*(f"CREATE ROLE {role}" for role in ROLES))
    bench.close()  # whoever made the tables is done, and holds the deploy lock no longer
    return bench


def _at_once(bench: Bench, folder: Path, *shares: list[Model]) -> None:
    """Let as many engines as there are shares make everything of theirs at once; whoever is done goes."""
    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(lambda models: _engine(bench, folder, models), shares))


def _engine(bench: Bench, folder: Path, models: list[Model]) -> None:
    target = bench.database.deployer
    settings = {
        "host": target.host,
        "port": target.port,
        "database": target.name,
        "user": target.user,
        "password": target.password,
        "sslmode": "disable",
    }
    with plugin(folder, REAL) as started:
        started.stub.Configure(provider_pb2.ConfigureRequest(args=struct(settings)))
        answers = [_begin(started, number, model) for number, model in enumerate(models)]
        assert all(answer.result(timeout=120).id for answer in answers)


def _begin(started: Plugin, number: int, model: Model) -> Any:
    kind = HANDLERS[type(model).__name__].token
    request = provider_pb2.CreateRequest(urn=urn(str(number), kind=kind), properties=struct(model.dump()))
    return started.stub.Create.future(request)


def _grant_at_once(database: Database, folder: Path, fault: Fault, rounds: int) -> None:
    bench = _prepare(database)
    start = bench.mark()
    mine, theirs = [*GRANTS[::2], POLICIES[0], FUNCTIONS[0]], [*GRANTS[1::2], POLICIES[1], FUNCTIONS[1]]
    for _ in range(rounds):
        with fault.recovering():
            _at_once(bench, folder, mine, theirs)
        assert bench.rows(GRANTED) == [(len(ROLES),)]
        bench.admin(
            f"REVOKE ALL ON public.notes FROM {', '.join(ROLES)}",
            *(f"DROP POLICY of_{role} ON public.notes" for role in ROLES[:2]),
            *(f"DROP FUNCTION {PRIVATE}.number_{number}()" for number in range(2)),
        )
    _no_race(bench, start)


def _build_at_once(database: Database, folder: Path, fault: Fault, rounds: int) -> None:
    bench = _prepare(database)
    bench.admin(*ROWS)  # so that a build takes long enough to meet another one
    start = bench.mark()
    for _ in range(rounds):
        with fault.recovering():
            _at_once(bench, folder, INDEXES[:2], INDEXES[2:])
        assert bench.rows(VALID) == [(1 + len(INDEXES),)]
        bench.admin(*(f"DROP INDEX public.notes_{name}_idx" for name in ("score", "kind", "person_id", "created_at")))
    _no_race(bench, start)


def _no_race(bench: Bench, start: int) -> None:
    """The server itself met none: it is not that we tried again and told nobody."""
    said = bench.database.log()[start:]
    assert [race for race in RACES if race in said] == []


@GRANTED_AT_ONCE
def test_grants_at_once(database18: Database, tmp_path: Path, fault: Fault) -> None:
    _grant_at_once(database18, tmp_path, fault, 3)


@BUILT_AT_ONCE
def test_builds_at_once(database18: Database, tmp_path: Path, fault: Fault) -> None:
    _build_at_once(database18, tmp_path, fault, 3)


@pytest.mark.full
@GRANTED_AT_ONCE
def test_grants_at_once_fifty_times(database: Database, tmp_path: Path, fault: Fault) -> None:
    _grant_at_once(database, tmp_path, fault, 50)


@pytest.mark.full
@BUILT_AT_ONCE
def test_builds_at_once_fifty_times(database: Database, tmp_path: Path, fault: Fault) -> None:
    _build_at_once(database, tmp_path, fault, 50)
