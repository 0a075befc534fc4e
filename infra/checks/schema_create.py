"""Only owners make objects in a schema: who can, can put one in the way of a name that others look up."""

from infra.checks.grantees import APPLICATION_ROLES, is_public
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.grant import Grant, Target


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each role that may create in a schema and owns nothing."""
    owners = {table.owner for table in definition.tables} | {view.owner for view in definition.views}
    owners |= {function.owner for function in definition.functions}
    return [error for grant in definition.grants for error in _find_in(grant, owners)]


def find_in_grant(grant: Grant) -> list[RolloutError]:
    """Return an error for each of the application's roles that may create in the schema."""
    named = {entry.role for entry in grant.entries}
    return _find_in(grant, {role for role in named if role not in APPLICATION_ROLES and not is_public(role)})


def _find_in(grant: Grant, owners: set[str]) -> list[RolloutError]:
    if grant.target is not Target.SCHEMA:
        return []
    return [
        RolloutError(
            RULE.code,
            f"{grant.identity}.entries[{number}]",
            f"{entry.role} may make objects in {grant.object_name} (create)",
            allowed="usage; create for the owner of our objects alone",
            fix="grant usage instead",
        )
        for number, entry in enumerate(grant.entries)
        if entry.privilege == "create" and entry.role not in owners
    ]


RULE = Rule("SEC021", "schema_create", Definition, find)
GRANT_RULE = Rule("SEC021", "schema_create", Grant, find_in_grant)
