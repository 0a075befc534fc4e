"""The pipeline's definition keeps to every rule, under either kind of access, and its parts fit together."""

from collections.abc import Iterator

import pytest

from infra.checks import check_definition
from infra.checks.indexing import fronts
from infra.checks.policies_overlap import overlaps
from infra.models.access import Access
from infra.models.definition import Definition
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Command
from infra.models.table import RowSecurity
from infra.pipeline import access as lists
from infra.pipeline.definition import define
from infra.pipeline.names import ANON, CREATOR, MONITOR, OWNER, SERVICES
from infra.pipeline.phases import rollout
from infra.pipeline.tables import TABLES

RESULTS = {"cultural_alignment", "readiness_score", "onboarding_stage"}


@pytest.fixture(params=list(Access), ids=lambda access: access.value)
def definition(request: pytest.FixtureRequest) -> Definition:
    return define(rollout(5), access=request.param, deployer="deployer")


@pytest.fixture
def service() -> Definition:
    return define(rollout(5), access=Access.SERVICE, deployer="deployer")


def test_no_rule_is_broken(definition: Definition) -> None:
    assert [str(error) for error in check_definition(definition)] == []


def test_it_is_the_same_after_the_wire(definition: Definition) -> None:
    """What a program sends to the provider is what it defined."""
    assert Definition.load(definition.dump()) == definition


def test_every_foreign_key_is_indexed(definition: Definition) -> None:
    for table in definition.tables:
        for key in table.foreign_keys:
            assert any(front[: len(key.columns)] == key.columns for front in fronts(definition, table)), key.name


def test_no_index_is_redundant(definition: Definition) -> None:
    standing = [index for index in definition.indexes if not index.absent]
    assert not [(one.name, other.name) for one in standing for other in standing if one.makes_redundant(other)]


def test_retired_indexes_are_redundant_or_half_of_another(definition: Definition) -> None:
    """An index is dropped only where one that stands starts with its columns."""
    standing = [index for index in definition.indexes if not index.absent]
    for retired in (index for index in definition.indexes if index.absent):
        assert any(one.makes_redundant(retired) for one in standing), retired.name


def test_no_two_policies_decide_for_one_role_and_command(definition: Definition) -> None:
    pairs = [
        (one.identity, other.identity)
        for place, one in enumerate(definition.policies)
        for other in definition.policies[place + 1 :]
        if overlaps(one, other)
    ]
    assert not pairs


def test_every_table_is_closed_first(definition: Definition) -> None:
    assert all(table.row_security is RowSecurity.FORCED for table in definition.tables)
    assert all(definition.policies_of(table) for table in definition.tables)


def _entries(definition: Definition) -> Iterator[tuple[Grant, Entry]]:
    return ((grant, entry) for grant in definition.grants for entry in grant.entries)


def test_strangers_get_nothing(definition: Definition) -> None:
    assert not [grant.identity for grant, entry in _entries(definition) if entry.role == ANON]
    assert not [policy.identity for policy in definition.policies if ANON in policy.roles]


def test_only_known_roles_are_named(definition: Definition) -> None:
    known = {OWNER, MONITOR, CREATOR, *SERVICES, "deployer"}
    assert {entry.role for _, entry in _entries(definition)} <= known
    assert {role for policy in definition.policies for role in policy.roles} <= known


def test_every_grant_on_rows_has_its_policy(definition: Definition) -> None:
    """A right without a policy shows nothing, and a policy without a right is never asked: each has the other."""
    for table in definition.tables:
        granted = {
            (entry.role, entry.privilege)
            for grant, entry in _entries(definition)
            # The deployer, who keeps the ledger, passes row security by.
            if grant.target is Target.RELATION and grant.object_name == table.identity and entry.role != "deployer"
        }
        decided = {
            (role, command)
            for policy in definition.policies_of(table)
            for role in policy.roles
            for command in _commands(policy.command)
        }
        assert granted <= decided, sorted(granted - decided)
        narrow = {(role, command) for role, command in decided - granted if role not in {OWNER, *SERVICES}}
        assert not narrow


def _commands(command: Command) -> tuple[str, ...]:
    return ("select", "insert", "update", "delete") if command is Command.ALL else (command.value,)


def test_grants_close_the_set_of_policies(definition: Definition) -> None:
    for table in definition.tables:
        (grant,) = (grant for grant in definition.grants if grant.object_name == table.identity)
        assert grant.exclusive
        assert set(grant.policies or ()) == {policy.name for policy in definition.policies_of(table)}


def test_creators_write_no_results(service: Definition) -> None:
    """Under `service` a creator inserts their own profile and changes their answers, and nothing else."""
    written = {
        (grant.object_name, entry.privilege, frozenset(entry.columns))
        for grant, entry in _entries(service)
        if entry.role == CREATOR and entry.privilege not in {"select", "execute", "usage"}
    }
    assert {(name, privilege) for name, privilege, _ in written} == {
        ("public.creator_profiles", "insert"),
        ("public.creator_profiles", "update"),
    }
    assert not [columns for _, privilege, columns in written if privilege == "update" and columns & RESULTS]


def test_columns_of_the_access_lists_exist() -> None:
    columns = {table.name: {column.name for column in table.columns} for table in TABLES}
    assert {*lists.SIGN_UP_COLUMNS, *lists.ANSWER_COLUMNS} <= columns["creator_profiles"]
    for group in (lists.LEGACY_INSERTS, lists.LEGACY_UPDATES, lists.MONITOR_COLUMNS):
        for table, names in group.items():
            assert set(names) <= columns[table], table
            assert len(set(names)) == len(names), table
    assert set(columns) >= lists.SERVICE_DELETES


def test_monitoring_reads_none_of_the_creators_words() -> None:
    words = {"referral_source", "cultural_motivation", "collaboration_experience", "evidence", "cultural_notes"}
    words |= {"feedback", "next_steps", "cultural_mentor_notes", "session_data", "reasoning", "override_reason"}
    assert not words & {name for names in lists.MONITOR_COLUMNS.values() for name in names}
