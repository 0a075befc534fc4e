"""What must hold before a script changes anything, as psql text that ends the script with an error otherwise."""

from typing import Final, Literal

from infra.ddl.script import LOCK_CLASS, LOCK_OBJECT
from infra.ddl.templates import render
from infra.models.definition import Definition
from infra.models.role import Role

_TEMPLATE: Final = "guard.sql.j2"
TableCheck = Literal[
    "one of each", "standing are ours", "something is there", "nothing is there", "nobody else depends"
]


def guard_alone() -> str:
    """Return the guard that takes the deploy lock, or refuses while somebody else holds it."""
    return render(_TEMPLATE, check="alone", tables=(), lock_class=LOCK_CLASS, lock_object=LOCK_OBJECT)


def guard_tables(check: TableCheck, definition: Definition) -> str:
    """Return the guard that looks at all tables of the definition, in place and parked."""
    return render(_TEMPLATE, check=check, tables=definition.tables, views=definition.views)


def guard_roles(roles: tuple[Role, ...]) -> str:
    """Return the guard that no role of these names may do more than the definition says."""
    return render(_TEMPLATE, check="roles are no stronger", tables=(), roles=roles)


def guard_confirmed(definition: Definition, confirmation: str) -> str:
    """Return the guard that lists the rows and refuses without the variable `confirm`."""
    owners = sorted({table.owner for table in definition.tables})
    return render(_TEMPLATE, check="confirmed", tables=definition.tables, owners=owners, confirmation=confirmation)
