"""The step that switches an object's access: revokes, grants and the end of foreign policies in one transaction."""

from typing import Final

from infra.ddl.budget import On, budgeted
from infra.ddl.hazards import access_hazards
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.grant import Entry, Grant, Target

_TEMPLATE = "grant"
#: How a privilege that its holder may pass on is told from one of a definition, which never says so.
GRANTABLE: Final = " with grant option"


def plan_grant(actual: Grant | None, desired: Grant, *, owner: str = "") -> Plan:
    """Return the step to the wanted grants, or none; `owner` is the object's, where one stands.

    Whatever differs, all is revoked and granted again in sorted order: nobody sees the moment between, and the
    order of the entries, which a dump shows, does not depend on history.
    """
    extra = _extra_policies(actual, desired)
    before = actual.sorted_entries() if actual else ()
    if before == desired.sorted_entries() and not extra:
        return ()
    statements: list[Statement] = []
    if roles := _revoked_roles(before, desired):
        statements += _revokes(before, desired, roles, owner)
    statements += [grant_statement("grant", desired, entry=entry) for entry in desired.sorted_entries()]
    for policy in extra:
        on = {On.TABLE: (desired.object_name,)}
        statements.append(budgeted(_TEMPLATE, "drop policy", on, grant=desired, policy=policy))
    step = Step(
        f"grants on {desired.object_name}",
        _summary(before, desired, extra),
        tuple(statements),
        hazards=_hazards(before, desired, extra),
        keeps="every row",
    )
    return (step,) if statements else ()


def plan_grant_drop(grant: Grant) -> Plan:
    """Return the step that takes every listed privilege back."""
    roles = tuple(sorted({entry.role for entry in grant.entries}))
    if not roles:
        return ()
    revoke = grant_statement("revoke", grant, roles=roles)
    subject = f"grants on {grant.object_name}"
    summary = f"revoke everything from {', '.join(roles)}"
    return (Step(subject, summary, (revoke,), hazards=(Hazard.ACCESS_NARROWED,), keeps="every row"),)


def grant_statement(action: str, grant: Grant, **values: object) -> Statement:
    """Return a statement that gives privileges on the grant's object, or takes them back."""
    on = {On.OBJECT: (grant.object_name,) if grant.target is Target.RELATION else ()}
    return budgeted(_TEMPLATE, action, on, grant=grant, **values)


def describe_entry(entry: Entry) -> str:
    """Return a privilege in words, such as ``authenticated: update (creative_role)``."""
    columns = f" ({', '.join(entry.columns)})" if entry.columns else ""
    return f"{entry.role}: {entry.privilege}{columns}"


def _revokes(before: tuple[Entry, ...], desired: Grant, roles: tuple[str, ...], owner: str) -> list[Statement]:
    """Take everything back. As a member of several roles that may grant, PostgreSQL would choose any as the grantor."""
    revoke = grant_statement("revoke", desired, roles=roles)
    if not any(entry.privilege.endswith(GRANTABLE) for entry in before):
        return [revoke]
    act = budgeted(_TEMPLATE, "act as owner", owner=owner)
    return [act, revoke, budgeted(_TEMPLATE, "act as ourselves")]


def _extra_policies(actual: Grant | None, desired: Grant) -> tuple[str, ...]:
    if actual is None or desired.policies is None:
        return ()
    return tuple(name for name in actual.policies or () if name not in desired.policies)


def _revoked_roles(before: tuple[Entry, ...], desired: Grant) -> tuple[str, ...]:
    present = {entry.role for entry in before}
    managed = present if desired.exclusive else present & {entry.role for entry in desired.entries}
    return tuple(sorted(managed))


def _summary(before: tuple[Entry, ...], desired: Grant, extra: tuple[str, ...]) -> str:
    now = desired.sorted_entries()
    words = [f"+ {describe_entry(entry)}" for entry in now if entry not in before]
    words += [f"- {describe_entry(entry)}" for entry in before if entry not in now]
    words += [f"drop policy {name}" for name in extra]
    return "; ".join(words) or "order the grants"


def _hazards(before: tuple[Entry, ...], desired: Grant, extra: tuple[str, ...]) -> tuple[Hazard, ...]:
    now = desired.sorted_entries()
    widened = any(entry not in before for entry in now)
    narrowed = bool(extra) or any(entry not in now for entry in before)
    return access_hazards(widened=widened, narrowed=narrowed)
