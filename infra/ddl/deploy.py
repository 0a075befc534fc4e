"""The whole definition from nothing, in the order in which each object finds what it needs."""

from collections.abc import Iterable
from typing import Final

from infra.ddl import conditions
from infra.ddl.function import plan_function
from infra.ddl.grant import plan_grant
from infra.ddl.guards import guard_alone, guard_roles, guard_tables
from infra.ddl.index import IndexState, plan_index
from infra.ddl.policy import plan_policy
from infra.ddl.role import plan_role
from infra.ddl.script import Part, Script, render_script
from infra.ddl.setting import plan_setting
from infra.ddl.statement import Plan, Step, lockless
from infra.ddl.table import plan_table_creation
from infra.ddl.templates import render
from infra.ddl.trigger import plan_trigger
from infra.ddl.view import plan_view
from infra.models.definition import Definition, Extension, Schema
from infra.models.grant import Target
from infra.models.index import Index
from infra.models.role import Role

_ABOUT: Final = (
    "For a database without these tables; it refuses where one is there already, or parked.",
    "Run it on a direct connection as the deployer, who is then a member of the roles that it makes:",
    "  psql -X -v ON_ERROR_STOP=1 -f deploy.sql",
    "Roles are of the whole cluster: one that is there already is taken as it is.",
    "A lock that does not come in time stops the script; `-v lock_timeout=2s` gives it longer.",
    "",
)


def deploy_script(definition: Definition) -> str:
    """Return the script that makes everything of the definition in a database that has none of its tables."""
    script = Script(
        title="Makes the database of the definition.",
        about=_ABOUT,
        guards=(guard_alone(), guard_tables("nothing is there", definition), guard_roles(definition.roles)),
        parts=deploy_parts(definition),
        ending="Done: the database is as the definition says.",
    )
    return render_script(script)


def deploy_plan(definition: Definition) -> Plan:
    """Return the steps that make everything of the definition in an empty database of an empty cluster."""
    return tuple(part.step for part in deploy_parts(definition))


def deploy_parts(definition: Definition) -> tuple[Part, ...]:
    """Return the steps with what makes some of them unnecessary: schemas and roles that are there already."""
    return (
        *map(schema_part, definition.schemas),
        *(part for role in definition.roles for part in role_parts(role)),
        *(Part(membership_step(item.role, item.member)) for item in definition.memberships),
        *map(_extension, definition.extensions),
        *_always(plan_grant(None, grant) for grant in definition.grants if grant.target is Target.SCHEMA),
        *_always(plan_setting(None, setting) for setting in definition.settings),
        *_always(map(plan_table_creation, definition.tables)),
        *_always(plan_function(None, function) for function in definition.functions),
        *_always(plan_policy(None, policy) for policy in definition.policies),
        *_always(plan_index(empty_table_state(index, definition), index) for index in definition.indexes),
        *_always(plan_trigger(None, trigger) for trigger in definition.triggers),
        *_always(plan_view(None, view) for view in definition.views),
        *_always(plan_grant(None, grant) for grant in definition.grants if grant.target is not Target.SCHEMA),
    )


def schema_part(schema: Schema) -> Part:
    """Return the part that makes the schema where it is missing."""
    text = render("schema.sql.j2", schema=schema)
    step = Step(f"schema {schema.name}", "create the schema", (lockless(text),))
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
    text = render("membership.sql.j2", role=role, member=member)
    return Step(f"role {role}", f"let {member or 'whoever runs this'} act as it", (lockless(text),))


def empty_table_state(index: Index, definition: Definition) -> IndexState:
    """Return the state before the index is built: a divided table has no part of it on any leaf."""
    parts = definition.table(index.relation).partitioning
    leaves = None if parts is None else {f"{leaf.schema_name}.{leaf.name}": False for leaf in parts.leaves}
    return IndexState(leaves=leaves)


def _extension(extension: Extension) -> Part:
    text = render("extension.sql.j2", extension=extension)
    return Part(Step(f"extension {extension.name}", "create the extension", (lockless(text),)))


def _always(plans: Iterable[Plan]) -> tuple[Part, ...]:
    return tuple(Part(step) for plan in plans for step in plan)
