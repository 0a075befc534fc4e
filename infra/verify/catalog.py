"""The proof by catalog: everything that guards the data stands as declared, and keeps to the rules."""

from collections.abc import Iterator
from typing import Final

from infra.checks import check_object
from infra.checks.definer_callers import RULE as DEFINER_CALLERS
from infra.checks.foreign_key_indexed import RULE as KEY_INDEXED
from infra.checks.policies_overlap import RULE as OVERLAP
from infra.database.beside import read_beside
from infra.database.catalog.code import (
    read_retired,
    read_trigger,
    read_view,
    respell_function,
    respell_trigger,
    respell_view,
)
from infra.database.catalog.indexes import read_index
from infra.database.catalog.partitions import read_open_leaves
from infra.database.catalog.policies import read_policy, respell_policy
from infra.database.catalog.roles import read_role
from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.drift.beside import Known, Membership
from infra.drift.finding import Finding
from infra.drift.objects import findings
from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.definition import Definition
from infra.models.function import Function
from infra.models.policy import Policy
from infra.models.spelling import Spelling, record_of
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View
from infra.pipeline.names import ANON, API, CREATOR, PUBLIC, SERVICE_ROLE

_PLATFORM: Final = (ANON, CREATOR, SERVICE_ROLE, API)
#: The one thing that a role of the API may do is to take the role of a request.
_TAKEN: Final = frozenset({(API, ANON), (API, CREATOR), (API, SERVICE_ROLE)})


def catalog_findings(session: Session, definition: Definition, standing: Definition) -> list[Finding]:
    """Return what does not stand as declared, object by object.

    The server itself spells the declared policies and views, on temporary twins, so that two texts are compared that
    it wrote. To be called in a transaction that is undone.

    Args:
        session: the deployer's.
        definition: what is declared.
        standing: what stands, as `read_standing` returns it.
    """
    twins = _Twins(session, definition)
    tables = {table.identity: table for table in standing.tables}
    functions = {function.identity: function for function in standing.functions}
    policies = {policy.identity: policy for policy in standing.policies}
    views = {view.identity: view for view in standing.views}
    grants = {grant.identity: grant for grant in standing.grants}
    return [
        *(found for role in definition.roles for found in findings(role, read_role(session, role.name))),
        *(found for item in definition.tables for found in _table(item, tables.get(item.identity))),
        *(found for item in definition.functions for found in _function(item, functions.get(item.identity))),
        *(
            found
            for item in definition.policies
            for found in findings(item, twins.policy(item, policies.get(item.identity)))
        ),
        *(found for item in definition.views for found in findings(item, twins.view(item, views.get(item.identity)))),
        *(found for trigger in definition.triggers for found in findings(trigger, _trigger(session, trigger))),
        *(found for grant in definition.grants for found in findings(grant, grants.get(grant.identity))),
        *_members(session, definition),
        *_attributes(session, definition),
        *_platform(session, definition),
        *_leaks(session, definition),
        *_leaves(session, definition),
    ]


def lint(standing: Definition) -> list[RolloutError]:
    """Return the faults of what stands on the declared tables, ours or not, by the rules that definitions keep to."""
    objects: tuple[Model, ...] = (
        *standing.tables,
        *standing.policies,
        *standing.functions,
        *standing.views,
        *standing.grants,
    )
    found = [fault for item in objects for fault in check_object(item)]
    found += [fault for rule in (OVERLAP, DEFINER_CALLERS, KEY_INDEXED) for fault in rule.find(standing)]
    return list({(fault.code, fault.path, fault.problem): fault for fault in found}.values())


def notes(session: Session, definition: Definition) -> Iterator[str]:
    """Yield what lets nobody in and is still not as it should be: extensions in the API's schema, needless indexes."""
    for row in session.query(catalog_query("verify_extensions.sql"), {"schema": PUBLIC}):
        yield f"extension {row['name']} stands in {row['schema']}, which the API offers: its owner should move it"
    for index in definition.indexes:
        if index.absent:
            state, _ = read_index(session, index, Spelling())
            yield from (
                f"index {name} on {index.relation} is needless: another one begins with it" for name in state.twins
            )


def _table(wanted: Table, actual: Table | None) -> Iterator[Finding]:
    """Yield what guards the rows: columns and constraints are for the drift report."""
    guard = {} if actual is None else {"row_security": actual.row_security, "owner": actual.owner}
    yield from findings(wanted, None if actual is None else wanted.model_copy(update=guard))


def _function(wanted: Function, actual: Function | None) -> Iterator[Finding]:
    yield from findings(wanted, None if actual is None else respell_function(actual, wanted))


def _trigger(session: Session, wanted: Trigger) -> Trigger | None:
    actual = read_trigger(session, wanted)
    if actual is None:
        return None
    retired = read_retired(session, wanted).values()
    gone = tuple(function for function in wanted.retires if function not in retired)
    return respell_trigger(actual, wanted, Spelling()).model_copy(update={"retires": gone})


def _members(session: Session, definition: Definition) -> tuple[Finding, ...]:
    known = Known(
        roles=frozenset(role.name for role in definition.roles),
        memberships=frozenset(Membership(item.role, item.member) for item in definition.memberships),
    )
    return read_beside(session, known).incidents


def _attributes(session: Session, definition: Definition) -> Iterator[Finding]:
    names = [function.identity for function in definition.functions]
    for row in session.query(catalog_query("verify_function_attributes.sql"), {"functions": names}):
        path = f"function {row['function']}"
        yield Finding(path, f"{path}: {row['said']}", weakened=True)


def _platform(session: Session, definition: Definition) -> Iterator[Finding]:
    """Yield what the API's roles have that reaches past everything declared here."""
    schemas = sorted({table.schema_name for table in definition.tables})
    values = {"roles": list(_PLATFORM), "bypassing": SERVICE_ROLE, "api": API, "schemas": schemas}
    fix = "find out who did it, and take it back as an administrator"
    for row in session.query(catalog_query("verify_platform_roles.sql"), values):
        yield Finding(f"role {row['role']}", f"role {row['role']}: {row['said']}", weakened=True, fix=fix)
    for row in session.query(catalog_query("verify_platform_members.sql"), {"roles": list(_PLATFORM)}):
        if (row["member"], row["role"]) not in _TAKEN:
            words = f"{row['member']} is a member of {row['role']}, and may act as it"
            yield Finding(f"role {row['member']}", words, weakened=True, fix=fix)
    for row in session.query(catalog_query("verify_makers.sql"), {"roles": list(_PLATFORM), "schemas": schemas}):
        words = f"{row['role']} may make objects in the schema {row['schema']}"
        yield Finding(f"schema {row['schema']}", words, weakened=True, fix=fix)


def _leaks(session: Session, definition: Definition) -> Iterator[Finding]:
    """Yield the views that show our tables to strangers with somebody else's rights, past row security or grants."""
    relations = [*(table.identity for table in definition.tables), *(view.identity for view in definition.views)]
    declared = [view.identity for view in definition.views]
    values = {"relations": relations, "declared": declared, "roles": [ANON, CREATOR]}
    for row in session.query(catalog_query("verify_leaks.sql"), values):
        words = f"{row['kind']} {row['view']} shows rows of {row['relation']} to {row['role']} with its owner's rights"
        fix = "ask whoever made it; make it a view with security_invoker, or revoke it"
        yield Finding(f"view {row['view']}", words, weakened=True, fix=fix)


def _leaves(session: Session, definition: Definition) -> Iterator[Finding]:
    """Yield the parts of divided tables that can be reached past the table's policies."""
    for row in read_open_leaves(session, [table.identity for table in definition.tables]):
        who = f" by {row['grantees']}" if row["grantees"] else ""
        words = f"{row['leaf']}, a part of {row['relation']}, can be reached by itself{who}"
        yield Finding(f"table {row['leaf']}", words, weakened=True)


class _Twins:
    """Temporary tables and views with the declared policies and queries, for the server to spell them."""

    def __init__(self, session: Session, definition: Definition) -> None:
        self._session = session
        self._definition = definition
        self._made: set[str] = set()

    def policy(self, wanted: Policy, actual: Policy | None) -> Policy | None:
        """Return the policy as it stands, its texts as the program has them wherever they mean the same."""
        if actual is None:
            return None
        twin = self._twin_of(wanted)
        texts = {} if twin is None else {"using": twin.using, "check": twin.check}
        sources = {"using": wanted.using, "check": wanted.check}
        return respell_policy(actual, wanted, Spelling(record_of(sources, texts)))

    def view(self, wanted: View, actual: View | None) -> View | None:
        """Return the view as it stands, likewise."""
        if actual is None:
            return None
        made = self._make(render("verify.sql.j2", action="twin view", name=wanted.name, query=wanted.query))
        twin = read_view(self._session, self._schema(), wanted.name) if made else None
        texts = {} if twin is None else {"query": twin.query}
        return respell_view(actual, wanted, Spelling(record_of({"query": wanted.query}, texts)))

    def _twin_of(self, wanted: Policy) -> Policy | None:
        if wanted.relation not in self._made:
            text = render("verify.sql.j2", action="twin table", name=wanted.table, relation=wanted.relation)
            if not self._make(text):
                return None
            self._made.add(wanted.relation)
        if not self._make(render("verify.sql.j2", action="twin policy", policy=wanted)):
            return None
        return read_policy(self._session, self._schema(), wanted.table, wanted.name)

    def _make(self, text: str) -> bool:
        """Make a twin; what the server does not take has no twin, and is compared by how it parses."""
        try:
            with self._session.transaction():
                self._session.run("verify", text)
        except RolloutError as error:
            if error.code != "DB003":
                raise
            return False
        return True

    def _schema(self) -> str:
        row = self._session.one(catalog_query("verify_twins.sql"))
        return str(row["name"]) if row else ""
