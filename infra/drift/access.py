"""What was changed of who may do what: policies, grants, roles."""

from collections.abc import Iterator
from typing import Final

from infra.drift.finding import Finding
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Policy
from infra.models.role import Role

GRANTABLE: Final = " with grant option"
#: A privilege on the whole object, among those on columns: no column has an empty name.
WHOLE: Final = frozenset({""})
NONE: Final[frozenset[str]] = frozenset()
#: Attributes that reach past a role's grants, by the words that give and take them.
_ATTRIBUTES: Final = {
    "login": "LOGIN",
    "bypass_rls": "BYPASSRLS",
    "create_role": "CREATEROLE",
    "create_database": "CREATEDB",
}


def policy_findings(before: Policy, after: Policy | None) -> Iterator[Finding]:
    """Yield what became of a policy: whatever it is, it no longer decides as it should."""
    name = f"policy {before.name} on {before.relation}"
    if after is None:
        yield Finding(name, f"{name} was dropped", weakened=True)
        return
    for sentence in _policy(name, before, after):
        yield Finding(name, sentence, weakened=True)


def _policy(name: str, before: Policy, after: Policy) -> Iterator[str]:
    if after.command is not before.command:
        yield f"{name} is for {after.command.value} now, not for {before.command.value}"
    if set(after.roles) != set(before.roles):
        yield f"{name} is for {', '.join(after.roles)} now, not for {', '.join(before.roles)}"
    if after.permissive is not before.permissive:
        yield f"{name} is {'permissive' if after.permissive else 'restrictive'} now"
    for clause, old, new in (("USING", before.using, after.using), ("WITH CHECK", before.check, after.check)):
        if new != old:
            yield f"{name} lets rows through by another condition: {clause} ({new if new is not None else 'none'})"


def grant_findings(before: Grant, after: Grant | None) -> Iterator[Finding]:
    """Yield which grants and foreign policies came and which went; without the object, its own kind tells."""
    if after is None:
        return
    path, name = f"grants on {before.object_name}", _object(before)
    old, new = _rights(before.entries), _rights(after.entries)
    for (role, privilege), columns in new.items():
        plain = privilege.removesuffix(GRANTABLE)
        if words := _more(plain, columns, old.get((role, plain), NONE)):
            yield Finding(path, f"{words} on {name} was granted to {role}", weakened=True)
        if plain != privilege:
            yield Finding(path, f"{role} may now grant {plain.upper()} on {name} to others", weakened=True)
    for (role, privilege), columns in old.items():
        still = new.get((role, privilege), NONE) | new.get((role, privilege + GRANTABLE), NONE)
        if words := _more(privilege, columns, still):
            yield Finding(path, f"{words} on {name} was revoked from {role}")
    yield from _policies(before, after)


def _policies(before: Grant, after: Grant) -> Iterator[Finding]:
    """Yield what became of the set of a table's policies; of one that is gone the policy itself says the same."""
    old, new = before.policies or (), after.policies or ()
    for policy in sorted({*old} ^ {*new}):
        name = f"policy {policy} on {before.object_name}"
        words = "was dropped" if policy in old else "was added, and is not ours"
        yield Finding(name, f"{name} {words}", weakened=True)


def _object(grant: Grant) -> str:
    return grant.object_name if grant.target is Target.RELATION else f"{grant.target.value} {grant.object_name}"


def _rights(entries: tuple[Entry, ...]) -> dict[tuple[str, str], frozenset[str]]:
    """Return the columns of each privilege of each role, with WHOLE among them where it holds for the whole object."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for entry in entries:
        key = (entry.role, entry.privilege)
        found[key] = found.get(key, NONE) | (frozenset(entry.columns) or WHOLE)
    return found


def _more(privilege: str, now: frozenset[str], then: frozenset[str]) -> str:
    """Return in words what the one has beyond the other."""
    if now >= WHOLE:
        return "" if then >= WHOLE else privilege.upper()
    more = NONE if then >= WHOLE else now - then
    return f"{privilege.upper()} ({', '.join(sorted(more))})" if more else ""


def role_findings(before: Role, after: Role | None) -> Iterator[Finding]:
    """Yield what became of a role: what it was given beyond its attributes is an incident."""
    path = f"role {before.name}"
    if after is None:
        yield Finding(path, f"{path} was dropped or renamed")
        return
    for field, word in _ATTRIBUTES.items():
        if getattr(after, field) and not getattr(before, field):
            yield Finding(path, f"{path} was given {word}", weakened=True)
        elif getattr(before, field) and not getattr(after, field):
            yield Finding(path, f"{word} was taken from {path}")
    if after.inherit is not before.inherit:
        yield Finding(path, f"{path} {'now inherits' if after.inherit else 'no longer inherits'} from its roles")
    if after.connection_limit != before.connection_limit:
        limit = after.connection_limit
        words = f"may hold {limit} connections" if limit >= 0 else "has no limit of connections"
        yield Finding(path, f"{path} {words} now")
