"""What a deploy script says at its end: every object of the definition is looked for, and counted."""

from collections.abc import Iterator
from typing import Final

from infra.ddl import conditions
from infra.ddl.script import quote_argument
from infra.ddl.templates import render
from infra.models.definition import Definition

_COUNTED: Final = ("schemas", "roles", "tables", "policies", "indexes", "functions", "triggers", "views")


def standing_report(definition: Definition) -> str:
    """Return the text for psql that fails where an object is missing, and tells how many stand."""
    present = tuple(index for index in definition.indexes if not index.absent)
    numbers = [(name, len(present if name == "indexes" else getattr(definition, name))) for name in _COUNTED]
    counted = ", ".join(f"{number} {name}" for name, number in numbers)
    checks = list(_checks(definition))
    return render("standing.sql.j2", checks=checks, counted=quote_argument(f"Counted: {counted}."))


def _checks(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield every object by its name, with the condition that it is not as it should be."""
    for schema in definition.schemas:
        yield f"schema {schema.name}", conditions.schema_is_missing(schema.name)
    for role in definition.roles:
        yield f"role {role.name}", conditions.role_is_missing(role.name)
    for table in definition.tables:
        yield f"table {table.identity}", conditions.relation_is_missing(table.identity)
    for view in definition.views:
        yield f"view {view.identity}", conditions.relation_is_missing(view.identity)
    for index in definition.indexes:
        if not index.absent:
            broken = conditions.index_is_invalid(index.identity)
            yield f"index {index.identity}", f"({conditions.relation_is_missing(index.identity)} OR ({broken}))"
    for policy in definition.policies:
        yield f"policy {policy.identity}", conditions.policy_is_missing(policy)
    for function in definition.functions:
        yield f"function {function.identity}", conditions.function_differs(function)
    for trigger in definition.triggers:
        yield f"trigger {trigger.identity}", conditions.trigger_is_missing(trigger)
