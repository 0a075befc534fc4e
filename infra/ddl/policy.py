"""Steps that bring a policy to its definition without a moment in which it is missing."""

from infra.ddl.budget import On, budgeted
from infra.ddl.hazards import access_hazards
from infra.ddl.reading import read_by_policy
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.policy import Policy

_TEMPLATE = "policy"
_DECISIVE = ("command", "roles", "using", "check", "permissive")


def plan_policy(actual: Policy | None, desired: Policy) -> Plan:
    """Return the steps from what is there to what is wanted."""
    subject = f"policy {desired.identity}"
    if actual is None:
        hazards = access_hazards(widened=desired.permissive, narrowed=not desired.permissive)
        return (Step(subject, "create the policy", (_statement("create", desired),), hazards=hazards),)
    changed = [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]
    if not changed:
        return ()
    summary = f"change {', '.join(changed)}"
    statements: tuple[Statement, ...] = (_statement("alter", desired),)
    if _must_be_made_anew(actual, desired):
        # In one transaction: nobody sees the table without the policy.
        statements = (_statement("drop", desired), _statement("create", desired))
    return (Step(subject, summary, statements, hazards=(*_access(actual, desired), Hazard.CORRECTNESS)),)


def _access(actual: Policy, desired: Policy) -> tuple[Hazard, ...]:
    """Return whether the change widens access or narrows it: which way a condition goes nobody can tell."""
    fewer = set(desired.roles) < set(actual.roles)
    same = all(getattr(actual, name) == getattr(desired, name) for name in _DECISIVE if name != "roles")
    if same and (fewer or set(desired.roles) > set(actual.roles)):
        narrowed = fewer is desired.permissive
        return access_hazards(widened=not narrowed, narrowed=narrowed)
    stricter = actual.permissive and not desired.permissive
    return access_hazards(widened=not stricter, narrowed=stricter)


def plan_policy_drop(policy: Policy) -> Plan:
    """Return the step that drops the policy: without it the table shows fewer rows, never more, if it is permissive."""
    return (
        Step(
            f"policy {policy.identity}",
            "drop the policy",
            (_statement("drop", policy),),
            hazards=access_hazards(widened=not policy.permissive, narrowed=policy.permissive),
            keeps="every row",
        ),
    )


def _statement(action: str, policy: Policy) -> Statement:
    on = {On.TABLE: (policy.relation,), On.READ: read_by_policy(policy)}
    return budgeted(_TEMPLATE, action, on, policy=policy)


def _must_be_made_anew(actual: Policy, desired: Policy) -> bool:
    """ALTER POLICY changes neither the command nor the kind, and cannot take an expression away."""
    removed = (actual.using is not None and desired.using is None) or (
        actual.check is not None and desired.check is None
    )
    return actual.command != desired.command or actual.permissive != desired.permissive or removed
