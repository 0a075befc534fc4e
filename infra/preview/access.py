"""Who may do what afterwards and could not before, and the reverse, in words; what widens comes first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from infra.models.function import Function, Security
from infra.models.grant import Grant
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.rollout import Rollout
from infra.models.table import Table
from infra.models.view import View
from infra.preview.access_grants import grant_differences
from infra.preview.access_rollout import rollout_differences
from infra.preview.difference import Difference, short
from infra.preview.items import Item

_ATTRIBUTES: Final = {
    "bypass_rls": "pass row security by (BYPASSRLS)",
    "create_role": "make roles (CREATEROLE)",
    "create_database": "make databases (CREATEDB)",
    "login": "log in",
}


def access_differences(
    items: Iterable[Item], *, standing: Iterable[Policy] = (), besides: Iterable[Difference] = ()
) -> tuple[Difference, ...]:
    """Return what changes of who may do what, widened first.

    Args:
        items: what becomes of each object.
        standing: the policies that stand, with those of somebody else's that go with the switch to ours.
        besides: differences of what is no object of ours, such as memberships.
    """
    items = tuple(items)
    found = [difference for item in items for difference in differences_of(item)]
    found += [*besides, *_foreign_policies(items, {policy.identity: policy for policy in standing})]
    return tuple(sorted(dict.fromkeys(found), key=lambda difference: not difference.widens))


def _foreign_policies(items: tuple[Item, ...], standing: dict[str, Policy]) -> Iterator[Difference]:
    """Yield the policies that somebody else made and that are dropped with the switch to ours."""
    ours = {item.identity for item in items if item.kind == Policy.__name__}
    for grant, after in ((item.before, item.after) for item in items):
        if not isinstance(grant, Grant) or not isinstance(after, Grant) or after.policies is None:
            continue
        for name in sorted(set(grant.policies or ()) - set(after.policies)):
            identity = f"{grant.object_name}.{name}"
            if identity not in ours:
                yield _foreign_policy(name, grant.object_name, standing.get(identity))


def _foreign_policy(name: str, relation: str, policy: Policy | None) -> Difference:
    words = f"policy {name} on {short(relation)}, which is not ours, is dropped"
    if policy is None:
        return Difference(words, widens=False)
    return Difference(f"{words}: it decided for {_who(policy)}: {_clauses(policy)}", widens=not policy.permissive)


def differences_of(item: Item) -> Iterator[Difference]:
    """Yield what one object's part of the plan changes of who may do what."""
    one = item.before or item.after
    if (differences := _KINDS.get(type(one))) is not None:
        yield from differences(item.before, item.after)


def _policies(before: Policy | None, after: Policy | None) -> Iterator[Difference]:
    if before is None and after is not None:
        words = f"policy {after.name} decides for {_who(after)} on {short(after.relation)}: {_clauses(after)}"
        yield Difference(words, widens=after.permissive)
    elif before is not None and after is None:
        words = f"policy {before.name} on {short(before.relation)} decides no longer for {_who(before)}"
        yield Difference(words, widens=not before.permissive)
    elif before is not None and after is not None:
        yield from _changed_policy(before, after)


def _changed_policy(before: Policy, after: Policy) -> Iterator[Difference]:
    """Yield what changes of a policy; which way a condition goes nobody can tell, so that it counts as wider."""
    name = f"policy {after.name} on {short(after.relation)}"
    if set(before.roles) != set(after.roles) or before.command is not after.command:
        more = not set(after.roles) <= set(before.roles) or before.command is not after.command
        yield Difference(f"{name} decides for {_who(after)} now, not for {_who(before)}", widens=more)
    for clause, old, new in (("USING", before.using, after.using), ("WITH CHECK", before.check, after.check)):
        if old != new:
            words = f"{name} has no {clause} any more; it was ({old})" if new is None else f"{name}: {clause} ({new})"
            yield Difference(words + (f", not ({old})" if new is not None and old is not None else ""), widens=True)
    if before.permissive is not after.permissive:
        kind = "permissive" if after.permissive else "restrictive"
        yield Difference(f"{name} is {kind} now", widens=after.permissive)


def _who(policy: Policy) -> str:
    return f"{', '.join(policy.roles) or 'PUBLIC'} ({policy.command.value})"


def _clauses(policy: Policy) -> str:
    clauses = (("USING", policy.using), ("WITH CHECK", policy.check))
    return ", ".join(f"{clause} ({text})" for clause, text in clauses if text is not None)


def _tables(before: Table | None, after: Table | None) -> Iterator[Difference]:
    if before is None or after is None or before.row_security is after.row_security:
        return
    words = (
        f"row security on {short(after.identity)} is {after.row_security.value} now, not {before.row_security.value}"
    )
    yield Difference(words, widens=after.row_security.strength < before.row_security.strength)


def _views(before: View | None, after: View | None) -> Iterator[Difference]:
    if after is not None and not after.security_invoker and (before is None or before.security_invoker):
        yield Difference(f"view {short(after.identity)} shows rows with its owner's rights", widens=True)
    if before is not None and after is not None and after.security_invoker and not before.security_invoker:
        yield Difference(f"view {short(after.identity)} shows rows with its reader's rights alone", widens=False)


def _functions(before: Function | None, after: Function | None) -> Iterator[Difference]:
    if after is None:
        return
    definer = after.security is Security.DEFINER
    if definer and (before is None or before.security is not Security.DEFINER):
        yield Difference(f"function {short(after.identity)} runs with its owner's rights", widens=True)
    if before is not None and before.security is Security.DEFINER and not definer:
        yield Difference(f"function {short(after.identity)} runs with its caller's rights alone", widens=False)
    if before is not None and before.search_path != after.search_path:
        path = ", ".join(after.search_path) or "its caller's"
        words = f"function {short(after.identity)} looks names up in {path}"
        yield Difference(words, widens=not after.search_path)


def _roles(before: Role | None, after: Role | None) -> Iterator[Difference]:
    name = after.name if after else before.name if before else ""
    for field, words in _ATTRIBUTES.items():
        had, has = (bool(role and getattr(role, field)) for role in (before, after))
        if has and not had:
            yield Difference(f"{name} may now {words}", widens=True)
        elif had and not has:
            yield Difference(f"{name} may no longer {words}", widens=False)


_KINDS: Final[dict[type, Callable[[Any, Any], Iterator[Difference]]]] = {
    Grant: grant_differences,
    Policy: _policies,
    Table: _tables,
    View: _views,
    Function: _functions,
    Role: _roles,
    Rollout: rollout_differences,
}
