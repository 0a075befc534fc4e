"""Steps that bring a role to its definition."""

from infra.ddl.budget import budgeted
from infra.ddl.hazards import access_hazards
from infra.ddl.statement import Hazard, Plan, Step
from infra.models.role import Role

_TEMPLATE = "role"
_RIGHTS = ("login", "inherit", "bypass_rls", "create_role", "create_database")
_ATTRIBUTES = (*_RIGHTS, "connection_limit")


def plan_role(actual: Role | None, desired: Role, *, verifier: str | None = None) -> Plan:
    """Return the steps from what is there to what is wanted; `verifier` is the SCRAM form of a password to set."""
    subject = f"role {desired.name}"
    steps = []
    if actual is None:
        statement = budgeted(_TEMPLATE, "create", role=desired)
        steps.append(Step(subject, "create the role", (statement,)))
    elif changed := [name for name in _ATTRIBUTES if getattr(actual, name) != getattr(desired, name)]:
        statement = budgeted(_TEMPLATE, "alter", role=desired, former=actual)
        steps.append(Step(subject, f"change {', '.join(changed)}", (statement,), hazards=_hazards(actual, desired)))
    if verifier is not None:
        statement = budgeted(_TEMPLATE, "password", role=desired, verifier=verifier)
        steps.append(Step(subject, "set the password, as a SCRAM verifier", (statement,)))
    return tuple(steps)


def _hazards(actual: Role, desired: Role) -> tuple[Hazard, ...]:
    """Return what a reviewer must know: what the role may do besides its grants, and how many connections it has."""
    widened = any(getattr(desired, name) and not getattr(actual, name) for name in _RIGHTS)
    narrowed = any(getattr(actual, name) and not getattr(desired, name) for name in _RIGHTS)
    fewer = desired.connection_limit >= 0 and not 0 <= actual.connection_limit <= desired.connection_limit
    limited = (Hazard.CAPACITY_NARROWED,) if fewer else ()
    return (*access_hazards(widened=widened, narrowed=narrowed), *limited)


def plan_role_drop(role: Role) -> Plan:
    """Return the step that drops the role; one that something depends on (2BP01), here or elsewhere, stays as it is."""
    return (
        Step(
            f"role {role.name}",
            "drop the role, unless something depends on it, such as a parked table or another database",
            (budgeted(_TEMPLATE, "drop", role=role),),
            hazards=(Hazard.ACCESS_NARROWED,),
            keeps="the role while anything depends on it",
            fallback_on=("2BP01",),
        ),
    )
