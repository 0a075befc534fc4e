"""Steps that bring a role to its definition."""

from infra.ddl.budget import budgeted
from infra.ddl.statement import Plan, Step
from infra.models.role import Role

_TEMPLATE = "role"
_ATTRIBUTES = ("login", "inherit", "bypass_rls", "create_role", "create_database", "connection_limit")


def plan_role(actual: Role | None, desired: Role, *, verifier: str | None = None) -> Plan:
    """Return the steps from what is there to what is wanted; `verifier` is the SCRAM form of a password to set."""
    subject = f"role {desired.name}"
    steps = []
    if actual is None:
        statement = budgeted(_TEMPLATE, "create", role=desired)
        steps.append(Step(subject, "create the role", (statement,)))
    elif changed := [name for name in _ATTRIBUTES if getattr(actual, name) != getattr(desired, name)]:
        statement = budgeted(_TEMPLATE, "alter", role=desired, former=actual)
        steps.append(Step(subject, f"change {', '.join(changed)}", (statement,)))
    if verifier is not None:
        statement = budgeted(_TEMPLATE, "password", role=desired, verifier=verifier)
        steps.append(Step(subject, "set the password, as a SCRAM verifier", (statement,)))
    return tuple(steps)


def plan_role_drop(role: Role) -> Plan:
    """Return the step that drops the role; one that something depends on (2BP01), here or elsewhere, stays as it is."""
    return (
        Step(
            f"role {role.name}",
            "drop the role, unless something depends on it, such as a parked table or another database",
            (budgeted(_TEMPLATE, "drop", role=role),),
            keeps="the role while anything depends on it",
            fallback_on=("2BP01",),
        ),
    )
