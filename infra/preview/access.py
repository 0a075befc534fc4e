"""Who may do what afterwards and could not before, and the reverse, in words; what widens comes first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from infra.models.function import Function, Security
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.table import RowSecurity, Table
from infra.models.view import View
from infra.preview.items import Item

_ATTRIBUTES: Final = {
    "bypass_rls": "pass row security by (BYPASSRLS)",
    "create_role": "make roles (CREATEROLE)",
    "create_database": "make databases (CREATEDB)",
    "login": "log in",
}
_STRENGTH: Final = {RowSecurity.DISABLED: 0, RowSecurity.ENABLED: 1, RowSecurity.FORCED: 2}
#: A privilege on the whole object, among those on columns.
_WHOLE: Final = frozenset({""})


@dataclass(frozen=True)
class Difference:
    """One thing that somebody may do or may no longer do."""

    sentence: str
    widens: bool


def access_differences(items: Iterable[Item]) -> tuple[Difference, ...]:
    """Return what changes of who may do what, widened first."""
    found = [difference for item in items for difference in differences_of(item)]
    return tuple(sorted(found, key=lambda difference: not difference.widens))


def differences_of(item: Item) -> Iterator[Difference]:
    """Yield what one object's part of the plan changes of who may do what."""
    one = item.before or item.after
    if (differences := _KINDS.get(type(one))) is not None:
        yield from differences(item.before, item.after)


def _grants(before: Grant | None, after: Grant | None) -> Iterator[Difference]:
    one = before or after
    if one is None:
        return
    old, new = (_rights(grant.entries) if grant else {} for grant in (before, after))
    for (role, privilege), columns in new.items():
        if more := _more(columns, old.get((role, privilege), frozenset())):
            yield Difference(f"{role} may now {_deed(one, privilege, more)}", widens=True)
    for (role, privilege), columns in old.items():
        if less := _more(columns, new.get((role, privilege), frozenset())):
            yield Difference(f"{role} may no longer {_deed(one, privilege, less)}", widens=False)
    for name in sorted(set(before.policies or ()) - set(after.policies or ()) if before and after else ()):
        yield Difference(f"policy {name} on {one.object_name}, which is not ours, is dropped", widens=False)


def _rights(entries: Iterable[Entry]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for entry in entries:
        key = (entry.role, entry.privilege)
        found[key] = found.get(key, frozenset()) | (frozenset(entry.columns) or _WHOLE)
    return found


def _more(columns: frozenset[str], known: frozenset[str]) -> frozenset[str]:
    """Return what the one has beyond the other; the whole holds every column."""
    return frozenset() if known >= _WHOLE else columns - known


def _deed(grant: Grant, privilege: str, columns: frozenset[str]) -> str:
    """Return in words what may be done, such as ``update public.creator_profiles.readiness_score``."""
    place = grant.object_name if grant.target is Target.RELATION else f"{grant.target.value} {grant.object_name}"
    names = sorted(columns - _WHOLE)
    if not names or columns >= _WHOLE:
        return f"{privilege} {place}"
    return f"{privilege} {place}.{names[0]}" if len(names) == 1 else f"{privilege} {place} ({', '.join(names)})"


def _policies(before: Policy | None, after: Policy | None) -> Iterator[Difference]:
    if before is None and after is not None:
        words = f"policy {after.name} decides for {_who(after)} on {after.relation}: {_clauses(after)}"
        yield Difference(words, widens=after.permissive)
    elif before is not None and after is None:
        words = f"policy {before.name} on {before.relation} decides no longer for {_who(before)}"
        yield Difference(words, widens=not before.permissive)
    elif before is not None and after is not None:
        yield from _changed_policy(before, after)


def _changed_policy(before: Policy, after: Policy) -> Iterator[Difference]:
    """Yield what changes of a policy; which way a condition goes nobody can tell, so that it counts as wider."""
    name = f"policy {after.name} on {after.relation}"
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
    words = f"row security on {after.identity} is {after.row_security.value} now, not {before.row_security.value}"
    yield Difference(words, widens=_STRENGTH[after.row_security] < _STRENGTH[before.row_security])


def _views(before: View | None, after: View | None) -> Iterator[Difference]:
    if after is not None and not after.security_invoker and (before is None or before.security_invoker):
        yield Difference(f"view {after.identity} shows rows with its owner's rights", widens=True)
    if before is not None and after is not None and after.security_invoker and not before.security_invoker:
        yield Difference(f"view {after.identity} shows rows with its reader's rights alone", widens=False)


def _functions(before: Function | None, after: Function | None) -> Iterator[Difference]:
    if after is None:
        return
    definer = after.security is Security.DEFINER
    if definer and (before is None or before.security is not Security.DEFINER):
        yield Difference(f"function {after.identity} runs with its owner's rights", widens=True)
    if before is not None and before.security is Security.DEFINER and not definer:
        yield Difference(f"function {after.identity} runs with its caller's rights alone", widens=False)
    if before is not None and before.search_path != after.search_path:
        path = ", ".join(after.search_path) or "its caller's"
        words = f"function {after.identity} looks names up in {path}"
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
    Grant: _grants,
    Policy: _policies,
    Table: _tables,
    View: _views,
    Function: _functions,
    Role: _roles,
}
