"""What must hold before a script changes anything, as psql text that ends the script with an error otherwise."""

from typing import Final, Literal

from infra.ddl import conditions
from infra.ddl.script import LOCK_CLASS, LOCK_OBJECT
from infra.ddl.templates import render
from infra.models.definition import Definition
from infra.models.flag import FlagName
from infra.models.grant import Grant
from infra.models.role import Role
from infra.pipeline.tables.rollout_state import ROLLOUT_STATE

_TEMPLATE: Final = "guard.sql.j2"
TableCheck = Literal[
    "one of each", "standing are ours", "something is there", "nothing is there", "nobody else depends"
]


def guard_alone() -> str:
    """Return the guard that takes the deploy lock, or refuses while somebody else holds it."""
    return render(_TEMPLATE, check="alone", tables=(), lock_class=LOCK_CLASS, lock_object=LOCK_OBJECT)


def guard_tables(check: TableCheck, definition: Definition) -> str:
    """Return the guard that looks at all tables of the definition, in place and parked."""
    state = ROLLOUT_STATE.identity if definition.rollout else ""
    tables, views, kept = definition.tables, definition.views, definition.retained
    return render(_TEMPLATE, check=check, tables=tables, views=views, kept=kept, state=state)


def guard_unused(definition: Definition) -> str:
    """Return the guard that no long transaction holds a table, in place or parked, or a view."""
    tables = definition.tables
    standing = [table.identity for table in tables]
    parked = [f"{table.archive_schema}.{table.name}" for table in tables]
    views = [view.identity for view in definition.views]
    return render(_TEMPLATE, check="nobody is at work", tables=(), names=[*standing, *parked, *views])


def guard_roles(roles: tuple[Role, ...]) -> str:
    """Return the guard that no role of these names may do more than the definition says."""
    return render(_TEMPLATE, check="roles are no stronger", tables=(), roles=roles)


def guard_confirmed(definition: Definition, confirmation: str) -> str:
    """Return the guard that lists the rows and refuses without the variable `confirm`."""
    owners = sorted({table.owner for table in definition.tables})
    return render(_TEMPLATE, check="confirmed", tables=definition.tables, owners=owners, confirmation=confirmation)


def guard_author(*required: str, problem: str = "who and why must be said") -> str:
    """Return the guard that takes who runs the script, why, and from which commit; it refuses without those required.

    Without any required, whoever is logged in is the one who runs it.
    """
    usage = "".join(f" -v {name}=<{_SAID[name]}>" for name in required)
    names = dict.fromkeys((*_AUTHOR, *required))
    values = {"required": required, "names": names, "problem": problem, "usage": usage}
    return render(_TEMPLATE, check="author", tables=(), **values)


def guard_until() -> str:
    """Return the guard that the variable `until` is a day or a date-time that is still to come."""
    return render(_TEMPLATE, check="until", tables=())


def guard_ready(flags: dict[str, FlagName]) -> str:
    """Return the guard that the second variable is `yes` only where the first one is: its flag requires the other."""
    return render(_TEMPLATE, check="ready", tables=(), names=list(flags), flags=[flag.value for flag in flags.values()])


def guard_phase(before: int, after: int, *, hint: str, latch_hint: str = "") -> str:
    """Return the guard that the database is in one of two phases; with `latch_hint`, and the kill switch not set."""
    values = {"before": before, "after": after, "hint": hint, "latch_hint": latch_hint}
    return render(_TEMPLATE, check="phase", tables=(), **values)


def guard_grants(before: Grant, after: Grant) -> str:
    """Return the guard that the object's grants are exactly the ones or the others: nobody else's are taken away."""
    differs = {
        "differs_from_before": conditions.grants_differ(before),
        "differs_from_after": conditions.grants_differ(after),
    }
    return render(_TEMPLATE, check="grants", tables=(), name=after.object_name, **differs)


_AUTHOR: Final = ("by", "why", "commit")
_SAID: Final = {"by": "who", "why": "why", "until": "date"}
