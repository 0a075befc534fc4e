"""Every role that is named exists: the platform makes it, the definition does, or it is the login that deploys."""

import difflib
from collections.abc import Iterator

from infra.checks.grantees import is_public
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.base import PLATFORM_ROLES
from infra.models.definition import Definition
from infra.models.function import Function
from infra.models.setting import Scope
from infra.models.table import Table
from infra.models.view import View


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each place that names a role which nobody makes."""
    ours = {role.name for role in definition.roles}
    # Whoever is made a member of our roles stands in the stack file and makes none of this possible by itself.
    known = ours | PLATFORM_ROLES | {membership.member for membership in definition.memberships}
    return [
        _error(place, role, known)
        for place, role in (*_named(definition), *_owners(definition))
        if role not in known and not is_public(role)
    ]


def _named(definition: Definition) -> Iterator[tuple[str, str]]:
    for policy in definition.policies:
        yield from ((f"{policy.identity}.roles", role) for role in policy.roles)
    for grant in definition.grants:
        yield from ((f"{grant.identity}.entries[{place}].role", one.role) for place, one in enumerate(grant.entries))
    for membership in definition.memberships:
        yield f"{membership.role}:{membership.member}.role", membership.role
    for setting in definition.settings:
        if setting.scope is Scope.ROLE:
            yield f"{setting.identity}.target", setting.target


def _owners(definition: Definition) -> Iterator[tuple[str, str]]:
    owned_by: tuple[Table | View | Function, ...] = (*definition.tables, *definition.views, *definition.functions)
    for owned in owned_by:
        yield f"{owned.identity}.owner", owned.owner


def _error(place: str, role: str, known: set[str]) -> RolloutError:
    near = difflib.get_close_matches(role, sorted(known), n=1)
    return RolloutError(
        RULE.code,
        place,
        f"nobody makes this role ({role})",
        allowed=", ".join(sorted(known)),
        fix=f"write {near[0]}" if near else "name a role of these, or add it to the definition's roles",
    )


RULE = Rule("DEF012", "role_known", Definition, find)
