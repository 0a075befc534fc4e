"""Who may act as whom afterwards and could not before: another provider makes the memberships, and says no more."""

from collections.abc import Iterator

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.drift.beside import Known, Membership
from infra.models.definition import Definition
from infra.preview.difference import Difference

_Pairs = frozenset[Membership]


def membership_differences(session: Session, definition: Definition, known: Known) -> Iterator[Difference]:
    """Yield the memberships that come and those that go: whoever was let in by somebody else is left alone.

    Args:
        session: the deployer's.
        definition: what the database is to be.
        known: what is ours, as the state has it.
    """
    wanted = frozenset(Membership(one.role, one.member) for one in definition.memberships)
    roles = {role.name for role in definition.roles} | {name for one in known.memberships for name in _both(one)}
    stands = _read(session, roles)
    for one in sorted(wanted - stands, key=_both):
        yield Difference(f"{one.member} may now act as {one.role}", widens=True)
    for one in sorted((known.memberships & stands) - wanted, key=_both):
        yield Difference(f"{one.member} may no longer act as {one.role}", widens=False)


def _read(session: Session, roles: set[str]) -> _Pairs:
    rows = session.query(catalog_query("preview_memberships.sql"), {"roles": sorted(roles)})
    return frozenset(Membership(row["role"], row["member"]) for row in rows)


def _both(membership: Membership) -> tuple[str, str]:
    return membership.member, membership.role
