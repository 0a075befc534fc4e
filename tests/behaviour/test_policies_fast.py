"""Every policy of a creator's finds the creator's rows by an index, with 100,000 rows in every table.

Which policies there are is read from the definition, under either kind of access: a new one is tested by itself.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from psycopg import sql

from infra.models.access import Access
from infra.models.policy import Command, Policy
from infra.pipeline.definition import define
from infra.pipeline.names import CREATOR
from infra.pipeline.phases import rollout
from tests.behaviour.crowds import fill, newest_user
from tests.behaviour.pipelines import SIGN_UP, Creator, Pipeline
from tests.cluster_state import Connection
from tests.clusters import VERSIONS, Database, Servers
from tests.conftest import _server
from tests.deploying import Deployer

ROWS: Final = 100_000
DEFINITIONS: Final = {access: define(rollout(5), access=access, deployer="deployer") for access in Access}
#: What takes no look at the rows that stand.
_LOOKING: Final = {Command.SELECT, Command.UPDATE, Command.DELETE, Command.ALL}
_COUNTERS: Final = """
    SELECT relname, seq_scan, coalesce(idx_scan, 0) FROM pg_stat_xact_all_tables
     WHERE schemaname IN ('public', 'pipeline_private') AND relname = ANY (%s)
"""


def policies(access: Access) -> list[Policy]:
    """Return the policies that find a creator's own rows; what is public is read whole, and says why it may be."""
    return [
        policy
        for policy in DEFINITIONS[access].policies
        if CREATOR in policy.roles and policy.command in _LOOKING and not policy.public_read
    ]


CASES: Final = [
    pytest.param(access, policy, command, id=f"{access}-{policy.relation}-{policy.name}-{command}")
    for access in Access
    for policy in policies(access)
    for command in ((Command.SELECT, Command.UPDATE) if policy.command is Command.ALL else (policy.command,))
]


@dataclass
class Crowded:
    """One database for both kinds of access: making the rows is what takes time."""

    database: Database
    access: Access | None = None

    def under(self, access: Access) -> Pipeline:
        """Return it under this kind of access, deployed anew where it has another."""
        if access is not self.access:
            deployer = Deployer(self.database.deployer, DEFINITIONS[access])
            deployer.up()
            deployer.close()
        self.access = access
        return Pipeline(self.database, access, "fresh")


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"pg{version}")
def crowded(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Crowded]:
    server = _server(servers, request.param)
    found = Crowded(server.create_database("crowded"))
    fill(found.under(Access.SERVICE), ROWS, 1, members=True)
    yield found
    server.reset()


@pytest.mark.parametrize(("access", "policy", "command"), CASES)
def test_a_policy_looks_up_the_creator_s_rows(
    crowded: Crowded, access: Access, policy: Policy, command: Command
) -> None:
    """The caller is asked for once, in an InitPlan; the rows are found by an index; no table is read as a whole."""
    plan = plan_of(crowded.under(access), policy, command)
    nodes = list(walk(plan))
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], plan
    assert [node for node in nodes if node.get("Parent Relationship") == "InitPlan"], plan
    fronts = {index.name for index in DEFINITIONS[Access.LEGACY].indexes if index.relation == policy.relation}
    used = {node["Index Name"] for node in nodes if "Index Name" in node}
    assert used & (fronts | {f"{policy.table}_pkey"}), plan


def test_both_kinds_of_policies_are_there() -> None:
    """Creators read every table of theirs, and change something under either kind of access."""
    for access in Access:
        found = {(policy.relation, policy.command) for policy in policies(access)}
        assert ("public.creator_profiles", Command.UPDATE) in found
        assert len({relation for relation, _ in found}) >= 8
    assert ("public.pipeline_sessions", Command.UPDATE) in {(p.relation, p.command) for p in policies(Access.LEGACY)}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.creator_pipeline_overview",
        "SELECT public.get_creator_pipeline_status(id) FROM public.creator_profiles",
        "SELECT public.feature_enabled('CREATIVE_PIPELINE_ASSESSMENT')",
        "UPDATE public.creator_profiles SET creative_role = 'writer'",
    ],
)
def test_what_a_creator_runs_reads_no_table_whole(crowded: Crowded, statement: str) -> None:
    """Run for real, functions and all: the server's own counters say how each table was read."""
    pipeline = crowded.under(Access.LEGACY)
    with pipeline.creator(creator_of(newest_user(pipeline))) as session:
        rows = session.execute(statement.encode())
        assert rows.rowcount == 1
        looked = counters(session)
    assert {table for table, (whole, _) in looked.items() if whole} == set()
    assert any(by_index for _, by_index in looked.values())


def test_a_sign_up_reads_no_table_whole(crowded: Crowded) -> None:
    """Whether there is room is not counted over all creators; whether the profile is the second one, by its index."""
    user = crowded.database.sign_up(f"{uuid.uuid4()}@example.org")
    with crowded.under(Access.LEGACY).creator(creator_of(user)) as session:
        session.execute(SIGN_UP, {"user": user})
        assert {table for table, (whole, _) in counters(session).items() if whole} == set()


def creator_of(user: uuid.UUID) -> Creator:
    return Creator(user, uuid.UUID(int=0), uuid.UUID(int=0))


def counters(session: Connection) -> dict[str, tuple[int, int]]:
    """Return how often this transaction has read each table whole, and by an index."""
    session.execute("RESET ROLE")
    tables = [table.name for table in DEFINITIONS[Access.SERVICE].tables if crowds(table.name)]
    return {name: (whole, by_index) for name, whole, by_index in session.execute(_COUNTERS, [tables])}


def crowds(name: str) -> bool:
    """Whether the table grows with the creators; flags and state are a handful of rows, read as they are."""
    return name not in {"feature_flags", "rollout_state", "rollout_ledger", "sign_up_counter"}


def plan_of(pipeline: Pipeline, policy: Policy, command: Command) -> Any:
    """Return the plan, in the creator's own session, of a statement that only this policy narrows."""
    user = newest_user(pipeline)
    with pipeline.creator(creator_of(user)) as session:
        row = session.execute(sql.SQL("EXPLAIN (FORMAT JSON) {}").format(statement_of(policy, command))).fetchone()
    assert row is not None
    return row[0][0]["Plan"]


def statement_of(policy: Policy, command: Command) -> sql.Composed:
    """Return a statement over the whole table with the columns that the creator may read or change."""
    relation = sql.Identifier(policy.schema_name, policy.table)
    if command is Command.SELECT:
        columns = granted(policy.relation, "select")
        names = sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else sql.SQL("*")
        return sql.SQL("SELECT {} FROM {}").format(names, relation)
    if command is Command.UPDATE:
        # A default is read from no column: the policies of SELECT have no part in it.
        column = sql.Identifier(granted(policy.relation, "update")[0])
        return sql.SQL("UPDATE {} SET {} = DEFAULT").format(relation, column)
    return sql.SQL("DELETE FROM {}").format(relation)


def granted(relation: str, privilege: str) -> tuple[str, ...]:
    """Return the columns on which a creator has the privilege; none means every column."""
    entries = (
        entry
        for grant in DEFINITIONS[Access.LEGACY].grants
        if grant.object_name == relation
        for entry in grant.entries
        if entry.role == CREATOR and entry.privilege == privilege
    )
    return next(entries).columns


def walk(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from walk(inner)
