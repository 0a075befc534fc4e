"""The whole definition from nothing, in the order in which each object finds what it needs."""

from collections.abc import Iterable
from typing import Final

from infra.ddl import conditions
from infra.ddl.budget import budgeted
from infra.ddl.function import plan_function
from infra.ddl.grant import grant_statement, plan_grant
from infra.ddl.guards import guard_alone, guard_author, guard_roles, guard_tables, guard_until
from infra.ddl.index import IndexState, plan_index, plan_index_drop
from infra.ddl.partitions import plan_first_months
from infra.ddl.phase_entries import OPERATOR, SESSION, override_part
from infra.ddl.policy import plan_policy
from infra.ddl.role import plan_role
from infra.ddl.rollout import Author, plan_rollout
from infra.ddl.script import Part, Script, render_script
from infra.ddl.setting import plan_setting
from infra.ddl.standing_report import standing_report
from infra.ddl.statement import Plan, Statement, Step
from infra.ddl.table import leaf_names, plan_table_creation
from infra.ddl.trigger import plan_trigger
from infra.ddl.view import plan_view
from infra.models.definition import Definition, Extension, Schema
from infra.models.grant import Grant, Target
from infra.models.index import Index
from infra.models.role import Role
from infra.models.setting import Scope
from infra.models.table import Table

_ABOUT: Final = (
    "For a database without these tables; it refuses where one is there already, or parked.",
    "Run it on a direct connection as the deployer, who is then a member of the roles that it makes:",
    "  psql -X -v ON_ERROR_STOP=1{options} -f {name}",
    "Roles are of the whole cluster: one that is there already is taken as it is, as is a ledger that stands.",
    "A lock that does not come in time stops the script; `-v lock_timeout=2s` gives it longer.",
    "Stopped at any place, it can be run again, and goes on from there.",
    "",
)
_FIRST: Final = 1
_OVERRIDE: Final = ("by", "why", "until")


def deploy_script(
    definition: Definition, name: str = "deploy.sql", *, about: tuple[str, ...] = (), names_deployer: bool = True
) -> str:
    """Return the script that makes everything of the definition in a database that has none of its tables.

    A phase after the first asks for who, why and until when: there is no gate that could have been measured.

    Args:
        definition: what is made.
        name: the script's file.
        about: further lines of its header.
        names_deployer: whether the deployer is the definition's; otherwise it is whoever runs the script.
    """
    late = definition.rollout is not None and definition.rollout.phase > _FIRST
    options = " -v by=<who> -v why=<why> -v until=<date>" if late else ""
    required = _OVERRIDE if late else ()
    script = Script(
        title="Makes the database of the definition.",
        about=(*(line.format(name=name, options=options) for line in _ABOUT[:-1]), *about, ""),
        guards=(
            guard_author(*required, problem="GATE003 who, why and until when must be said"),
            *([guard_until()] if late else []),
            guard_alone(),
            guard_tables("nothing is there", definition),
            guard_roles(definition.roles),
        ),
        parts=deploy_parts(definition, frozenset() if names_deployer else deployers(definition)),
        ending="Done: the database is as the definition says.",
        report=standing_report(definition),
    )
    return render_script(script)


def deploy_plan(definition: Definition) -> Plan:
    """Return the steps that make everything of the definition in an empty database of an empty cluster."""
    made = (*_made_parts(definition, frozenset(), mending=False), *_phase_parts(definition, SESSION))
    return tuple(part.step for part in made)


def deploy_parts(definition: Definition, unnamed: frozenset[str] = frozenset()) -> tuple[Part, ...]:
    """Return the steps with what makes some of them unnecessary: what is there already.

    Whoever runs them takes the place of the `unnamed`.
    """
    rollout = definition.rollout
    late = rollout is not None and rollout.phase > _FIRST
    overrides = (override_part(0, rollout.phase),) if rollout is not None and late else ()
    return (*_made_parts(definition, unnamed, mending=True), *overrides, *_phase_parts(definition, OPERATOR))


def _made_parts(definition: Definition, unnamed: frozenset[str], *, mending: bool) -> tuple[Part, ...]:
    """Return the parts for the objects; `mending` drops indexes whose build was stopped first."""
    going = definition.without_retained()
    kept = [table for table in definition.tables if definition.is_retained(table)]
    return (
        *map(schema_part, definition.schemas),
        *(part for role in definition.roles for part in role_parts(role)),
        *_memberships(definition, unnamed),
        *map(_extension, definition.extensions),
        *_always(plan_grant(None, grant) for grant in definition.grants if grant.target is Target.SCHEMA),
        # The server's own settings are not the database's: whoever runs the server is told of them elsewhere.
        *_always(plan_setting(None, item) for item in definition.settings if item.scope is not Scope.SYSTEM),
        *(retained_part(table, definition, unnamed) for table in kept),
        *(part for table in going.tables for part in _table_parts(table)),
        *(
            Part(step, conditions.function_differs(function))
            for function in going.functions
            for step in plan_function(None, function)
        ),
        *(
            Part(step, conditions.policy_is_missing(policy))
            for policy in going.policies
            for step in plan_policy(None, policy)
        ),
        *(part for index in going.indexes for part in index_parts(index, definition, mending=mending)),
        *(
            Part(step, conditions.trigger_is_missing(trigger))
            for trigger in going.triggers
            for step in plan_trigger(None, trigger, leaves=leaf_names(definition.table(trigger.relation)))
        ),
        *(
            Part(step, conditions.relation_is_missing(view.identity))
            for view in going.views
            for step in plan_view(None, view)
        ),
        *_always(plan_grant(None, grant) for grant in going.grants if grant.target is not Target.SCHEMA),
        *_always(plan_first_months(definition.table(months.relation), months) for months in going.partitions),
    )


def retained_part(table: Table, definition: Definition, unnamed: frozenset[str]) -> Part:
    """Return the one step that makes a table that outlives everything else, with all that belongs to it."""
    functions = [item for item in definition.functions if definition.is_retained(item)]
    names = {table.identity, *(function.identity for function in functions)}
    grants = [item for item in definition.grants if item.object_name in names]
    plans = (
        plan_table_creation(table),
        *(plan_function(None, function) for function in functions),
        *(plan_policy(None, policy) for policy in definition.policies_of(table)),
        *(plan_trigger(None, trigger, leaves=leaf_names(table)) for trigger in definition.triggers_of(table)),
    )
    statements = [item for plan in plans for step in plan for item in step.statements]
    statements += [item for grant in grants for item in _grants(grant, unnamed)]
    step = Step(
        f"table {table.identity}",
        "create it whole: it outlives everything else",
        tuple(statements),
    )
    return Part(step, conditions.relation_is_missing(table.identity))


def deployers(definition: Definition) -> frozenset[str]:
    """Return who deploys: the members that are no roles of the definition's own."""
    ours = {role.name for role in definition.roles}
    return frozenset(item.member for item in definition.memberships if item.member not in ours)


def _grants(grant: Grant, unnamed: frozenset[str]) -> list[Statement]:
    return [
        grant_statement("grant to whoever runs this" if entry.role in unnamed else "grant", grant, entry=entry)
        for entry in grant.sorted_entries()
    ]


def _memberships(definition: Definition, unnamed: frozenset[str]) -> tuple[Part, ...]:
    return tuple(
        Part(membership_step(item.role, None if item.member in unnamed else item.member))
        for item in definition.memberships
    )


def _phase_parts(definition: Definition, author: Author) -> tuple[Part, ...]:
    """Return the last part of all: a database has a phase once everything stands."""
    if definition.rollout is None:
        return ()
    steps = plan_rollout(None, definition.rollout, author)
    return tuple(Part(step, conditions.nothing_is_rolled_out()) for step in steps)


def _table_parts(table: Table) -> tuple[Part, ...]:
    return tuple(Part(step, conditions.relation_is_missing(table.identity)) for step in plan_table_creation(table))


def index_parts(index: Index, definition: Definition, *, mending: bool = True) -> tuple[Part, ...]:
    """Return the parts that drop what an interrupted build left, and build the index where it is missing.

    On a divided table the index is made for the whole first, and is valid once its last part has joined it.
    """
    state = empty_table_state(index, definition)
    steps = plan_index(state, index)
    drops = plan_index_drop(index, state) if mending and steps else ()
    return (
        *(Part(step, conditions.index_is_invalid(index.identity)) for step in drops),
        *(Part(step, conditions.relation_is_missing(index.identity)) for step in steps[:1]),
        *(Part(step, conditions.index_is_invalid(index.identity)) for step in steps[1:]),
    )


def schema_part(schema: Schema) -> Part:
    """Return the part that makes the schema where it is missing."""
    step = Step(f"schema {schema.name}", "create the schema", (budgeted("schema", "create", schema=schema),))
    return Part(step, conditions.schema_is_missing(schema.name))


def role_parts(role: Role) -> tuple[Part, ...]:
    """Return the parts that make the role where the cluster has none of that name, and let it log in if it may."""
    (create,) = plan_role(None, role)
    parts = [Part(create, conditions.role_is_missing(role.name))]
    if role.login:
        (allow,) = plan_role(role.model_copy(update={"login": False, "password": None}), role)
        parts.append(Part(allow, conditions.role_may_not_log_in(role.name)))
    return tuple(parts)


def membership_step(role: str, member: str | None) -> Step:
    """Return the step that lets the member act as the role; without a member, whoever runs the script."""
    grant = budgeted("membership", "grant", role=role, member=member)
    return Step(f"role {role}", f"let {member or 'whoever runs this'} act as it", (grant,))


def empty_table_state(index: Index, definition: Definition) -> IndexState:
    """Return the state before the index is built: a divided table has no part of it on any leaf."""
    parts = definition.table(index.relation).partitioning
    leaves = None if parts is None else {f"{leaf.schema_name}.{leaf.name}": False for leaf in parts.leaves}
    return IndexState(leaves=leaves)


def _extension(extension: Extension) -> Part:
    create = budgeted("extension", "create", extension=extension)
    return Part(Step(f"extension {extension.name}", "create the extension", (create,)))


def _always(plans: Iterable[Plan]) -> tuple[Part, ...]:
    return tuple(Part(step) for plan in plans for step in plan)
